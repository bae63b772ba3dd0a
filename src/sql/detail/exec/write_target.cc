#include "detail/exec/write_target.h"

#include <algorithm>
#include <set>

#include "detail/exec/external_objects.h"
#include "detail/exec/failure.h"
#include "detail/exec/modules.h"
#include "detail/exec/temp_tables.h"
#include "detail/exec/transactions.h"
#include "detail/syntax/parser.h"
#include "detail/translate/engine_type.h"
#include "lake/table_writer.h"

namespace tarn::sql {
namespace {

std::int64_t to_count(const std::vector<std::vector<std::optional<std::string>>>& rows) {
  return std::stoll(rows.at(0).at(0).value_or("0"));
}

/// The value of a stored default as the engine's literal.
std::string default_sql(Execution& run, const Frame& frame, const std::string& text,
                        const SqlType& type) {
  if (text.empty()) return engine_literal(type, std::nullopt);
  const ast::ExprPtr expr = parse_expression(text);
  return engine_literal(type, evaluate(run, frame, *expr, &type).text);
}

/// What a constraint of the table does not let in, as SQL Server says it.
template <typename Write>
auto within_checks(const std::string& statement, const lake::TableRef& table, const Write& write) {
  try {
    return write();
  } catch (const lake::CheckViolation& violation) {
    throw failure_of(Code::kInvalidArgument, 547, 16, 0,
                     "The " + statement + " statement conflicted with the CHECK constraint \"" +
                         violation.constraint + "\". The conflict occurred in database \"" +
                         table.database + "\", table \"" + table.schema + "." + table.table + "\".",
                     {}, violation.message());
  }
}

/// A lake table's rows with their numbers as a hidden column.
Source numbered_source(const OpenTable& table, std::string& row_column) {
  lake::RowScan scan = lake::row_scan(*table.snapshot, table.ref.folder);
  lake::delta::Schema schema = table.snapshot->schema();
  std::vector<TableColumn> columns = table.columns;
  schema.fields.push_back(
      {.name = scan.row_column, .type = {.kind = lake::delta::Type::Kind::kLong}});
  columns.push_back({scan.row_column, SqlType::bigint(), false, {}});
  Source source;
  source.engine_sql = typed_scan(scan.sql, schema, columns);
  columns.pop_back();
  for (const TableColumn& column : columns)
    source.columns.push_back({column.name, column.type, column.nullable, {}, false});
  source.columns.push_back({scan.row_column, SqlType::bigint(), false, scan.row_column, true});
  source.database = table.ref.database;
  source.schema = table.ref.schema;
  source.name = table.ref.table;
  row_column = std::move(scan.row_column);
  return source;
}

}  // namespace

WriteTarget WriteTarget::resolve(Execution& run, StatementContext& context,
                                 const ast::Target& target, ast::Span span,
                                 identity::Action action) {
  if (const auto* name = std::get_if<ast::Name>(&target))
    return resolve(run, context, *name, action);
  require_writable(run.session);
  const std::string& variable = std::get<ast::Variable>(target).name;
  const TempTable* table = context.find_table_variable(variable);
  if (!table) throw failure(1087, "Must declare the table variable \"" + variable + "\".", span);
  WriteTarget result;
  result.name_ = variable;
  result.variable_ = true;
  result.columns_ = table->columns;
  result.defaults_ = table->defaults;
  result.engine_name_ = table->engine_name;
  result.sql_name_.parts.push_back({variable, false, span});
  result.sql_name_.span = span;
  return result;
}

WriteTarget WriteTarget::resolve(Execution& run, StatementContext& context, const ast::Name& name,
                                 identity::Action action) {
  require_writable(run.session);
  WriteTarget result;
  result.sql_name_ = name;
  const std::string& last = name.last().text;
  if (last.starts_with('#')) {
    const TempTable* table = context.find_temp_table(last);
    if (!table) throw invalid_object(last, name.span);
    if (run.session.transaction)
      run.session.transaction->preserve(run.session.temp_tables.at(last), run.cancel);
    result.name_ = last;
    result.columns_ = table->columns;
    result.defaults_ = table->defaults;
    result.engine_name_ = table->engine_name;
    return result;
  }
  const ObjectName full = context.object_name(name);
  run.session.authorize(action, full.scope());
  result.lake_table_ = context.find_table(full);
  if (!result.lake_table_) {
    if (find_external(run.session, ExternalKind::kTable, full)) {
      throw failure_of(Code::kUnsupported, 46519, 16, 16,
                       "DML Operations are not supported with external tables.", name.span,
                       "CREATE EXTERNAL TABLE AS SELECT writes the files of a new one.");
    }
    if (find_module(run.session, full))
      throw not_supported("writing to a view, " + full.text(), name.span);
    throw invalid_object(
        name.parts.size() > 1 ? full.schema + "." + last : last, name.span,
        did_you_mean(last, run.session.services.catalog->table_names(full.database, full.schema)));
  }
  result.name_ = result.lake_table_->full_name();
  result.columns_ = target_columns(result.lake_table_->columns);
  for (const TableColumn& column : result.lake_table_->columns)
    result.defaults_.push_back(column.default_text);
  return result;
}

std::vector<std::size_t> WriteTarget::chosen(const std::vector<ast::Identifier>& names) const {
  std::vector<std::size_t> indices;
  if (names.empty()) {
    for (std::size_t i = 0; i < columns_.size(); ++i) indices.push_back(i);
    return indices;
  }
  std::set<std::size_t> seen;
  for (const ast::Identifier& name : names) {
    const auto found = std::find_if(
        columns_.begin(), columns_.end(),
        [&](const TargetColumn& column) { return equal_ignoring_case(column.name, name.text); });
    if (found == columns_.end()) {
      std::vector<std::string> candidates;
      for (const TargetColumn& column : columns_) candidates.push_back(column.name);
      throw failure(207, "Invalid column name '" + name.text + "'.", name.span,
                    did_you_mean(name.text, candidates));
    }
    const auto index = static_cast<std::size_t>(found - columns_.begin());
    if (!seen.insert(index).second) {
      throw failure(264,
                    "The column name '" + name.text +
                        "' is specified more than once in the SET clause or column list of an "
                        "INSERT. A column "
                        "cannot be assigned more than one value in the same clause.",
                    name.span);
    }
    indices.push_back(index);
  }
  return indices;
}

std::vector<TargetColumn> WriteTarget::chosen_columns(std::span<const std::size_t> indices) const {
  std::vector<TargetColumn> result;
  for (const std::size_t index : indices) result.push_back(columns_[index]);
  return result;
}

std::string WriteTarget::complete(Execution& run, const Frame& frame, const std::string& engine_sql,
                                  std::span<const std::size_t> indices,
                                  const char* statement) const {
  std::vector<std::string> items(columns_.size());
  for (std::size_t i = 0; i < indices.size(); ++i) items[indices[i]] = "c" + std::to_string(i);
  std::string list;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].empty()) {
      if (!columns_[i].nullable && defaults_[i].empty()) {
        throw failure_of(Code::kInvalidArgument, 515, 16, 2,
                         "Cannot insert the value NULL into column '" + columns_[i].name +
                             "', table '" + name_ + "'; column does not allow nulls. " + statement +
                             " fails.");
      }
      items[i] = default_sql(run, frame, defaults_[i], columns_[i].type);
    }
    if (i > 0) list += ", ";
    list += items[i] + " AS " + engine::quote_name(columns_[i].name);
  }
  return "SELECT " + list + " FROM (" + engine_sql + ")";
}

