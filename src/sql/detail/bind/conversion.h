#pragma once
// Conversions as nodes of the bound tree, and the constants that the binder itself must know.

#include <optional>
#include <string>

#include "detail/bind/bound.h"

namespace tarn::sql {

bound::ExprPtr make_expr(SqlType type, bool nullable, ast::Span span, bound::ExprNode node);
bound::ExprPtr make_literal(SqlType type, std::optional<std::string> text, ast::Span span);
bound::ExprPtr make_integer(std::int64_t value, ast::Span span);

/// The expression as `type`, as SQL Server converts silently. Throws 206 and 257.
bound::ExprPtr convert_implicit(bound::ExprPtr expr, const SqlType& type);
/// CAST and CONVERT. Throws 529.
bound::ExprPtr convert_explicit(bound::ExprPtr expr, const SqlType& type, bool tries, int style);

/// The literal below conversions that change nothing, or null.
const bound::Literal* literal_of(const bound::Expr& expr);
/// The value of a whole-number constant; nothing for anything else.
std::optional<std::int64_t> integer_constant(const bound::Expr& expr);

/// A text literal's type: varchar or nvarchar of its length.
SqlType text_literal_type(std::string_view text, bool national, const Collation* collation);
/// UTF-16 units of a UTF-8 text.
int utf16_length(std::string_view text);

}  // namespace tarn::sql
