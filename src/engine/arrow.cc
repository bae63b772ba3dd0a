#include "engine/arrow.h"

#include <bit>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "detail/flat_table.h"
#include "int128.h"

namespace tarn::engine {
namespace {

static_assert(std::endian::native == std::endian::little,
              "Arrow's streams are written as the memory has them");

constexpr std::uint8_t kSchemaMessage = 1;
constexpr std::uint8_t kRecordBatchMessage = 3;
constexpr std::int16_t kVersion5 = 4;
constexpr std::string_view kContinuation("\xFF\xFF\xFF\xFF", 4);

/// Arrow's type of a column, as Schema.fbs numbers them.
struct ArrowType {
  std::uint8_t number = 0;
  FlatBuilder::Offset table = 0;
};

ArrowType integer(FlatBuilder& flat, std::int32_t bits, bool is_signed) {
  flat.begin_table(2);
  flat.scalar<std::int32_t>(0, bits);
  flat.scalar<std::uint8_t>(1, is_signed ? 1 : 0);
  return {2, flat.end_table()};
}

ArrowType empty(FlatBuilder& flat, std::uint8_t number) {
  flat.begin_table(0);
  return {number, flat.end_table()};
}

ArrowType timestamp(FlatBuilder& flat, std::int16_t unit, bool utc) {
  const auto zone = utc ? flat.text("UTC") : 0;
  flat.begin_table(2);
  flat.scalar<std::int16_t>(0, unit);
  if (utc) flat.reference(1, zone);
  return {10, flat.end_table()};
}

ArrowType arrow_type(FlatBuilder& flat, const ColumnInfo& column) {
  switch (column.type.kind) {
    case Kind::kBoolean:
      return empty(flat, 6);
    case Kind::kInt8:
      return integer(flat, 8, true);
    case Kind::kInt16:
      return integer(flat, 16, true);
    case Kind::kInt32:
      return integer(flat, 32, true);
    case Kind::kInt64:
      return integer(flat, 64, true);
    case Kind::kUInt8:
      return integer(flat, 8, false);
    case Kind::kUInt16:
      return integer(flat, 16, false);
    case Kind::kUInt32:
      return integer(flat, 32, false);
    case Kind::kUInt64:
      return integer(flat, 64, false);
    case Kind::kFloat:
    case Kind::kDouble:
      flat.begin_table(1);
      flat.scalar<std::int16_t>(0, column.type.kind == Kind::kFloat ? 1 : 2);
      return {3, flat.end_table()};
    case Kind::kDecimal:
      flat.begin_table(3);
      flat.scalar<std::int32_t>(0, column.type.precision);
      flat.scalar<std::int32_t>(1, column.type.scale);
      flat.scalar<std::int32_t>(2, 128);
      return {7, flat.end_table()};
    case Kind::kText:
    case Kind::kEnum:
    case Kind::kUuid:
      return empty(flat, 5);
    case Kind::kBlob:
      return empty(flat, 4);
    case Kind::kDate:
      flat.begin_table(1);
      flat.scalar<std::int16_t>(0, 0);  // days
      return {8, flat.end_table()};
    case Kind::kTime:
      flat.begin_table(2);
      flat.scalar<std::int32_t>(1, 64);
      flat.scalar<std::int16_t>(0, 2);  // microseconds
      return {9, flat.end_table()};
    case Kind::kTimestampSeconds:
      return timestamp(flat, 0, false);
    case Kind::kTimestampMillis:
      return timestamp(flat, 1, false);
    case Kind::kTimestamp:
      return timestamp(flat, 2, false);
    case Kind::kTimestampTz:
      return timestamp(flat, 2, true);
    case Kind::kTimestampNanos:
      return timestamp(flat, 3, false);
    default:
      throw Error(Code::kUnsupported,
                  "A column cannot be sent as Arrow, of the type " + to_sql(column.type),
                  "CAST it to text in the query.");
  }
}

std::string message(FlatBuilder& flat, std::uint8_t kind, FlatBuilder::Offset header,
                    std::int64_t body_bytes) {
  flat.begin_table(4);
  flat.scalar<std::int64_t>(3, body_bytes);
  flat.reference(2, header);
  flat.scalar<std::int16_t>(0, kVersion5);
  flat.scalar<std::uint8_t>(1, kind);
  const std::string metadata = flat.finish(flat.end_table());
  std::string framed(kContinuation);
  const auto length = static_cast<std::uint32_t>(metadata.size());
  framed.append(reinterpret_cast<const char*>(&length), sizeof length);
  return framed + metadata;
}

std::string schema_message(const std::vector<ColumnInfo>& columns) {
  FlatBuilder flat;
  std::vector<FlatBuilder::Offset> fields;
  for (const ColumnInfo& column : columns) {
    const auto name = flat.text(column.name);
    const ArrowType type = arrow_type(flat, column);
    const auto children = flat.references({});
    flat.begin_table(7);
    flat.reference(0, name);
    flat.reference(3, type.table);
    flat.reference(5, children);
    flat.scalar<std::uint8_t>(1, 1);
    flat.scalar<std::uint8_t>(2, type.number);
    fields.push_back(flat.end_table());
  }
  const auto list = flat.references(fields);
  flat.begin_table(2);
  flat.reference(1, list);
  const auto schema = flat.end_table();
  return message(flat, kSchemaMessage, schema, 0);
}

std::string uuid_text(Int128 stored) {
  // The engine flips the topmost bit so that signed order is the order of the text.
  static constexpr char kDigits[] = "0123456789abcdef";
  __extension__ using Unsigned = unsigned __int128;
  const Unsigned value = static_cast<Unsigned>(stored) ^ (static_cast<Unsigned>(1) << 127);
  std::string text;
  for (int i = 31; i >= 0; --i) {
    text += kDigits[static_cast<int>(value >> (4 * i)) & 15];
    if (i == 24 || i == 20 || i == 16 || i == 12) text += '-';
  }
  return text;
}

constexpr std::size_t kUuidBytes = 36;  // as text

/// At most so many bytes of a batch's body are a column's.
std::size_t body_bytes_max(const Column& column) {
  std::size_t bytes = column.size() * (sizeof(Int128) + 1) + 64;  // of fixed width, and padding
  for (std::size_t row = 0; row < column.size(); ++row) {
    if (column.is_null(row)) continue;
    switch (column.type().kind) {
      case Kind::kText:
      case Kind::kBlob:
      case Kind::kEnum:
        bytes += column.text(row).size();
        break;
      case Kind::kUuid:
        bytes += kUuidBytes;
        break;
      default:
        return bytes;
    }
  }
  return bytes;
}

/// The body of one record batch.
class Body {
 public:
  explicit Body(const Chunk& chunk) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < chunk.column_count(); ++i) bytes += body_bytes_max(chunk.column(i));
    bytes_.reserve(bytes);
    for (std::size_t i = 0; i < chunk.column_count(); ++i) add(chunk.column(i));
  }

