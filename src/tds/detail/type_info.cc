#include "detail/type_info.h"

#include <algorithm>

#include "detail/bytes.h"

namespace tarn::tds::detail {
namespace {

constexpr std::uint16_t kPlpMark = 0xFFFF;
constexpr int kPrecisionMax = 38;
constexpr int kScaleMax = 7;
constexpr int kGuidLength = 16;

TypeInfo fixed(Wire wire, int length) {
  TypeInfo type;
  type.wire = wire;
  type.length = length;
  return type;
}

TypeInfo with_prefix(Wire wire, Prefix prefix, int length) {
  TypeInfo type = fixed(wire, length);
  type.prefix = prefix;
  return type;
}

CollationBytes read_collation(StreamReader& in) {
  CollationBytes collation;
  const std::string_view bytes = in.bytes(collation.size());
  std::copy(bytes.begin(), bytes.end(), collation.begin());
  return collation;
}

bool is_one_of(int value, std::initializer_list<int> values) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

/// A type whose length is one byte, and may be one of these.
TypeInfo read_byte_length(StreamReader& in, Wire wire, std::initializer_list<int> lengths) {
  const int length = in.u8();
  if (!is_one_of(length, lengths)) throw_bad_length(static_cast<std::uint8_t>(wire));
  return with_prefix(wire, Prefix::kByte, length);
}

TypeInfo read_decimal(StreamReader& in, Wire wire) {
  TypeInfo type = with_prefix(wire, Prefix::kByte, in.u8());
  type.precision = in.u8();
  type.scale = in.u8();
  if (type.precision < 1 || type.precision > kPrecisionMax || type.scale > type.precision) {
    throw BadBytes{kBadScale, "Data type " + hex_type(static_cast<std::uint8_t>(wire)) +
                                  " has an invalid precision or scale."};
  }
  // Clients announce the length of the value or of 38 digits, as they please.
  type.length = decimal_length(type.precision);
  return type;
}

TypeInfo read_time(StreamReader& in, Wire wire) {
  TypeInfo type = with_prefix(wire, Prefix::kByte, 0);
  type.scale = in.u8();
  if (type.scale > kScaleMax) {
    throw BadBytes{kBadScale, "Data type " + hex_type(static_cast<std::uint8_t>(wire)) +
                                  " has an invalid precision or scale."};
  }
  type.length = time_length(type.scale) + (wire == Wire::kTimeN        ? 0
                                           : wire == Wire::kDateTime2N ? 3
                                                                       : 5);
  return type;
}

/// Of SQL Server 7 and before: at most 255 bytes, without a collation.
TypeInfo read_old_text(StreamReader& in, Wire wire) {
  TypeInfo type = with_prefix(wire, Prefix::kByte, in.u8());
  type.collation = collation_bytes({});
  return type;
}

TypeInfo read_short_length(StreamReader& in, Wire wire) {
  const std::uint16_t length = in.u16();
  TypeInfo type = with_prefix(wire, Prefix::kShort, length);
  const bool takes_max =
      wire == Wire::kVarBinary || wire == Wire::kVarChar || wire == Wire::kNVarChar;
  if (length == kPlpMark && takes_max) {
    type.prefix = Prefix::kPlp;
    type.length = -1;
  } else if (length > kShortLengthMax || (type.is_unicode() && length % 2 != 0)) {
    throw_bad_length(static_cast<std::uint8_t>(wire));
  }
  if (!type.is_binary()) type.collation = read_collation(in);
  return type;
}

TypeInfo read_long_length(StreamReader& in, Wire wire) {
  in.skip(4);  // the value's length, or any
  TypeInfo type = with_prefix(wire, Prefix::kLong, -1);
  if (wire != Wire::kImage) type.collation = read_collation(in);
  return type;
}

TypeInfo read_xml(StreamReader& in) {
  if (in.u8() != 0) {  // the schema collection's database, schema and name
    in.b_varchar();
    in.b_varchar();
    in.us_varchar();
  }
  return with_prefix(Wire::kXml, Prefix::kPlp, -1);
}

[[noreturn]] void throw_no_support(std::uint8_t type, const char* what) {
  throw BadBytes{kUnknownType, "Data type " + hex_type(type) + " (" + what + ") is not supported.",
                 true};
}

/// Those that every version has read, and newer ones never send but as parts of sql_variant.
std::optional<TypeInfo> read_old_type(StreamReader& in, std::uint8_t token) {
  switch (token) {
    case 0x1F:
      return fixed(Wire::kNull, 0);
    case 0x30:
      return fixed(Wire::kIntN, 1);
    case 0x32:
      return fixed(Wire::kBitN, 1);
    case 0x34:
      return fixed(Wire::kIntN, 2);
    case 0x38:
      return fixed(Wire::kIntN, 4);
    case 0x7F:
      return fixed(Wire::kIntN, 8);
    case 0x3A:
      return fixed(Wire::kDateTimeN, 4);
    case 0x3D:
      return fixed(Wire::kDateTimeN, 8);
    case 0x3B:
      return fixed(Wire::kFloatN, 4);
    case 0x3E:
      return fixed(Wire::kFloatN, 8);
    case 0x7A:
      return fixed(Wire::kMoneyN, 4);
    case 0x3C:
      return fixed(Wire::kMoneyN, 8);
    case 0x37:
      return read_decimal(in, Wire::kDecimalN);
    case 0x3F:
      return read_decimal(in, Wire::kNumericN);
    case 0x25:
      return read_old_text(in, Wire::kVarBinary);
    case 0x2D:
      return read_old_text(in, Wire::kBinary);
    case 0x27:
      return read_old_text(in, Wire::kVarChar);
    case 0x2F:
      return read_old_text(in, Wire::kChar);
    default:
      return std::nullopt;
  }
}

/// The number of a type without NULLs, as read_old_type knows it.
std::uint8_t fixed_token(const TypeInfo& type) {
  switch (type.wire) {
    case Wire::kBitN:
      return 0x32;
    case Wire::kIntN:
      return type.length == 1 ? 0x30 : type.length == 2 ? 0x34 : type.length == 4 ? 0x38 : 0x7F;
    case Wire::kFloatN:
      return type.length == 4 ? 0x3B : 0x3E;
    case Wire::kMoneyN:
      return type.length == 4 ? 0x7A : 0x3C;
    case Wire::kDateTimeN:
      return type.length == 4 ? 0x3A : 0x3D;
    default:
      return static_cast<std::uint8_t>(type.wire);
  }
}

int max_or(int length) { return length > kShortLengthMax ? -1 : length; }

TypeInfo text_type(Wire wire, int length) {
  return with_prefix(wire, length < 0 ? Prefix::kPlp : Prefix::kShort,
                     length < 0 ? -1 : std::clamp(length, 1, kShortLengthMax));
}

/// (max) for clients that know only text, ntext and image.
TypeInfo as_old_large(TypeInfo type) {
  if (type.prefix != Prefix::kPlp) return type;
  type.wire = type.is_unicode() ? Wire::kNText : type.is_binary() ? Wire::kImage : Wire::kText;
  type.prefix = Prefix::kLong;
  return type;
}

/// Characters that a value of these types has as text.
int time_text_length(std::string_view name, int scale) {
  const int time = 8 + (scale > 0 ? scale + 1 : 0);
  if (name == "date") return 10;
  if (name == "time") return time;
  return name == "datetime2" ? 11 + time : 18 + time;
}

std::optional<TypeInfo> number_type(const sql::ResultColumn& column) {
  const std::string& name = column.type_name;
  // A column without NULLs has the type of fixed length: SqlClient reads its values as such.
  const auto number = [&](Wire wire, int length) {
    return with_prefix(wire, column.nullable ? Prefix::kByte : Prefix::kNone, length);
  };
  if (name == "bit") return number(Wire::kBitN, 1);
  if (name == "tinyint") return number(Wire::kIntN, 1);
  if (name == "smallint") return number(Wire::kIntN, 2);
  if (name == "int") return number(Wire::kIntN, 4);
  if (name == "bigint") return number(Wire::kIntN, 8);
  if (name == "real") return number(Wire::kFloatN, 4);
  if (name == "float") return number(Wire::kFloatN, 8);
  if (name == "smallmoney") return number(Wire::kMoneyN, 4);
  if (name == "money") return number(Wire::kMoneyN, 8);
  if (name == "smalldatetime") return number(Wire::kDateTimeN, 4);
  if (name == "datetime") return number(Wire::kDateTimeN, 8);
  if (name == "uniqueidentifier") return with_prefix(Wire::kGuid, Prefix::kByte, kGuidLength);
  if (name == "decimal" || name == "numeric") {
    TypeInfo type = with_prefix(name == "decimal" ? Wire::kDecimalN : Wire::kNumericN,
                                Prefix::kByte, decimal_length(column.precision));
    type.precision = column.precision;
    type.scale = column.scale;
    return type;
  }
  return std::nullopt;
}

std::optional<TypeInfo> moment_type(const sql::ResultColumn& column, const Dialect& dialect) {
  const std::string& name = column.type_name;
  Wire wire = Wire::kDateN;
  int date_bytes = 3;
  if (name == "time") {
    wire = Wire::kTimeN;
    date_bytes = 0;
  } else if (name == "datetime2") {
    wire = Wire::kDateTime2N;
  } else if (name == "datetimeoffset") {
    wire = Wire::kDateTimeOffsetN;
    date_bytes = 5;
  } else if (name != "date") {
    return std::nullopt;
  }
  if (dialect.version < Version::k73a)
    return text_type(Wire::kNVarChar, 2 * time_text_length(name, column.scale));
  if (wire == Wire::kDateN) return with_prefix(wire, Prefix::kByte, date_bytes);
  TypeInfo type = with_prefix(wire, Prefix::kByte, time_length(column.scale) + date_bytes);
  type.scale = column.scale;
  return type;
}

/// Character and binary types. What there is no type for goes as text.
TypeInfo string_type(const sql::ResultColumn& column, const Dialect& dialect) {
  const std::string& name = column.type_name;
  const int length = column.max_length;
  if (name == "binary") return text_type(Wire::kBinary, length);
  if (name == "varbinary") return text_type(Wire::kVarBinary, length);
  if (name == "image") return with_prefix(Wire::kImage, Prefix::kLong, -1);
  TypeInfo type = text_type(Wire::kNVarChar, -1);
  const CollationBytes collation = collation_bytes(column.collation);
  if (name == "char" || name == "varchar" || name == "text") {
    // UTF-8 goes as UTF-16 to a client that does not know it: no unit is less than a byte.
    const bool widened = encoding_of(collation) == TextEncoding::kUtf8 && !dialect.utf8;
    if (name == "text") {
      type = with_prefix(widened ? Wire::kNText : Wire::kText, Prefix::kLong, -1);
    } else if (widened) {
      type = text_type(Wire::kNVarChar, length < 0 ? -1 : max_or(2 * length));
    } else {
      type = text_type(name == "char" ? Wire::kChar : Wire::kVarChar, length);
    }
  } else if (name == "nchar") {
    type = text_type(Wire::kNChar, length);
  } else if (name == "nvarchar" || name == "sysname") {
    type = text_type(Wire::kNVarChar, length);
  } else if (name == "ntext") {
    type = with_prefix(Wire::kNText, Prefix::kLong, -1);
  }
  type.collation = collation;
  return type;
}

}  // namespace

TypeInfo read_type_info(StreamReader& in) {
  const std::uint8_t token = in.u8();
  if (const auto old = read_old_type(in, token)) return *old;
  const auto wire = static_cast<Wire>(token);
  switch (wire) {
    case Wire::kGuid:
      return read_byte_length(in, wire, {0, kGuidLength});
    case Wire::kIntN:
      return read_byte_length(in, wire, {1, 2, 4, 8});
    case Wire::kBitN:
      return read_byte_length(in, wire, {1});
    case Wire::kFloatN:
    case Wire::kMoneyN:
    case Wire::kDateTimeN:
      return read_byte_length(in, wire, {4, 8});
    case Wire::kDecimalN:
    case Wire::kNumericN:
      return read_decimal(in, wire);
    case Wire::kDateN:
      return with_prefix(wire, Prefix::kByte, 3);
    case Wire::kTimeN:
    case Wire::kDateTime2N:
    case Wire::kDateTimeOffsetN:
      return read_time(in, wire);
    case Wire::kVarBinary:
    case Wire::kVarChar:
    case Wire::kBinary:
    case Wire::kChar:
    case Wire::kNVarChar:
    case Wire::kNChar:
      return read_short_length(in, wire);
    case Wire::kImage:
    case Wire::kText:
    case Wire::kNText:
      return read_long_length(in, wire);
    case Wire::kVariant:
      in.skip(4);
      return with_prefix(wire, Prefix::kVariant, kVariantLength);
    case Wire::kXml:
      return read_xml(in);
    default:
      if (token == 0xF0) throw_no_support(token, "CLR type");
      if (token == 0xF3) throw_no_support(token, "table-valued parameter");
      throw_unknown_type(token);
  }
}

void put_type_info(std::string& out, const TypeInfo& type) {
  put(out, type.prefix == Prefix::kNone ? fixed_token(type) : static_cast<std::uint8_t>(type.wire));
  switch (type.prefix) {
    case Prefix::kNone:
      break;
    case Prefix::kByte:
      if (type.wire == Wire::kTimeN || type.wire == Wire::kDateTime2N ||
          type.wire == Wire::kDateTimeOffsetN) {
        put(out, static_cast<std::uint8_t>(type.scale));
      } else if (type.wire != Wire::kDateN) {
        put(out, static_cast<std::uint8_t>(type.length));
      }
      if (type.wire == Wire::kDecimalN || type.wire == Wire::kNumericN) {
        put(out, static_cast<std::uint8_t>(type.precision));
        put(out, static_cast<std::uint8_t>(type.scale));
      }
      break;
    case Prefix::kShort:
      put(out, static_cast<std::uint16_t>(type.length));
      break;
    case Prefix::kLong:
      put(out, static_cast<std::uint32_t>(type.wire == Wire::kNText ? kLongLengthMax - 1
                                                                    : kLongLengthMax));
      break;
    case Prefix::kVariant:
      put(out, static_cast<std::uint32_t>(kVariantLength));
      break;
    case Prefix::kPlp:
      put(out, kPlpMark);
      break;
  }
  if (type.is_code_page() || type.is_unicode())
    out.append(type.collation.data(), type.collation.size());
}

TypeInfo type_info_of(const sql::ResultColumn& column, const Dialect& dialect) {
  if (const auto number = number_type(column)) return *number;
  if (const auto moment = moment_type(column, dialect)) {
    TypeInfo type = *moment;
    if (type.is_unicode()) type.collation = collation_bytes({});
    return type;
  }
  if (column.type_name == "sql_variant")
    return with_prefix(Wire::kVariant, Prefix::kVariant, kVariantLength);
  const TypeInfo type = string_type(column, dialect);
  return dialect.version < Version::k72 ? as_old_large(type) : type;
}

TypeInfo output_type_info_of(const sql::ResultColumn& column, const Dialect& dialect) {
  TypeInfo type = type_info_of(column, dialect);
  if (type.prefix == Prefix::kNone) type.prefix = Prefix::kByte;
  if (type.prefix != Prefix::kLong) return type;
  type.wire = type.is_unicode()  ? Wire::kNVarChar
              : type.is_binary() ? Wire::kVarBinary
                                 : Wire::kVarChar;
  type.prefix = dialect.version < Version::k72 ? Prefix::kShort : Prefix::kPlp;
  type.length = dialect.version < Version::k72 ? kShortLengthMax : -1;
  return type;
}

std::string type_name(const TypeInfo& type) {
  switch (type.wire) {
    case Wire::kNull:
      return "nvarchar";
    case Wire::kImage:
      return "image";
    case Wire::kText:
      return "text";
    case Wire::kNText:
      return "ntext";
    case Wire::kGuid:
      return "uniqueidentifier";
    case Wire::kIntN:
      return type.length == 1   ? "tinyint"
             : type.length == 2 ? "smallint"
             : type.length == 4 ? "int"
                                : "bigint";
    case Wire::kDateN:
      return "date";
    case Wire::kTimeN:
      return "time";
    case Wire::kDateTime2N:
      return "datetime2";
    case Wire::kDateTimeOffsetN:
      return "datetimeoffset";
    case Wire::kVariant:
      return "sql_variant";
    case Wire::kBitN:
      return "bit";
    case Wire::kDecimalN:
      return "decimal";
    case Wire::kNumericN:
      return "numeric";
    case Wire::kFloatN:
      return type.length == 4 ? "real" : "float";
    case Wire::kMoneyN:
      return type.length == 4 ? "smallmoney" : "money";
    case Wire::kDateTimeN:
      return type.length == 4 ? "smalldatetime" : "datetime";
    case Wire::kVarBinary:
      return "varbinary";
    case Wire::kVarChar:
      return "varchar";
    case Wire::kBinary:
      return "binary";
    case Wire::kChar:
      return "char";
    case Wire::kNVarChar:
    case Wire::kXml:
      return "nvarchar";
    case Wire::kNChar:
      return "nchar";
  }
  return "nvarchar";
}

std::string declaration(const TypeInfo& type) {
  const std::string name = type_name(type);
  switch (type.wire) {
    case Wire::kNull:
      return name + "(1)";
    case Wire::kDecimalN:
    case Wire::kNumericN:
      return name + "(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
    case Wire::kTimeN:
    case Wire::kDateTime2N:
    case Wire::kDateTimeOffsetN:
      return name + "(" + std::to_string(type.scale) + ")";
    case Wire::kVarBinary:
    case Wire::kVarChar:
    case Wire::kBinary:
    case Wire::kChar:
    case Wire::kNVarChar:
    case Wire::kNChar:
    case Wire::kXml:
      if (type.length < 0) return name + "(max)";
      return name + "(" +
             std::to_string(std::max(type.is_unicode() ? type.length / 2 : type.length, 1)) + ")";
    default:
      return name;
  }
}

sql::ResultColumn column_of(const TypeInfo& type, std::string name, bool nullable) {
  using engine::Kind;
  sql::ResultColumn column;
  column.name = std::move(name);
  column.type = declaration(type);
  column.type_name = type_name(type);
  column.max_length = type.prefix == Prefix::kLong ? 16 : type.length;
  column.nullable = nullable;
  switch (type.wire) {
    case Wire::kIntN:
      column.engine_type = type.length == 1   ? Kind::kUInt8
                           : type.length == 2 ? Kind::kInt16
                           : type.length == 4 ? Kind::kInt32
                                              : Kind::kInt64;
      break;
    case Wire::kBitN:
      column.engine_type = Kind::kBoolean;
      column.precision = 1;
      break;
    case Wire::kFloatN:
      column.engine_type = type.length == 4 ? Kind::kFloat : Kind::kDouble;
      column.precision = type.length == 4 ? 24 : 53;
      break;
    case Wire::kMoneyN:
      column.precision = type.length == 4 ? 10 : 19;
      column.scale = 4;
      column.engine_type = engine::Type::decimal(column.precision, column.scale);
      break;
    case Wire::kDecimalN:
    case Wire::kNumericN:
      column.precision = type.precision;
      column.scale = type.scale;
      column.engine_type = engine::Type::decimal(type.precision, type.scale);
      break;
    case Wire::kDateN:
      column.engine_type = Kind::kDate;
      break;
    case Wire::kTimeN:
      column.engine_type = Kind::kTime;
      column.scale = type.scale;
      break;
    case Wire::kDateTimeN:
      column.engine_type = Kind::kTimestamp;
      break;
    case Wire::kDateTime2N:
      column.engine_type = Kind::kTimestamp;
      column.scale = type.scale;
      break;
    case Wire::kDateTimeOffsetN:
      column.engine_type = Kind::kInt128;
      column.scale = type.scale;
      break;
    case Wire::kGuid:
      column.engine_type = Kind::kUuid;
      column.max_length = kGuidLength;
      break;
    case Wire::kVarBinary:
    case Wire::kBinary:
    case Wire::kImage:
      column.engine_type = Kind::kBlob;
      break;
    case Wire::kVariant:  // each value as its text
      column.type = "nvarchar(4000)";
      column.type_name = "nvarchar";
      column.max_length = kShortLengthMax;
      column.engine_type = Kind::kText;
      break;
    default:
      column.engine_type = Kind::kText;
      column.collation = collation_name(type.collation);
  }
  return column;
}

int decimal_length(int precision) {
  return precision <= 9 ? 5 : precision <= 19 ? 9 : precision <= 28 ? 13 : 17;
}

int time_length(int scale) { return scale <= 2 ? 3 : scale <= 4 ? 4 : 5; }

}  // namespace tarn::tds::detail
