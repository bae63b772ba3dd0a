// Batches, control flow, variables, EXEC, and the statements that are known but not here.

#include <algorithm>
#include <array>

#include "base/text.h"
#include "detail/syntax/grammar.h"
#include "detail/syntax/nesting.h"
#include "detail/syntax/syntax_error.h"

namespace tarn::sql {
namespace {

/// Words that begin a statement, reserved ones: none can be an alias, so a new line with one begins
/// a new statement.
constexpr std::array kStatementWords = std::to_array<std::string_view>(
    {"ALTER",    "BACKUP",   "BEGIN",    "BREAK",      "CHECKPOINT", "CLOSE",     "COMMIT",
     "CONTINUE", "CREATE",   "DBCC",     "DEALLOCATE", "DECLARE",    "DELETE",    "DENY",
     "DROP",     "EXEC",     "EXECUTE",  "FETCH",      "GOTO",       "GRANT",     "IF",
     "INSERT",   "KILL",     "MERGE",    "OPEN",       "PRINT",      "RAISERROR", "RECONFIGURE",
     "RESTORE",  "RETURN",   "REVERT",   "REVOKE",     "ROLLBACK",   "SAVE",      "SELECT",
     "SET",      "SHUTDOWN", "TRUNCATE", "UPDATE",     "USE",        "WAITFOR",   "WHILE",
     "WITH"});

constexpr std::array kUnsupportedWords = std::to_array<std::string_view>(
    {"BACKUP", "CHECKPOINT", "CLOSE", "DBCC", "DEALLOCATE", "DENY", "FETCH", "GRANT", "KILL",
     "OPEN", "RECONFIGURE", "RESTORE", "REVERT", "REVOKE", "SHUTDOWN"});

template <std::size_t kSize>
bool contains(const std::array<std::string_view, kSize>& words, const Token& token) {
  return token.kind == TokenKind::kWord && std::ranges::binary_search(words, token.upper);
}

}  // namespace

std::vector<ast::StatementPtr> Grammar::batch() {
  std::vector<ast::StatementPtr> result = statements({});
  expect_end();
  check_labels();
  return result;
}

std::vector<ast::StatementPtr> Grammar::statements(std::initializer_list<std::string_view> ends) {
  std::vector<ast::StatementPtr> result;
  bool separated = true;
  while (true) {
    while (accept_symbol(";")) separated = true;
    if (peek().kind == TokenKind::kEnd) return result;
    if (std::ranges::any_of(ends, [this](std::string_view end) { return at_word(end); }))
      return result;
    if (at_word("WITH") && !separated) {
      throw syntax_error(
          319,
          "Incorrect syntax near the keyword 'with'. If this statement is a common table "
          "expression, an xmlnamespaces clause or a change tracking context clause, the "
          "previous statement must be terminated with a semicolon.",
          peek().span, "Put a semicolon before WITH.");
    }
    result.push_back(statement());
    separated = false;
  }
}

ast::StatementPtr Grammar::statement() {
  const Nesting nesting(*this);
  auto result = std::make_unique<ast::Statement>();
  const ast::Span start = peek().span;
  first_statement_ = std::exchange(first_in_batch_, false);
  result->node = statement_node();
  result->span = span_from(start);
  return result;
}

ast::StatementNode Grammar::statement_node() {
  if (auto node = control_statement()) return std::move(*node);
  if (auto node = data_statement()) return std::move(*node);
  if (auto node = definition_statement()) return std::move(*node);
  if (auto node = unsupported_statement()) return std::move(*node);
  // The first statement of a batch may be a procedure's call without EXEC.
  if (first_statement_ && peek().is_identifier()) return execute();
  fail("a statement");
}

std::optional<ast::StatementNode> Grammar::control_statement() {
  if (at_word("DECLARE")) return declare();
  if (at_word("SET")) return set();
  if (accept_word("PRINT")) return ast::Print{value()};
  if (at_word("IF")) return if_statement();
  if (accept_word("WHILE")) {
    ast::While loop{.condition = condition(), .body = nullptr};
    ++loops_;
    loop.body = statement();
    --loops_;
    return loop;
  }
  if (at_word("BREAK")) return leave_loop(ast::Break{}, 135);
  if (at_word("CONTINUE")) return leave_loop(ast::Continue{}, 136);
  if (accept_word("RETURN")) {
    ast::Return result;
    if (!at_statement_end()) result.value = value();
    return result;
  }
  if (at_word("BEGIN")) return begin();
  if (at_word("COMMIT")) return transaction(ast::Transaction::Kind::kCommit);
  if (at_word("ROLLBACK")) return transaction(ast::Transaction::Kind::kRollback);
  if (at_word("SAVE")) return transaction(ast::Transaction::Kind::kSave);
  if (at_word("GOTO")) return goto_statement();
  if (at_word("WAITFOR")) return wait_for();
  if (peek().is_identifier() && at_symbol(":", 1)) return label();
  if (at_word("RAISERROR")) return raise_error();
  if (at_word("THROW")) return throw_statement();
  if (accept_word("USE")) return ast::Use{identifier("a database")};
  if (at_word("EXEC") || at_word("EXECUTE")) {
    take();
    return execute();
  }
  return std::nullopt;
}

std::optional<ast::StatementNode> Grammar::data_statement() {
  if (at_word("WITH")) return with_statement();
  if (at_word("SELECT") || at_symbol("(")) return ast::SelectStatement{query()};
  if (at_word("INSERT")) return insert({});
  if (at_word("UPDATE") && !at_word("STATISTICS", 1)) return update({});
  if (at_word("DELETE")) return delete_from({});
  if (at_word("MERGE")) return merge({});
  if (at_words({"TRUNCATE", "TABLE"})) {
    take();
    take();
    return ast::Truncate{name("a table")};
  }
  if (at_words({"COPY", "INTO"})) return copy_into();
  return std::nullopt;
}

std::optional<ast::StatementNode> Grammar::definition_statement() {
  if (auto node = security_statement()) return node;
  if (auto node = workload_statement()) return node;
  if (at_word("CREATE")) return create(false);
  if (at_word("ALTER")) return create(true);
  if (at_word("DROP")) return drop();
  if (at_words({"RENAME", "OBJECT"})) return rename_object();
  return std::nullopt;
}

std::optional<ast::StatementNode> Grammar::unsupported_statement() {
  if (at_words({"UPDATE", "STATISTICS"})) return statistics();
  if (at_words({"BULK", "INSERT"})) return unsupported("BULK INSERT");
  if (at_words({"ENABLE", "TRIGGER"}) || at_words({"DISABLE", "TRIGGER"}))
    return unsupported(peek().upper + " TRIGGER");
  if (contains(kUnsupportedWords, peek())) return unsupported(peek().upper);
  return std::nullopt;
}

bool Grammar::starts_statement(const Token& token) const {
  return contains(kStatementWords, token);
}

bool Grammar::at_statement_end() {
  const Token& token = peek();
  return token.kind == TokenKind::kEnd || token.is_symbol(";") || token.is_word("END") ||
         token.is_word("ELSE") || starts_statement(token) || token.is_word("THROW") ||
         at_words({"COPY", "INTO"});
}

ast::StatementNode Grammar::unsupported(std::string what, bool whole_batch) {
  take();
  int open = 0;
  while (peek().kind != TokenKind::kEnd) {
    if (!whole_batch && open <= 0) {
      if (at_symbol(";") || at_word("END") || at_word("ELSE")) break;
      if (peek().starts_line && starts_statement(peek())) break;
    }
    if (at_symbol("(")) ++open;
    if (at_symbol(")")) --open;
    take();
  }
  return ast::Unsupported{std::move(what)};
}

ast::StatementNode Grammar::leave_loop(ast::StatementNode node, int number) {
  const Token word = take();
  if (loops_ > 0) return node;
  throw syntax_error(
      number, "Cannot use a " + word.upper + " statement outside the scope of a WHILE statement.",
      word.span);
}

void Grammar::declare_name(const std::string& name, ast::Span span) {
  if (variables_.insert(name).second) return;
  throw syntax_error(
      134,
      "The variable name '" + name +
          "' has already been declared. Variable names must be unique within a query batch or "
          "stored procedure.",
      span);
}

ast::StatementNode Grammar::declare() {
  take();
  ast::Declare result;
  do {
    ast::Declare::Item item;
    const ast::Span start = peek().span;
    if (peek().is_identifier() && at_word("CURSOR", 1)) return unsupported("DECLARE CURSOR");
    item.name = variable();
    declare_name(item.name, start);
    accept_word("AS");
    if (accept_word("TABLE")) {
      item.table = column_definitions(nullptr);
    } else if (at_word("CURSOR")) {
      return unsupported("DECLARE CURSOR");
    } else {
      item.type = type_name();
      if (accept_symbol("=")) item.value = value();
    }
    item.span = span_from(start);
    result.items.push_back(std::move(item));
  } while (accept_symbol(","));
  return result;
}

ast::StatementNode Grammar::set() {
  take();
  if (peek().kind != TokenKind::kVariable) return set_option();
  ast::SetVariable result;
  result.name = variable();
  const std::optional<ast::AssignOp> op = accept_assignment();
  if (!op) fail("'='");
  result.op = *op;
  result.value = value();
  return result;
}

ast::SetOption Grammar::set_option() {
  ast::SetOption result;
  if (accept_word("IDENTITY_INSERT")) {
    result.names.push_back("IDENTITY_INSERT");
    result.table = name("a table");
  } else if (accept_words({"TRANSACTION", "ISOLATION", "LEVEL"})) {
    result.names.push_back("TRANSACTION ISOLATION LEVEL");
    const Token first = peek();
    if (first.kind != TokenKind::kWord) fail("an isolation level");
    take();
    ast::Identifier level{.text = first.upper, .delimited = false, .span = first.span};
    if (first.upper == "READ" || first.upper == "REPEATABLE") level.text += " " + take().upper;
    level.span = span_from(first.span);
    result.word = std::move(level);
    return result;
  } else {
    do {
      if (peek().kind != TokenKind::kWord) fail("a variable or an option");
      std::string option_name = take().upper;
      if (option_name == "STATISTICS") option_name += " " + take().upper;
      result.names.push_back(std::move(option_name));
    } while (accept_symbol(","));
  }
  if (peek().kind == TokenKind::kWord && !starts_statement(peek())) {
    const Token word = take();
    result.word = ast::Identifier{.text = word.text, .delimited = false, .span = word.span};
  } else {
    result.value = value();
  }
  return result;
}

ast::StatementNode Grammar::if_statement() {
  take();
  ast::If result{.condition = condition(), .then = nullptr, .otherwise = nullptr};
  result.then = statement();
  // A semicolon may stand before ELSE.
  if (at_symbol(";") && at_word("ELSE", 1)) take();
  if (accept_word("ELSE")) result.otherwise = statement();
  return result;
}

ast::StatementNode Grammar::begin() {
  if (at_word("TRAN", 1) || at_word("TRANSACTION", 1) || at_word("DISTRIBUTED", 1)) {
    return transaction(ast::Transaction::Kind::kBegin);
  }
  take();
  if (accept_word("TRY")) {
    ast::TryCatch result;
    result.body = statements({"END"});
    expect_word("END");
    expect_word("TRY");
    accept_symbol(";");
    expect_word("BEGIN");
    expect_word("CATCH");
    result.handler = statements({"END"});
    expect_word("END");
    expect_word("CATCH");
    return result;
  }
  ast::Block block{statements({"END"})};
  if (block.statements.empty()) fail("a statement");
  expect_word("END");
  return block;
}

ast::StatementNode Grammar::transaction(ast::Transaction::Kind kind) {
  ast::Transaction result;
  result.kind = kind;
  result.written = take().upper;
  if (accept_word("DISTRIBUTED")) result.written += " DISTRIBUTED";
  if (at_word("TRAN") || at_word("TRANSACTION") || at_word("WORK")) {
    result.written += " " + take().upper;
    if (peek().is_identifier() && !peek().starts_line) {
      result.name = identifier();
    } else if (peek().kind == TokenKind::kVariable) {
      result.variable = variable();
    }
    if (at_words({"WITH", "MARK"})) {
      take();
      take();
      if (peek().kind == TokenKind::kString) take();
    }
  }
  return result;
}

ast::StatementNode Grammar::raise_error() {
  take();
  ast::RaiseError result;
  expect_symbol("(");
  result.message = value();
  expect_symbol(",");
  result.severity = value();
  expect_symbol(",");
  result.state = value();
  while (accept_symbol(",")) result.arguments.push_back(value());
  expect_symbol(")");
  if (accept_word("WITH")) result.options = word_list();
  return result;
}

ast::StatementNode Grammar::throw_statement() {
  take();
  ast::Throw result;
  if (at_statement_end()) return result;
  result.number = value();
  expect_symbol(",");
  result.message = value();
  expect_symbol(",");
  result.state = value();
  return result;
}

ast::Execute Grammar::execute() {
  ast::Execute result;
  const ast::Span start = peek().span;
  if (accept_symbol("(")) {
    result.target = value();
    expect_symbol(")");
    result.target_span = span_from(start);
    if (at_word("AT") || at_word("AS"))
      throw unsupported_syntax("EXECUTE " + peek().upper, peek().span);
    return result;
  }
  if (peek().kind == TokenKind::kVariable && at_symbol("=", 1)) {
    result.result = variable();
    take();
  }
  const ast::Span target_start = peek().span;
  if (peek().kind == TokenKind::kVariable) {
    result.target = ast::Variable{variable()};
  } else {
    while (accept_symbol(".")) {  // ..sp_tablecollations_100: of this database, in any schema
    }
    result.target = name("a procedure");
  }
  result.target_span = span_from(target_start);
  if (!at_statement_end()) {
    do {
      result.arguments.push_back(execute_argument());
    } while (accept_symbol(","));
  }
  if (at_word("WITH") && (at_word("RECOMPILE", 1) || at_word("RESULT", 1))) {
    if (at_word("RESULT", 1)) throw unsupported_syntax("WITH RESULT SETS", peek().span);
    take();
    take();
  }
  return result;
}

ast::Execute::Argument Grammar::execute_argument() {
  ast::Execute::Argument argument;
  const ast::Span start = peek().span;
  if (peek().kind == TokenKind::kVariable && at_symbol("=", 1)) {
    argument.name = variable();
    take();
  }
  const Token& token = peek();
  // Only a constant or a variable may stand here; a bare word is a string.
  if (accept_word("DEFAULT")) {
    argument.value = make(start, ast::DefaultValue{});
  } else if (token.is_identifier() && !token.is_word("NULL")) {
    const Token word = take();
    argument.value = make(word.span, ast::StringLiteral{.value = word.text, .national = true});
  } else if (at_symbol("-") || at_symbol("+")) {
    if (peek(1).kind != TokenKind::kNumber) fail_near(peek(), "a constant or a variable");
    argument.value = unary(Want::kValue);
  } else if (at_symbol("(") || at_word("CASE")) {
    fail("a constant or a variable");
  } else {
    argument.value = primary(Want::kValue);
  }
  argument.output = accept_word("OUTPUT") || accept_word("OUT");
  argument.span = span_from(start);
  return argument;
}

}  // namespace tarn::sql
