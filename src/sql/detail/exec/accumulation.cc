#include "detail/exec/accumulation.h"

#include "detail/bind/tree.h"
#include "detail/exec/constant_row.h"
#include "detail/exec/failure.h"
#include "detail/exec/simple_value.h"
#include "detail/exec/value_text.h"

namespace tarn::sql {
namespace {

using bound::Accumulation;

void collect_held(bound::Expr& expr, std::vector<std::vector<bound::Held*>>& slots) {
  if (auto* held = std::get_if<bound::Held>(&expr.node)) slots.at(held->slot).push_back(held);
  for_each_child(expr, [&](bound::ExprPtr& child) { collect_held(*child, slots); });
}

/// The values while the rows go by.
class RowWalk {
 public:
  RowWalk(StatementContext& context, bound::Query& query)
      : context_(context), accumulation_(*query.accumulation) {
    slots_.resize(accumulation_.variables.size() + query.columns.size());
    for (Accumulation::Step& step : accumulation_.steps) collect_held(*step.value, slots_);
  }

  /// False where a step needs the engine: go on with finish_row() then.
  bool take_row(const std::vector<SqlType>& types, const engine::Chunk& chunk, std::size_t row) {
    for (std::size_t i = 0; i < types.size(); ++i) {
      const auto& places = slots_[accumulation_.variables.size() + i];
      if (places.empty()) continue;
      set(places, constant_of(types[i], chunk.column(i), row).text);
    }
    return take_steps();
  }
  /// The same of a row that is known.
  bool take_row(const std::vector<Constant>& row) {
    for (std::size_t i = 0; i < row.size(); ++i)
      set(slots_[accumulation_.variables.size() + i], row[i].text);
    return take_steps();
  }
  /// The engine may be asked now.
  void finish_row() { run_steps(true); }

  void store(Frame& frame) const {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (values_[i]) frame.variables.at(accumulation_.variables[i]).text = *values_[i];
    }
  }

 private:
  bool take_steps() {
    next_ = 0;
    return run_steps(false);
  }

  static void set(const std::vector<bound::Held*>& places, const std::optional<std::string>& text) {
    for (bound::Held* place : places) place->text = text;
  }

  bool run_steps(bool with_engine) {
    for (; next_ < accumulation_.steps.size(); ++next_) {
      const Accumulation::Step& step = accumulation_.steps[next_];
      std::optional<Constant> value = simple_value(*step.value);
      if (!value && !with_engine) return false;
      if (!value) value = evaluate(context_, *step.value);
      set(slots_[step.variable], value->text);
      values_.resize(accumulation_.variables.size());
      values_[step.variable] = std::move(value->text);
    }
    return true;
  }

  StatementContext& context_;
  Accumulation& accumulation_;
  std::vector<std::vector<bound::Held*>> slots_;  // where each slot's value is read
  std::vector<std::optional<std::optional<std::string>>> values_;  // of variables once assigned
  std::size_t next_ = 0;                                           // step of the row under way
};

}  // namespace

std::int64_t accumulate_rows(Execution& run, Frame& frame, StatementContext& context,
                             bound::Query& query, const Translation& rows) {
  RowWalk walk(context, query);
  std::int64_t count = 0;
  if (const auto row = constant_row(query)) {
    if (!walk.take_row(*row)) walk.finish_row();
    walk.store(frame);
    return 1;
  }
  std::vector<SqlType> types;
  for (const bound::ResultColumn& column : query.columns) types.push_back(column.type);
  // The engine's connection has one result at a time: once a row needs another query, the rest of
  // the rows is kept here.
  std::vector<engine::Chunk> kept;
  std::size_t first = 0;
  {
    engine::Result result = run.session.connection().query(rows.engine_sql, run.cancel);
    std::size_t kept_rows = 0;
    for (engine::Chunk chunk; result.next(chunk);) {
      count += static_cast<std::int64_t>(chunk.size());
      std::size_t row = 0;
      if (kept.empty()) {
        while (row < chunk.size() && walk.take_row(types, chunk, row)) ++row;
        if (row == chunk.size()) continue;
        first = row;
      }
      kept_rows += chunk.size();
      if (kept_rows > kEngineWalkRowsMax) {
        throw failure_of(Code::kTooLarge, 8632, 17, 2,
                         "Internal error: An expression services limit has been reached. Please "
                         "look for potentially complex expressions in your query, and try to "
                         "simplify them.",
                         {},
                         "A SELECT that computes a variable from its own value over more than " +
                             std::to_string(kEngineWalkRowsMax) +
                             " rows may only add, join texts, CASE, COALESCE and ISNULL.");
      }
      kept.push_back(std::exchange(chunk, engine::Chunk()));
    }
  }
  bool begun = true;  // the first kept row has its values and its first steps
  for (engine::Chunk& chunk : kept) {
    for (std::size_t row = std::exchange(first, 0); row < chunk.size(); ++row) {
      run.cancel.check();
      if (begun || !walk.take_row(types, chunk, row)) walk.finish_row();
      begun = false;
    }
    chunk = engine::Chunk();
  }
  walk.store(frame);
  return count;
}

}  // namespace tarn::sql