std::int64_t WriteTarget::append(Execution& run, const std::string& engine_sql) const {
  if (!lake_table_) {
    return run.session.connection().execute(
        "INSERT INTO " + engine::quote_name(engine_name_) + " " + engine_sql, run.cancel);
  }
  const lake::delta::Snapshot& snapshot = *lake_table_->snapshot;
  lake::TableWriter writer(lake_table_->ref.folder, snapshot.metadata);
  auto adds = within_checks("INSERT", lake_table_->ref, [&] {
    return writer.write(run.session.connection(), engine_sql, run.cancel);
  });
  if (run.session.transaction) {
    run.session.transaction->change(*lake_table_->table, {{}, std::move(adds)});
  } else if (!adds.empty()) {
    lake_table_->table->append(snapshot, std::move(adds), run.session.options.login, run.cancel);
  }
  writer.keep();
  return writer.rows();
}

RowTarget WriteTarget::rows(Execution& run) const {
  RowTarget target;
  target.name = name_;
  target.columns = columns_;
  if (lake_table_) {
    const lake::TableRef& ref = lake_table_->ref;
    run.session.authorize(identity::actions::kSqlSelect,
                          identity::Scope::object(ref.database, ref.schema, ref.table));
    target.source = numbered_source(*lake_table_, target.row_column);
    return target;
  }
  target.row_column = "tarn_row";
  const auto taken = [&](const TargetColumn& column) {
    return equal_ignoring_case(column.name, target.row_column);
  };
  while (std::any_of(columns_.begin(), columns_.end(), taken)) target.row_column += '_';
  target.source.engine_sql = "(SELECT *, rowid AS " + engine::quote_name(target.row_column) +
                             " FROM " + engine::quote_name(engine_name_) + ")";
  for (const TargetColumn& column : columns_)
    target.source.columns.push_back({column.name, column.type, column.nullable, {}, false});
  target.source.columns.push_back(
      {target.row_column, SqlType::bigint(), false, target.row_column, true});
  target.source.name = name_;
  return target;
}

