#include "detail/cells.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "detail/decoded.h"
#include "detail/moments.h"
#include "detail/text_bytes.h"
#include "engine/int128.h"
#include "sql/offset_moment.h"

namespace tarn::tds::detail {
namespace {

using engine::Int128;
using engine::Kind;
__extension__ typedef unsigned __int128 Unsigned128;

constexpr std::uint64_t kPlpOfUnknownLength = 0xFFFFFFFFFFFFFFFE;
constexpr std::size_t kTextPieceBytes = 16 << 10;  // of UTF-8, a chunk
// What SQL Server itself sends: no text is changed by its pointer any more, and clients know these
// very bytes for one that leads nowhere (FreeTDS takes no other for such).
constexpr char kTextPointer[] = "dummy textptr\0\0\0dummyTS";
constexpr std::size_t kTextPointerBytes = 24;  // 16, and 8 of a timestamp

template <typename T>
char* store(char* at, T value) {
  std::memcpy(at, &value, sizeof value);  // both ends are little-endian
  return at + sizeof value;
}

template <typename T>
T load(const Cell& cell, std::size_t row) {
  if constexpr (std::is_same_v<T, Int128>) {
    return engine::load_int128(static_cast<const Int128*>(cell.data), row);
  } else {
    return static_cast<const T*>(cell.data)[row];
  }
}

// Numbers.

/// The length before a value; the types of columns without NULLs (INT4, not INTN) have none.
template <bool kNullable>
char* put_length(char* at, int length) {
  if constexpr (kNullable) *at++ = static_cast<char>(length);
  return at;
}

template <bool kNullable, typename T>
char* write_plain(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  return store(put_length<kNullable>(at, sizeof(T)), load<T>(cell, row));
}

/// An integer that the engine has in another width.
template <bool kNullable>
char* write_integer(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  at = put_length<kNullable>(at, cell.type->length);
  store(at, cell.values->integer(row));
  return at + cell.type->length;
}

template <bool kNullable>
char* write_real(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  return store(put_length<kNullable>(at, sizeof(float)),
               static_cast<float>(cell.values->number(row)));
}

template <bool kNullable>
char* write_float(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  return store(put_length<kNullable>(at, sizeof(double)), cell.values->number(row));
}

template <typename T>
char* write_decimal(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  const T value = load<T>(cell, row);
  at[0] = static_cast<char>(cell.type->length);
  at[1] = value < 0 ? 0 : 1;
  if constexpr (std::is_same_v<T, Int128>) {
    store(at + 2, value < 0 ? -static_cast<Unsigned128>(value) : static_cast<Unsigned128>(value));
  } else {
    const auto wide = static_cast<std::int64_t>(value);
    store(at + 2, wide < 0 ? -static_cast<std::uint64_t>(wide) : static_cast<std::uint64_t>(wide));
    store(at + 10, std::uint64_t{0});
  }
  return at + 1 + cell.type->length;
}

template <bool kNullable, typename T>
char* write_money(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  const auto value = static_cast<std::int64_t>(load<T>(cell, row));
  at = put_length<kNullable>(at, cell.type->length);
  if (cell.type->length == 4) return store(at, static_cast<std::int32_t>(value));
  at = store(at, static_cast<std::int32_t>(value >> 32));
  return store(at, static_cast<std::uint32_t>(value));
}

char* write_guid(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  *at = 16;
  encode_guid(load<Int128>(cell, row), at + 1);
  return at + 17;
}

// Dates and times.

/// Days since 0001-01-01, within what the type has.
char* store_days(char* at, std::int64_t days_since_1970) {
  const std::int64_t days =
      std::clamp<std::int64_t>(days_since_1970 + kDaysFromYear1, 0, kYear1DayMax);
  store(at, static_cast<std::uint32_t>(days));
  return at + 3;
}

char* store_time(char* at, std::int64_t micros, int scale) {
  store(at, static_cast<std::uint64_t>(units_of_micros(micros, scale)));
  return at + time_length(scale);
}

char* write_date(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  *at = 3;
  return store_days(at + 1, load<std::int32_t>(cell, row));
}

char* write_time(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  *at = static_cast<char>(cell.type->length);
  // The engine's time may be 24:00:00.
  const std::int64_t micros = std::min(load<std::int64_t>(cell, row), kMicrosPerDay - 1);
  return store_time(at + 1, micros, cell.type->scale);
}

char* write_datetime2(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  const auto moment = load<std::int64_t>(cell, row);
  const std::int64_t days = floor_divide(moment, kMicrosPerDay);
  *at = static_cast<char>(cell.type->length);
  return store_days(store_time(at + 1, moment - days * kMicrosPerDay, cell.type->scale), days);
}

char* write_datetimeoffset(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  const sql::OffsetMoment moment = sql::unpacked(load<Int128>(cell, row));
  const std::int64_t days = floor_divide(moment.utc_micros, kMicrosPerDay);
  *at = static_cast<char>(cell.type->length);
  at = store_time(at + 1, moment.utc_micros - days * kMicrosPerDay, cell.type->scale);
  return store(store_days(at, days), static_cast<std::int16_t>(moment.offset_minutes));
}

template <bool kNullable>
char* write_datetime(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  const auto moment = load<std::int64_t>(cell, row);
  std::int64_t days = floor_divide(moment, kMicrosPerDay);
  std::int64_t ticks = ticks_of_micros(moment - days * kMicrosPerDay);
  if (ticks == kTicksPerDay) {
    ++days;
    ticks = 0;
  }
  at = store(put_length<kNullable>(at, 8),
             static_cast<std::int32_t>(
                 std::clamp<std::int64_t>(days + kDaysFrom1900, kDatetimeDayMin, kDatetimeDayMax)));
  return store(at, static_cast<std::uint32_t>(ticks));
}

template <bool kNullable>
char* write_smalldatetime(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  const auto moment = load<std::int64_t>(cell, row);
  const std::int64_t days = floor_divide(moment, kMicrosPerDay);
  at = store(put_length<kNullable>(at, 4),
             static_cast<std::uint16_t>(std::clamp<std::int64_t>(days + kDaysFrom1900, 0, 0xFFFF)));
  return store(at, static_cast<std::uint16_t>((moment - days * kMicrosPerDay) / kMicrosPerMinute));
}

// Texts and binaries. A form writes UTF-8, or bytes, as the wire has them.

struct AsUtf16 {
  static constexpr std::size_t kGrowth = 2;
  static char* write(std::string_view text, char* to) { return write_utf16(text, to); }
  static std::size_t prefix(std::string_view text, std::size_t bytes) {
    return utf8_prefix_of_units(text, bytes / 2);
  }
};

struct AsWindows1252 {
  static constexpr std::size_t kGrowth = 1;
  static char* write(std::string_view text, char* to) { return write_windows1252(text, to); }
  static std::size_t prefix(std::string_view text, std::size_t bytes) {
    return utf8_prefix_of_bytes(text, bytes);
  }
};

struct AsUtf8 {
  static constexpr std::size_t kGrowth = 1;
  static char* write(std::string_view text, char* to) {
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    return to + text.size();
  }
  static std::size_t prefix(std::string_view text, std::size_t bytes) {
    return utf8_prefix_of_bytes(text, bytes);
  }
};

struct AsBytes : AsUtf8 {
  static std::size_t prefix(std::string_view bytes, std::size_t count) {
    return std::min(bytes.size(), count);
  }
};

/// At most the announced length.
template <typename Form>
char* write_short_text(std::string_view text, const Cell& cell, char* at, OutputBuffer& out) {
  at = out.room(at, 2 + Form::kGrowth * text.size() + cell.slack);
  const auto most = static_cast<std::size_t>(cell.type->length);
  char* end = Form::write(text, at + 2);
  if (static_cast<std::size_t>(end - at) - 2 > most)
    end = Form::write(text.substr(0, Form::prefix(text, most)), at + 2);
  store(at, static_cast<std::uint16_t>(end - at - 2));
  return end;
}

template <typename Form>
char* write_in_chunks(std::string_view text, const Cell& cell, char* at, OutputBuffer& out) {
  at = store(out.room(at, 8), kPlpOfUnknownLength);
  while (!text.empty()) {
    const std::size_t piece = Form::prefix(text, kTextPieceBytes * Form::kGrowth);
    at = out.room(at, 4 + Form::kGrowth * piece);
    char* const end = Form::write(text.substr(0, piece), at + 4);
    store(at, static_cast<std::uint32_t>(end - at - 4));
    at = out.send_part(end);
    text.remove_prefix(piece);
  }
  return store(out.room(at, 4 + cell.slack), std::uint32_t{0});
}

template <typename Form>
char* write_max_text(std::string_view text, const Cell& cell, char* at, OutputBuffer& out) {
  if (Form::kGrowth * text.size() > kWholeValueBytesMax || out.token_bytes(at) > kWholeRowBytesMax)
    return write_in_chunks<Form>(text, cell, at, out);
  at = out.room(at, 16 + Form::kGrowth * text.size() + cell.slack);
  char* end = Form::write(text, at + 12);
  const auto bytes = static_cast<std::uint32_t>(end - at - 12);
  store(at, std::uint64_t{bytes});
  if (bytes == 0) return store(at + 8, std::uint32_t{0});
  store(at + 8, bytes);
  return store(end, std::uint32_t{0});
}

/// text, ntext and image. Larger ones than their length can say are cut.
template <typename Form>
char* write_long_text(std::string_view text, const Cell& cell, char* at, OutputBuffer& out) {
  text = text.substr(0, Form::prefix(text, kLongLengthMax - 1));
  at = out.room(at, 1 + kTextPointerBytes + 4 + Form::kGrowth * text.size() + cell.slack);
  *at++ = 16;
  std::memcpy(at, kTextPointer, kTextPointerBytes);
  at += kTextPointerBytes;
  char* const end = Form::write(text, at + 4);
  store(at, static_cast<std::uint32_t>(end - at - 4));
  return end;
}

template <typename Form>
char* write_text(const Cell& cell, std::size_t row, char* at, OutputBuffer& out) {
  return write_short_text<Form>(cell.values->text(row), cell, at, out);
}
template <typename Form>
char* write_max(const Cell& cell, std::size_t row, char* at, OutputBuffer& out) {
  return write_max_text<Form>(cell.values->text(row), cell, at, out);
}
template <typename Form>
char* write_long(const Cell& cell, std::size_t row, char* at, OutputBuffer& out) {
  return write_long_text<Form>(cell.values->text(row), cell, at, out);
}

template <typename Form>
Cell::Write text_writer(Prefix prefix) {
  switch (prefix) {
    case Prefix::kShort:
      return write_text<Form>;
    case Prefix::kPlp:
      return write_max<Form>;
    default:
      return write_long<Form>;
  }
}

/// A value of any type as its text: what older clients get of newer types.
char* write_shown(const Cell& cell, std::size_t row, char* at, OutputBuffer& out) {
  return write_unicode(sql::cell_text(*cell.column, *cell.values, row), cell, at, out);
}

// sql_variant: a value with its own type before it ([MS-TDS] 2.2.5.5.4).

struct VariantHead {
  std::uint8_t type;
  std::uint8_t properties;
};

char* store_head(char* at, VariantHead head, std::size_t bytes) {
  at = store(at, static_cast<std::uint32_t>(2 + head.properties + bytes));
  at = store(at, head.type);
  return store(at, head.properties);
}

template <typename T, std::uint8_t type>
char* write_plain_variant(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  at = store_head(at, {type, 0}, sizeof(T));
  return store(at, load<T>(cell, row));
}

char* write_text_variant(std::string_view text, const Cell& cell, char* at, OutputBuffer& out) {
  text = text.substr(0, AsUtf16::prefix(text, kShortLengthMax));
  at = out.room(at, 13 + 2 * text.size() + cell.slack);
  const VariantHead head = {static_cast<std::uint8_t>(Wire::kNVarChar), 7};
  char* const end = write_utf16(text, at + 13);
  at = store_head(at, head, static_cast<std::size_t>(end - at - 13));
  at = store(at, collation_bytes({}));
  store(at, static_cast<std::uint16_t>(kShortLengthMax));
  return end;
}

char* write_variant_text(const Cell& cell, std::size_t row, char* at, OutputBuffer& out) {
  return write_text_variant(cell.values->text(row), cell, at, out);
}

char* write_shown_variant(const Cell& cell, std::size_t row, char* at, OutputBuffer& out) {
  return write_text_variant(sql::cell_text(*cell.column, *cell.values, row), cell, at, out);
}

char* write_variant_binary(const Cell& cell, std::size_t row, char* at, OutputBuffer& out) {
  const std::string_view bytes =
      cell.values->text(row).substr(0, static_cast<std::size_t>(kShortLengthMax));
  at = out.room(at, 8 + bytes.size() + cell.slack);
  at = store_head(at, {static_cast<std::uint8_t>(Wire::kVarBinary), 2}, bytes.size());
  at = store(at, static_cast<std::uint16_t>(kShortLengthMax));
  return AsBytes::write(bytes, at);
}

char* write_variant_decimal(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  const engine::Type& type = cell.values->type();
  const Int128 value = cell.values->unscaled(row);
  const int length = decimal_length(type.precision);
  at = store_head(at, {static_cast<std::uint8_t>(Wire::kNumericN), 2},
                  static_cast<std::size_t>(length));
  *at++ = static_cast<char>(type.precision);
  *at++ = static_cast<char>(type.scale);
  *at = value < 0 ? 0 : 1;
  store(at + 1, value < 0 ? -static_cast<Unsigned128>(value) : static_cast<Unsigned128>(value));
  return at + length;
}

char* write_variant_guid(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  at = store_head(at, {static_cast<std::uint8_t>(Wire::kGuid), 0}, 16);
  encode_guid(load<Int128>(cell, row), at);
  return at + 16;
}

char* write_variant_date(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  at = store_head(at, {static_cast<std::uint8_t>(Wire::kDateN), 0}, 3);
  return store_days(at, load<std::int32_t>(cell, row));
}

char* write_variant_datetime2(const Cell& cell, std::size_t row, char* at, OutputBuffer&) {
  constexpr int kScale = 7;
  const auto moment = load<std::int64_t>(cell, row);
  const std::int64_t days = floor_divide(moment, kMicrosPerDay);
  at = store_head(at, {static_cast<std::uint8_t>(Wire::kDateTime2N), 1}, 8);
  *at++ = kScale;
  return store_days(store_time(at, moment - days * kMicrosPerDay, kScale), days);
}

Cell::Write variant_writer(Kind kind, Version version) {
  const bool knows_2008 = version >= Version::k73a;
  switch (kind) {
    case Kind::kBoolean:
      return write_plain_variant<bool, 0x32>;
    case Kind::kUInt8:
      return write_plain_variant<std::uint8_t, 0x30>;
    case Kind::kInt16:
      return write_plain_variant<std::int16_t, 0x34>;
    case Kind::kInt32:
      return write_plain_variant<std::int32_t, 0x38>;
    case Kind::kInt64:
      return write_plain_variant<std::int64_t, 0x7F>;
    case Kind::kFloat:
      return write_plain_variant<float, 0x3B>;
    case Kind::kDouble:
      return write_plain_variant<double, 0x3E>;
    case Kind::kDecimal:
      return write_variant_decimal;
    case Kind::kUuid:
      return write_variant_guid;
    case Kind::kDate:
      return knows_2008 ? write_variant_date : write_shown_variant;
    case Kind::kTimestamp:
      return knows_2008 ? write_variant_datetime2 : write_shown_variant;
    case Kind::kBlob:
      return write_variant_binary;
    case Kind::kText:
    case Kind::kEnum:
      return write_variant_text;
    default:
      return write_shown_variant;
  }
}

// Which function.

template <bool kNullable>
Cell::Write integer_writer(int length, Kind kind) {
  if (length == 1 && kind == Kind::kUInt8) return write_plain<kNullable, std::uint8_t>;
  if (length == 2 && kind == Kind::kInt16) return write_plain<kNullable, std::int16_t>;
  if (length == 4 && kind == Kind::kInt32) return write_plain<kNullable, std::int32_t>;
  if (length == 8 && kind == Kind::kInt64) return write_plain<kNullable, std::int64_t>;
  return write_integer<kNullable>;
}

template <template <typename> typename Writers>
Cell::Write by_storage(int precision) {
  if (precision <= 4) return Writers<std::int16_t>::write;
  if (precision <= 9) return Writers<std::int32_t>::write;
  return precision <= 18 ? Writers<std::int64_t>::write : Writers<Int128>::write;
}

template <typename T>
struct DecimalOf {
  static constexpr Cell::Write write = write_decimal<T>;
};
template <bool kNullable>
struct Money {
  template <typename T>
  struct Of {
    static constexpr Cell::Write write = write_money<kNullable, T>;
  };
};

template <bool kNullable>
Cell::Write number_writer(const TypeInfo& type, const engine::Type& values) {
  const Kind kind = values.kind;
  switch (type.wire) {
    case Wire::kBitN:
      return kind == Kind::kBoolean ? write_plain<kNullable, bool> : write_integer<kNullable>;
    case Wire::kIntN:
      return integer_writer<kNullable>(type.length, kind);
    case Wire::kFloatN:
      if (type.length == 4)
        return kind == Kind::kFloat ? write_plain<kNullable, float> : write_real<kNullable>;
      return kind == Kind::kDouble ? write_plain<kNullable, double> : write_float<kNullable>;
    case Wire::kDecimalN:
    case Wire::kNumericN:
      if (kind == Kind::kInt128 && type.scale == 0) return write_decimal<Int128>;
      if (kind == Kind::kDecimal && values.scale == type.scale)
        return by_storage<DecimalOf>(values.precision);
      return nullptr;
    case Wire::kMoneyN:
      if (kind == Kind::kDecimal && values.scale == 4)
        return by_storage<Money<kNullable>::template Of>(values.precision);
      return nullptr;
    case Wire::kGuid:
      return kind == Kind::kUuid ? write_guid : nullptr;
    default:
      return nullptr;
  }
}

template <bool kNullable>
Cell::Write moment_writer(const TypeInfo& type, Kind kind) {
  const bool moment = kind == Kind::kTimestamp || kind == Kind::kTimestampTz;
  switch (type.wire) {
    case Wire::kDateN:
      return kind == Kind::kDate ? write_date : nullptr;
    case Wire::kTimeN:
      return kind == Kind::kTime ? write_time : nullptr;
    case Wire::kDateTime2N:
      return moment ? write_datetime2 : nullptr;
    case Wire::kDateTimeOffsetN:
      return kind == Kind::kInt128 ? write_datetimeoffset : nullptr;
    case Wire::kDateTimeN:
      if (!moment) return nullptr;
      return type.length == 4 ? write_smalldatetime<kNullable> : write_datetime<kNullable>;
    default:
      return nullptr;
  }
}

template <bool kNullable>
Cell::Write value_writer(const TypeInfo& type, const engine::Type& values) {
  const Cell::Write write = number_writer<kNullable>(type, values);
  return write ? write : moment_writer<kNullable>(type, values.kind);
}

}  // namespace

Cell::Write cell_writer(const TypeInfo& type, const sql::ResultColumn& column,
                        const engine::Type& values, Version version) {
  const Kind kind = values.kind;
  if (type.prefix == Prefix::kVariant) return variant_writer(kind, version);
  const bool text = kind == Kind::kText || kind == Kind::kEnum;
  Cell::Write write = nullptr;
  if (type.is_unicode()) {
    write = text ? text_writer<AsUtf16>(type.prefix) : write_shown;
  } else if (type.is_code_page() && text) {
    write = encoding_of(type.collation) == TextEncoding::kUtf8
                ? text_writer<AsUtf8>(type.prefix)
                : text_writer<AsWindows1252>(type.prefix);
  } else if (type.is_binary() && kind == Kind::kBlob) {
    write = text_writer<AsBytes>(type.prefix);
  } else {
    write = type.prefix == Prefix::kNone ? value_writer<false>(type, values)
                                         : value_writer<true>(type, values);
  }
  if (!write) {
    throw Error(Code::kInternal, "A column of type " + column.type + " came from the engine as " +
                                     engine::to_sql(values));
  }
  return write;
}

char* write_unicode(std::string_view text, const Cell& cell, char* at, OutputBuffer& out) {
  switch (cell.type->prefix) {
    case Prefix::kShort:
      return write_short_text<AsUtf16>(text, cell, at, out);
    case Prefix::kPlp:
      return write_max_text<AsUtf16>(text, cell, at, out);
    default:
      return write_long_text<AsUtf16>(text, cell, at, out);
  }
}

}  // namespace tarn::tds::detail
