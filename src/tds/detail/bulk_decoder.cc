#include "detail/bulk_decoder.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "detail/bytes.h"
#include "detail/decoded.h"
#include "detail/moments.h"
#include "detail/stream_reader.h"
#include "detail/type_info.h"
#include "detail/value_reader.h"
#include "engine/int128.h"
#include "sql/offset_moment.h"

namespace tarn::tds::detail {
namespace {

constexpr std::uint8_t kColumnsToken = 0x81;
constexpr std::uint8_t kRowToken = 0xD1;
constexpr std::uint8_t kBitmapRowToken = 0xD2;
constexpr std::uint8_t kDoneToken = 0xFD;
constexpr std::uint16_t kNullableColumn = 0x01;
constexpr std::uint16_t kEncryptedColumn = 0x800;
constexpr std::size_t kBulkColumnsMax = 1024;                  // of a table
constexpr std::size_t kChunkBytesMax = std::size_t{16} << 20;  // of the values of one chunk

[[noreturn]] void throw_bulk_error(Code code, int number, std::string message,
                                   std::string hint = {}) {
  throw Error(code, std::move(message), std::move(hint))
      .with_sql({.number = number, .severity = 16, .state = 1});
}

std::int64_t micros_of(const DecodedMoment& moment) {
  return moment.days * kMicrosPerDay + micros_of_units(moment.units, moment.scale);
}

void store_value(const TypeInfo& type, std::string_view bytes, engine::ColumnWriter& column,
                 std::size_t row, std::string& storage) {
  switch (type.wire) {
    case Wire::kBitN:
      column.data<bool>()[row] = decode_integer(type, bytes) != 0;
      break;
    case Wire::kIntN:
      // All are little-endian, and the engine's column is as wide.
      std::memcpy(column.data<char>() + row * bytes.size(), bytes.data(), bytes.size());
      break;
    case Wire::kDecimalN:
    case Wire::kNumericN:
    case Wire::kMoneyN:
      column.set_unscaled(row, decode_unscaled(type, bytes));
      break;
    case Wire::kFloatN:
      if (type.length == 4) {
        column.data<float>()[row] = decode_real(bytes);
      } else {
        column.data<double>()[row] = decode_float(bytes);
      }
      break;
    case Wire::kDateN:
      column.data<std::int32_t>()[row] = decode_moment(type, bytes).days;
      break;
    case Wire::kTimeN:
    case Wire::kDateTime2N:
    case Wire::kDateTimeN:
      column.data<std::int64_t>()[row] = micros_of(decode_moment(type, bytes));
      break;
    case Wire::kDateTimeOffsetN: {
      const DecodedMoment moment = decode_moment(type, bytes);
      engine::store_int128(column.data<engine::Int128>(), row,
                           sql::packed({micros_of(moment), moment.offset_minutes}));
      break;
    }
    case Wire::kGuid:
      engine::store_int128(column.data<engine::Int128>(), row, decode_guid(bytes));
      break;
    case Wire::kVarBinary:
    case Wire::kBinary:
    case Wire::kImage:
      column.set_text(row, bytes);
      break;
    default:
      column.set_text(row, decode_text(type, bytes, storage));
  }
}

}  // namespace

struct BulkDecoder::Impl {
  Impl(ByteSource source, Version protocol) : in(std::move(source)), version(protocol) {}

  StreamReader in;
  Version version;
  std::vector<TypeInfo> types;
  std::vector<sql::ResultColumn> columns;
  std::int64_t rows_read = 0;
  bool ended = false;
  std::string bytes_storage;
  std::string text_storage;
  std::string bitmap;

