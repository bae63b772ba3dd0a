#include "detail/bind/conversion.h"

#include <charconv>

#include "base/utf16.h"
#include "detail/bind/bind_error.h"

namespace tarn::sql {
namespace {

bound::ExprPtr converted(bound::ExprPtr expr, const SqlType& type, bound::Convert how) {
  SqlType result = type;
  if (is_character(result) && !result.collation && is_character(expr->type)) {
    result.collation = expr->type.collation;
    result.coercibility = expr->type.coercibility;
  }
  const ast::Span span = expr->span;
  const auto* literal = std::get_if<bound::Literal>(&expr->node);
  if (literal && !literal->text) return make_literal(result, std::nullopt, span);
  const bool nullable = expr->nullable || how.tries;
  how.operand = std::move(expr);
  return make_expr(result, nullable, span, std::move(how));
}

bool same_but_collation(const SqlType& a, const SqlType& b) { return a == b; }

}  // namespace

bound::ExprPtr make_expr(SqlType type, bool nullable, ast::Span span, bound::ExprNode node) {
  return std::make_unique<bound::Expr>(bound::Expr{type, nullable, span, std::move(node)});
}

bound::ExprPtr make_literal(SqlType type, std::optional<std::string> text, ast::Span span) {
  const bool nullable = !text;
  return make_expr(type, nullable, span, bound::Literal{std::move(text)});
}

bound::ExprPtr make_integer(std::int64_t value, ast::Span span) {
  return make_literal(SqlType::integer(), std::to_string(value), span);
}

bound::ExprPtr convert_implicit(bound::ExprPtr expr, const SqlType& type) {
  if (same_but_collation(expr->type, type)) {
    if (is_character(type) && type.collation) expr->type = type;
    return expr;
  }
  switch (conversion(expr->type, type)) {
    case Conversion::kForbidden:
      throw operand_clash(expr->type, type, expr->span);
    case Conversion::kExplicit:
      throw bind_error(257,
                       "Implicit conversion from data type " + std::string(name_of(expr->type.id)) +
                           " to " + std::string(name_of(type.id)) +
                           " is not allowed. Use the CONVERT function to run this query.",
                       expr->span);
    case Conversion::kImplicit:
      break;
  }
  bound::Convert how;
  how.implicit = true;
  return converted(std::move(expr), type, std::move(how));
}

bound::ExprPtr convert_explicit(bound::ExprPtr expr, const SqlType& type, bool tries, int style) {
  if (conversion(expr->type, type) == Conversion::kForbidden) {
    throw bind_error(529,
                     "Explicit conversion from data type " + std::string(name_of(expr->type.id)) +
                         " to " + std::string(name_of(type.id)) + " is not allowed.",
                     expr->span);
  }
  bound::Convert how;
  how.tries = tries;
  how.style = style;
  return converted(std::move(expr), type, std::move(how));
}

const bound::Literal* literal_of(const bound::Expr& expr) {
  if (const auto* literal = std::get_if<bound::Literal>(&expr.node)) return literal;
  const auto* cast = std::get_if<bound::Convert>(&expr.node);
  if (cast && (is_integer(expr.type) || is_character(expr.type)) &&
      (is_integer(cast->operand->type) || is_character(cast->operand->type))) {
    return literal_of(*cast->operand);
  }
  return nullptr;
}

std::optional<std::int64_t> integer_constant(const bound::Expr& expr) {
  const bound::Literal* literal = literal_of(expr);
  if (!literal || !literal->text) return std::nullopt;
  const std::string& text = *literal->text;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

SqlType text_literal_type(std::string_view text, bool national, const Collation* collation) {
  int characters = 0;
  for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  const int bytes = collation && collation->utf8 ? static_cast<int>(text.size()) : characters;
  const SqlType type = national ? SqlType::nvarchar(std::max(1, utf16_length(text)))
                                : SqlType::varchar(std::max(1, bytes));
  return type.with_collation(collation, Coercibility::kDefault);
}

int utf16_length(std::string_view text) { return static_cast<int>(utf16_units(text)); }

}  // namespace tarn::sql
