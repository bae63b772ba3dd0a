#pragma once
// Runs bound queries and values in the engine.

#include <memory>
#include <string>
#include <vector>

#include "detail/exec/statement_context.h"
#include "detail/syntax/ast.h"
#include "detail/translate/translate.h"

namespace tarn::sql {

/// A statement's surroundings in this frame; names resolve in the frame's database, else the
/// session's.
std::shared_ptr<StatementContext> make_context(Execution& run, const Frame& frame);

/// The columns as the sinks see them.
std::vector<ResultColumn> result_columns(const std::vector<bound::ResultColumn>& columns);
ResultColumn result_column(const std::string& name, const SqlType& type, bool nullable);

/// Streams the rows to the sink; their number.
std::int64_t send_rows(Execution& run, const Translation& query);

/// Runs a query whose columns go to variables: the last row wins, none leaves them as they are. The
/// number of rows.
std::int64_t assign_rows(Execution& run, Frame& frame, const Translation& query);

/// One value without rows. Literals do not need the engine.
Constant evaluate(Execution& run, const Frame& frame, const ast::Expr& expr,
                  const SqlType* target = nullptr);
/// A bound one.
Constant evaluate(StatementContext& context, const bound::Expr& expr);
/// False for UNKNOWN.
bool evaluate_condition(Execution& run, const Frame& frame, const ast::Expr& condition);
/// The first column of a query's only row: NULL without rows, 512 above one.
Constant evaluate_query(StatementContext& context, const ast::Query& query);

/// Expression `home` as a part of another tree, until this is destroyed.
class Lent {
 public:
  Lent(ast::ExprPtr& home, ast::ExprPtr& away) : home_(home), away_(away) {
    away_ = std::move(home_);
  }
  ~Lent() { home_ = std::move(away_); }
  Lent(const Lent&) = delete;

 private:
  ast::ExprPtr& home_;
  ast::ExprPtr& away_;
};

}  // namespace tarn::sql
