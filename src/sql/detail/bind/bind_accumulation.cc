// SELECT @v = @v + c: what of each value the engine computes for a row, and what is left for the
// walk over the rows.

#include <utility>

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"
#include "detail/bind/tree.h"

namespace tarn::sql {
namespace {

/// Whether computing it may fail where SQL Server would not have computed it: in a branch of CASE
/// that is not taken.
bool may_fail(bound::Expr& expr) {
  if (const auto* node = std::get_if<bound::Arithmetic>(&expr.node);
      node && (node->op == Arithmetic::kDivide || node->op == Arithmetic::kModulo))
    return true;
  if (const auto* node = std::get_if<bound::Convert>(&expr.node);
      node && !node->tries && is_character(node->operand->type) && !is_character(expr.type))
    return true;
  bool found = false;
  for_each_child(expr, [&](bound::ExprPtr& child) { found = found || may_fail(*child); });
  return found;
}

bool is_subquery(const bound::Expr& expr) {
  return std::holds_alternative<bound::Exists>(expr.node) ||
         std::holds_alternative<bound::ScalarSubquery>(expr.node);
}

/// Moves what does not depend on the variables into columns of the query.
class Extraction {
 public:
  Extraction(std::size_t variables, std::set<int> local)
      : variables_(variables), local_(std::move(local)) {}

  std::vector<bound::ExprPtr> columns;

  /// The slot of a column that has `expr`'s value.
  std::size_t column_of(bound::ExprPtr expr) {
    columns.push_back(std::move(expr));
    return variables_ + columns.size() - 1;
  }

  void extract(bound::ExprPtr& expr, bool lazy) {
    if (std::holds_alternative<bound::Literal>(expr->node)) return;
    const bool whole = std::holds_alternative<bound::Window>(expr->node) ||
                       (!contains_held(*expr) && !(lazy && may_fail(*expr)));
    if (whole) return hold(expr);
    if (auto* node = std::get_if<bound::Case>(&expr->node)) return extract_case(*node, lazy);
    if (auto* node = std::get_if<bound::Coalesce>(&expr->node)) {
      for (std::size_t i = 0; i < node->operands.size(); ++i)
        extract(node->operands[i], lazy || i > 0);
      return;
    }
    if (auto* node = std::get_if<bound::Quantified>(&expr->node)) {
      extract(node->operand, lazy);
      return extract_outer(*node->query);
    }
    if (is_subquery(*expr)) {
      return for_each_child(*expr, [&](bound::ExprPtr& child) { extract_columns(child); });
    }
    for_each_child(*expr, [&](bound::ExprPtr& child) { extract(child, lazy); });
  }

 private:
  void hold(bound::ExprPtr& expr) {
    const SqlType type = expr->type;
    const bool nullable = expr->nullable;
    const ast::Span span = expr->span;
    const std::size_t slot = column_of(std::move(expr));
    expr = make_expr(type, nullable, span, bound::Held{slot, {}});
  }

  void extract_case(bound::Case& node, bool lazy) {
    for (std::size_t i = 0; i < node.whens.size(); ++i) {
      extract(node.whens[i].condition, lazy || i > 0);
      extract(node.whens[i].result, true);
    }
    if (node.otherwise) extract(node.otherwise, true);
  }

  /// In a subquery, only what it takes of the row around it.
  void extract_outer(bound::Query& query) {
    for_each_expression(query, [&](bound::ExprPtr& child) { extract_columns(child); });
  }
  void extract_columns(bound::ExprPtr& expr) {
    const auto* column = std::get_if<bound::Column>(&expr->node);
    if (column && local_.contains(column->relation)) return hold(expr);
    for_each_child(*expr, [&](bound::ExprPtr& child) { extract_columns(child); });
  }

  std::size_t variables_;
  std::set<int> local_;
};

void collect_relations(const bound::Relation& relation, std::set<int>& numbers) {
  if (relation.number) numbers.insert(relation.number);
  if (const auto* join = std::get_if<bound::Join>(&relation.node)) {
    collect_relations(*join->left, numbers);
    collect_relations(*join->right, numbers);
  }
}

}  // namespace

void Binder::Impl::accumulate(bound::Query& query, bound::Select& select) {
  bool reads = false;
  for (bound::ExprPtr& item : select.items) reads = reads || contains_held(*item);
  if (!reads) {
    query.accumulation.reset();
    return;
  }
  bound::Accumulation& accumulation = *query.accumulation;
  std::set<int> local;
  if (select.from) collect_relations(*select.from, local);
  if (select.aggregation) local.insert(select.aggregation->relation);
  Extraction extraction(accumulation.variables.size(), std::move(local));
  std::vector<int> places;  // of the items among the new columns; -1 for what is no column
  for (std::size_t i = 0; i < select.items.size(); ++i) {
    bound::ExprPtr& item = select.items[i];
    const std::size_t before = extraction.columns.size();
    const bool row_value = !contains_held(*item);
    extraction.extract(item, false);
    const bool column = row_value && extraction.columns.size() == before + 1;
    places.push_back(column ? static_cast<int>(before) : -1);
    std::size_t variable = 0;
    while (!equal_ignoring_case(accumulation.variables[variable], query.assigns[i].variable))
      ++variable;
    accumulation.steps.push_back({variable, std::move(item)});
  }
  std::erase_if(query.order_by, [&](bound::SortKey& key) {
    if (key.expr) return false;
    const auto item = static_cast<std::size_t>(key.column);
    key.column = places[item];
    if (key.column >= 0) return false;
    bound::ExprPtr& value = accumulation.steps[item].value;
    if (contains_held(*value)) {
      throw unsupported("ORDER BY the number of an assignment that reads what the SELECT assigns",
                        value->span, "Name the column to sort by.");
    }
    return true;  // a constant sorts nothing
  });
  if (extraction.columns.empty()) extraction.columns.push_back(make_integer(1, {}));
  select.items = std::move(extraction.columns);
  query.columns.clear();
  for (const bound::ExprPtr& item : select.items)
    query.columns.push_back({{}, item->type, item->nullable});
}

}  // namespace tarn::sql
