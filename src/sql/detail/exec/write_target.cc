#include "detail/exec/write_target.h"

#include <algorithm>
#include <set>

#include "detail/exec/engine_rows.h"
#include "detail/exec/external_objects.h"
#include "detail/exec/failure.h"
#include "detail/exec/modules.h"
#include "detail/exec/system_databases.h"
#include "detail/exec/table_store.h"
#include "detail/exec/temp_tables.h"
#include "detail/exec/transactions.h"
#include "detail/syntax/parser.h"
#include "detail/translate/engine_type.h"

namespace tarn::sql {
namespace {

constexpr std::size_t kNearTablesMax = 1000;  // looked at for "did you mean"

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

}  // namespace

WriteTarget WriteTarget::resolve(Execution& run, StatementContext& context,
                                 const ast::Target& target, ast::Span span,
                                 identity::Action action) {
  if (const auto* name = std::get_if<ast::Name>(&target))
    return resolve(run, context, *name, action);
  require_writable(run.session);
  refuse_in_pool_transaction(run.session, span);
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
  result.table_ = context.find_table(full);
  if (!result.table_) {
    if (find_external(run.session, ExternalKind::kTable, full)) {
      throw failure_of(Code::kUnsupported, 46519, 16, 16,
                       "DML Operations are not supported with external tables.", name.span,
                       "CREATE EXTERNAL TABLE AS SELECT writes the files of a new one.");
    }
    if (find_module(run.session, full))
      throw not_supported("writing to a view, " + full.text(), name.span);
    throw invalid_object(name.parts.size() > 1 ? full.schema + "." + last : last, name.span,
                         is_system_database(full.database)
                             ? std::string()
                             : did_you_mean(last, table_store(run.session, full.database)
                                                      ->table_names(full.schema, kNearTablesMax)));
  }
  result.table_->begin_write(run);
  result.name_ = result.table_->full_name();
  result.columns_ = target_columns(result.table_->columns());
  for (const TableColumn& column : result.table_->columns()) {
    if (column.identity) result.identity_ = result.defaults_.size();
    result.defaults_.push_back(column.default_text);
  }
  result.identity_insert_ =
      result.identity_ && run.session.identity_insert == to_lower(result.table_->name().text());
  return result;
}

std::vector<std::size_t> WriteTarget::chosen(const std::vector<ast::Identifier>& names) const {
  std::vector<std::size_t> indices;
  if (names.empty()) {
    if (identity_insert_) {
      throw failure(8101,
                    "An explicit value for the identity column in table '" + name_ +
                        "' can only be specified when a column list is used and IDENTITY_INSERT is "
                        "ON.",
                    sql_name_.span);
    }
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (i != identity_) indices.push_back(i);
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
    if (index == identity_ && !identity_insert_) throw identity_given(name.span);
    indices.push_back(index);
  }
  if (identity_insert_ && !seen.contains(*identity_)) {
    throw failure(545,
                  "Explicit value must be specified for identity column in table '" + name_ +
                      "' either when IDENTITY_INSERT is set to ON or when a replication user is "
                      "inserting into a NOT FOR REPLICATION identity column.",
                  sql_name_.span);
  }
  return indices;
}

std::string WriteTarget::stored_name(std::size_t column) const {
  return table_ ? table_->stored_name(columns_[column].name) : columns_[column].name;
}

std::optional<std::size_t> WriteTarget::identity() const {
  return identity_insert_ ? std::nullopt : identity_;
}

void WriteTarget::refuse_identity_update(std::size_t column) const {
  if (column != identity_) return;
  throw failure(8102, "Cannot update identity column '" + columns_[column].name + "'.",
                sql_name_.span);
}

Error WriteTarget::identity_given(ast::Span span) const {
  return failure(544,
                 "Cannot insert explicit value for identity column in table '" +
                     sql_name_.last().text + "' when IDENTITY_INSERT is set to OFF.",
                 span);
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
    if (items[i].empty() && i == identity_) {
      items[i] = table_->next_identity();
    } else if (items[i].empty()) {
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
  if (!table_) {
    return run.session.connection().execute(
        "INSERT INTO " + engine::quote_name(engine_name_) + " " + engine_sql, run.cancel);
  }
  const std::int64_t rows = table_->append(run, engine_sql);
  if (identity_insert_) table_->pass_identities(run);
  return rows;
}

RowTarget WriteTarget::rows(Execution& run) const {
  RowTarget target;
  target.name = name_;
  target.columns = columns_;
  if (table_) {
    run.session.authorize(identity::actions::kSqlSelect, table_->name().scope());
    target.source = table_->numbered_source(target.row_column);
    return target;
  }
  target.row_column = free_row_column(column_names());
  target.source.engine_sql = numbered_rows_sql(engine::quote_name(engine_name_), target.row_column);
  for (const TargetColumn& column : columns_)
    target.source.columns.push_back({column.name, column.type, column.nullable, {}, false});
  target.source.columns.push_back(
      {target.row_column, SqlType::bigint(), false, target.row_column, true});
  target.source.name = name_;
  return target;
}

std::vector<std::string> WriteTarget::column_names() const {
  std::vector<std::string> names;
  for (const TargetColumn& column : columns_) names.push_back(column.name);
  return names;
}

void WriteTarget::edit(Execution& run, const lake::RowEdit& edit, const char* operation) const {
  if (table_) return table_->edit(run, edit, operation);
  edit_temporary(run, edit);
}

void WriteTarget::edit_temporary(Execution& run, const lake::RowEdit& edit) const {
  engine::Connection& connection = run.session.connection();
  const auto change = [&] {
    edit_engine_rows(connection, engine::quote_name(engine_name_), column_names(), edit,
                     run.cancel);
  };
  if (run.session.in_engine_transaction()) return change();
  connection.execute("BEGIN TRANSACTION");  // a key may be violated by what comes last
  try {
    change();
  } catch (...) {
    connection.execute("ROLLBACK");
    throw;
  }
  connection.execute("COMMIT");
}

std::int64_t WriteTarget::clear(Execution& run) const {
  const std::int64_t rows = count(run);
  if (table_) {
    table_->clear(run);
  } else {
    run.session.connection().execute("DELETE FROM " + engine::quote_name(engine_name_), run.cancel);
  }
  return rows;
}

std::int64_t WriteTarget::count(Execution& run) const {
  if (table_) return table_->count(run);
  return to_count(run.session.connection().rows(
      "SELECT count(*) FROM " + engine::quote_name(engine_name_), run.cancel));
}

}  // namespace tarn::sql
