#pragma once
// Walking and comparing bound trees, and lifting expressions above a GROUP BY.

#include <functional>
#include <set>

#include "detail/bind/bound.h"

namespace tarn::sql {

/// Calls `visit` on each expression directly below, those of subqueries included.
void for_each_child(bound::Expr& expr, const std::function<void(bound::ExprPtr&)>& visit);
/// The outermost expressions of a query and of all queries in it.
void for_each_expression(bound::Query& query, const std::function<void(bound::ExprPtr&)>& visit);

/// Whether the two always give the same value. Subqueries never do.
bool equal(const bound::Expr& a, const bound::Expr& b);
/// Aggregates of this query's own level (not those in subqueries).
bool contains_aggregate(bound::Expr& expr);
bool contains_window(bound::Expr& expr);
bool contains_subquery(bound::Expr& expr);
/// In subqueries as well.
bool contains_held(bound::Expr& expr);

/// Replaces keys and aggregates in `expr` by columns of `aggregation`, adding aggregates to it. A
/// column of `local` relations that is left over is error `number` (8120 in the select list, 8121
/// in HAVING, 8127 in ORDER BY).
void lift(bound::ExprPtr& expr, bound::Aggregation& aggregation, const std::set<int>& local,
          int number);

}  // namespace tarn::sql
