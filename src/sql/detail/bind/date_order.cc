// SET DATEFORMAT: conversions of text to dates that no style orders.

#include "detail/bind/binder_impl.h"
#include "detail/bind/row_binder.h"
#include "detail/bind/tree.h"

namespace tarn::sql {
namespace {

// CAST to the newer types has it; its own form begins with the year, whatever the order.
constexpr int kIsoDateStyle = 121;

void order_all(bound::ExprPtr& expr, int style) {
  if (auto* convert = std::get_if<bound::Convert>(&expr->node);
      convert && (convert->style == 0 || convert->style == kIsoDateStyle) &&
      is_temporal(expr->type) && is_character(convert->operand->type)) {
    convert->style = style;
  }
  if (auto* call = std::get_if<bound::Call>(&expr->node); call && call->function->name == "ISDATE")
    call->part = std::to_string(style);
  for_each_child(*expr, [&](bound::ExprPtr& child) { order_all(child, style); });
}

}  // namespace

void Binder::Impl::order_dates(bound::ExprPtr& expr) const {
  if (const int style = style_of(context->date_order()); style != 0) order_all(expr, style);
}

void Binder::Impl::order_dates(bound::Query& query) const {
  const int style = style_of(context->date_order());
  if (style == 0) return;
  for_each_expression(query, [&](bound::ExprPtr& expr) { order_all(expr, style); });
}

void Binder::Impl::order_dates(BoundRows& rows) const {
  order_dates(rows.query);
  for (bound::Query& output : rows.outputs) order_dates(output);
}

}  // namespace tarn::sql
