// SELECT and what combines it: CTEs, set operations (INTERSECT binds tighter than UNION and
// EXCEPT), ORDER BY.

#include <algorithm>
#include <array>

#include "detail/syntax/grammar.h"
#include "detail/syntax/nesting.h"
#include "detail/syntax/syntax_error.h"

namespace tarn::sql {
namespace {

int height_of(const ast::ExprPtr& expr) { return expr ? expr->height : 0; }

int height_of(const std::vector<ast::GroupingElement>& elements) {
  int height = 0;
  for (const ast::GroupingElement& element : elements) {
    for (const ast::ExprPtr& expr : element.expressions) height = std::max(height, expr->height);
    height = std::max(height, height_of(element.elements) + 1);
  }
  return height;
}

int height_of(const ast::SelectItem& item) {
  return std::visit(ast::Overloaded{[](const ast::StarItem&) { return 1; },
                                    [](const ast::ExprItem& e) { return e.expr->height; },
                                    [](const ast::AssignItem& a) { return a.expr->height; }},
                    item.node);
}

int height_of(const ast::Select& select) {
  int height =
      std::max({height_of(select.where), height_of(select.having), height_of(select.group_by)});
  if (select.top) height = std::max(height, select.top->count->height);
  if (select.from) height = std::max(height, select.from->height);
  for (const ast::SelectItem& item : select.items) height = std::max(height, height_of(item));
  return height;
}

}  // namespace

ast::QueryPtr Grammar::query() {
  const ast::Span start = peek().span;
  std::vector<ast::CommonTable> ctes;
  if (at_word("WITH")) ctes = common_tables();
  return query_after_ctes(std::move(ctes), start);
}

ast::QueryPtr Grammar::subquery() {
  const Nesting nesting(*this);
  ast::QueryPtr result = query_after_ctes({}, peek().span);
  expect_symbol(")");
  return result;
}

std::vector<ast::CommonTable> Grammar::common_tables() {
  expect_word("WITH");
  std::vector<ast::CommonTable> result;
  do {
    ast::CommonTable cte;
    const ast::Span start = peek().span;
    cte.name = identifier("a common table expression's name");
    if (at_symbol("(")) cte.columns = identifier_list();
    expect_word("AS");
    expect_symbol("(");
    cte.query = subquery();
    cte.span = span_from(start);
    result.push_back(std::move(cte));
  } while (accept_symbol(","));
  return result;
}

ast::QueryPtr Grammar::query_after_ctes(std::vector<ast::CommonTable> ctes, ast::Span start) {
  auto result = std::make_unique<ast::Query>();
  result->ctes = std::move(ctes);
  result->term = union_term();
  order_and_offset(*result);
  for_clause(*result);
  result->options = optional_option_clause();
  result->span = span_from(start);
  result->height = result->term->height + 1;
  for (const ast::CommonTable& cte : result->ctes) {
    result->height = std::max(result->height, cte.query->height + 1);
  }
  result->height = std::max(result->height, Grammar::height_of(result->order_by) + 1);
  check_height(result->height, result->span);
  return result;
}

void Grammar::order_and_offset(ast::Query& query) {
  if (!at_word("ORDER")) return;
  query.order_by = order_items();
  if (!accept_word("OFFSET")) return;
  query.offset = value();
  if (!accept_word("ROW")) expect_word("ROWS");
  if (!accept_word("FETCH")) return;
  if (!accept_word("FIRST")) expect_word("NEXT");
  query.fetch = value();
  if (!accept_word("ROW")) expect_word("ROWS");
  expect_word("ONLY");
}

void Grammar::for_clause(ast::Query& query) {
  if (!at_word("FOR")) return;
  const ast::Span start = take().span;
  if (!at_word("JSON") && !at_word("XML") && !at_word("BROWSE")) fail("JSON or XML");
  ast::ForClause clause;
  clause.what = "FOR " + take().upper;
  if (clause.what == "FOR BROWSE") return;  // what keys a client may write back through
  if (clause.what == "FOR JSON") {
    json_options(clause);
  } else {
    xml_options(clause);
  }
  clause.span = span_from(start);
  query.for_clause = std::move(clause);
}

void Grammar::json_options(ast::ForClause& clause) {
  if (accept_word("PATH")) {
    clause.kind = ast::ForClause::Kind::kJsonPath;
  } else if (accept_word("AUTO")) {
    clause.kind = ast::ForClause::Kind::kJsonAuto;
  } else {
    fail("PATH or AUTO");
  }
  while (accept_symbol(",")) {
    if (accept_word("ROOT")) {
      clause.root = "root";
      if (!accept_symbol("(")) continue;
      clause.root = string_literal("the root's name");
      expect_symbol(")");
    } else if (accept_word("INCLUDE_NULL_VALUES")) {
      clause.include_nulls = true;
    } else if (accept_word("WITHOUT_ARRAY_WRAPPER")) {
      clause.without_wrapper = true;
    } else {
      fail("ROOT, INCLUDE_NULL_VALUES or WITHOUT_ARRAY_WRAPPER");
    }
  }
}

void Grammar::xml_options(ast::ForClause& clause) {
  const auto named = [&](std::string& name) {
    if (!accept_symbol("(")) return;
    name = string_literal("a name");
    expect_symbol(")");
  };
  if (accept_word("PATH")) {
    clause.kind = ast::ForClause::Kind::kXmlPath;
    named(clause.row);
  } else if (accept_word("RAW")) {
    clause.kind = ast::ForClause::Kind::kXmlRaw;
    named(clause.row);
  } else if (at_word("AUTO") || at_word("EXPLICIT")) {
    clause.what += " " + take().upper;
  } else {
    fail("PATH or RAW");
  }
  while (accept_symbol(",")) {
    if (accept_word("ROOT")) {
      clause.root = "root";
      named(*clause.root);
    } else if (accept_word("TYPE")) {
      clause.typed = true;
    } else if (accept_word("ELEMENTS")) {
      clause.elements = true;
      clause.include_nulls = accept_word("XSINIL");
      if (!clause.include_nulls) accept_word("ABSENT");
    } else if (accept_words({"BINARY", "BASE64"})) {  // there is no other form
    } else if (at_word("XMLDATA") || at_word("XMLSCHEMA")) {
      clause.kind = ast::ForClause::Kind::kOther;
      clause.what += ", " + take().upper;
      std::string space;
      named(space);
    } else {
      fail("ROOT, TYPE, ELEMENTS or BINARY BASE64");
    }
  }
}

ast::QueryTermPtr Grammar::set_operation(ast::SetOperation::Op op, bool all, ast::QueryTermPtr left,
                                         ast::QueryTermPtr right) {
  auto term = std::make_unique<ast::QueryTerm>();
  term->span = span_from(left->span);
  term->height = std::max(left->height, right->height) + 1;
  check_height(term->height, term->span);
  term->node =
      ast::SetOperation{.op = op, .all = all, .left = std::move(left), .right = std::move(right)};
  return term;
}

ast::QueryTermPtr Grammar::union_term() {
  ast::QueryTermPtr left = intersect_term();
  while (at_word("UNION") || at_word("EXCEPT")) {
    const bool is_union = take().upper == "UNION";
    const bool all = is_union && accept_word("ALL");
    if (!is_union && at_word("ALL")) throw unsupported_syntax("EXCEPT ALL", peek().span);
    ast::QueryTermPtr right = intersect_term();
    left = set_operation(is_union ? ast::SetOperation::Op::kUnion : ast::SetOperation::Op::kExcept,
                         all, std::move(left), std::move(right));
  }
  return left;
}

ast::QueryTermPtr Grammar::intersect_term() {
  ast::QueryTermPtr left = query_primary();
  while (accept_word("INTERSECT")) {
    if (at_word("ALL")) throw unsupported_syntax("INTERSECT ALL", peek().span);
    ast::QueryTermPtr right = query_primary();
    left =
        set_operation(ast::SetOperation::Op::kIntersect, false, std::move(left), std::move(right));
  }
  return left;
}

ast::QueryTermPtr Grammar::query_primary() {
  if (!at_symbol("(")) return select();
  const Nesting nesting(*this);
  take();
  ast::QueryTermPtr term = union_term();
  expect_symbol(")");
  return term;
}

ast::Top Grammar::top() {
  ast::Top result;
  const ast::Span start = last_.span;
  // Without brackets only a number or a variable: TOP 3 * FROM t.
  if (accept_symbol("(")) {
    result.count = value();
    expect_symbol(")");
  } else if (peek().kind == TokenKind::kNumber || peek().kind == TokenKind::kVariable) {
    result.count = primary(Want::kValue);
  } else {
    fail("a number of rows");
  }
  result.percent = accept_word("PERCENT");
  result.with_ties = at_words({"WITH", "TIES"});
  if (result.with_ties) accept_words({"WITH", "TIES"});
  result.span = span_from(start);
  return result;
}

std::optional<ast::AssignOp> Grammar::accept_assignment() {
  static constexpr std::array kOperators =
      std::to_array<std::pair<std::string_view, ast::AssignOp>>({{"=", ast::AssignOp::kSet},
                                                                 {"+=", ast::AssignOp::kAdd},
                                                                 {"-=", ast::AssignOp::kSubtract},
                                                                 {"*=", ast::AssignOp::kMultiply},
                                                                 {"/=", ast::AssignOp::kDivide},
                                                                 {"%=", ast::AssignOp::kModulo},
                                                                 {"&=", ast::AssignOp::kBitAnd},
                                                                 {"|=", ast::AssignOp::kBitOr},
                                                                 {"^=", ast::AssignOp::kBitXor}});
  for (const auto& [symbol, op] : kOperators) {
    if (accept_symbol(symbol)) return op;
  }
  return std::nullopt;
}

ast::SelectItem Grammar::select_item() {
  ast::SelectItem item;
  const ast::Span start = peek().span;
  const TokenKind kind = peek().kind;
  if (accept_symbol("*")) {
    item.node = ast::StarItem{};
  } else if (kind == TokenKind::kVariable && peek(1).kind == TokenKind::kSymbol &&
             peek(1).text.ends_with('=') && !at_symbol("<=", 1) && !at_symbol(">=", 1) &&
             !at_symbol("!=", 1)) {
    ast::AssignItem assign;
    assign.variable = variable();
    assign.op = *accept_assignment();
    assign.expr = value();
    item.node = std::move(assign);
  } else if ((peek().is_identifier() || kind == TokenKind::kString) && at_symbol("=", 1)) {
    Token alias = take();
    take();
    item.node = ast::ExprItem{.expr = value(),
                              .alias = ast::Identifier{.text = std::move(alias.text),
                                                       .delimited = alias.kind != TokenKind::kWord,
                                                       .span = alias.span}};
  } else {
    if (peek().is_identifier()) {
      // t.* and a.b.t.*: a name that ends with a star.
      std::size_t ahead = 0;
      while (peek(ahead).is_identifier() && at_symbol(".", ahead + 1) && !at_symbol("*", ahead + 2))
        ahead += 2;
      if (peek(ahead).is_identifier() && at_symbol(".", ahead + 1) && at_symbol("*", ahead + 2)) {
        ast::StarItem star{.qualifier = name()};
        expect_symbol(".");
        expect_symbol("*");
        item.node = std::move(star);
        item.span = span_from(start);
        return item;
      }
    }
    ast::ExprPtr expr = value();
    item.node = ast::ExprItem{.expr = std::move(expr), .alias = optional_alias()};
  }
  item.span = span_from(start);
  return item;
}

ast::GroupingElement Grammar::grouping_element(bool nested) {
  const Nesting nesting(*this);
  using Kind = ast::GroupingElement::Kind;
  ast::GroupingElement element;
  const ast::Span start = peek().span;
  const bool list = (at_word("ROLLUP") || at_word("CUBE")) && at_symbol("(", 1);
  const bool sets = at_words({"GROUPING", "SETS"});
  if (list || sets) {
    element.kind = sets ? Kind::kGroupingSets : at_word("ROLLUP") ? Kind::kRollup : Kind::kCube;
    take();
    if (sets) take();
    expect_symbol("(");
    do {
      element.elements.push_back(grouping_element(true));
    } while (accept_symbol(","));
    expect_symbol(")");
  } else if (at_symbol("(") && (nested || at_symbol(")", 1))) {
    element.kind = Kind::kSet;
    take();
    if (!at_symbol(")")) element.expressions = value_list();
    expect_symbol(")");
  } else {
    element.expressions.push_back(value());
  }
  element.span = span_from(start);
  return element;
}

void Grammar::group_by(ast::Select& select) {
  select.has_group_by = true;
  expect_word("BY");
  accept_word("ALL");
  do {
    select.group_by.push_back(grouping_element(false));
  } while (accept_symbol(","));
  if (!at_word("WITH") || (!at_word("ROLLUP", 1) && !at_word("CUBE", 1))) return;
  // The old spelling: GROUP BY a, b WITH ROLLUP.
  take();
  ast::GroupingElement all;
  all.kind = take().upper == "CUBE" ? ast::GroupingElement::Kind::kCube
                                    : ast::GroupingElement::Kind::kRollup;
  all.elements = std::move(select.group_by);
  all.span = span_from(all.elements.front().span);
  select.group_by.clear();
  select.group_by.push_back(std::move(all));
}

ast::QueryTermPtr Grammar::select() {
  const Nesting nesting(*this);
  auto term = std::make_unique<ast::QueryTerm>();
  ast::Select select;
  const ast::Span start = peek().span;
  if (!at_word("SELECT")) fail("SELECT");
  take();
  select.distinct = accept_word("DISTINCT");
  if (!select.distinct) accept_word("ALL");
  if (accept_word("TOP")) select.top = top();
  do {
    select.items.push_back(select_item());
  } while (accept_symbol(","));
  if (accept_word("INTO")) select.into = name("a table");
  if (accept_word("FROM")) select.from = table_sources();
  if (accept_word("WHERE")) select.where = condition();
  if (accept_word("GROUP")) group_by(select);
  if (accept_word("HAVING")) select.having = condition();
  if (at_word("WINDOW") && peek(1).is_identifier() && at_word("AS", 2)) {
    take();
    do {
      ast::NamedWindow window;
      window.name = identifier();
      expect_word("AS");
      window.window = window_definition();
      select.windows.push_back(std::move(window));
    } while (accept_symbol(","));
  }
  term->span = span_from(start);
  term->height = sql::height_of(select) + 1;
  check_height(term->height, term->span);
  term->node = std::move(select);
  return term;
}

std::vector<std::vector<ast::ExprPtr>> Grammar::value_rows() {
  std::vector<std::vector<ast::ExprPtr>> rows;
  do {
    expect_symbol("(");
    std::vector<ast::ExprPtr> row;
    do {
      row.push_back(value_or_default());
    } while (accept_symbol(","));
    expect_symbol(")");
    rows.push_back(std::move(row));
  } while (accept_symbol(","));
  return rows;
}

}  // namespace tarn::sql
