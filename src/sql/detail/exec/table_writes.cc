#include "detail/exec/table_writes.h"

#include "detail/bind/binder.h"
#include "detail/exec/failure.h"
#include "detail/exec/outputs.h"
#include "detail/exec/pool_tables.h"
#include "detail/exec/procedures.h"
#include "detail/exec/query_run.h"
#include "detail/exec/temp_tables.h"
#include "detail/exec/write_target.h"
#include "detail/syntax/parser.h"

namespace tarn::sql {
namespace {

namespace actions = identity::actions;

/// The stored defaults of columns, parsed, for DEFAULT in VALUES.
struct Defaults {
  std::vector<ast::ExprPtr> owned;
  std::vector<const ast::Expr*> pointers;

  Defaults(const WriteTarget& target, std::span<const std::size_t> indices) {
    for (const std::size_t index : indices) {
      const std::string& text = target.defaults()[index];
      owned.push_back(text.empty() ? nullptr : parse_expression(text));
      pointers.push_back(owned.back().get());
    }
  }
};

std::string values_sql(StatementContext& context, const WriteTarget& target,
                       std::span<const std::size_t> indices, const ast::Insert::Rows& rows) {
  const Defaults defaults(target, indices);
  const auto columns = target.chosen_columns(indices);
  return translate(Binder(context).bind_rows(rows, columns, target.name(), defaults.pointers))
      .engine_sql;
}

std::string query_sql(StatementContext& context, const WriteTarget& target,
                      std::span<const std::size_t> indices, const ast::Query& query,
                      const std::vector<ast::CommonTable>& ctes) {
  const auto columns = target.chosen_columns(indices);
  return translate(Binder(context).bind_insert(query, columns, target.name(), ctes)).engine_sql;
}

/// Runs the procedure with its result sets kept aside, then inserts them as one query.
std::int64_t insert_from_call(Execution& run, Frame& frame, ast::Insert& statement,
                              ast::Execute& call) {
  if (!statement.outputs.empty()) {
    throw failure(483, "The OUTPUT clause cannot be used in an INSERT...EXEC statement.",
                  statement.outputs.front().span);
  }
  if (run.capture) {
    throw failure(8164, "An INSERT EXEC statement cannot be nested.", statement.target_span);
  }
  Capture capture;
  struct Cleanup {
    SessionState& session;
    Capture& kept;
    ~Cleanup() {
      for (const std::string& table : kept.tables) {
        try {
          drop_temp_table(session, table, true);
        } catch (const Error&) {  // the session's connection is gone, and its tables with it
        }
      }
    }
  } cleanup{run.session, capture};
  {
    struct Captured {
      Execution& run;
      Captured(Execution& execution, Capture& into) : run(execution) { run.capture = &into; }
      ~Captured() { run.capture = nullptr; }
    } const captured(run, capture);
    execute_call(run, frame, call, statement.target_span);
  }

  WorkScope work(run.session);
  const auto context = make_context(run, frame);
  const WriteTarget target = WriteTarget::resolve(run, *context, statement.target,
                                                  statement.target_span, actions::kSqlInsert);
  const auto indices = target.chosen(statement.columns);
  std::string text;
  for (const std::string& table : capture.tables) {
    if (!text.empty()) text += " UNION ALL ";
    text += "SELECT * FROM [" + table + "]";
  }
  if (text.empty()) return 0;
  const ast::QueryPtr query = parse_query(text);
  const std::int64_t rows = target.append(
      run, target.complete(run, frame, query_sql(*context, target, indices, *query, {}), indices,
                           "INSERT"));
  work.commit();
  return rows;
}

/// Without a list of columns there is one error for too many and too few values.
void check_value_counts(const ast::Insert& statement, const ast::Insert::Rows& rows,
                        std::size_t columns) {
  if (!statement.columns.empty()) return;
  for (const auto& row : rows) {
    if (row.size() == columns) continue;
    throw failure(213, "Column name or number of supplied values does not match table definition.",
                  statement.target_span);
  }
}

/// Adds the rows of a query that has all columns, and tells of them.
std::int64_t append(Execution& run, const Frame& frame, StatementContext& context,
                    const WriteTarget& target, const std::string& sql,
                    const std::vector<ast::OutputClause>& clauses, OutputRows& told) {
  if (clauses.empty()) return target.append(run, sql);
  Outputs outputs(run, context, clauses);
  RowTarget rows;
  rows.name = target.name();
  rows.columns = target.columns();
  rows.outputs = outputs.targets();
  const std::vector<bound::Query> queries = Binder(context).bind_inserted(clauses, rows);
  const Staged staged(run, sql);
  std::string changed;
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    changed += (i ? ", " : "SELECT ") + engine::quote_name(rows.columns[i].name) + " AS i" +
               std::to_string(i);
  }
  outputs.stage(run, frame, queries, changed + " FROM " + staged.name());
  const std::int64_t added = target.append(run, "SELECT * FROM " + staged.name());
  told = outputs.write(run);
  return added;
}

std::int64_t insert_rows(Execution& run, Frame& frame, ast::Insert& statement, OutputRows& told) {
  const auto context = make_context(run, frame);
  const WriteTarget target = WriteTarget::resolve(run, *context, statement.target,
                                                  statement.target_span, actions::kSqlInsert);
  const auto indices = target.chosen(statement.columns);
  std::string sql;
  if (const auto* rows = std::get_if<ast::Insert::Rows>(&statement.source)) {
    check_value_counts(statement, *rows, indices.size());
    sql = values_sql(*context, target, indices, *rows);
  } else if (const auto* query = std::get_if<ast::QueryPtr>(&statement.source)) {
    sql = query_sql(*context, target, indices, **query, statement.ctes);
  } else {
    const std::vector<std::size_t> none;
    sql = target.complete(run, frame, "SELECT 1", none, "INSERT");
    return append(run, frame, *context, target, sql, statement.outputs, told);
  }
  sql = target.complete(run, frame, sql, indices, "INSERT");
  return append(run, frame, *context, target, sql, statement.outputs, told);
}

}  // namespace

std::int64_t run_insert(Execution& run, Frame& frame, ast::Insert& statement) {
  if (auto* call = std::get_if<std::unique_ptr<ast::Execute>>(&statement.source)) {
    return insert_from_call(run, frame, statement, **call);
  }
  return with_outputs(run, statement.outputs,
                      [&](OutputRows& told) { return insert_rows(run, frame, statement, told); });
}

void run_truncate(Execution& run, Frame& frame, const ast::Truncate& statement) {
  repeat_on_conflict(run, [&] {
    const auto context = make_context(run, frame);
    return WriteTarget::resolve(run, *context, statement.table, actions::kSqlTruncate).clear(run);
  });
}

}  // namespace tarn::sql
