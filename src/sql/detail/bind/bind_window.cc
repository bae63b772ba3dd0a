// Window functions: OVER (PARTITION BY … ORDER BY … ROWS|RANGE …).

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"

namespace tarn::sql {
namespace {

constexpr int kNamedWindowDepthMax = 16;

bound::WindowBound bind_bound(const ast::FrameBound& written, ast::Span span) {
  bound::WindowBound bound;
  bound.kind = written.kind;
  if (!written.offset) return bound;
  const auto* number = std::get_if<ast::NumberLiteral>(&written.offset->node);
  if (!number || number->form != ast::NumberLiteral::Form::kInteger || number->text.size() > 10) {
    throw bind_error(
        4193, "The offset of a window frame must be a whole number that is not negative.", span);
  }
  bound.offset = std::stoll(number->text);
  return bound;
}

}  // namespace

WindowParts Binder::Impl::window_parts(const ast::Window& window, const Env& env) const {
  WindowParts parts;
  const ast::Window* from = &window;
  for (int depth = 0; from; ++depth) {
    const bool again = (!parts.partition_by.empty() && !from->partition_by.empty()) ||
                       (!parts.order_by.empty() && !from->order_by.empty()) ||
                       (parts.frame && from->frame);
    if (again) {
      throw bind_error(5364,
                       "Window element in OVER clause can not also be specified in WINDOW clause.",
                       window.span, {}, 15);
    }
    for (const ast::ExprPtr& expr : from->partition_by) parts.partition_by.push_back(expr.get());
    for (const ast::OrderItem& item : from->order_by) parts.order_by.push_back(&item);
    if (from->frame) parts.frame = &*from->frame;
    if (!from->base) break;
    const ast::Window* next = nullptr;
    if (env.windows) {
      for (const ast::NamedWindow& named : *env.windows) {
        if (equal_ignoring_case(named.name.text, from->base->text)) next = &named.window;
      }
    }
    if (!next || depth == kNamedWindowDepthMax) {
      throw bind_error(5362, "Window '" + from->base->text + "' is undefined.", window.span, {},
                       15);
    }
    from = next;
  }
  return parts;
}

bound::ExprPtr Binder::Impl::bind_window(const FunctionDef& function, const ast::FunctionCall& call,
                                         const Env& env, ast::Span span) {
  const std::string name(function.name);
  if (!call.over)
    throw bind_error(10753, "The function '" + name + "' must have an OVER clause.", span, {}, 15);
  if (env.in_window) {
    throw bind_error(4109,
                     "Windowed functions cannot be used in the context of another windowed "
                     "function or aggregate.",
                     span, {}, 15);
  }
  if (env.in_aggregate || (env.clause != Clause::kSelect && env.clause != Clause::kOrderBy)) {
    throw bind_error(4108, "Windowed functions can only appear in the SELECT or ORDER BY clauses.",
                     span, "Compute it in a derived table or common table, and filter that.", 15);
  }
  if (call.distinct)
    throw bind_error(102, "Use of DISTINCT is not allowed with the OVER clause.", span, {}, 15);
  const WindowParts over = window_parts(*call.over, env);
  Env inside = env;
  inside.in_window = true;
  bound::Window window;
  window.function = &function;
  window.star = call.star;
  window.ignore_nulls = call.nulls == ast::FunctionCall::Nulls::kIgnore;
  if (!call.star) window.arguments = bind_arguments(function, call, inside, nullptr);
  for (const ast::Expr* expr : over.partition_by)
    window.partition_by.push_back(bind_value(*expr, inside));
  for (const ast::OrderItem* item : over.order_by) {
    bound::ExprPtr expr = bind_value(*item->expr, inside);
    if (std::holds_alternative<bound::Literal>(expr->node)) {
      throw bind_error(
          5309,
          "Windowed functions, aggregates and NEXT VALUE FOR functions do not support constants as "
          "ORDER BY clause expressions.",
          item->span, "Use ORDER BY (SELECT NULL) where the order does not matter.");
    }
    if (expr->type.id == TypeId::kNull) expr->type = SqlType::integer();
    window.order_by.push_back({std::move(expr), item->descending});
  }
  const bool needs_order =
      function.kind == FunctionKind::kRanking || function.kind == FunctionKind::kOffset;
  if (needs_order && window.order_by.empty()) {
    throw bind_error(4112, "The function '" + name + "' must have an OVER clause with ORDER BY.",
                     span, {}, 15);
  }
  if (over.frame) {
    const bool framed =
        function.kind == FunctionKind::kAggregate || name == "FIRST_VALUE" || name == "LAST_VALUE";
    if (!framed) {
      throw bind_error(10752, "The function '" + name + "' may not have a window frame.",
                       over.frame->span, {}, 15);
    }
    if (window.order_by.empty()) {
      throw bind_error(10756, "Window frame with ROWS or RANGE must have an ORDER BY clause.",
                       over.frame->span, {}, 15);
    }
    window.has_frame = true;
    window.unit = over.frame->unit;
    window.start = bind_bound(over.frame->start, over.frame->span);
    window.end = bind_bound(over.frame->end, over.frame->span);
    const bool offsets = over.frame->start.offset || over.frame->end.offset;
    if (window.unit == ast::WindowFrame::Unit::kRange && offsets) {
      throw bind_error(
          4194, "RANGE is only supported with UNBOUNDED and CURRENT ROW window frame delimiters.",
          over.frame->span, {}, 15);
    }
  }
  const SqlType type = result_type(function, window.arguments);
  const bool nullable = function.nulls != Nulls::kNever;
  return make_expr(type, nullable, span, std::move(window));
}

}  // namespace tarn::sql
