#pragma once
// Values of expressions that need no engine: counters of loops, conditions on them, and messages.

#include <optional>

#include "detail/bind/bound.h"

namespace tarn::sql {

/// The value of an expression of literals and held values: whole numbers, decimals, floats, bits
/// and texts, their arithmetic, comparison (of whole numbers; of texts whether they are equal),
/// conversion and concatenation, AND, OR, NOT, IS NULL, CASE and COALESCE.
/// Nothing for anything else, and where the engine has an error to tell or a text to cut.
std::optional<Constant> simple_value(const bound::Expr& expr);

}  // namespace tarn::sql
