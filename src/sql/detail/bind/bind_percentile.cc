// PERCENTILE_CONT(p) and PERCENTILE_DISC(p) WITHIN GROUP (ORDER BY x) OVER (PARTITION BY …).

#include <cstdio>

#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"

namespace tarn::sql {
namespace {

/// The percentile, which must be a constant from 0 to 1.
double percentile_of(const bound::Expr& expr, ast::Span span) {
  const bound::Literal* literal = literal_of(expr);
  if (!literal || !literal->text || !is_numeric(expr.type)) {
    throw bind_error(10760, "The percentile must be a numeric constant.", span);
  }
  const double value = std::stod(*literal->text);
  if (value < 0 || value > 1) {
    throw bind_error(10761, "The percentile value should be in the range 0.0 to 1.0.", span);
  }
  return value;
}

std::string float_constant(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

}  // namespace

bound::ExprPtr Binder::Impl::bind_percentile(std::string_view name, const ast::FunctionCall& call,
                                             const Env& env, ast::Span span) {
  bool known = false;
  const FunctionDef* function = find_function(name, call.arguments.size(), known);
  const std::string shown = "The function '" + std::string(name) + "'";
  if (!function) throw bind_error(174, shown + " requires 1 argument(s).", span, {}, 15);
  if (call.within_group.empty())
    throw bind_error(10754, shown + " must have a WITHIN GROUP clause.", span, {}, 15);
  if (!call.over) throw bind_error(10753, shown + " must have an OVER clause.", span, {}, 15);
  if (call.within_group.size() != 1) {
    throw bind_error(10751,
                     "The ORDER BY in WITHIN GROUP clause of '" + std::string(name) +
                         "' function must have exactly one expression.",
                     span, {}, 15);
  }
  if (env.in_window || env.in_aggregate ||
      (env.clause != Clause::kSelect && env.clause != Clause::kOrderBy)) {
    throw bind_error(4108, "Windowed functions can only appear in the SELECT or ORDER BY clauses.",
                     span, "Compute it in a derived table or common table, and filter that.", 15);
  }
  const WindowParts over = window_parts(*call.over, env);
  if (!over.order_by.empty() || over.frame)
    throw bind_error(10758, shown + " may not have ORDER BY in OVER clause.", span, {}, 15);
  Env inside = env;
  inside.in_window = true;
  const bool continuous = name == "PERCENTILE_CONT";
  const ast::OrderItem& order = call.within_group.front();
  double percentile =
      percentile_of(*bind_value(*call.arguments.front(), inside), call.arguments.front()->span);
  // The engine counts from the least value; from the greatest, it takes negative percentiles.
  if (order.descending) percentile = continuous || percentile == 0 ? 1 - percentile : -percentile;
  bound::ExprPtr value = bind_value(*order.expr, inside);
  if (continuous) {
    if (!is_numeric(value->type) && value->type.id != TypeId::kNull) {
      throw bind_error(402,
                       "The data type " + std::string(name_of(value->type.id)) +
                           " is invalid for the PERCENTILE_CONT function. Allowed types are "
                           "int, bigint, smallint, tinyint, numeric, bit, decimal, smallmoney, "
                           "money, float, and real.",
                       order.span);
    }
    value = convert_implicit(std::move(value), SqlType::floating());
  } else if (value->type.id == TypeId::kNull) {
    value->type = SqlType::integer();
  }
  const SqlType type = value->type;
  bound::Window window;
  window.function = function;
  window.arguments.push_back(std::move(value));
  window.arguments.push_back(make_literal(SqlType::floating(), float_constant(percentile), span));
  for (const ast::Expr* expr : over.partition_by)
    window.partition_by.push_back(bind_value(*expr, inside));
  return make_expr(type, true, span, std::move(window));
}

}  // namespace tarn::sql
