// UPDATE, DELETE and MERGE: the binder's query finds the rows that change and their new values,
// which are kept aside; then the target takes them in one step.

#include <algorithm>
#include <chrono>
#include <thread>

#include "detail/bind/binder.h"
#include "detail/bind/row_binder.h"
#include "detail/exec/failure.h"
#include "detail/exec/outputs.h"
#include "detail/exec/pool_tables.h"
#include "detail/exec/query_run.h"
#include "detail/exec/staged.h"
#include "detail/exec/table_writes.h"
#include "detail/exec/target_place.h"
#include "detail/exec/value_text.h"
#include "detail/exec/write_target.h"
#include "detail/syntax/parser.h"
#include "engine/type.h"

namespace tarn::sql {
namespace {

namespace actions = identity::actions;

/// The target's stored defaults, parsed.
class Defaults {
 public:
  Defaults(const WriteTarget& target, RowTarget& rows) {
    for (const std::string& text : target.defaults()) {
      owned_.push_back(text.empty() ? nullptr : parse_expression(text));
      rows.defaults.push_back(owned_.back().get());
    }
  }

 private:
  std::vector<ast::ExprPtr> owned_;
};

/// What TOP (n) [PERCENT] leaves of the rows.
std::string limited(Execution& run, const Frame& frame, const std::optional<ast::Top>& top,
                    const std::string& sql) {
  if (!top) return sql;
  const SqlType type = top->percent ? SqlType::floating() : SqlType::bigint();
  const std::string count = evaluate(run, frame, *top->count, &type).text.value_or("0");
  if (count.starts_with('-')) {
    throw failure_of(Code::kInvalidArgument, top->percent ? 1031 : 1060, 15, 1,
                     top->percent
                         ? "Percent values must be between 0 and 100."
                         : "The number of rows provided for a TOP or FETCH clauses row count "
                           "parameter must not be negative.",
                     top->span);
  }
  if (!top->percent) return sql + " LIMIT " + count;
  return "SELECT * FROM (" + sql +
         ") QUALIFY row_number() OVER () <= ceil(count(*) OVER () * CAST('" + count +
         "' AS DOUBLE) / 100.0)";
}

std::string changed(std::size_t item) { return "c.c" + std::to_string(item); }

/// Gives the variables of UPDATE … SET @v = … the values of the last row.
void assign_variables(Execution& run, Frame& frame, const Staged& staged, const BoundRows& rows) {
  if (rows.variables.empty()) return;
  engine::Result result = run.session.connection().query(
      "SELECT * FROM " + staged.name() + " OFFSET " + std::to_string(staged.rows() - 1),
      run.cancel);
  engine::Chunk chunk;
  if (!result.next(chunk)) return;
  for (const auto& [variable, item] : rows.variables) {
    frame.variables.at(variable).text =
        constant_of(rows.query.columns[item].type, chunk.column(item), 0).text;
  }
}

/// The target as the binder sees it.
RowTarget row_target(Execution& run, const TargetPlace& place, const WriteTarget& target,
                     const Outputs& outputs) {
  RowTarget rows = target.rows(run);
  rows.node = place.node();
  rows.from = place.from();
  rows.views = place.views();
  rows.outputs = outputs.targets();
  return rows;
}

/// The rows that a statement has found as kChangedRows has them. `inserted` gives a column's new
/// value; nothing for DELETE.
std::string changed_rows(const BoundRows& found, const Staged& staged,
                         const std::function<std::string(std::size_t column)>& inserted,
                         const std::string& action) {
  std::string sql = "SELECT c.*";
  for (std::size_t i = 0; i < found.old_items.size(); ++i) {
    if (!found.old_items[i]) continue;
    if (inserted) sql += ", " + inserted(i) + " AS i" + std::to_string(i);
    sql += ", " + changed(*found.old_items[i]) + " AS d" + std::to_string(i);
  }
  if (!action.empty()) sql += ", " + action + " AS \"action\"";
  return sql + " FROM " + staged.name() + " AS c";
}

std::int64_t update(Execution& run, Frame& frame, ast::Update& statement, OutputRows& told) {
  const auto context = make_context(run, frame);
  const TargetPlace place(context, statement.ctes, statement.target, statement.target_span,
                          statement.from);
  const WriteTarget target = WriteTarget::resolve(run, place.context(), place.table(),
                                                  statement.target_span, actions::kSqlUpdate);
  Outputs outputs(run, *context, statement.outputs);
  RowTarget rows = row_target(run, place, target, outputs);
  const Defaults defaults(target, rows);
  const BoundRows found = Binder(*context).bind_update(statement, rows);
  const std::string sql = "SELECT " + std::string(place.joined() ? "DISTINCT ON (c0) " : "") +
                          "* FROM (" + translate(found.query).engine_sql + ") WHERE c0 IS NOT NULL";
  const Staged staged(run, limited(run, frame, statement.top, sql));
  lake::RowEdit edit;
  edit.changes = staged.name();
  edit.values.resize(target.columns().size());
  for (const BoundRows::Value& value : found.values) {
    target.refuse_identity_update(value.column);
    edit.values[value.column] = changed(value.item);
  }
  const auto inserted = [&](std::size_t column) {
    return edit.values[column].empty() ? changed(*found.old_items[column]) : edit.values[column];
  };
  if (!outputs.empty())
    outputs.stage(run, frame, found.outputs, changed_rows(found, staged, inserted, {}));
  if (staged.rows() > 0) {
    if (!found.values.empty()) target.edit(run, edit, "UPDATE");
    assign_variables(run, frame, staged, found);
  }
  told = outputs.write(run);
  return staged.rows();
}

std::int64_t remove(Execution& run, Frame& frame, ast::Delete& statement, OutputRows& told) {
  const auto context = make_context(run, frame);
  const TargetPlace place(context, statement.ctes, statement.target, statement.target_span,
                          statement.from);
  const WriteTarget target = WriteTarget::resolve(run, place.context(), place.table(),
                                                  statement.target_span, actions::kSqlDelete);
  Outputs outputs(run, *context, statement.outputs);
  if (!statement.where && !place.joined() && !place.indirect() && !statement.top && outputs.empty())
    return target.clear(run);
  const RowTarget rows = row_target(run, place, target, outputs);
  const BoundRows found = Binder(*context).bind_delete(statement, rows);
  const std::string sql = "SELECT DISTINCT ON (c0) * FROM (" + translate(found.query).engine_sql +
                          ") WHERE c0 IS NOT NULL";
  const Staged staged(run, limited(run, frame, statement.top, sql));
  if (!outputs.empty())
    outputs.stage(run, frame, found.outputs, changed_rows(found, staged, {}, {}));
  if (staged.rows() > 0) {
    lake::RowEdit edit;
    edit.changes = staged.name();
    edit.removed = "true";
    target.edit(run, edit, "DELETE");
  }
  told = outputs.write(run);
  return staged.rows();
}

void check_matched_once(Execution& run, const Staged& staged) {
  const auto twice = run.session.connection().rows(
      "SELECT 1 FROM " + staged.name() +
          " WHERE c0 IS NOT NULL GROUP BY c0 HAVING count(*) > 1 LIMIT 1",
      run.cancel);
  if (twice.empty()) return;
  throw failure(8672,
                "The MERGE statement attempted to UPDATE or DELETE the same row more than once. "
                "This happens when a target row matches more than one source row. A MERGE "
                "statement cannot UPDATE/DELETE the same row of the target table multiple times. "
                "Refine the ON clause to ensure a target row matches at most one source row, or "
                "use the GROUP BY clause to group the source rows.");
}

std::string list_of(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return text;
}

lake::RowEdit merge_edit(const ast::Merge& statement, const WriteTarget& target,
                         const BoundRows& found, const Staged& staged) {
  std::vector<int> updates;
  std::vector<int> removes;
  std::optional<int> insert;
  for (std::size_t i = 0; i < statement.clauses.size(); ++i) {
    const auto action = statement.clauses[i].action;
    const int number = static_cast<int>(i) + 1;
    if (action == ast::Merge::Action::kInsert) insert = number;
    if (action == ast::Merge::Action::kUpdate) updates.push_back(number);
    if (action == ast::Merge::Action::kDelete) removes.push_back(number);
  }
  lake::RowEdit edit;
  edit.changes = staged.name();
  edit.values.resize(target.columns().size());
  if (!removes.empty()) edit.removed = "c.c1 IN (" + list_of(removes) + ")";
  std::vector<std::string> added(target.columns().size());
  for (const BoundRows::Value& value : found.values) {
    std::vector<int> assigning;
    for (const int action : value.actions) {
      if (insert == action) added[value.column] = changed(value.item);
      if (insert != action) target.refuse_identity_update(value.column);
      if (std::find(updates.begin(), updates.end(), action) != updates.end())
        assigning.push_back(action);
    }
    if (assigning.empty()) continue;
    edit.values[value.column] = "CASE WHEN c.c1 IN (" + list_of(assigning) + ") THEN " +
                                changed(value.item) + " ELSE o." +
                                engine::quote_name(target.stored_name(value.column)) + " END";
  }
  if (!insert) return edit;
  if (const auto identity = target.identity()) added[*identity] = target.next_identity();
  edit.added = "SELECT ";
  for (std::size_t i = 0; i < added.size(); ++i) edit.added += (i ? ", " : "") + added[i];
  edit.added += " FROM " + staged.name() + " AS c WHERE c.c1 = " + std::to_string(*insert);
  return edit;
}

/// kChangedRows of a MERGE: what an INSERT, UPDATE or DELETE makes of each column.
std::string merged_rows(const ast::Merge& statement, const BoundRows& found, const Staged& staged) {
  std::string kept;  // the actions after which a row is there
  std::string action = "CASE c.c1";
  for (std::size_t i = 0; i < statement.clauses.size(); ++i) {
    const auto kind = statement.clauses[i].action;
    const std::string number = std::to_string(i + 1);
    if (kind != ast::Merge::Action::kDelete) kept += (kept.empty() ? "" : ", ") + number;
    action += " WHEN " + number + " THEN " +
              (kind == ast::Merge::Action::kInsert   ? "'INSERT'"
               : kind == ast::Merge::Action::kUpdate ? "'UPDATE'"
                                                     : "'DELETE'");
  }
  const auto inserted = [&](std::size_t column) {
    std::string value = "CASE";
    for (const BoundRows::Value& each : found.values) {
      if (each.column != column) continue;
      value += " WHEN c.c1 IN (" + list_of(each.actions) + ") THEN " + changed(each.item);
    }
    if (!kept.empty())
      value += " WHEN c.c1 IN (" + kept + ") THEN " + changed(*found.old_items[column]);
    return value == "CASE" ? std::string("NULL") : value + " END";
  };
  return changed_rows(found, staged, inserted, action + " END");
}

/// A MERGE leaves the IDENTITY of new rows to the table.
void prepare_identity(const ast::Merge& statement, const WriteTarget& target, std::size_t identity,
                      RowTarget& rows) {
  for (const ast::Merge::Clause& clause : statement.clauses) {
    if (clause.action != ast::Merge::Action::kInsert) continue;
    if (!statement.outputs.empty()) {
      throw not_supported("OUTPUT of a MERGE that inserts into a table with an IDENTITY column",
                          statement.target_span);
    }
    for (const ast::Identifier& column : clause.columns)
      if (equal_ignoring_case(column.text, target.columns()[identity].name))
        throw target.identity_given(column.span);
  }
  rows.columns[identity].nullable = true;
}

std::int64_t merge(Execution& run, Frame& frame, ast::Merge& statement, OutputRows& told) {
  const auto context = make_context(run, frame);
  ast::TableSourcePtr no_from;
  const TargetPlace place(context, statement.ctes, statement.target, statement.target_span, no_from,
                          statement.alias);
  const WriteTarget target = WriteTarget::resolve(run, place.context(), place.table(),
                                                  statement.target_span, actions::kSqlMerge);
  Outputs outputs(run, *context, statement.outputs);
  RowTarget rows = row_target(run, place, target, outputs);
  if (const auto identity = target.identity()) prepare_identity(statement, target, *identity, rows);
  const Defaults defaults(target, rows);
  const BoundRows found = Binder(*context).bind_merge(statement, rows);
  const std::string sql =
      "SELECT * FROM (" + translate(found.query).engine_sql + ") WHERE c1 IS NOT NULL";
  const Staged staged(run, limited(run, frame, statement.top, sql));
  check_matched_once(run, staged);
  if (!outputs.empty())
    outputs.stage(run, frame, found.outputs, merged_rows(statement, found, staged));
  if (staged.rows() > 0) target.edit(run, merge_edit(statement, target, found, staged), "MERGE");
  told = outputs.write(run);
  return staged.rows();
}

/// Binds as the statement does when it runs, and keeps what its last OUTPUT would send.
template <typename Bind>
std::optional<std::vector<bound::ResultColumn>> sent_columns(
    Execution& run, const std::shared_ptr<StatementContext>& context, const TargetPlace& place,
    ast::Span span, const std::vector<ast::OutputClause>& clauses, identity::Action action,
    const Bind& bind) {
  const WriteTarget target =
      WriteTarget::resolve(run, place.context(), place.table(), span, action);
  const Outputs outputs(run, *context, clauses);
  RowTarget rows = row_target(run, place, target, outputs);
  const Defaults defaults(target, rows);
  BoundRows found = bind(rows);
  if (clauses.empty() || clauses.back().into) return std::nullopt;
  return std::move(found.outputs.back().columns);
}

}  // namespace

std::optional<std::vector<bound::ResultColumn>> output_columns(Execution& run, const Frame& frame,
                                                               ast::Update& statement) {
  const auto context = make_context(run, frame);
  const TargetPlace place(context, statement.ctes, statement.target, statement.target_span,
                          statement.from);
  return sent_columns(
      run, context, place, statement.target_span, statement.outputs, actions::kSqlUpdate,
      [&](const RowTarget& rows) { return Binder(*context).bind_update(statement, rows); });
}

std::optional<std::vector<bound::ResultColumn>> output_columns(Execution& run, const Frame& frame,
                                                               ast::Delete& statement) {
  const auto context = make_context(run, frame);
  const TargetPlace place(context, statement.ctes, statement.target, statement.target_span,
                          statement.from);
  return sent_columns(
      run, context, place, statement.target_span, statement.outputs, actions::kSqlDelete,
      [&](const RowTarget& rows) { return Binder(*context).bind_delete(statement, rows); });
}

std::optional<std::vector<bound::ResultColumn>> output_columns(Execution& run, const Frame& frame,
                                                               ast::Merge& statement) {
  const auto context = make_context(run, frame);
  ast::TableSourcePtr no_from;
  const TargetPlace place(context, statement.ctes, statement.target, statement.target_span, no_from,
                          statement.alias);
  return sent_columns(
      run, context, place, statement.target_span, statement.outputs, actions::kSqlMerge,
      [&](const RowTarget& rows) { return Binder(*context).bind_merge(statement, rows); });
}

std::int64_t repeat_on_conflict(Execution& run, const std::function<std::int64_t()>& statement) {
  for (int attempt = 1;; ++attempt) {
    try {
      WorkScope work(run.session);
      const std::int64_t rows = statement();
      work.commit();
      return rows;
    } catch (const Error& error) {
      if (error.code() != Code::kConflict || error.sql()) throw;
      if (attempt >= kStatementAttemptsMax) throw update_conflict(error);
    }
    run.cancel.check();
    // A little longer each time, so that two that rewrite one table do not keep in step.
    std::this_thread::sleep_for(std::chrono::milliseconds(attempt));
  }
}

std::int64_t run_update(Execution& run, Frame& frame, ast::Update& statement) {
  return with_outputs(run, statement.outputs,
                      [&](OutputRows& told) { return update(run, frame, statement, told); });
}

std::int64_t run_delete(Execution& run, Frame& frame, ast::Delete& statement) {
  return with_outputs(run, statement.outputs,
                      [&](OutputRows& told) { return remove(run, frame, statement, told); });
}

std::int64_t run_merge(Execution& run, Frame& frame, ast::Merge& statement) {
  return with_outputs(run, statement.outputs,
                      [&](OutputRows& told) { return merge(run, frame, statement, told); });
}

}  // namespace tarn::sql