  const std::vector<std::pair<std::int64_t, std::int64_t>>& nodes() const { return nodes_; }
  const std::vector<std::pair<std::int64_t, std::int64_t>>& buffers() const { return buffers_; }
  const std::string& bytes() const { return bytes_; }

 private:
  void add(const Column& column) {
    std::int64_t nulls = 0;
    for (std::size_t row = 0; row < column.size(); ++row) nulls += column.is_null(row) ? 1 : 0;
    nodes_.emplace_back(static_cast<std::int64_t>(column.size()), nulls);
    const std::size_t bitmap_bytes = (column.size() + 7) / 8;
    add_buffer(
        nulls > 0 ? std::string_view(reinterpret_cast<const char*>(column.validity()), bitmap_bytes)
                  : std::string_view());
    add_values(column);
  }

  void add_buffer(std::string_view bytes) {
    const std::size_t begin = bytes_.size();
    bytes_ += bytes;
    end_buffer(begin);
  }

  /// What was appended since `begin` is a buffer.
  void end_buffer(std::size_t begin) {
    buffers_.emplace_back(static_cast<std::int64_t>(begin),
                          static_cast<std::int64_t>(bytes_.size() - begin));
    bytes_.resize((bytes_.size() + 7) / 8 * 8, '\0');
  }

