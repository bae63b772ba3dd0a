#include "detail/exec/temp_tables.h"

#include "detail/exec/column_definitions.h"
#include "detail/exec/failure.h"
#include "detail/exec/transactions.h"
#include "detail/translate/engine_type.h"
#include "detail/translate/translator.h"

namespace tarn::sql {
namespace {

TempTable new_table(SessionState& session, const std::vector<TableColumn>& columns,
                    const std::vector<TableKey>& keys = {}) {
  TempTable table;
  table.keys = keys;
  table.engine_name = new_engine_name(session);
  table.columns = target_columns(columns);
  for (const TableColumn& column : columns) table.defaults.push_back(column.default_text);
  return table;
}

/// What the index of a key has for the column: values that T-SQL takes for equal are equal there,
/// two NULLs too.
std::string index_terms(const TargetColumn& column) {
  const std::string name = engine::quote_name(column.name);
  const std::string value =
      has_key(column.type) ? "(" + key_sql(name, column.type, column.type.collation, true) + ")"
                           : name;
  if (!column.nullable) return value;
  return "(" + name + " IS NULL), (COALESCE(CAST(" + value + " AS VARCHAR), ''))";
}

std::string index_of_key(const TempTable& table, std::size_t number) {
  std::string terms;
  for (const std::string& name : table.keys[number].columns) {
    for (const TargetColumn& column : table.columns) {
      if (!equal_ignoring_case(column.name, name)) continue;
      terms += (terms.empty() ? "" : ", ") + index_terms(column);
    }
  }
  const std::string index = table.engine_name + "_key_" + std::to_string(number);
  return "CREATE UNIQUE INDEX " + engine::quote_name(index) + " ON " +
         engine::quote_name(table.engine_name) + " (" + terms + ")";
}

/// Fills a new engine table with the rows of a query, under the columns' names.
std::int64_t fill(Execution& run, const TempTable& table, const Translation& query) {
  engine::Connection& connection = run.session.connection();
  make_engine_table(connection, table);
  try {
    return connection.execute(
        "INSERT INTO " + engine::quote_name(table.engine_name) + " " + query.engine_sql,
        run.cancel);
  } catch (...) {
    try {
      connection.execute("DROP TABLE IF EXISTS " + engine::quote_name(table.engine_name));
    } catch (const Error&) {  // the engine takes it back itself, with the transaction
    }
    throw;
  }
}

void check_new(const SessionState& session, const std::string& name) {
  if (name.starts_with("##")) throw not_supported("a global temporary table, " + name);
  if (session.temp_tables.contains(name)) {
    throw failure_of(Code::kAlreadyExists, 2714, 16, 6,
                     "There is already an object named '" + name + "' in the database.");
  }
  if (session.temp_tables.size() >= kTempTablesMax) {
    throw failure_of(
        Code::kResourceExhausted, 701, 17, 123,
        "The session has too many temporary tables: " + std::to_string(kTempTablesMax));
  }
}

void enter(SessionState& session, Frame& frame, const std::string& name, TempTable table) {
  session.temp_tables.emplace(name, std::move(table));
  if (session.nesting > 0) frame.temp_tables.push_back(name);
}

}  // namespace

std::string new_engine_name(SessionState& session) {
  return "tarn_temp_" + std::to_string(session.next_table_number++);
}

std::string engine_columns(const std::vector<TargetColumn>& columns) {
  std::string text = "(";
  for (const TargetColumn& column : columns) {
    if (text.size() > 1) text += ", ";
    text += engine::quote_name(column.name) + ' ' + engine_type_sql(column.type);
  }
  return text + ")";
}

void make_engine_table(engine::Connection& connection, const TempTable& table) {
  connection.execute("CREATE TEMP TABLE " + engine::quote_name(table.engine_name) + " " +
                     engine_columns(table.columns));
  for (std::size_t i = 0; i < table.keys.size(); ++i) connection.execute(index_of_key(table, i));
}

TempTable make_temp_table(Execution& run, const Frame& frame,
                          const std::vector<ast::ColumnDefinition>& definitions) {
  const Collation* collation = run.session.collation_of(run.session.database);
  const auto columns =
      defined_columns(definitions, {}, collation, frame.text, "@table", KeyRule::kEnforced);
  refuse_identity(columns, definitions.empty() ? ast::Span{} : definitions.front().span);
  const TempTable table =
      new_table(run.session, columns, enforced_keys(definitions, {}, names_of(columns), "@table"));
  make_engine_table(run.session.connection(), table);
  return table;
}

void create_temp_table(Execution& run, Frame& frame, const std::string& name,
                       const std::vector<TableColumn>& columns, const std::vector<TableKey>& keys) {
  check_new(run.session, name);
  TempTable table = new_table(run.session, columns, keys);
  make_engine_table(run.session.connection(), table);
  enter(run.session, frame, name, std::move(table));
}

std::int64_t create_temp_table_as(Execution& run, Frame& frame, const std::string& name,
                                  const Translation& query) {
  check_new(run.session, name);
  TempTable table = new_table(run.session, columns_of(query.columns, name));
  const std::int64_t rows = fill(run, table, query);
  enter(run.session, frame, name, std::move(table));
  return rows;
}

std::string keep_rows(Execution& run, const Translation& query, std::int64_t& rows) {
  std::vector<TableColumn> columns;
  for (const auto& column : query.columns) {
    const SqlType type = column.type.id == TypeId::kNull ? SqlType::integer() : column.type;
    columns.push_back({"c" + std::to_string(columns.size()), type, column.nullable, {}});
  }
  TempTable table = new_table(run.session, columns);
  rows = fill(run, table, query);
  const std::string name = "#" + table.engine_name;
  run.session.temp_tables.emplace(name, std::move(table));
  return name;
}

bool drop_temp_table(SessionState& session, const std::string& name, bool forget) {
  const auto found = session.temp_tables.find(name);
  if (found == session.temp_tables.end()) return false;
  if (session.transaction) {
    session.transaction->dropping(found->first, found->second, forget);
  } else {
    session.connection().execute("DROP TABLE IF EXISTS " +
                                 engine::quote_name(found->second.engine_name));
  }
  session.temp_tables.erase(found);
  return true;
}

void drop_temp_tables(SessionState& session, Frame& frame) {
  for (const std::string& name : frame.temp_tables) drop_temp_table(session, name, true);
  frame.temp_tables.clear();
  for (const auto& [name, table] : frame.table_variables) {
    session.connection().execute("DROP TABLE IF EXISTS " + engine::quote_name(table.engine_name));
  }
  frame.table_variables.clear();
}

}  // namespace tarn::sql