  void read_columns();
  void read_column();
  bool next_row(engine::ChunkBuilder& rows, std::size_t row, std::size_t& bytes_read);
  void read_cell(std::size_t column, engine::ChunkBuilder& rows, std::size_t row,
                 std::size_t& bytes_read);
  void read_done();
  [[noreturn]] void fail(const BadBytes& bad, std::size_t column) const;
};

void BulkDecoder::Impl::fail(const BadBytes& bad, std::size_t column) const {
  if (bad.number == kEndsEarly) {
    throw_bulk_error(
        Code::kInvalidArgument, 4804,
        "While reading current row from host, a premature end-of-message was "
        "encountered--an incoming data stream was interrupted when the server expected "
        "to see more data. The host program may have terminated. Ensure that you are "
        "using a supported client application programming interface (API).");
  }
  const std::string id = std::to_string(column + 1);
  if (bad.unsupported) throw_bulk_error(Code::kUnsupported, 4816, "Column " + id + ": " + bad.what);
  if (bad.number == kUnknownType || bad.number == kBadScale) {
    throw_bulk_error(Code::kInvalidArgument, 4816,
                     "Invalid column type from bcp client for colid " + id + ".", bad.what);
  }
  const std::string hint = "Row " + std::to_string(rows_read + 1) + ": " + bad.what;
  if (bad.number == kBadValue) {
    throw_bulk_error(
        Code::kInvalidArgument, 7339,
        "OLE DB provider 'STREAM' for linked server '(null)' returned invalid data for "
        "column '[!BulkInsert]." +
            columns[column].name + "'.",
        hint);
  }
  throw_bulk_error(Code::kInvalidArgument, 4815,
                   "Received an invalid column length from the bcp client for colid " + id + ".",
                   hint);
}

void BulkDecoder::Impl::read_columns() {
  if (in.at_end()) {
    throw_bulk_error(Code::kInvalidArgument, 4022,
                     "Bulk load data was expected but not sent. The batch will be terminated.");
  }
  try {
    if (in.u8() != kColumnsToken) throw_malformed("a bulk load begins with its columns");
    const std::size_t count = in.u16();
    if (count == 0 || count > kBulkColumnsMax)
      throw_malformed("a bulk load has 1 to " + std::to_string(kBulkColumnsMax) + " columns");
    while (columns.size() < count) read_column();
  } catch (const BadBytes& bad) {
    fail(bad, columns.size());
  }
}

void BulkDecoder::Impl::read_column() {
  in.skip(version >= Version::k72 ? 4 : 2);  // the user's type
  const std::uint16_t flags = in.u16();
  if (version >= Version::k74 && (flags & kEncryptedColumn) != 0)
    throw BadBytes{kUnknownType, "Encrypted columns (Always Encrypted) are not supported.", true};
  const TypeInfo type = read_type_info(in);
  if (type.wire == Wire::kNull || type.wire == Wire::kXml)
    throw_unknown_type(static_cast<std::uint8_t>(type.wire));
  // The name of the table in one part, in every version: so all clients have it.
  if (type.prefix == Prefix::kLong) in.us_varchar();
  std::string name = in.b_varchar();
  columns.push_back(column_of(type, std::move(name), (flags & kNullableColumn) != 0));
  types.push_back(type);
}

void BulkDecoder::Impl::read_done() {
  // Microsoft's driver for Python counts its rows in four bytes in every version, as SQL Server
  // lets it.
  in.skip(8);
  if (version >= Version::k72 && !in.at_end()) in.skip(4);
  if (!in.at_end()) throw_malformed("something follows a bulk load's end");
  ended = true;
}

bool BulkDecoder::Impl::next_row(engine::ChunkBuilder& rows, std::size_t row,
                                 std::size_t& bytes_read) {
  if (in.at_end()) {
    ended = true;  // older clients send no DONE
    return false;
  }
  const std::uint8_t token = in.u8();
  if (token == kDoneToken) {
    read_done();
    return false;
  }
  if (token != kRowToken && token != kBitmapRowToken)
    throw_malformed("a bulk load has rows, and nothing else");
  bitmap.clear();
  if (token == kBitmapRowToken) bitmap = in.bytes((types.size() + 7) / 8);
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (!bitmap.empty() && (bitmap[i / 8] >> (i % 8) & 1) != 0) {
      rows.column(i).set_null(row);
    } else {
      read_cell(i, rows, row, bytes_read);
    }
  }
  ++rows_read;
  return true;
}

void BulkDecoder::Impl::read_cell(std::size_t column, engine::ChunkBuilder& rows, std::size_t row,
                                  std::size_t& bytes_read) {
  engine::ColumnWriter& to = rows.column(column);
  try {
    const TypeInfo& type = types[column];
    if (type.prefix == Prefix::kVariant) {
      TypeInfo own;
      const auto bytes = read_variant(in, own);
      if (bytes) {
        std::string text = value_text(own, *bytes);
        if (own.is_binary()) text = "0x" + to_upper(to_hex(text));
        to.set_text(row, text);
      } else {
        to.set_null(row);
      }
      return;
    }
    const auto bytes = read_value(in, type, Within::kRow, bytes_storage);
    if (bytes) {
      bytes_read += bytes->size();
      store_value(type, *bytes, to, row, text_storage);
    } else {
      to.set_null(row);
    }
  } catch (const BadBytes& bad) {
    fail(bad, column);
  }
}

BulkDecoder::BulkDecoder(ByteSource source, Version version)
    : impl_(std::make_unique<Impl>(std::move(source), version)) {
  impl_->read_columns();
}

BulkDecoder::~BulkDecoder() = default;

const std::vector<sql::ResultColumn>& BulkDecoder::columns() const { return impl_->columns; }

bool BulkDecoder::read(engine::ChunkBuilder& rows) {
  check(rows.column_count() == impl_->columns.size(), "a chunk for a bulk load has its columns");
  rows.reset();
  std::size_t count = 0;
  std::size_t bytes_read = 0;
  try {
    while (!impl_->ended && count < engine::kChunkRowsMax && bytes_read < kChunkBytesMax &&
           impl_->next_row(rows, count, bytes_read)) {
      ++count;
    }
  } catch (const BadBytes& bad) {
    impl_->fail(bad, 0);
  }
  rows.set_size(count);
  return count > 0;
}

}  // namespace tarn::tds::detail
