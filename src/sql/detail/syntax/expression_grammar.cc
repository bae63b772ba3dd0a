// Expressions and search conditions. T-SQL keeps the two apart: a comparison is no value. So each
// production is told what is wanted, and only a bracket at the very beginning of a condition may
// hold either.
//
// Precedence: ~ and COLLATE, then * / %, then + - & ^ | with unary + and -, then comparisons, NOT,
// AND, and last OR with BETWEEN, IN and LIKE. Unary minus is weaker than * and /: -100.0 / -100.0
// * 10.0 is -(100.0 / -(100.0 * 10.0)).

#include <algorithm>
#include <array>

#include "base/text.h"
#include "detail/syntax/grammar.h"
#include "detail/syntax/nesting.h"
#include "detail/syntax/parser.h"
#include "detail/syntax/syntax_error.h"

namespace tarn::sql {
namespace {

/// Tokens that are looked at to tell a query in brackets from an expression; beyond them it is
/// taken for a query.
constexpr std::size_t kQueryLookaheadMax = 4096;

}  // namespace

ast::ExprPtr Grammar::make_over(ast::Span start, ast::ExprNode node, int children_height) {
  const ast::Span span = span_from(start);
  const int height = children_height + 1;
  check_height(height, span);
  return std::make_unique<ast::Expr>(
      ast::Expr{.span = span, .node = std::move(node), .height = height});
}

ast::ExprPtr Grammar::make(ast::Span start, ast::ExprNode node,
                           std::initializer_list<const ast::Expr*> children) {
  int height = 0;
  for (const ast::Expr* child : children) {
    if (child != nullptr) height = std::max(height, child->height);
  }
  return make_over(start, std::move(node), height);
}

int Grammar::height_of(const std::vector<ast::ExprPtr>& exprs) {
  int height = 0;
  for (const ast::ExprPtr& expr : exprs) height = std::max(height, expr->height);
  return height;
}

int Grammar::height_of(const std::vector<ast::OrderItem>& items) {
  int height = 0;
  for (const ast::OrderItem& item : items) height = std::max(height, item.expr->height);
  return height;
}

int Grammar::height_of(const ast::Window& window) {
  return std::max(height_of(window.partition_by), height_of(window.order_by));
}

bool Grammar::is_condition(const ast::Expr& expr) {
  return std::visit(
      ast::Overloaded{
          [](const ast::Comparison&) { return true; }, [](const ast::Logical&) { return true; },
          [](const ast::Not&) { return true; }, [](const ast::Like&) { return true; },
          [](const ast::Between&) { return true; }, [](const ast::InList&) { return true; },
          [](const ast::InSubquery&) { return true; }, [](const ast::IsNull&) { return true; },
          [](const ast::Distinct&) { return true; }, [](const ast::Exists&) { return true; },
          [](const ast::Quantified&) { return true; }, [](const auto&) { return false; }},
      expr.node);
}

ast::ExprPtr Grammar::expression() { return value(); }

ast::ExprPtr Grammar::condition() { return disjunction(Want::kCondition); }

ast::ExprPtr Grammar::disjunction(Want want) {
  const ast::Span start = peek().span;
  ast::ExprPtr first = conjunction(want);
  if (!is_condition(*first) || !at_word("OR")) return first;
  ast::Logical chain{.op = ast::Logical::Op::kOr, .operands = {}};
  chain.operands.push_back(std::move(first));
  while (accept_word("OR")) chain.operands.push_back(conjunction(Want::kCondition));
  const int height = height_of(chain.operands);
  return make_over(start, std::move(chain), height);
}

ast::ExprPtr Grammar::conjunction(Want want) {
  const ast::Span start = peek().span;
  ast::ExprPtr first = negation(want);
  if (!is_condition(*first) || !at_word("AND")) return first;
  ast::Logical chain{.op = ast::Logical::Op::kAnd, .operands = {}};
  chain.operands.push_back(std::move(first));
  while (accept_word("AND")) chain.operands.push_back(negation(Want::kCondition));
  const int height = height_of(chain.operands);
  return make_over(start, std::move(chain), height);
}

ast::ExprPtr Grammar::negation(Want want) {
  const ast::Span start = peek().span;
  if (!accept_word("NOT")) return predicate(want);
  const Nesting nesting(*this);
  ast::ExprPtr operand = negation(Want::kCondition);
  const ast::Expr* child = operand.get();
  return make(start, ast::Not{std::move(operand)}, {child});
}

ast::ExprPtr Grammar::predicate(Want want) {
  const ast::Span start = peek().span;
  if (accept_word("EXISTS")) {
    expect_symbol("(");
    ast::QueryPtr query = subquery();
    const int height = query->height;
    return make_over(start, ast::Exists{std::move(query)}, height);
  }
  for (const std::string_view unsupported : {"CONTAINS", "FREETEXT"}) {
    if (at_word(unsupported)) throw unsupported_syntax(unsupported, start);
  }
  ast::ExprPtr operand = additive(want == Want::kValue ? want : Want::kEither);
  if (is_condition(*operand)) return operand;
  const bool negated =
      at_word("NOT") && (at_word("LIKE", 1) || at_word("IN", 1) || at_word("BETWEEN", 1));
  if (negated) take();
  operand = predicate_rest(std::move(operand), negated);
  if (want == Want::kCondition && !is_condition(*operand)) {
    const Token& near_token = peek();
    // At the end the last token is the nearest.
    const bool end = near_token.kind == TokenKind::kEnd;
    const ast::Span near_span = end ? last_.span : near_token.span;
    throw syntax_error(4145,
                       "An expression of non-boolean type specified in a context where a condition "
                       "is expected, near '" +
                           std::string(text_.substr(near_span.offset, near_span.length)) + "'.",
                       near_span, "Compare it with a value, for instance x = 1.");
  }
  return operand;
}

ast::ExprPtr Grammar::predicate_rest(ast::ExprPtr operand, bool negated) {
  const ast::Span start = operand->span;
  const ast::Expr* first = operand.get();
  if (accept_word("LIKE")) {
    ast::Like like{
        .operand = std::move(operand), .pattern = value(), .escape = nullptr, .negated = negated};
    if (accept_word("ESCAPE")) like.escape = value();
    const ast::Expr* pattern = like.pattern.get();
    const ast::Expr* escape = like.escape.get();
    return make(start, std::move(like), {first, pattern, escape});
  }
  if (accept_word("BETWEEN")) {
    ast::Between between{
        .operand = std::move(operand), .low = value(), .high = nullptr, .negated = negated};
    expect_word("AND");
    between.high = value();
    const ast::Expr* low = between.low.get();
    const ast::Expr* high = between.high.get();
    return make(start, std::move(between), {first, low, high});
  }
  if (accept_word("IN")) return in_predicate(std::move(operand), negated);
  if (accept_word("IS")) {
    const bool is_not = accept_word("NOT");
    if (accept_words({"DISTINCT", "FROM"})) {
      ast::Distinct distinct{.left = std::move(operand), .right = value(), .negated = is_not};
      const ast::Expr* right = distinct.right.get();
      return make(start, std::move(distinct), {first, right});
    }
    expect_word("NULL");
    return make(start, ast::IsNull{.operand = std::move(operand), .negated = is_not}, {first});
  }
  return comparison(std::move(operand));
}

ast::ExprPtr Grammar::in_predicate(ast::ExprPtr operand, bool negated) {
  const ast::Span start = operand->span;
  expect_symbol("(");
  const int operand_height = operand->height;
  if (at_query()) {
    ast::QueryPtr query = subquery();
    const int height = std::max(operand_height, query->height);
    return make_over(
        start,
        ast::InSubquery{
            .operand = std::move(operand), .query = std::move(query), .negated = negated},
        height);
  }
  std::vector<ast::ExprPtr> list = value_list();
  expect_symbol(")");
  const int height = std::max(operand_height, height_of(list));
  return make_over(
      start,
      ast::InList{.operand = std::move(operand), .list = std::move(list), .negated = negated},
      height);
}

std::optional<ast::ComparisonOp> Grammar::accept_comparison() {
  using Op = ast::ComparisonOp;
  struct Symbol {
    std::string_view first;
    std::string_view second;  // T-SQL lets blanks stand between the two characters
    Op op;
  };
  static constexpr std::array kOperators = std::to_array<Symbol>({{"<", "=", Op::kLessEqual},
                                                                  {"<", ">", Op::kNotEqual},
                                                                  {">", "=", Op::kGreaterEqual},
                                                                  {"!", "=", Op::kNotEqual},
                                                                  {"!", "<", Op::kGreaterEqual},
                                                                  {"!", ">", Op::kLessEqual},
                                                                  {"=", "", Op::kEqual},
                                                                  {"<>", "", Op::kNotEqual},
                                                                  {"!=", "", Op::kNotEqual},
                                                                  {"<=", "", Op::kLessEqual},
                                                                  {">=", "", Op::kGreaterEqual},
                                                                  {"!<", "", Op::kGreaterEqual},
                                                                  {"!>", "", Op::kLessEqual},
                                                                  {"<", "", Op::kLess},
                                                                  {">", "", Op::kGreater}});
  if (peek().kind != TokenKind::kSymbol) return std::nullopt;
  for (const Symbol& symbol : kOperators) {
    if (!at_symbol(symbol.first)) continue;
    if (!symbol.second.empty() && !at_symbol(symbol.second, 1)) continue;
    take();
    if (!symbol.second.empty()) take();
    return symbol.op;
  }
  return std::nullopt;
}

ast::ExprPtr Grammar::comparison(ast::ExprPtr left) {
  const std::optional<ast::ComparisonOp> op = accept_comparison();
  if (!op) return left;
  const ast::Span start = left->span;
  const int left_height = left->height;
  const bool all = at_word("ALL");
  if (all || at_word("ANY") || at_word("SOME")) {
    take();
    expect_symbol("(");
    ast::QueryPtr query = subquery();
    const int height = std::max(left_height, query->height);
    return make_over(
        start,
        ast::Quantified{.op = *op, .all = all, .left = std::move(left), .query = std::move(query)},
        height);
  }
  ast::ExprPtr right = value();
  const int height = std::max(left_height, right->height);
  return make_over(start,
                   ast::Comparison{.op = *op, .left = std::move(left), .right = std::move(right)},
                   height);
}

ast::ExprPtr Grammar::additive(Want want) {
  static constexpr std::array kOperators =
      std::to_array<std::pair<std::string_view, ast::BinaryOp>>({{"+", ast::BinaryOp::kAdd},
                                                                 {"-", ast::BinaryOp::kSubtract},
                                                                 {"&", ast::BinaryOp::kBitAnd},
                                                                 {"|", ast::BinaryOp::kBitOr},
                                                                 {"^", ast::BinaryOp::kBitXor}});
  const ast::Span start = peek().span;
  ast::ExprPtr left = multiplicative(want);
  while (!is_condition(*left) && peek().kind == TokenKind::kSymbol) {
    const auto found = std::ranges::find(kOperators, peek().text,
                                         &std::pair<std::string_view, ast::BinaryOp>::first);
    if (found == kOperators.end()) break;
    take();
    ast::ExprPtr right = multiplicative(Want::kValue);
    const int height = std::max(left->height, right->height);
    left = make_over(
        start, ast::Binary{.op = found->second, .left = std::move(left), .right = std::move(right)},
        height);
  }
  return left;
}

ast::ExprPtr Grammar::multiplicative(Want want) {
  static constexpr std::array kOperators =
      std::to_array<std::pair<std::string_view, ast::BinaryOp>>({{"*", ast::BinaryOp::kMultiply},
                                                                 {"/", ast::BinaryOp::kDivide},
                                                                 {"%", ast::BinaryOp::kModulo}});
  const ast::Span start = peek().span;
  ast::ExprPtr left = unary(want);
  while (!is_condition(*left) && peek().kind == TokenKind::kSymbol) {
    const auto found = std::ranges::find(kOperators, peek().text,
                                         &std::pair<std::string_view, ast::BinaryOp>::first);
    if (found == kOperators.end()) break;
    take();
    ast::ExprPtr right = unary(Want::kValue);
    const int height = std::max(left->height, right->height);
    left = make_over(
        start, ast::Binary{.op = found->second, .left = std::move(left), .right = std::move(right)},
        height);
  }
  return left;
}

ast::ExprPtr Grammar::unary(Want want) {
  const ast::Span start = peek().span;
  const bool plus = at_symbol("+");
  const bool minus = at_symbol("-");
  const bool bit_not = at_symbol("~");
  if (!plus && !minus && !bit_not) return postfix(want);
  take();
  const Nesting nesting(*this);
  ast::ExprPtr operand = bit_not ? unary(Want::kValue) : multiplicative(Want::kValue);
  const ast::UnaryOp op = plus    ? ast::UnaryOp::kPlus
                          : minus ? ast::UnaryOp::kMinus
                                  : ast::UnaryOp::kBitNot;
  const int height = operand->height;
  return make_over(start, ast::Unary{.op = op, .operand = std::move(operand)}, height);
}

ast::ExprPtr Grammar::postfix(Want want) {
  const ast::Span start = peek().span;
  ast::ExprPtr operand = primary(want);
  while (!is_condition(*operand)) {
    const int height = operand->height;
    if (accept_word("COLLATE")) {
      ast::Identifier collation = identifier("a collation");
      operand = make_over(
          start, ast::Collate{.operand = std::move(operand), .collation = std::move(collation)},
          height);
    } else if (accept_words({"AT", "TIME", "ZONE"})) {
      ast::ExprPtr zone = primary(Want::kValue);
      const int both = std::max(height, zone->height);
      operand = make_over(
          start, ast::AtTimeZone{.operand = std::move(operand), .zone = std::move(zone)}, both);
    } else if (at_symbol(".") && std::holds_alternative<ast::ScalarSubquery>(operand->node)) {
      operand = xml_value(std::move(operand), start);
    } else {
      break;
    }
  }
  return operand;
}

ast::ExprPtr Grammar::xml_value(ast::ExprPtr xml, ast::Span start) {
  expect_symbol(".");
  const Token method = take();
  if (method.kind != TokenKind::kWord || method.upper != "VALUE") {
    throw unsupported_syntax("the method " + method.text + " of xml", method.span);
  }
  expect_symbol("(");
  std::string path = string_literal("a path");
  expect_symbol(",");
  const ast::Span type_span = peek().span;
  ast::TypeName type = parse_type_name(string_literal("a type"));
  type.span = type_span;
  expect_symbol(")");
  const int height = xml->height;
  return make_over(
      start, ast::XmlValue{.xml = std::move(xml), .path = std::move(path), .type = std::move(type)},
      height);
}

bool Grammar::at_query() {
  std::size_t ahead = 0;
  while (at_symbol("(", ahead)) ++ahead;
  if (!at_word("SELECT", ahead)) return false;
  if (ahead == 0) return true;
  // (SELECT 1) UNION ... is a query, (SELECT 1) + 1 is an expression: look behind the first
  // bracket's end.
  std::size_t open = ahead;
  while (open > 0 && ahead < kQueryLookaheadMax && peek(ahead).kind != TokenKind::kEnd) {
    if (at_symbol("(", ahead)) ++open;
    if (at_symbol(")", ahead)) --open;
    ++ahead;
  }
  return open > 0 || at_symbol(")", ahead) || at_word("UNION", ahead) || at_word("EXCEPT", ahead) ||
         at_word("INTERSECT", ahead) || at_word("ORDER", ahead);
}

bool Grammar::at_query_in_brackets() {
  std::size_t ahead = 0;
  while (at_symbol("(", ahead)) ++ahead;
  return ahead > 0 && at_word("SELECT", ahead);
}

ast::ExprPtr Grammar::bracketed(Want want) {
  const Nesting nesting(*this);
  const ast::Span start = peek().span;
  expect_symbol("(");
  if (at_query()) {
    ast::QueryPtr query = subquery();
    const int height = query->height;
    return make_over(start, ast::ScalarSubquery{std::move(query)}, height);
  }
  ast::ExprPtr inner = want == Want::kValue ? value() : disjunction(Want::kEither);
  expect_symbol(")");
  inner->span = span_from(start);
  return inner;
}

ast::ExprPtr Grammar::primary(Want want) {
  const Token& token = peek();
  const ast::Span start = token.span;
  switch (token.kind) {
    case TokenKind::kNumber:
    case TokenKind::kString:
    case TokenKind::kBinary:
      return literal();
    case TokenKind::kVariable: {
      std::string variable_name = take().text;
      return make(start, ast::Variable{std::move(variable_name)});
    }
    case TokenKind::kGlobal: {
      std::string variable_name = take().text;
      return make(start, ast::GlobalVariable{std::move(variable_name)});
    }
    case TokenKind::kSymbol:
      if (token.text == "(") return bracketed(want);
      fail("an expression");
    case TokenKind::kWord:
      if (accept_word("NULL")) return make(start, ast::NullLiteral{});
      if (at_word("CASE")) return case_expression();
      if (at_symbol("(", 1)) {
        if (at_word("CAST") || at_word("TRY_CAST") || at_word("PARSE") || at_word("TRY_PARSE")) {
          return cast_call();
        }
        if (at_word("CONVERT") || at_word("TRY_CONVERT")) return convert_call();
      }
      if (at_words({"NEXT", "VALUE", "FOR"})) throw unsupported_syntax("NEXT VALUE FOR", start);
      return name_or_call();
    case TokenKind::kDelimited:
      return name_or_call();
    case TokenKind::kEnd:
      break;
  }
  fail("an expression");
}

ast::ExprPtr Grammar::literal() {
  Token token = take();
  switch (token.kind) {
    case TokenKind::kNumber:
      return make(token.span,
                  ast::NumberLiteral{.form = token.form, .text = std::move(token.text)});
    case TokenKind::kBinary:
      return make(token.span, ast::BinaryLiteral{std::move(token.text)});
    default:
      return make(token.span,
                  ast::StringLiteral{.value = std::move(token.text), .national = token.national});
  }
}

}  // namespace tarn::sql
