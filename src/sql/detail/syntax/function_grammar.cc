// CREATE FUNCTION: scalar functions, inline table-valued ones, and those of several statements.

#include "detail/syntax/grammar.h"
#include "detail/syntax/syntax_error.h"

namespace tarn::sql {

std::vector<std::string> Grammar::function_options() {
  std::vector<std::string> result;
  if (!accept_word("WITH")) return result;
  do {
    if (peek().kind != TokenKind::kWord) fail("an option");
    std::string words = take().upper;
    if (words == "EXECUTE" && accept_word("AS")) {
      words += " AS " + take().upper;
    } else if (words == "INLINE" && accept_symbol("=")) {
      words += " = " + take().upper;
    } else if (words == "RETURNS" || words == "CALLED") {
      // RETURNS NULL ON NULL INPUT, CALLED ON NULL INPUT
      while (peek().kind == TokenKind::kWord && !words.ends_with(" INPUT")) {
        words += " " + take().upper;
      }
    } else if (words == "ENCRYPTION" || words == "NATIVE_COMPILATION") {
      throw unsupported_syntax("a function WITH " + words, last_.span);
    }
    result.push_back(std::move(words));
  } while (accept_symbol(","));
  return result;
}

/// RETURN SELECT …, RETURN (SELECT …) or RETURN (WITH … SELECT …).
ast::QueryPtr Grammar::returned_query() {
  expect_word("RETURN");
  if (!at_symbol("(") || !at_word("WITH", 1)) return query();
  take();
  ast::QueryPtr result = query();
  expect_symbol(")");
  return result;
}

ast::StatementNode Grammar::create_function(ast::CreateMode mode, ast::Span start) {
  ast::CreateFunction result;
  result.mode = mode;
  check_first(start, "FUNCTION");
  result.name = name("a function");
  if (!at_symbol("(")) fail("'('");
  result.parameters = parameters();
  expect_word("RETURNS");
  if (peek().kind == TokenKind::kVariable) {
    result.table = variable();
    expect_word("TABLE");
    result.columns = column_definitions(nullptr);
    result.options = function_options();
    accept_word("AS");
    expect_word("BEGIN");
    result.body = statements({"END"});
    expect_word("END");
  } else if (accept_word("TABLE")) {
    result.options = function_options();
    accept_word("AS");
    const ast::Span query_start = peek().span;
    result.query = returned_query();
    result.query_span = span_from(query_start);
  } else {
    result.returns = type_name();
    result.options = function_options();
    accept_word("AS");
    expect_word("BEGIN");
    result.body = statements({"END"});
    expect_word("END");
  }
  accept_symbol(";");
  if (peek().kind != TokenKind::kEnd) fail("the end of the batch");
  result.definition = definition_from(start);
  return result;
}

}  // namespace tarn::sql
