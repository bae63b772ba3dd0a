#pragma once
// The types that operations result in, and which conversions exist ("Data type conversion" matrix).

#include <optional>
#include <span>

#include "detail/types/type.h"

namespace tarn::sql {

/// SQL Server's precedence: the operand of the lower one is converted to the type of the higher
/// one.
int precedence(TypeId id);

/// The type that CASE, COALESCE, UNION, IN and comparisons bring both sides to. Nothing when the
/// two cannot meet (operand type clash, 206).
std::optional<SqlType> common_type(const SqlType& a, const SqlType& b);
std::optional<SqlType> common_type(std::span<const SqlType> types);

enum class Arithmetic { kAdd, kSubtract, kMultiply, kDivide, kModulo };

/// The result of `a op b` for the numbers, strings (+) and dates (+, -); nothing for operands that
/// the operator does not take (8117 or 402).
std::optional<SqlType> arithmetic_type(Arithmetic op, const SqlType& a, const SqlType& b);
/// Precision and scale of decimals by the operation, with SQL Server's reduction to 38 digits.
SqlType decimal_result(Arithmetic op, const SqlType& a, const SqlType& b);

enum class Conversion { kImplicit, kExplicit, kForbidden };
Conversion conversion(const SqlType& from, const SqlType& to);

/// The collation that two character expressions are compared or joined under. Nothing on a conflict
/// (468).
struct CollationChoice {
  const Collation* collation = nullptr;
  Coercibility coercibility = Coercibility::kDefault;
};
std::optional<CollationChoice> common_collation(const SqlType& a, const SqlType& b);

}  // namespace tarn::sql
