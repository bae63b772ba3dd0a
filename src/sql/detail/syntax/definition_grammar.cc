// CREATE, ALTER and DROP.

#include <array>

#include "base/text.h"
#include "detail/syntax/grammar.h"
#include "detail/syntax/nesting.h"
#include "detail/syntax/syntax_error.h"

namespace tarn::sql {
namespace {

/// What can be created or altered in SQL Server and Synapse and not here. Several words before
/// their first one alone.
constexpr std::array kUnsupportedKinds =
    std::to_array<std::string_view>({"EXTERNAL TABLE",
                                     "EXTERNAL DATA SOURCE",
                                     "EXTERNAL FILE FORMAT",
                                     "EXTERNAL MODEL",
                                     "DATABASE SCOPED CREDENTIAL",
                                     "DATABASE SCOPED CONFIGURATION",
                                     "APPLICATION ROLE",
                                     "ASSEMBLY",
                                     "AUTHORIZATION",
                                     "CERTIFICATE",
                                     "CLUSTERED COLUMNSTORE INDEX",
                                     "CLUSTERED INDEX",
                                     "COLUMNSTORE INDEX",
                                     "CREDENTIAL",
                                     "FULLTEXT",
                                     "INDEX",
                                     "LOGIN",
                                     "MASTER KEY",
                                     "MATERIALIZED VIEW",
                                     "NONCLUSTERED COLUMNSTORE INDEX",
                                     "NONCLUSTERED INDEX",
                                     "PARTITION FUNCTION",
                                     "PARTITION SCHEME",
                                     "ROLE",
                                     "RULE",
                                     "SECURITY POLICY",
                                     "SEQUENCE",
                                     "SERVER ROLE",
                                     "STATISTICS",
                                     "SYMMETRIC KEY",
                                     "SYNONYM",
                                     "TYPE",
                                     "UNIQUE INDEX",
                                     "UNIQUE CLUSTERED INDEX",
                                     "UNIQUE NONCLUSTERED INDEX",
                                     "USER",
                                     "XML"});

/// Those whose text runs to the end of the batch.
constexpr std::array kUnsupportedModules = std::to_array<std::string_view>({"TRIGGER", "DEFAULT"});

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

}  // namespace

std::optional<std::string_view> Grammar::unsupported_kind(std::size_t ahead) {
  for (const std::string_view kind : kUnsupportedKinds) {
    bool found = true;
    std::size_t at = ahead;
    for (const std::string_view word : words_of(kind)) found = found && at_word(word, at++);
    if (found) return kind;
  }
  return std::nullopt;
}

ast::StatementNode Grammar::create(bool alter) {
  const ast::Span start = peek().span;
  const std::string verb = alter ? "ALTER " : "CREATE ";
  const bool or_alter = !alter && at_word("OR", 1) && at_word("ALTER", 2);
  const std::size_t kind_at = or_alter ? 3 : 1;
  const auto mode = alter      ? ast::CreateMode::kAlter
                    : or_alter ? ast::CreateMode::kCreateOrAlter
                               : ast::CreateMode::kCreate;
  const bool view = at_word("VIEW", kind_at);
  const bool procedure = at_word("PROCEDURE", kind_at) || at_word("PROC", kind_at);
  const bool function = at_word("FUNCTION", kind_at);
  if (view || procedure || function) {
    for (std::size_t i = 0; i <= kind_at; ++i) take();
    if (function) return create_function(mode, start);
    return view ? create_view(mode, start) : create_procedure(mode, start);
  }
  for (const std::string_view module : kUnsupportedModules) {
    if (at_word(module, kind_at)) return unsupported(verb + std::string(module), true);
  }
  if (or_alter) {
    for (std::size_t i = 0; i < kind_at; ++i) take();
    fail("FUNCTION, PROCEDURE or VIEW");
  }
  if (at_word("STATISTICS", 1) && !alter) return statistics();
  if (!alter) {
    if (auto external = create_external()) return std::move(*external);
  }
  if (alter && at_word("TABLE", 1)) return alter_table();
  if (const auto kind = unsupported_kind(1)) return unsupported(verb + std::string(*kind));
  if (alter && at_word("DATABASE", 1) && at_word("MODIFY", 3) && at_symbol("(", 4))
    return alter_database();
  if (alter) {
    for (const std::string_view kind : {"DATABASE", "SCHEMA"}) {
      if (at_word(kind, 1)) return unsupported(verb + std::string(kind));
    }
  }
  take();
  if (!alter) {
    if (accept_word("TABLE")) return create_table();
    if (accept_word("DATABASE")) return create_database();
    if (accept_word("SCHEMA")) return create_schema();
  }
  fail("TABLE, VIEW, PROCEDURE, FUNCTION, SCHEMA or DATABASE");
}

std::vector<std::string> Grammar::word_list() {
  std::vector<std::string> result;
  do {
    if (peek().kind != TokenKind::kWord) fail("an option");
    std::string words = take().upper;
    if (words == "EXECUTE" && accept_word("AS")) words += " AS " + take().upper;
    result.push_back(std::move(words));
  } while (accept_symbol(","));
  return result;
}

bool Grammar::at_constraint() {
  return at_word("CONSTRAINT") || at_word("PRIMARY") || at_word("UNIQUE") || at_word("CHECK") ||
         at_word("FOREIGN") || at_word("REFERENCES");
}

ast::Constraint Grammar::constraint() {
  using Kind = ast::Constraint::Kind;
  ast::Constraint result;
  const ast::Span start = peek().span;
  if (accept_word("CONSTRAINT")) result.name = identifier("a constraint's name");
  if (accept_words({"PRIMARY", "KEY"})) {
    result.kind = Kind::kPrimaryKey;
  } else if (accept_word("UNIQUE")) {
    result.kind = Kind::kUnique;
  } else if (accept_word("CHECK")) {
    result.kind = Kind::kCheck;
    expect_symbol("(");
    result.check = condition();
    expect_symbol(")");
  } else {
    result.kind = Kind::kForeignKey;
    if (accept_words({"FOREIGN", "KEY"})) result.columns = identifier_list();
    expect_word("REFERENCES");
    result.references = name("a table");
    if (at_symbol("(")) identifier_list();
  }
  result.nonclustered = accept_word("NONCLUSTERED");
  if (!result.nonclustered) accept_word("CLUSTERED");
  const bool keys = result.kind == Kind::kPrimaryKey || result.kind == Kind::kUnique;
  if (keys && accept_symbol("(")) {
    do {
      result.columns.push_back(identifier("a column's name"));
      if (!accept_word("ASC")) accept_word("DESC");
    } while (accept_symbol(","));
    expect_symbol(")");
  }
  result.not_enforced = accept_words({"NOT", "ENFORCED"});
  result.span = span_from(start);
  return result;
}

bool Grammar::column_attribute(ast::ColumnDefinition& column) {
  if (accept_word("NULL")) {
    column.nullability = ast::Nullability::kNull;
  } else if (accept_words({"NOT", "NULL"})) {
    column.nullability = ast::Nullability::kNotNull;
  } else if (accept_word("COLLATE")) {
    column.collation = identifier("a collation");
  } else if (accept_word("IDENTITY")) {
    column.identity = true;
    if (accept_symbol("(")) {
      column.identity_seed = value();
      expect_symbol(",");
      column.identity_increment = value();
      expect_symbol(")");
    }
  } else if (at_word("DEFAULT") || (at_word("CONSTRAINT") && at_word("DEFAULT", 2))) {
    if (accept_word("CONSTRAINT")) column.default_name = identifier("a constraint's name");
    take();
    column.default_value = value();
  } else if (at_constraint()) {
    column.constraints.push_back(constraint());
  } else {
    return false;
  }
  return true;
}

ast::ColumnDefinition Grammar::column_definition() {
  ast::ColumnDefinition column;
  const ast::Span start = peek().span;
  column.name = identifier("a column's name");
  if (accept_word("AS")) {
    column.computed = value();
    accept_word("PERSISTED");
  } else if (!at_symbol(",") && !at_symbol(")")) {
    column.type = type_name();
  }
  while (column_attribute(column)) {
  }
  column.span = span_from(start);
  return column;
}

std::vector<ast::ColumnDefinition> Grammar::column_definitions(
    std::vector<ast::Constraint>* constraints) {
  std::vector<ast::ColumnDefinition> columns;
  expect_symbol("(");
  do {
    if (at_constraint()) {
      ast::Constraint table_constraint = constraint();
      if (constraints != nullptr) constraints->push_back(std::move(table_constraint));
    } else {
      columns.push_back(column_definition());
    }
  } while (accept_symbol(",") && !at_symbol(")"));
  expect_symbol(")");
  return columns;
}

ast::StatementNode Grammar::create_table() {
  ast::CreateTable result;
  result.name = name("a table");
  if (at_symbol("(")) result.columns = column_definitions(&result.constraints);
  if (accept_word("WITH")) result.options = option_list();
  if (accept_word("AS")) {
    result.as_select = query();
  } else if (result.columns.empty()) {
    fail("the columns, or AS SELECT");
  }
  for (const ast::ColumnDefinition& column : result.columns) {
    const bool typed = !column.type.name.empty() || column.computed;
    if (typed == static_cast<bool>(result.as_select)) {
      throw incorrect_syntax(column.name.text, column.name.span,
                             result.as_select
                                 ? "CREATE TABLE AS SELECT takes its columns' types from the query."
                                 : "A column needs a type.");
    }
  }
  return result;
}

void Grammar::check_first(ast::Span start, std::string_view kind) const {
  if (first_statement_) return;
  throw syntax_error(
      111, "'CREATE " + std::string(kind) + "' must be the first statement in a query batch.",
      start, "Put GO before it.");
}

std::string Grammar::definition_from(ast::Span start) {
  const bool alter = equal_ignoring_case(text_.substr(start.offset, 5), "ALTER");
  const std::size_t end = peek().kind == TokenKind::kEnd ? text_.size() : span_from(start).end();
  std::string definition(text_.substr(0, start.offset));
  definition += alter ? "CREATE" : "";
  const std::size_t from = start.offset + (alter ? std::string_view("ALTER").size() : 0);
  definition += text_.substr(from, end - from);
  while (!definition.empty() &&
         std::string_view(" \t\r\n").find(definition.back()) != std::string_view::npos)
    definition.pop_back();
  return definition;
}

ast::StatementNode Grammar::create_view(ast::CreateMode mode, ast::Span start) {
  ast::CreateView result;
  result.mode = mode;
  check_first(start, "VIEW");
  result.name = name("a view");
  if (at_symbol("(")) result.columns = identifier_list();
  if (accept_word("WITH")) result.options = word_list();
  expect_word("AS");
  const ast::Span query_start = peek().span;
  result.query = query();
  result.query_span = span_from(query_start);
  if (accept_words({"WITH", "CHECK", "OPTION"})) result.options.push_back("CHECK OPTION");
  result.definition = definition_from(start);
  return result;
}

ast::Parameter Grammar::parameter() {
  ast::Parameter result;
  const ast::Span start = peek().span;
  result.name = variable();
  declare_name(result.name, start);
  accept_word("AS");
  result.type = type_name();
  if (!accept_words({"NOT", "NULL"})) accept_word("NULL");
  if (accept_symbol("=")) {
    const Token word = peek();
    if (word.is_identifier()) {
      take();
      result.default_value =
          make(word.span, ast::StringLiteral{.value = word.text, .national = true});
    } else {
      result.default_value = value();
    }
  }
  while (true) {
    if (accept_word("OUTPUT") || accept_word("OUT")) {
      result.output = true;
    } else if (accept_word("READONLY")) {
      result.read_only = true;
    } else {
      break;
    }
  }
  result.span = span_from(start);
  return result;
}

std::vector<ast::Parameter> Grammar::parameters() {
  std::vector<ast::Parameter> result;
  const bool brackets = peek().is_symbol("(");
  if (brackets) take();
  if (peek().kind == TokenKind::kVariable) {
    do {
      result.push_back(parameter());
    } while (accept_symbol(","));
  }
  if (brackets) expect_symbol(")");
  return result;
}

ast::StatementNode Grammar::create_procedure(ast::CreateMode mode, ast::Span start) {
  ast::CreateProcedure result;
  result.mode = mode;
  check_first(start, "PROCEDURE");
  result.name = name("a procedure");
  result.parameters = parameters();
  if (accept_word("WITH")) result.options = word_list();
  expect_word("AS");
  result.body = statements({});
  if (result.body.empty()) fail("a statement");
  result.definition = definition_from(start);
  return result;
}

ast::StatementNode Grammar::create_database() {
  ast::CreateDatabase result;
  result.name = identifier("a database");
  if (accept_word("COLLATE")) result.collation = identifier("a collation");
  if (at_symbol("(")) {
    result.options = database_options();
  } else if (accept_word("WITH")) {
    do {
      result.options.push_back(option());
    } while (accept_symbol(","));
  }
  return result;
}

/// Sizes have a unit: MAXSIZE = 250 GB.
std::vector<ast::Option> Grammar::database_options() {
  std::vector<ast::Option> options;
  expect_symbol("(");
  do {
    options.push_back(option());
    for (const std::string_view unit : {"MB", "GB", "TB"}) accept_word(unit);
  } while (accept_symbol(","));
  expect_symbol(")");
  return options;
}

ast::StatementNode Grammar::alter_database() {
  take();
  take();
  ast::AlterDatabase result;
  result.name = at_word("CURRENT") ? ast::Identifier{"CURRENT", false, take().span}
                                   : identifier("a database");
  take();
  result.options = database_options();
  return result;
}

ast::StatementNode Grammar::rename_object() {
  take();
  take();
  while (accept_symbol(":")) {
  }
  accept_symbol("::");
  ast::RenameObject result;
  result.object = name("a table");
  if (accept_word("COLUMN")) result.column = identifier("a column");
  expect_word("TO");
  result.to = identifier("the new name");
  return result;
}

ast::StatementNode Grammar::create_schema() {
  ast::CreateSchema result;
  if (!at_word("AUTHORIZATION")) result.name = identifier("a schema");
  if (accept_word("AUTHORIZATION")) {
    result.authorization = identifier("a principal");
    if (result.name.text.empty()) result.name = *result.authorization;
  }
  return result;
}

ast::StatementNode Grammar::drop() {
  using Kind = ast::ObjectKind;
  if (at_word("STATISTICS", 1)) return statistics();
  const auto external = external_kind(1);
  const auto refused = external ? std::nullopt : unsupported_kind(1);
  if (refused) return unsupported("DROP " + std::string(*refused));
  for (const std::string_view module : kUnsupportedModules) {
    if (at_word(module, 1)) return unsupported("DROP " + std::string(module));
  }
  take();
  ast::Drop result;
  if (external) {
    result.kind = *external;
    take_external_kind(*external);
  } else if (accept_word("TABLE")) {
    result.kind = Kind::kTable;
  } else if (accept_word("VIEW")) {
    result.kind = Kind::kView;
  } else if (accept_word("PROCEDURE") || accept_word("PROC")) {
    result.kind = Kind::kProcedure;
  } else if (accept_word("FUNCTION")) {
    result.kind = Kind::kFunction;
  } else if (accept_word("SCHEMA")) {
    result.kind = Kind::kSchema;
  } else if (accept_word("DATABASE")) {
    result.kind = Kind::kDatabase;
  } else {
    fail("TABLE, VIEW, PROCEDURE, FUNCTION, SCHEMA or DATABASE");
  }
  result.if_exists = accept_words({"IF", "EXISTS"});
  do {
    result.names.push_back(name());
  } while (accept_symbol(","));
  return result;
}

}  // namespace tarn::sql
