// What looks like a call: CASE, CAST, functions with all that may stand around them, and windows.

#include <algorithm>
#include <array>

#include "base/text.h"
#include "detail/syntax/grammar.h"
#include "detail/syntax/nesting.h"

namespace tarn::sql {
namespace {

/// Functions that are called without brackets.
constexpr std::array kBareFunctions =
    std::to_array<std::string_view>({"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP",
                                     "CURRENT_USER", "SESSION_USER", "SYSTEM_USER", "USER"});
/// Reserved words that are functions too.
constexpr std::array kFunctionKeywords =
    std::to_array<std::string_view>({"COALESCE", "IDENTITY", "LEFT", "NULLIF", "RIGHT"});

template <std::size_t kSize>
bool contains(const std::array<std::string_view, kSize>& words, const Token& token) {
  return token.kind == TokenKind::kWord && std::ranges::find(words, token.upper) != words.end();
}

}  // namespace

ast::ExprPtr Grammar::case_expression() {
  const Nesting nesting(*this);
  const ast::Span start = peek().span;
  expect_word("CASE");
  ast::Case result;
  int height = 0;
  const auto taller = [&height](const ast::ExprPtr& expr) {
    height = std::max(height, expr->height);
  };
  if (!at_word("WHEN")) {
    result.operand = value();
    taller(result.operand);
  }
  if (!at_word("WHEN")) fail("WHEN");
  while (accept_word("WHEN")) {
    ast::Case::When when;
    when.condition = result.operand ? value() : condition();
    expect_word("THEN");
    when.result = value();
    taller(when.condition);
    taller(when.result);
    result.whens.push_back(std::move(when));
  }
  if (accept_word("ELSE")) {
    result.otherwise = value();
    taller(result.otherwise);
  }
  expect_word("END");
  return make_over(start, std::move(result), height);
}

ast::ExprPtr Grammar::cast_call() {
  const Nesting nesting(*this);
  const Token function = take();
  const bool parses = function.upper.ends_with("PARSE");
  expect_symbol("(");
  ast::Cast cast{.form = parses ? ast::Cast::Form::kParse : ast::Cast::Form::kCast,
                 .tries = function.upper.starts_with("TRY_"),
                 .operand = value(),
                 .type = {},
                 .style = nullptr};
  expect_word("AS");
  cast.type = type_name();
  if (parses && accept_word("USING")) cast.style = value();
  expect_symbol(")");
  const ast::Expr* operand = cast.operand.get();
  const ast::Expr* style = cast.style.get();
  return make(function.span, std::move(cast), {operand, style});
}

ast::ExprPtr Grammar::convert_call() {
  const Nesting nesting(*this);
  const Token function = take();
  expect_symbol("(");
  ast::Cast cast{.form = ast::Cast::Form::kConvert,
                 .tries = function.upper.starts_with("TRY_"),
                 .operand = nullptr,
                 .type = type_name(),
                 .style = nullptr};
  expect_symbol(",");
  cast.operand = value();
  if (accept_symbol(",")) cast.style = value();
  expect_symbol(")");
  const ast::Expr* operand = cast.operand.get();
  const ast::Expr* style = cast.style.get();
  return make(function.span, std::move(cast), {operand, style});
}

bool Grammar::at_function_keyword() {
  return at_symbol("(", 1) && contains(kFunctionKeywords, peek());
}

bool Grammar::at_bare_function() { return contains(kBareFunctions, peek()); }

ast::ExprPtr Grammar::name_or_call() {
  const ast::Span start = peek().span;
  const bool bare = at_bare_function();
  if (bare || at_function_keyword()) {
    const Token word = take();
    ast::Name function;
    function.parts.push_back({.text = word.text, .delimited = false, .span = word.span});
    function.span = word.span;
    if (bare) {
      ast::FunctionCall result;
      result.name = std::move(function);
      result.brackets = false;
      return make(start, std::move(result));
    }
    ast::FunctionCall result = call(std::move(function));
    const int height = height_of(result.arguments);
    return make_over(start, std::move(result), height);
  }
  ast::Name written = name("an expression");
  if (!at_symbol("(")) return make(start, ast::ColumnRef{std::move(written)});
  ast::FunctionCall result = call(std::move(written));
  int height = std::max(height_of(result.arguments), height_of(result.within_group));
  if (result.over) height = std::max(height, height_of(*result.over));
  return make_over(start, std::move(result), height);
}

ast::FunctionCall Grammar::call(ast::Name name) {
  const Nesting nesting(*this);
  ast::FunctionCall result;
  const bool plain = name.parts.size() == 1 && !name.parts[0].delimited;
  result.name = std::move(name);
  const auto is = [&](std::string_view upper) {
    return plain && equal_ignoring_case(result.name.parts[0].text, upper);
  };
  expect_symbol("(");
  if (accept_symbol("*")) {
    result.star = true;
  } else if (is("TRIM")) {
    trim_arguments(result);
  } else if (!at_symbol(")")) {
    if (accept_word("DISTINCT")) {
      result.distinct = true;
    } else {
      accept_word("ALL");
    }
    // DEFAULT stands for a parameter's default, of functions that users make and of the system's
    // fn_ ones.
    const bool of_user =
        result.name.parts.size() > 1 || to_lower(result.name.last().text).starts_with("fn_");
    const auto argument = [&]() { return of_user ? value_or_default() : value(); };
    result.arguments.push_back(is("IIF") ? condition() : argument());
    while (accept_symbol(",")) result.arguments.push_back(argument());
  }
  if (at_words({"IGNORE", "NULLS"}) || at_words({"RESPECT", "NULLS"})) {
    result.nulls =
        at_word("IGNORE") ? ast::FunctionCall::Nulls::kIgnore : ast::FunctionCall::Nulls::kRespect;
    take();
    take();
  }
  expect_symbol(")");
  after_call(result);
  return result;
}

void Grammar::trim_arguments(ast::FunctionCall& call) {
  using Trim = ast::FunctionCall::Trim;
  const bool side =
      !at_symbol(",", 1) && !at_symbol(")", 1) && !at_symbol(".", 1) && !at_symbol("(", 1);
  if (side && accept_word("BOTH")) call.trim = Trim::kBoth;
  if (side && accept_word("LEADING")) call.trim = Trim::kLeading;
  if (side && accept_word("TRAILING")) call.trim = Trim::kTrailing;
  call.arguments.push_back(value());
  if (call.trim != Trim::kUnspecified || at_word("FROM")) {
    expect_word("FROM");
    call.arguments.push_back(value());
  }
}

void Grammar::after_call(ast::FunctionCall& call) {
  if (accept_words({"WITHIN", "GROUP"})) {
    expect_symbol("(");
    call.within_group = order_items();
    expect_symbol(")");
  }
  if (at_words({"IGNORE", "NULLS"}) || at_words({"RESPECT", "NULLS"})) {
    call.nulls =
        at_word("IGNORE") ? ast::FunctionCall::Nulls::kIgnore : ast::FunctionCall::Nulls::kRespect;
    take();
    take();
  }
  if (!accept_word("OVER")) return;
  if (at_symbol("(")) {
    call.over = std::make_unique<ast::Window>(window_definition());
  } else {
    call.over = std::make_unique<ast::Window>();
    call.over->base = identifier("a window");
    call.over->span = call.over->base->span;
  }
}

std::vector<ast::ExprPtr> Grammar::value_list() {
  std::vector<ast::ExprPtr> result;
  do {
    result.push_back(value());
  } while (accept_symbol(","));
  return result;
}

std::vector<ast::OrderItem> Grammar::order_items() {
  expect_word("ORDER");
  expect_word("BY");
  std::vector<ast::OrderItem> result;
  do {
    ast::OrderItem item;
    const ast::Span start = peek().span;
    item.expr = value();
    item.descending = accept_word("DESC");
    if (!item.descending) accept_word("ASC");
    item.span = span_from(start);
    result.push_back(std::move(item));
  } while (accept_symbol(","));
  return result;
}

ast::Window Grammar::window_definition() {
  const Nesting nesting(*this);
  ast::Window window;
  const ast::Span start = peek().span;
  expect_symbol("(");
  const bool clause = at_word("PARTITION") || at_word("ROWS") || at_word("RANGE");
  if (!clause && peek().is_identifier()) window.base = identifier();
  if (accept_word("PARTITION")) {
    expect_word("BY");
    window.partition_by = value_list();
  }
  if (at_word("ORDER")) window.order_by = order_items();
  if (at_word("ROWS") || at_word("RANGE")) window.frame = window_frame();
  expect_symbol(")");
  window.span = span_from(start);
  return window;
}

ast::WindowFrame Grammar::window_frame() {
  ast::WindowFrame frame;
  const ast::Span start = peek().span;
  frame.unit =
      take().upper == "RANGE" ? ast::WindowFrame::Unit::kRange : ast::WindowFrame::Unit::kRows;
  if (accept_word("BETWEEN")) {
    frame.start = frame_bound();
    expect_word("AND");
    frame.end = frame_bound();
  } else {
    frame.start = frame_bound();
  }
  frame.span = span_from(start);
  return frame;
}

ast::FrameBound Grammar::frame_bound() {
  using Kind = ast::FrameBound::Kind;
  ast::FrameBound bound;
  if (accept_words({"CURRENT", "ROW"})) return bound;
  if (accept_words({"UNBOUNDED", "PRECEDING"})) {
    bound.kind = Kind::kUnboundedPreceding;
  } else if (accept_words({"UNBOUNDED", "FOLLOWING"})) {
    bound.kind = Kind::kUnboundedFollowing;
  } else {
    bound.offset = value();
    bound.kind = at_word("FOLLOWING") ? Kind::kFollowing : Kind::kPreceding;
    if (!accept_word("FOLLOWING")) expect_word("PRECEDING");
  }
  return bound;
}

}  // namespace tarn::sql
