// PIVOT and UNPIVOT: the first is a GROUP BY with an aggregate a column, the second a CROSS APPLY
// of VALUES.

#include <algorithm>

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"
#include "detail/bind/tree.h"

namespace tarn::sql {
namespace {

/// A column that a PIVOT or UNPIVOT hands on.
struct Passed {
  const ScopeRelation* relation;
  const SourceColumn* column;
};

std::vector<Passed> visible_columns(const Scope& scope) {
  std::vector<Passed> found;
  for (const ScopeRelation& relation : scope.relations) {
    for (const SourceColumn& column : relation.columns) {
      if (!column.hidden) found.push_back({&relation, &column});
    }
  }
  return found;
}

bool is_column(const bound::Expr& expr, const Passed& passed) {
  const auto* column = std::get_if<bound::Column>(&expr.node);
  if (!column) return false;
  const bound::ExprPtr other = column_of(*passed.relation, *passed.column, {});
  const auto& wanted = std::get<bound::Column>(other->node);
  return column->relation == wanted.relation && column->engine_name == wanted.engine_name;
}

/// The columns that an expression reads.
void collect_columns(bound::Expr& expr, std::vector<const bound::Expr*>& found) {
  if (std::holds_alternative<bound::Column>(expr.node)) found.push_back(&expr);
  for_each_child(expr, [&](bound::ExprPtr& child) { collect_columns(*child, found); });
}

void add_item(bound::Select& select, bound::Query& query, bound::ExprPtr expr, std::string name) {
  query.columns.push_back({std::move(name), expr->type, expr->nullable});
  select.items.push_back(std::move(expr));
}

}  // namespace

bound::RelationPtr Binder::Impl::bind_pivot(const ast::Pivot& pivot, const ast::TableSource& source,
                                            Scope& scope) {
  Scope local;
  local.parent = scope.parent;
  bound::Select select;
  select.from = bind_relation(*pivot.source, local);
  Env env;
  env.scope = &local;
  env.clause = Clause::kSelect;
  const ast::Span span = source.span;
  bound::ExprPtr spread = local.resolve(pivot.column);
  const std::string name = to_upper(pivot.aggregate.name.last().text);
  bool known = false;
  const FunctionDef* function = find_function(name, pivot.aggregate.arguments.size(), known);
  const bool aggregates = function && function->kind == FunctionKind::kAggregate &&
                          pivot.aggregate.arguments.size() == 1 && !pivot.aggregate.star &&
                          !name.starts_with("GROUPING");
  if (!aggregates) {
    throw bind_error(10744, "PIVOT needs an aggregate of one column, not " + name + ".", span,
                     "COUNT(*) is not allowed either: count a column.", 15);
  }
  const auto aggregate = [&]() { return bind_aggregate(*function, pivot.aggregate, env, span); };
  const bound::ExprPtr sample = aggregate();
  std::vector<const bound::Expr*> read = {spread.get()};
  collect_columns(*sample, read);
  const auto is_read = [&](const Passed& passed) {
    return std::any_of(read.begin(), read.end(),
                       [&](const bound::Expr* expr) { return is_column(*expr, passed); });
  };

  bound::Query query;
  bound::Aggregation aggregation;
  aggregation.relation = next_relation++;
  for (const Passed& passed : visible_columns(local)) {
    if (is_read(passed)) continue;
    bound::ExprPtr key = column_of(*passed.relation, *passed.column, span);
    const std::string engine_name = "k" + std::to_string(aggregation.keys.size());
    add_item(select, query,
             make_expr(key->type, key->nullable, span,
                       bound::Column{aggregation.relation, engine_name, {}}),
             passed.column->name);
    aggregation.keys.push_back(std::move(key));
  }
  aggregation.scalar = aggregation.keys.empty();
  for (const ast::Identifier& value : pivot.values) {
    bound::ExprPtr one = aggregate();
    auto& node = std::get<bound::Aggregate>(one->node);
    bound::ExprPtr constant = make_literal(
        text_literal_type(value.text, true, context->default_collation()), value.text, value.span);
    bound::Case where;
    where.whens.push_back({compare(ast::ComparisonOp::kEqual, local.resolve(pivot.column),
                                   convert_implicit(std::move(constant), spread->type), value.span),
                           std::move(node.arguments[0])});
    const SqlType type = where.whens[0].result->type;
    node.arguments[0] = make_expr(type, true, span, std::move(where));
    const std::string engine_name = "a" + std::to_string(aggregation.aggregates.size());
    add_item(select, query,
             make_expr(one->type, one->nullable, span,
                       bound::Column{aggregation.relation, engine_name, {}}),
             value.text);
    aggregation.aggregates.push_back(std::move(one));
  }
  select.aggregation = std::move(aggregation);
  query.node = std::move(select);
  return bind_derived(std::move(query), source.alias.name->text, source, scope);
}

bound::RelationPtr Binder::Impl::bind_unpivot(const ast::Unpivot& unpivot,
                                              const ast::TableSource& source, Scope& scope) {
  Scope local;
  local.parent = scope.parent;
  const ast::Span span = source.span;
  bound::Join join;
  join.kind = ast::JoinKind::kCrossApply;
  join.left = bind_relation(*unpivot.source, local);
  std::vector<bound::ExprPtr> columns;
  bound::Values values;
  const SqlType name_type =
      SqlType::nvarchar(128).with_collation(context->default_collation(), Coercibility::kImplicit);
  for (const ast::Name& name : unpivot.columns) {
    bound::ExprPtr column = local.resolve(name);
    if (!columns.empty() && !(column->type == columns.front()->type)) {
      throw bind_error(8167,
                       "The type of column \"" + name.last().text +
                           "\" conflicts with the type of other columns specified in the UNPIVOT "
                           "list.",
                       name.span,
                       "The first has " + to_string(columns.front()->type) + ", this one " +
                           to_string(column->type) + ": CAST one of them in a derived table.");
    }
    columns.push_back(local.resolve(name));
    std::vector<bound::ExprPtr> row;
    row.push_back(std::move(column));
    row.push_back(make_literal(name_type, name.last().text, name.span));
    values.rows.push_back(std::move(row));
  }
  join.right = std::make_unique<bound::Relation>();
  join.right->number = next_relation++;
  join.right->span = span;
  const int number = join.right->number;
  join.right->node = std::move(values);

  bound::Query query;
  bound::Select select;
  for (const Passed& passed : visible_columns(local)) {
    const bool spread =
        std::any_of(columns.begin(), columns.end(),
                    [&](const bound::ExprPtr& expr) { return is_column(*expr, passed); });
    if (!spread)
      add_item(select, query, column_of(*passed.relation, *passed.column, span),
               passed.column->name);
  }
  const auto of_values = [&](const SqlType& type, const char* engine_name) {
    return make_expr(type, false, span, bound::Column{number, engine_name, {}});
  };
  const SqlType value_type = columns.front()->type;
  add_item(select, query, of_values(value_type, "c0"), unpivot.value.text);
  add_item(select, query, of_values(name_type, "c1"), unpivot.name.text);
  select.where =
      make_expr(SqlType::boolean(), false, span, bound::IsNull{of_values(value_type, "c0"), true});
  select.from = std::make_unique<bound::Relation>();
  select.from->span = span;
  select.from->node = std::move(join);
  query.node = std::move(select);
  return bind_derived(std::move(query), source.alias.name->text, source, scope);
}

}  // namespace tarn::sql