  void add_values(const Column& column) {
    switch (column.type().kind) {
      case Kind::kBoolean:
        return add_bits(column);
      case Kind::kDecimal:
        return add_decimals(column);
      case Kind::kText:
      case Kind::kBlob:
      case Kind::kEnum:
      case Kind::kUuid:
        return add_texts(column);
      default:
        return add_buffer({column.data<char>(), column.size() * width_of(column.type().kind)});
    }
  }

  static std::size_t width_of(Kind kind) {
    switch (kind) {
      case Kind::kInt8:
      case Kind::kUInt8:
        return 1;
      case Kind::kInt16:
      case Kind::kUInt16:
        return 2;
      case Kind::kInt32:
      case Kind::kUInt32:
      case Kind::kFloat:
      case Kind::kDate:
        return 4;
      default:
        return 8;
    }
  }

  void add_bits(const Column& column) {
    std::string bits((column.size() + 7) / 8, '\0');
    for (std::size_t row = 0; row < column.size(); ++row) {
      if (!column.is_null(row) && column.data<bool>()[row])
        bits[row / 8] |= static_cast<char>(1 << (row % 8));
    }
    add_buffer(bits);
  }

  void add_decimals(const Column& column) {
    std::vector<Int128> values(column.size(), 0);
    for (std::size_t row = 0; row < column.size(); ++row) {
      if (!column.is_null(row)) values[row] = column.unscaled(row);
    }
    add_buffer({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Int128)});
  }

  void add_texts(const Column& column) {
    const bool is_uuid = column.type().kind == Kind::kUuid;
    std::vector<std::int32_t> offsets{0};
    std::size_t end = 0;
    for (std::size_t row = 0; row < column.size(); ++row) {
      if (!column.is_null(row)) end += is_uuid ? kUuidBytes : column.text(row).size();
      if (end > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
        throw Error(Code::kTooLarge, "The texts of one batch are longer than Arrow's 2 GiB");
      }
      offsets.push_back(static_cast<std::int32_t>(end));
    }
    add_buffer(
        {reinterpret_cast<const char*>(offsets.data()), offsets.size() * sizeof(std::int32_t)});
    const std::size_t begin = bytes_.size();
    for (std::size_t row = 0; row < column.size(); ++row) {
      if (column.is_null(row)) continue;
      if (is_uuid) {
        bytes_ += uuid_text(load_int128(column.data<Int128>(), row));
      } else {
        bytes_ += column.text(row);
      }
    }
    end_buffer(begin);
  }

  std::vector<std::pair<std::int64_t, std::int64_t>> nodes_;
  std::vector<std::pair<std::int64_t, std::int64_t>> buffers_;
  std::string bytes_;
};

}  // namespace

ArrowStream::ArrowStream(const std::vector<ColumnInfo>& columns, Sink sink)
    : columns_(columns), sink_(std::move(sink)) {
  sink_(schema_message(columns_));
}

void ArrowStream::write(const Chunk& chunk) {
  check(chunk.column_count() == columns_.size(), "a chunk has other columns than its stream");
  const Body body(chunk);
  FlatBuilder flat;
  const auto nodes = flat.pairs(body.nodes());
  const auto buffers = flat.pairs(body.buffers());
  flat.begin_table(3);
  flat.scalar<std::int64_t>(0, static_cast<std::int64_t>(chunk.size()));
  flat.reference(1, nodes);
  flat.reference(2, buffers);
  const auto batch = flat.end_table();
  sink_(message(flat, kRecordBatchMessage, batch, static_cast<std::int64_t>(body.bytes().size())));
  sink_(body.bytes());
}

void ArrowStream::close() { sink_(std::string(kContinuation) + std::string(4, '\0')); }

}  // namespace tarn::engine