void WriteTarget::edit(Execution& run, const lake::RowEdit& edit, const char* operation) const {
  engine::Connection& connection = run.session.connection();
  if (!lake_table_) return edit_temporary(run, edit);
  const lake::delta::Snapshot& snapshot = *lake_table_->snapshot;
  lake::TableWriter writer(lake_table_->ref.folder, snapshot.metadata);
  const lake::FileChange change = within_checks(operation, lake_table_->ref, [&] {
    return lake::edit_rows(writer, connection, snapshot, lake_table_->ref.folder, edit, run.cancel);
  });
  if (run.session.transaction) {
    run.session.transaction->change(*lake_table_->table, change);
  } else if (!change.empty()) {
    lake_table_->table->commit(
        lake::row_commit(snapshot, change, operation, run.session.options.login), run.cancel);
  }
  writer.keep();
}

void WriteTarget::edit_temporary(Execution& run, const lake::RowEdit& edit) const {
  engine::Connection& connection = run.session.connection();
  connection.execute("BEGIN TRANSACTION");  // a key may be violated by what comes last
  try {
    edit_rows(connection, edit);
  } catch (...) {
    connection.execute("ROLLBACK");
    throw;
  }
  connection.execute("COMMIT");
}

void WriteTarget::edit_rows(engine::Connection& connection, const lake::RowEdit& edit) const {
  const std::string table = engine::quote_name(engine_name_);
  std::string sets;
  for (std::size_t i = 0; i < edit.values.size(); ++i) {
    if (edit.values[i].empty()) continue;
    sets +=
        (sets.empty() ? "" : ", ") + engine::quote_name(columns_[i].name) + " = " + edit.values[i];
  }
  if (!sets.empty()) {
    std::string sql = "UPDATE " + table + " AS o SET " + sets + " FROM " + edit.changes +
                      " AS c WHERE o.rowid = c.c0";
    if (!edit.removed.empty()) sql += " AND NOT (" + edit.removed + ")";
    connection.execute(sql);
  }
  if (!edit.removed.empty()) {
    connection.execute("DELETE FROM " + table + " WHERE rowid IN (SELECT c.c0 FROM " +
                       edit.changes + " AS c WHERE c.c0 IS NOT NULL AND " + edit.removed + ")");
  }
  if (!edit.added.empty()) connection.execute("INSERT INTO " + table + " " + edit.added);
}

std::int64_t WriteTarget::clear(Execution& run) const {
  const std::int64_t rows = count(run);
  if (!lake_table_) {
    run.session.connection().execute("DELETE FROM " + engine::quote_name(engine_name_), run.cancel);
  } else if (run.session.transaction) {
    run.session.transaction->change(*lake_table_->table, {lake_table_->snapshot->files, {}});
  } else if (!lake_table_->snapshot->files.empty()) {
    lake_table_->table->delete_all(*lake_table_->snapshot, run.session.options.login, run.cancel);
  }
  return rows;
}

std::int64_t WriteTarget::count(Execution& run) const {
  if (lake_table_) {
    if (const auto known = lake_table_->snapshot->row_count()) return *known;
  }
  const std::string source =
      lake_table_ ? lake::delta::scan_sql(*lake_table_->snapshot, lake_table_->ref.folder)
                  : engine::quote_name(engine_name_);
  return to_count(run.session.connection().rows("SELECT count(*) FROM " + source, run.cancel));
}

}  // namespace tarn::sql
