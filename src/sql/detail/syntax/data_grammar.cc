// Statements that change data: INSERT, UPDATE, DELETE, MERGE, COPY INTO.

#include "detail/syntax/grammar.h"
#include "detail/syntax/nesting.h"
#include "detail/syntax/syntax_error.h"

namespace tarn::sql {

ast::StatementNode Grammar::with_statement() {
  const ast::Span start = peek().span;
  std::vector<ast::CommonTable> ctes = common_tables();
  if (at_word("INSERT")) return insert(std::move(ctes));
  if (at_word("UPDATE")) return update(std::move(ctes));
  if (at_word("DELETE")) return delete_from(std::move(ctes));
  if (at_word("MERGE")) return merge(std::move(ctes));
  return ast::SelectStatement{query_after_ctes(std::move(ctes), start)};
}

ast::Target Grammar::target(ast::Span& span) {
  const ast::Span start = peek().span;
  ast::Target result;
  if (peek().kind == TokenKind::kVariable) {
    result = ast::Variable{variable()};
  } else {
    result = name("a table");
  }
  span = span_from(start);
  if (at_word("WITH") && at_symbol("(", 1)) {
    take();
    ast::NamedTable hinted;
    table_hints_list(hinted);
  }
  return result;
}

ast::ExprPtr Grammar::value_or_default() {
  const ast::Span start = peek().span;
  if (accept_word("DEFAULT")) return make(start, ast::DefaultValue{});
  return value();
}

std::vector<ast::OutputClause> Grammar::output_clauses() {
  std::vector<ast::OutputClause> result;
  while (at_word("OUTPUT")) {
    // One that goes to the client is the last.
    if (result.size() == 2 || (!result.empty() && !result.back().into)) fail();
    result.push_back(output_clause());
    if (result.size() == 2 && result.back().into) {
      throw syntax_error(102, "Incorrect syntax near 'INTO'.", result.back().into_span,
                         "Of two OUTPUT clauses the first goes INTO a table.");
    }
  }
  return result;
}

ast::OutputClause Grammar::output_clause() {
  ast::OutputClause result;
  const ast::Span start = take().span;
  do {
    if (at_symbol("*") || (peek().kind == TokenKind::kVariable && at_symbol("=", 1))) fail();
    result.select.items.push_back(select_item());
  } while (accept_symbol(","));
  if (accept_word("INTO")) {
    result.into = target(result.into_span);
    if (at_symbol("(") && !at_query_in_brackets()) result.columns = identifier_list();
  }
  result.span = span_from(start);
  return result;
}

std::vector<ast::Option> Grammar::optional_option_clause() {
  if (!at_word("OPTION") || !at_symbol("(", 1)) return {};
  take();
  return option_list();
}

ast::StatementNode Grammar::insert(std::vector<ast::CommonTable> ctes) {
  take();
  if (ctes.empty() && accept_word("BULK")) return insert_bulk();
  ast::Insert result;
  result.ctes = std::move(ctes);
  accept_word("INTO");
  result.target = target(result.target_span);
  if (at_symbol("(") && !at_query_in_brackets()) result.columns = identifier_list();
  result.outputs = output_clauses();
  if (accept_word("VALUES")) {
    result.source = value_rows();
  } else if (accept_words({"DEFAULT", "VALUES"})) {
    result.source = ast::Insert::DefaultValues{};
  } else if (at_word("EXEC") || at_word("EXECUTE")) {
    take();
    result.source = std::make_unique<ast::Execute>(execute());
  } else if (at_word("SELECT") || at_symbol("(")) {
    result.source = query();
  } else {
    fail("VALUES, SELECT, EXEC or DEFAULT VALUES");
  }
  result.options = optional_option_clause();
  return result;
}

ast::StatementNode Grammar::insert_bulk() {
  ast::InsertBulk result;
  result.table = name("a table");
  if (at_symbol("(")) result.columns = schema_columns();
  if (accept_word("WITH")) result.options = option_list();
  return result;
}

ast::Assignment Grammar::assignment() {
  ast::Assignment result;
  const ast::Span start = peek().span;
  if (peek().kind == TokenKind::kVariable) {
    result.variable = variable();
    // @v = c = expr sets both.
    if (at_symbol("=") && peek(1).is_identifier() && at_symbol("=", 2)) {
      take();
      result.column = name("a column");
    }
  } else {
    result.column = name("a column");
  }
  const std::optional<ast::AssignOp> op = accept_assignment();
  if (!op) fail("'='");
  result.op = *op;
  result.value = value_or_default();
  result.span = span_from(start);
  return result;
}

std::vector<ast::Assignment> Grammar::assignments() {
  std::vector<ast::Assignment> result;
  do {
    result.push_back(assignment());
  } while (accept_symbol(","));
  return result;
}

ast::StatementNode Grammar::update(std::vector<ast::CommonTable> ctes) {
  take();
  ast::Update result;
  result.ctes = std::move(ctes);
  if (accept_word("TOP")) result.top = top();
  result.target = target(result.target_span);
  expect_word("SET");
  result.assignments = assignments();
  result.outputs = output_clauses();
  if (accept_word("FROM")) result.from = table_sources();
  if (accept_word("WHERE")) result.where = condition();
  result.options = optional_option_clause();
  return result;
}

ast::StatementNode Grammar::delete_from(std::vector<ast::CommonTable> ctes) {
  take();
  ast::Delete result;
  result.ctes = std::move(ctes);
  if (accept_word("TOP")) result.top = top();
  accept_word("FROM");
  result.target = target(result.target_span);
  result.outputs = output_clauses();
  if (accept_word("FROM")) result.from = table_sources();
  if (accept_word("WHERE")) result.where = condition();
  result.options = optional_option_clause();
  return result;
}

ast::StatementNode Grammar::merge(std::vector<ast::CommonTable> ctes) {
  take();
  ast::Merge result;
  result.ctes = std::move(ctes);
  if (accept_word("TOP")) result.top = top();
  accept_word("INTO");
  result.target = target(result.target_span);
  if (!at_word("USING")) result.alias = table_alias(false);
  expect_word("USING");
  result.source = table_primary();
  expect_word("ON");
  result.on = condition();
  while (at_word("WHEN")) result.clauses.push_back(merge_clause());
  if (result.clauses.empty()) fail("WHEN");
  result.outputs = output_clauses();
  optional_option_clause();
  if (!at_symbol(";")) {
    throw syntax_error(10713, "A MERGE statement must be terminated by a semi-colon (;).",
                       peek().kind == TokenKind::kEnd ? last_.span : peek().span);
  }
  return result;
}

ast::Merge::Clause Grammar::merge_clause() {
  ast::Merge::Clause clause;
  const ast::Span start = take().span;
  if (accept_word("NOT")) {
    expect_word("MATCHED");
    clause.match = ast::Merge::Match::kNotMatchedByTarget;
    if (accept_words({"BY", "SOURCE"})) clause.match = ast::Merge::Match::kNotMatchedBySource;
    accept_words({"BY", "TARGET"});
  } else {
    expect_word("MATCHED");
  }
  if (accept_word("AND")) clause.condition = condition();
  expect_word("THEN");
  const bool inserts = clause.match == ast::Merge::Match::kNotMatchedByTarget;
  if (inserts) {
    expect_word("INSERT");
    clause.action = ast::Merge::Action::kInsert;
    if (at_symbol("(")) clause.columns = identifier_list();
    if (!accept_words({"DEFAULT", "VALUES"})) {
      expect_word("VALUES");
      expect_symbol("(");
      do {
        clause.values.push_back(value_or_default());
      } while (accept_symbol(","));
      expect_symbol(")");
    }
  } else if (accept_word("DELETE")) {
    clause.action = ast::Merge::Action::kDelete;
  } else {
    expect_word("UPDATE");
    expect_word("SET");
    clause.assignments = assignments();
  }
  clause.span = span_from(start);
  return clause;
}

ast::StatementNode Grammar::copy_into() {
  take();
  take();
  ast::Copy result;
  result.table = name("a table");
  if (accept_symbol("(")) {
    do {
      ast::Copy::Column column;
      const ast::Span start = peek().span;
      column.name = identifier("a column's name");
      if (accept_word("DEFAULT")) column.default_value = unary(Want::kValue);
      if (peek().kind == TokenKind::kNumber)
        column.ordinal = integer_literal("the field's position");
      column.span = span_from(start);
      result.columns.push_back(std::move(column));
    } while (accept_symbol(","));
    expect_symbol(")");
  }
  expect_word("FROM");
  do {
    result.path_spans.push_back(peek().span);
    result.paths.push_back(string_literal("a path"));
  } while (accept_symbol(","));
  if (accept_word("WITH")) result.options = option_list();
  result.options.reserve(result.options.size() + 1);
  for (ast::Option& option : optional_option_clause()) result.options.push_back(std::move(option));
  return result;
}

}  // namespace tarn::sql
