#pragma once
// The result types that functions have, by name, for the catalogue.

#include <algorithm>
#include <span>

#include "detail/bind/conversion.h"

namespace tarn::sql::result {

using Arguments = std::span<const bound::ExprPtr>;

inline SqlType integer(Arguments) { return SqlType::integer(); }
inline SqlType bigint(Arguments) { return SqlType::bigint(); }
inline SqlType tinyint(Arguments) { return SqlType::of(TypeId::kTinyInt); }
inline SqlType floating(Arguments) { return SqlType::floating(); }
inline SqlType date(Arguments) { return SqlType::of(TypeId::kDate); }
inline SqlType datetime(Arguments) { return SqlType::of(TypeId::kDateTime); }
inline SqlType datetime2(Arguments) { return SqlType::datetime2(7); }
inline SqlType guid(Arguments) { return SqlType::of(TypeId::kUniqueIdentifier); }
inline SqlType nvarchar4000(Arguments) { return SqlType::nvarchar(kNcharLengthMax); }
inline SqlType nvarchar_max(Arguments) { return SqlType::nvarchar(kMaxLength); }
inline SqlType nvarchar30(Arguments) { return SqlType::nvarchar(30); }
inline SqlType nvarchar258(Arguments) { return SqlType::nvarchar(258); }
inline SqlType varbinary8000(Arguments) { return SqlType::varbinary(kCharLengthMax); }
inline SqlType varbinary_max(Arguments) { return SqlType::varbinary(kMaxLength); }
inline SqlType char1(Arguments) { return SqlType::of(TypeId::kChar); }
inline SqlType nchar1(Arguments) { return SqlType::of(TypeId::kNchar); }

/// The type of the first argument.
inline SqlType first(Arguments arguments) { return arguments[0]->type; }

/// The first argument's text type with varying length.
inline SqlType text(Arguments arguments) {
  const SqlType& type = arguments[0]->type;
  return is_unicode(type) ? SqlType::nvarchar(type.length) : SqlType::varchar(type.length);
}

/// Text that may be as long as its family goes: varchar(8000), nvarchar(4000), or (max) where any
/// argument is.
inline SqlType longer_text(Arguments arguments) {
  bool unicode = false;
  bool large = false;
  for (const bound::ExprPtr& argument : arguments) {
    if (!is_character(argument->type)) continue;
    unicode = unicode || is_unicode(argument->type);
    large = large || is_large(argument->type);
  }
  if (unicode) return SqlType::nvarchar(large ? kMaxLength : kNcharLengthMax);
  return SqlType::varchar(large ? kMaxLength : kCharLengthMax);
}

/// The sum of the lengths, as CONCAT has it.
inline SqlType joined_text(Arguments arguments) {
  bool unicode = false;
  bool large = false;
  int length = 0;
  for (const bound::ExprPtr& argument : arguments) {
    if (!is_character(argument->type)) continue;
    unicode = unicode || is_unicode(argument->type);
    large = large || is_large(argument->type);
    length += argument->type.length;
  }
  const int limit = unicode ? kNcharLengthMax : kCharLengthMax;
  length = large ? kMaxLength : std::min(std::max(1, length), limit);
  return unicode ? SqlType::nvarchar(length) : SqlType::varchar(length);
}

/// int, or bigint for (max) values: LEN, DATALENGTH, CHARINDEX.
inline SqlType length(Arguments arguments) {
  for (const bound::ExprPtr& argument : arguments) {
    if ((is_character(argument->type) || is_binary(argument->type)) && is_large(argument->type)) {
      return SqlType::bigint();
    }
  }
  return SqlType::integer();
}

/// Numbers as ROUND and POWER give them: small integers become int, real becomes float.
inline SqlType number(Arguments arguments) {
  const SqlType& type = arguments[0]->type;
  if (type.id == TypeId::kTinyInt || type.id == TypeId::kSmallInt) return SqlType::integer();
  if (type.id == TypeId::kReal) return SqlType::floating();
  if (type.id == TypeId::kSmallMoney) return SqlType::of(TypeId::kMoney);
  return type;
}

/// FLOOR and CEILING: a decimal keeps its digits before the point.
inline SqlType whole_number(Arguments arguments) {
  SqlType type = number(arguments);
  if (is_exact_decimal(type)) type.scale = 0;
  return type;
}

inline SqlType power(Arguments arguments) {
  SqlType type = number(arguments);
  if (is_exact_decimal(type)) type.precision = kDecimalPrecisionMax;
  return type;
}

inline SqlType sum(Arguments arguments) {
  SqlType type = number(arguments);
  if (is_exact_decimal(type)) type.precision = kDecimalPrecisionMax;
  return type;
}

/// AVG of decimal(p, s) is decimal(38, max(s, 6)).
inline SqlType average(Arguments arguments) {
  SqlType type = sum(arguments);
  if (is_exact_decimal(type)) type.scale = std::max(type.scale, 6);
  return type;
}

/// DATEADD and DATETRUNC: the type of the date; the part stands before the arguments.
inline SqlType last(Arguments arguments) { return arguments.back()->type; }

}  // namespace tarn::sql::result
