#include "detail/types/rules.h"

#include <algorithm>
#include <vector>

namespace tarn::sql {
namespace {

constexpr int kScaleKept = 6;  // digits after the point that a reduced result keeps at least

/// SQL Server's reduction of a decimal with more than 38 digits: the whole digits are kept as far
/// as they can be.
SqlType reduced(int precision, int scale) {
  if (precision > kDecimalPrecisionMax) {
    const int whole = precision - scale;
    scale = std::max(kDecimalPrecisionMax - whole, std::min(scale, kScaleKept));
    precision = kDecimalPrecisionMax;
  }
  return SqlType::numeric(precision, scale);
}

/// The same where the whole digits have the first claim: sums and unions.
SqlType reduced_keeping_whole(int precision, int scale, int whole) {
  if (precision > kDecimalPrecisionMax) scale = std::min(scale, kDecimalPrecisionMax - whole);
  return SqlType::numeric(std::min(precision, kDecimalPrecisionMax), scale);
}

SqlType longest(TypeId id, const SqlType& a, const SqlType& b) {
  SqlType type = SqlType::of(id);
  const auto length_in = [&](const SqlType& side) {
    if (side.length == kMaxLength && (is_character(side) || is_binary(side))) return kMaxLength;
    return is_character(side) || is_binary(side) ? side.length : text_length(side);
  };
  const int left = length_in(a);
  const int right = length_in(b);
  const int limit = is_unicode(type) ? kNcharLengthMax : kCharLengthMax;
  type.length = left == kMaxLength || right == kMaxLength ? kMaxLength
                                                          : std::min(std::max(left, right), limit);
  if (is_fixed_length(type) && type.length == kMaxLength) {
    type.id = id == TypeId::kChar    ? TypeId::kVarchar
              : id == TypeId::kNchar ? TypeId::kNvarchar
                                     : TypeId::kVarbinary;
  }
  return type;
}

SqlType with_common_collation(SqlType type, const SqlType& a, const SqlType& b) {
  if (!is_character(type)) return type;
  if (const auto choice = common_collation(a, b)) {
    type.collation = choice->collation;
    type.coercibility = choice->coercibility;
  }
  return type;
}

SqlType wider_decimal(const SqlType& a, const SqlType& b) {
  const SqlType left = as_decimal(a);
  const SqlType right = as_decimal(b);
  const int scale = std::max(left.scale, right.scale);
  const int whole = std::max(left.precision - left.scale, right.precision - right.scale);
  SqlType type = reduced_keeping_whole(whole + scale, scale, whole);
  type.id =
      a.id == TypeId::kDecimal || b.id == TypeId::kDecimal ? TypeId::kDecimal : TypeId::kNumeric;
  return type;
}

bool is_large_legacy(const SqlType& type) {
  return type.id == TypeId::kText || type.id == TypeId::kNtext || type.id == TypeId::kImage;
}

std::optional<SqlType> text_sum(const SqlType& a, const SqlType& b) {
  const bool unicode = is_unicode(a) || is_unicode(b);
  const bool fixed = is_fixed_length(a) && is_fixed_length(b);
  const int limit = unicode ? kNcharLengthMax : kCharLengthMax;
  SqlType type = SqlType::of(unicode ? (fixed ? TypeId::kNchar : TypeId::kNvarchar)
                                     : (fixed ? TypeId::kChar : TypeId::kVarchar));
  // Two short texts never become (max): what does not fit is cut, as in SQL Server.
  type.length = is_large(a) || is_large(b) ? kMaxLength : std::min(a.length + b.length, limit);
  return with_common_collation(type, a, b);
}

std::optional<SqlType> binary_sum(const SqlType& a, const SqlType& b) {
  SqlType type =
      SqlType::of(is_fixed_length(a) && is_fixed_length(b) ? TypeId::kBinary : TypeId::kVarbinary);
  type.length =
      is_large(a) || is_large(b) ? kMaxLength : std::min(a.length + b.length, kCharLengthMax);
  return type;
}

}  // namespace

int precedence(TypeId id) {
  switch (id) {
    case TypeId::kDateTimeOffset:
      return 29;
    case TypeId::kDateTime2:
      return 28;
    case TypeId::kDateTime:
      return 27;
    case TypeId::kSmallDateTime:
      return 26;
    case TypeId::kDate:
      return 25;
    case TypeId::kTime:
      return 24;
    case TypeId::kFloat:
      return 23;
    case TypeId::kReal:
      return 22;
    case TypeId::kDecimal:
    case TypeId::kNumeric:
      return 21;
    case TypeId::kMoney:
      return 20;
    case TypeId::kSmallMoney:
      return 19;
    case TypeId::kBigInt:
      return 18;
    case TypeId::kInt:
      return 17;
    case TypeId::kSmallInt:
      return 16;
    case TypeId::kTinyInt:
      return 15;
    case TypeId::kBit:
      return 14;
    case TypeId::kNtext:
      return 13;
    case TypeId::kText:
      return 12;
    case TypeId::kImage:
      return 11;
    case TypeId::kUniqueIdentifier:
      return 9;
    case TypeId::kNvarchar:
      return 8;
    case TypeId::kNchar:
      return 7;
    case TypeId::kVarchar:
      return 6;
    case TypeId::kChar:
      return 5;
    case TypeId::kVarbinary:
      return 4;
    case TypeId::kBinary:
      return 3;
    case TypeId::kBoolean:
    case TypeId::kNull:
      return 0;
  }
  return 0;
}

std::optional<SqlType> common_type(const SqlType& a, const SqlType& b) {
  if (a.id == TypeId::kNull) return b;
  if (b.id == TypeId::kNull) return a;
  if (a.id == TypeId::kBoolean || b.id == TypeId::kBoolean) return std::nullopt;
  const SqlType& high = precedence(a.id) >= precedence(b.id) ? a : b;
  const SqlType& low = &high == &a ? b : a;
  if (high.variant && is_numeric(high) && is_character(low))
    return with_common_collation(longest(TypeId::kNvarchar, a, b), a, b);
  if (conversion(low, high) != Conversion::kImplicit) return std::nullopt;
  if (is_exact_decimal(high) && is_numeric(low)) return wider_decimal(a, b);
  if (is_character(high) || is_binary(high)) {
    if (is_large_legacy(high)) return with_common_collation(high, a, b);
    return with_common_collation(longest(high.id, a, b), a, b);
  }
  if (is_temporal(high) && high.id != TypeId::kDateTime && high.id != TypeId::kSmallDateTime &&
      is_temporal(low)) {
    SqlType type = high;
    const int low_scale = low.id == TypeId::kDateTime ? 3 : low.scale;
    if (type.id != TypeId::kDate) type.scale = std::max(type.scale, low_scale);
    return type;
  }
  return high;
}

std::optional<SqlType> common_type(std::span<const SqlType> types) {
  if (types.empty()) return std::nullopt;
  // The highest precedence decides first: 'a', NULL, 1 and 2.5 meet at numeric whatever their
  // order.
  std::vector<SqlType> ordered(types.begin(), types.end());
  std::stable_sort(ordered.begin(), ordered.end(), [](const SqlType& a, const SqlType& b) {
    return precedence(a.id) > precedence(b.id);
  });
  std::optional<SqlType> result = ordered.front();
  for (std::size_t i = 1; i < ordered.size() && result; ++i)
    result = common_type(*result, ordered[i]);
  return result;
}

SqlType decimal_result(Arithmetic op, const SqlType& a, const SqlType& b) {
  const SqlType left = as_decimal(a);
  const SqlType right = as_decimal(b);
  const int whole = std::max(left.precision - left.scale, right.precision - right.scale);
  const int scale = std::max(left.scale, right.scale);
  SqlType type;
  switch (op) {
    case Arithmetic::kAdd:
    case Arithmetic::kSubtract:
      type = reduced_keeping_whole(scale + whole + 1, scale, whole);
      break;
    case Arithmetic::kMultiply:
      type = reduced(left.precision + right.precision + 1, left.scale + right.scale);
      break;
    case Arithmetic::kDivide: {
      const int digits = std::max(kScaleKept, left.scale + right.precision + 1);
      type = reduced(left.precision - left.scale + right.scale + digits, digits);
      break;
    }
    case Arithmetic::kModulo:
      type = reduced(std::min(left.precision - left.scale, right.precision - right.scale) + scale,
                     scale);
      break;
  }
  type.id =
      a.id == TypeId::kDecimal || b.id == TypeId::kDecimal ? TypeId::kDecimal : TypeId::kNumeric;
  return type;
}

std::optional<SqlType> arithmetic_type(Arithmetic op, const SqlType& a, const SqlType& b) {
  if (a.id == TypeId::kBoolean || b.id == TypeId::kBoolean || is_large_legacy(a) ||
      is_large_legacy(b)) {
    return std::nullopt;
  }
  if (a.id == TypeId::kNull && b.id == TypeId::kNull) return SqlType::integer();
  if (a.id == TypeId::kNull) return arithmetic_type(op, b, b);
  if (b.id == TypeId::kNull) return arithmetic_type(op, a, a);
  const bool adds = op == Arithmetic::kAdd;
  if (is_character(a) && is_character(b)) return adds ? text_sum(a, b) : std::nullopt;
  if (is_binary(a) && is_binary(b)) return adds ? binary_sum(a, b) : std::nullopt;
  if (is_legacy_datetime(a) || is_legacy_datetime(b)) {
    const SqlType& other = is_legacy_datetime(a) ? b : a;
    const bool meets = is_legacy_datetime(other) || is_numeric(other) || is_character(other);
    if (!meets || (!adds && op != Arithmetic::kSubtract)) return std::nullopt;
    return a.id == TypeId::kDateTime || b.id == TypeId::kDateTime || !is_legacy_datetime(other)
               ? SqlType::of(is_legacy_datetime(other) ? TypeId::kDateTime
                                                       : (is_legacy_datetime(a) ? a.id : b.id))
               : SqlType::of(TypeId::kSmallDateTime);
  }
  const bool numbers = (is_numeric(a) || is_character(a) || is_binary(a)) &&
                       (is_numeric(b) || is_character(b) || is_binary(b)) &&
                       (is_numeric(a) || is_numeric(b));
  if (!numbers) return std::nullopt;
  const SqlType& high = precedence(a.id) >= precedence(b.id) ? a : b;
  if (op == Arithmetic::kModulo && is_approximate(high)) return std::nullopt;
  if (is_exact_decimal(high)) {
    const SqlType& left =
        is_numeric(a) ? a : high;  // text meets a decimal as that decimal's own type
    const SqlType& right = is_numeric(b) ? b : high;
    return decimal_result(op, left, right);
  }
  if (high.id == TypeId::kBit) return a.id == b.id ? std::nullopt : std::optional(high);
  return high;
}

Conversion conversion(const SqlType& from, const SqlType& to) {
  if (from.id == TypeId::kBoolean || to.id == TypeId::kBoolean || to.id == TypeId::kNull)
    return Conversion::kForbidden;
  if (from.id == TypeId::kNull || from.id == to.id) return Conversion::kImplicit;
  const auto when = [](bool allowed, Conversion how) {
    return allowed ? how : Conversion::kForbidden;
  };
  if (is_large_legacy(from) || is_large_legacy(to)) {
    const bool alike =
        (is_character(from) && is_character(to)) || (is_binary(from) && is_binary(to));
    return when(alike, Conversion::kImplicit);
  }
  if (is_character(from)) return is_binary(to) ? Conversion::kExplicit : Conversion::kImplicit;
  if (is_character(to)) return is_money(from) ? Conversion::kExplicit : Conversion::kImplicit;
  if (is_binary(from)) {
    if (is_approximate(to)) return Conversion::kForbidden;
    return is_temporal(to) && !is_legacy_datetime(to) ? Conversion::kExplicit
                                                      : Conversion::kImplicit;
  }
  if (is_binary(to)) {
    if (is_temporal(from)) return Conversion::kExplicit;
    return Conversion::kImplicit;
  }
  if (from.id == TypeId::kUniqueIdentifier || to.id == TypeId::kUniqueIdentifier)
    return Conversion::kForbidden;
  if (is_numeric(from) && is_numeric(to)) return Conversion::kImplicit;
  if (is_temporal(from) && is_temporal(to)) {
    const bool disjoint = (from.id == TypeId::kDate && to.id == TypeId::kTime) ||
                          (from.id == TypeId::kTime && to.id == TypeId::kDate);
    return when(!disjoint, Conversion::kImplicit);
  }
  if (is_numeric(from)) return when(is_legacy_datetime(to), Conversion::kImplicit);
  return when(is_legacy_datetime(from), Conversion::kExplicit);
}

std::optional<CollationChoice> common_collation(const SqlType& a, const SqlType& b) {
  if (!is_character(a) || !a.collation) return CollationChoice{b.collation, b.coercibility};
  if (!is_character(b) || !b.collation) return CollationChoice{a.collation, a.coercibility};
  if (a.coercibility != b.coercibility) {
    const SqlType& strong = a.coercibility > b.coercibility ? a : b;
    return CollationChoice{strong.collation, strong.coercibility};
  }
  if (a.collation == b.collation || a.coercibility == Coercibility::kDefault) {
    return CollationChoice{a.collation, a.coercibility};
  }
  return std::nullopt;
}

}  // namespace tarn::sql
