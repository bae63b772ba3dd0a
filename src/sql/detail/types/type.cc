#include "detail/types/type.h"

#include <array>

#include "base/error.h"
#include "base/text.h"

namespace tarn::sql {
namespace {

struct NamedType {
  std::string_view name;
  TypeId id;
};

constexpr std::array kNames = {
    NamedType{"bit", TypeId::kBit},
    NamedType{"tinyint", TypeId::kTinyInt},
    NamedType{"smallint", TypeId::kSmallInt},
    NamedType{"int", TypeId::kInt},
    NamedType{"bigint", TypeId::kBigInt},
    NamedType{"decimal", TypeId::kDecimal},
    NamedType{"numeric", TypeId::kNumeric},
    NamedType{"smallmoney", TypeId::kSmallMoney},
    NamedType{"money", TypeId::kMoney},
    NamedType{"real", TypeId::kReal},
    NamedType{"float", TypeId::kFloat},
    NamedType{"date", TypeId::kDate},
    NamedType{"time", TypeId::kTime},
    NamedType{"smalldatetime", TypeId::kSmallDateTime},
    NamedType{"datetime", TypeId::kDateTime},
    NamedType{"datetime2", TypeId::kDateTime2},
    NamedType{"datetimeoffset", TypeId::kDateTimeOffset},
    NamedType{"char", TypeId::kChar},
    NamedType{"varchar", TypeId::kVarchar},
    NamedType{"text", TypeId::kText},
    NamedType{"nchar", TypeId::kNchar},
    NamedType{"nvarchar", TypeId::kNvarchar},
    NamedType{"ntext", TypeId::kNtext},
    NamedType{"binary", TypeId::kBinary},
    NamedType{"varbinary", TypeId::kVarbinary},
    NamedType{"image", TypeId::kImage},
    NamedType{"uniqueidentifier", TypeId::kUniqueIdentifier},
};

constexpr int kFloatBits = 53;
constexpr int kRealBits = 24;
constexpr int kCastLength = 30;  // CAST(x AS varchar)

Error type_error(int number, std::string message, std::string hint = {}) {
  SqlStatus status;
  status.number = number;
  status.severity = number == 243 || number == 2716 ? 16 : 15;
  return Error(Code::kInvalidArgument, std::move(message), std::move(hint)).with_sql(status);
}

SqlType sized_text(TypeId id, std::string_view name, std::optional<int> size, bool is_max,
                   bool cast) {
  const bool wide = id == TypeId::kNchar || id == TypeId::kNvarchar;
  const bool fixed = id == TypeId::kChar || id == TypeId::kNchar || id == TypeId::kBinary;
  const int limit = wide ? kNcharLengthMax : kCharLengthMax;
  SqlType type = SqlType::of(id);
  if (is_max) {
    if (fixed)
      throw type_error(102, "Incorrect syntax near 'max'.",
                       "Only varchar, nvarchar and varbinary take (max).");
    type.length = kMaxLength;
    return type;
  }
  const int length = size.value_or(cast ? kCastLength : 1);
  if (length < 1)
    throw type_error(
        1001, "Length or precision specification " + std::to_string(length) + " is invalid.");
  if (length > limit) {
    throw type_error(131,
                     "The size (" + std::to_string(length) + ") given to the type '" +
                         std::string(name) + "' exceeds the maximum allowed (" +
                         std::to_string(limit) + ").",
                     fixed ? "" : "Use " + std::string(name) + "(max) for longer values.");
  }
  type.length = length;
  return type;
}

SqlType sized_decimal(TypeId id, std::optional<int> precision, std::optional<int> scale) {
  SqlType type = SqlType::of(id);
  type.precision = precision.value_or(18);
  type.scale = scale.value_or(0);
  if (type.precision > kDecimalPrecisionMax) {
    throw type_error(2750, "Column or parameter #0: Specified column precision " +
                               std::to_string(type.precision) +
                               " is greater than the maximum precision of 38.");
  }
  if (type.precision < 1) {
    throw type_error(1001, "Length or precision specification " + std::to_string(type.precision) +
                               " is invalid.");
  }
  if (type.scale < 0 || type.scale > type.precision) {
    throw type_error(2751, "Column or parameter #0: Specified column scale " +
                               std::to_string(type.scale) +
                               " is greater than the specified precision of " +
                               std::to_string(type.precision) + ".");
  }
  return type;
}

}  // namespace

SqlType SqlType::of(TypeId id) {
  SqlType type;
  type.id = id;
  switch (id) {
    case TypeId::kDecimal:
    case TypeId::kNumeric:
      type.precision = 18;
      break;
    case TypeId::kReal:
      type.precision = kRealBits;
      break;
    case TypeId::kFloat:
      type.precision = kFloatBits;
      break;
    case TypeId::kTime:
    case TypeId::kDateTime2:
    case TypeId::kDateTimeOffset:
      type.scale = kFractionMax;
      break;
    case TypeId::kChar:
    case TypeId::kVarchar:
    case TypeId::kNchar:
    case TypeId::kNvarchar:
    case TypeId::kBinary:
    case TypeId::kVarbinary:
      type.length = 1;
      break;
    case TypeId::kText:
    case TypeId::kNtext:
    case TypeId::kImage:
      type.length = kMaxLength;
      break;
    default:
      break;
  }
  return type;
}

SqlType SqlType::decimal(int precision, int scale) {
  SqlType type = of(TypeId::kDecimal);
  type.precision = precision;
  type.scale = scale;
  return type;
}

SqlType SqlType::numeric(int precision, int scale) {
  SqlType type = decimal(precision, scale);
  type.id = TypeId::kNumeric;
  return type;
}

SqlType SqlType::varchar(int length) {
  SqlType type = of(TypeId::kVarchar);
  type.length = length > kCharLengthMax ? kMaxLength : length;
  return type;
}

SqlType SqlType::nvarchar(int length) {
  SqlType type = of(TypeId::kNvarchar);
  type.length = length > kNcharLengthMax ? kMaxLength : length;
  return type;
}

SqlType SqlType::varbinary(int length) {
  SqlType type = of(TypeId::kVarbinary);
  type.length = length > kCharLengthMax ? kMaxLength : length;
  return type;
}

SqlType SqlType::datetime2(int scale) {
  SqlType type = of(TypeId::kDateTime2);
  type.scale = scale;
  return type;
}

SqlType SqlType::with_collation(const Collation* value, Coercibility strength) const {
  SqlType type = *this;
  if (!is_character(type)) return type;
  type.collation = value;
  type.coercibility = strength;
  return type;
}

bool is_integer(const SqlType& type) {
  return type.id >= TypeId::kTinyInt && type.id <= TypeId::kBigInt;
}
bool is_exact_decimal(const SqlType& type) {
  return type.id == TypeId::kDecimal || type.id == TypeId::kNumeric;
}
bool is_money(const SqlType& type) {
  return type.id == TypeId::kMoney || type.id == TypeId::kSmallMoney;
}
bool is_approximate(const SqlType& type) {
  return type.id == TypeId::kReal || type.id == TypeId::kFloat;
}
bool is_numeric(const SqlType& type) {
  return type.id >= TypeId::kBit && type.id <= TypeId::kFloat;
}
bool is_character(const SqlType& type) {
  return type.id >= TypeId::kChar && type.id <= TypeId::kNtext;
}
bool is_unicode(const SqlType& type) {
  return type.id >= TypeId::kNchar && type.id <= TypeId::kNtext;
}
bool is_fixed_length(const SqlType& type) {
  return type.id == TypeId::kChar || type.id == TypeId::kNchar || type.id == TypeId::kBinary;
}
bool is_binary(const SqlType& type) {
  return type.id >= TypeId::kBinary && type.id <= TypeId::kImage;
}
bool is_temporal(const SqlType& type) {
  return type.id >= TypeId::kDate && type.id <= TypeId::kDateTimeOffset;
}
bool is_legacy_datetime(const SqlType& type) {
  return type.id == TypeId::kDateTime || type.id == TypeId::kSmallDateTime;
}
bool has_date(const SqlType& type) { return is_temporal(type) && type.id != TypeId::kTime; }
bool has_time(const SqlType& type) { return is_temporal(type) && type.id != TypeId::kDate; }
bool is_large(const SqlType& type) { return type.length == kMaxLength; }

std::string_view name_of(TypeId id) {
  if (id == TypeId::kNull) return "NULL";
  if (id == TypeId::kBoolean) return "boolean";
  for (const NamedType& named : kNames) {
    if (named.id == id) return named.name;
  }
  return "sql_variant";
}

std::string to_string(const SqlType& type) {
  std::string text(name_of(type.id));
  switch (type.id) {
    case TypeId::kDecimal:
    case TypeId::kNumeric:
      return text + "(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
    case TypeId::kTime:
    case TypeId::kDateTime2:
    case TypeId::kDateTimeOffset:
      return text + "(" + std::to_string(type.scale) + ")";
    case TypeId::kChar:
    case TypeId::kVarchar:
    case TypeId::kNchar:
    case TypeId::kNvarchar:
    case TypeId::kBinary:
    case TypeId::kVarbinary:
      return text + (type.length == kMaxLength ? "(max)" : "(" + std::to_string(type.length) + ")");
    default:
      return text;
  }
}

std::optional<TypeId> type_id_of(std::string_view name) {
  for (const NamedType& named : kNames) {
    if (equal_ignoring_case(named.name, name)) return named.id;
  }
  return std::nullopt;
}

SqlType type_from_ddl(std::string_view name, std::optional<int> first, std::optional<int> second,
                      bool is_max, bool cast) {
  if (equal_ignoring_case(name, "sysname")) return SqlType::nvarchar(128);
  const std::optional<TypeId> id = type_id_of(name);
  if (!id) {
    std::vector<std::string> known;
    for (const NamedType& named : kNames) known.emplace_back(named.name);
    throw type_error(243, "Type " + std::string(name) + " is not a defined system type.",
                     did_you_mean(name, known));
  }
  const std::string canonical(name_of(*id));
  const SqlType plain = SqlType::of(*id);
  if (is_exact_decimal(plain)) return sized_decimal(*id, first, second);
  if (*id == TypeId::kChar || *id == TypeId::kVarchar || *id == TypeId::kNchar ||
      *id == TypeId::kNvarchar || *id == TypeId::kBinary || *id == TypeId::kVarbinary) {
    return sized_text(*id, canonical, first, is_max, cast);
  }
  if (*id == TypeId::kFloat) {
    const int bits = first.value_or(kFloatBits);
    if (bits < 1 || bits > kFloatBits) {
      throw type_error(2750, "Column or parameter #0: Specified column precision " +
                                 std::to_string(bits) +
                                 " is greater than the maximum precision of 53.");
    }
    return SqlType::of(bits <= kRealBits ? TypeId::kReal : TypeId::kFloat);
  }
  if (*id == TypeId::kTime || *id == TypeId::kDateTime2 || *id == TypeId::kDateTimeOffset) {
    SqlType type = plain;
    type.scale = first.value_or(kFractionMax);
    if (type.scale < 0 || type.scale > kFractionMax) {
      throw type_error(1002,
                       "Line 1: Specified scale " + std::to_string(type.scale) + " is invalid.");
    }
    return type;
  }
  if (first || is_max) {
    throw type_error(
        2716, "Column, parameter, or variable #0: Cannot specify a column width on data type " +
                  canonical + ".");
  }
  return plain;
}

int storage_length(const SqlType& type) {
  switch (type.id) {
    case TypeId::kBit:
    case TypeId::kTinyInt:
      return 1;
    case TypeId::kSmallInt:
      return 2;
    case TypeId::kInt:
    case TypeId::kReal:
    case TypeId::kSmallMoney:
    case TypeId::kSmallDateTime:
      return 4;
    case TypeId::kBigInt:
    case TypeId::kFloat:
    case TypeId::kMoney:
    case TypeId::kDateTime:
      return 8;
    case TypeId::kDate:
      return 3;
    case TypeId::kTime:
      return type.scale <= 2 ? 3 : type.scale <= 4 ? 4 : 5;
    case TypeId::kDateTime2:
      return type.scale <= 2 ? 6 : type.scale <= 4 ? 7 : 8;
    case TypeId::kDateTimeOffset:
      return type.scale <= 2 ? 8 : type.scale <= 4 ? 9 : 10;
    case TypeId::kDecimal:
    case TypeId::kNumeric:
      return type.precision <= 9 ? 5 : type.precision <= 19 ? 9 : type.precision <= 28 ? 13 : 17;
    case TypeId::kNchar:
    case TypeId::kNvarchar:
      return type.length == kMaxLength ? -1 : 2 * type.length;
    case TypeId::kChar:
    case TypeId::kVarchar:
    case TypeId::kBinary:
    case TypeId::kVarbinary:
      return type.length;
    case TypeId::kText:
    case TypeId::kNtext:
    case TypeId::kImage:
    case TypeId::kUniqueIdentifier:
      return 16;
    default:
      return 4;
  }
}

SqlType as_decimal(const SqlType& type) {
  switch (type.id) {
    case TypeId::kBit:
      return SqlType::numeric(1, 0);
    case TypeId::kTinyInt:
      return SqlType::numeric(3, 0);
    case TypeId::kSmallInt:
      return SqlType::numeric(5, 0);
    case TypeId::kBigInt:
      return SqlType::numeric(19, 0);
    case TypeId::kSmallMoney:
      return SqlType::numeric(10, 4);
    case TypeId::kMoney:
      return SqlType::numeric(19, 4);
    case TypeId::kDecimal:
    case TypeId::kNumeric:
      return type;
    default:
      return SqlType::numeric(10, 0);
  }
}

int catalog_precision(const SqlType& type) {
  const int fraction = type.scale > 0 ? type.scale + 1 : 0;
  switch (type.id) {
    case TypeId::kReal:
      return 24;
    case TypeId::kFloat:
      return 53;
    case TypeId::kDate:
      return 10;
    case TypeId::kTime:
      return 8 + fraction;
    case TypeId::kSmallDateTime:
      return 16;
    case TypeId::kDateTime:
      return 23;
    case TypeId::kDateTime2:
      return 19 + fraction;
    case TypeId::kDateTimeOffset:
      return 26 + fraction;
    default:
      return is_numeric(type) ? as_decimal(type).precision : 0;
  }
}

int catalog_scale(const SqlType& type) {
  if (type.id == TypeId::kDateTime) return 3;
  return is_numeric(type) && !is_approximate(type) ? as_decimal(type).scale : type.scale;
}

int text_length(const SqlType& type) {
  switch (type.id) {
    case TypeId::kBit:
      return 1;
    case TypeId::kTinyInt:
      return 3;
    case TypeId::kSmallInt:
      return 6;
    case TypeId::kInt:
    case TypeId::kNull:
      return 12;
    case TypeId::kBigInt:
      return 20;
    case TypeId::kDecimal:
    case TypeId::kNumeric:
      return type.precision + 3;
    case TypeId::kMoney:
      return 22;
    case TypeId::kSmallMoney:
      return 13;
    case TypeId::kReal:
    case TypeId::kFloat:
      return 24;
    case TypeId::kDate:
      return 10;
    case TypeId::kTime:
      return 16;
    case TypeId::kSmallDateTime:
    case TypeId::kDateTime:
      return 27;
    case TypeId::kDateTime2:
      return 27;
    case TypeId::kDateTimeOffset:
      return 34;
    case TypeId::kUniqueIdentifier:
      return 36;
    default:
      return type.length;
  }
}

}  // namespace tarn::sql
