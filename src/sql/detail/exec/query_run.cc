#include "detail/exec/query_run.h"

#include "detail/bind/binder.h"
#include "detail/exec/failure.h"
#include "detail/exec/simple_value.h"
#include "detail/exec/temp_tables.h"
#include "detail/exec/value_text.h"
#include "detail/translate/engine_type.h"

namespace tarn::sql {
namespace {

int precision_of(const SqlType& type) {
  switch (type.id) {
    case TypeId::kBit:
      return 1;
    case TypeId::kMoney:
      return 19;
    case TypeId::kSmallMoney:
      return 10;
    default:
      return is_exact_decimal(type) || is_approximate(type) ? type.precision : 0;
  }
}

/// The value that a translated `SELECT <expr> AS c0` gives.
Constant run_value(StatementContext& context, const Translation& translation) {
  engine::Connection& connection = context.facts().session.connection();
  engine::Result result = connection.query(translation.engine_sql, context.facts().cancel);
  engine::Chunk chunk;
  if (!result.next(chunk)) return {translation.columns.at(0).type, std::nullopt};
  Constant value = constant_of(translation.columns.at(0).type, chunk.column(0), 0);
  if (chunk.size() > 1 || result.next(chunk)) {
    throw failure(512,
                  "Subquery returned more than 1 value. This is not permitted when the subquery "
                  "follows =, !=, <, "
                  "<= , >, >= or when the subquery is used as an expression.");
  }
  return value;
}

Constant value_of(StatementContext& context, const bound::Expr& expr) {
  if (auto simple = simple_value(expr)) return std::move(*simple);
  return run_value(context, translate_value(expr));
}

/// The query with its datetimeoffset columns as timestamps in UTC, and `columns` to match.
std::string with_instants(const std::string& sql, std::vector<ResultColumn>& columns) {
  std::string items;
  bool any = false;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string name = engine::quote_name("c" + std::to_string(i));
    const bool offset = columns[i].type_name == "datetimeoffset";
    items += (i ? ", " : "") + (offset ? "CAST(" + name + " AS TIMESTAMPTZ) AS " + name : name);
    if (offset) columns[i].engine_type = engine::Kind::kTimestampTz;
    any = any || offset;
  }
  return any ? "SELECT " + items + " FROM (" + sql + ")" : sql;
}

}  // namespace

std::shared_ptr<StatementContext> make_context(Execution& run, const Frame& frame) {
  return std::make_shared<StatementContext>(
      std::make_shared<StatementFacts>(run.session, run.cancel), &frame,
      frame.database.empty() ? run.session.database : frame.database);
}

ResultColumn result_column(const std::string& name, const SqlType& type, bool nullable) {
  // An untyped NULL is an int to whoever reads it.
  const SqlType shown = type.id == TypeId::kNull ? SqlType::integer() : type;
  ResultColumn column;
  column.name = name;
  column.type = to_string(shown);
  column.type_name = std::string(name_of(shown.id));
  column.max_length = storage_length(shown);
  column.precision = precision_of(shown);
  column.scale = shown.scale;
  if (is_money(shown)) column.scale = 4;
  column.nullable = nullable;
  if (is_character(shown) && shown.collation) column.collation = shown.collation->name;
  column.engine_type = engine_type(shown);
  return column;
}

std::vector<ResultColumn> result_columns(const std::vector<bound::ResultColumn>& columns) {
  std::vector<ResultColumn> result;
  for (const auto& column : columns)
    result.push_back(result_column(column.name, column.type, column.nullable));
  return result;
}

std::int64_t send_rows(Execution& run, const Translation& query) {
  if (run.capture) {
    std::int64_t rows = 0;
    run.capture->tables.push_back(keep_rows(run, query, rows));
    return rows;
  }
  std::vector<ResultColumn> columns = result_columns(query.columns);
  std::string sql = query.engine_sql;
  if (run.sink.wants_instants()) sql = with_instants(sql, columns);
  engine::Result result = run.session.connection().query(sql, run.cancel);
  run.sink.on_columns(columns);
  std::int64_t& rows = run.unfinished_rows.emplace(0);
  engine::Chunk chunk;
  while (result.next(chunk)) {
    rows += static_cast<std::int64_t>(chunk.size());
    run.sink.on_rows(chunk);
  }
  run.sink.on_rows_end(rows);
  const std::int64_t sent = rows;
  run.unfinished_rows.reset();
  return sent;
}

std::int64_t assign_rows(Execution& run, Frame& frame, const Translation& query) {
  engine::Result result = run.session.connection().query(query.engine_sql, run.cancel);
  std::vector<Constant> last;
  std::int64_t rows = 0;
  engine::Chunk chunk;
  while (result.next(chunk)) {
    rows += static_cast<std::int64_t>(chunk.size());
    last.clear();
    for (std::size_t i = 0; i < query.columns.size(); ++i) {
      last.push_back(constant_of(query.columns[i].type, chunk.column(i), chunk.size() - 1));
    }
  }
  for (std::size_t i = 0; i < last.size(); ++i) {
    // The binder has converted each column to its variable's type.
    frame.variables.at(query.assigns.at(i).variable).text = last[i].text;
  }
  return rows;
}

Constant evaluate(Execution& run, const Frame& frame, const ast::Expr& expr,
                  const SqlType* target) {
  const auto context = make_context(run, frame);
  Binder binder(*context);
  return value_of(*context, *binder.bind_value(expr, target));
}

bool evaluate_condition(Execution& run, const Frame& frame, const ast::Expr& condition) {
  const auto context = make_context(run, frame);
  Binder binder(*context);
  const Constant value = value_of(*context, *binder.bind_condition(condition));
  return value.text && *value.text != "0";
}

Constant evaluate(StatementContext& context, const bound::Expr& expr) {
  return value_of(context, expr);
}

Constant evaluate_query(StatementContext& context, const ast::Query& query) {
  Binder binder(context);
  return run_value(context, translate(binder.bind_query(query)));
}

}  // namespace tarn::sql
