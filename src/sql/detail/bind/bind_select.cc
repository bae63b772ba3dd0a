// One SELECT: items, WHERE, GROUP BY, HAVING, ORDER BY, TOP.

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"
#include "detail/bind/tree.h"

namespace tarn::sql {
namespace {

constexpr std::size_t kCubeKeysMax = 12;
constexpr std::size_t kGroupingSetsMax = 4096;  // 10702

using Sets = std::vector<std::vector<int>>;

Sets crossed(const Sets& left, const Sets& right, ast::Span span) {
  if (left.size() * right.size() > kGroupingSetsMax) {
    throw bind_error(10703, "Too many grouping sets. The maximum number is 4096.", span, {}, 15);
  }
  Sets result;
  for (const std::vector<int>& a : left) {
    for (const std::vector<int>& b : right) {
      std::vector<int> both = a;
      both.insert(both.end(), b.begin(), b.end());
      result.push_back(std::move(both));
    }
  }
  return result;
}

/// GROUP BY's elements as grouping sets over the keys that `key` numbers.
class GroupingSets {
 public:
  explicit GroupingSets(std::function<int(const ast::Expr&)> key) : key_(std::move(key)) {}

  Sets of(const ast::GroupingElement& element) {
    using Kind = ast::GroupingElement::Kind;
    switch (element.kind) {
      case Kind::kExpression:
      case Kind::kSet: {
        std::vector<int> keys;
        for (const ast::ExprPtr& expr : element.expressions) keys.push_back(key_(*expr));
        return {keys};
      }
      case Kind::kGroupingSets: {
        Sets all;
        for (const ast::GroupingElement& inner : element.elements) {
          Sets sets = of(inner);
          all.insert(all.end(), sets.begin(), sets.end());
        }
        return all;
      }
      case Kind::kRollup:
        return rollup(element);
      case Kind::kCube:
        return cube(element);
    }
    return {};
  }

 private:
  Sets parts(const ast::GroupingElement& element) {
    Sets parts;
    for (const ast::GroupingElement& inner : element.elements) parts.push_back(of(inner).front());
    for (const ast::ExprPtr& expr : element.expressions) parts.push_back({key_(*expr)});
    return parts;
  }

  Sets rollup(const ast::GroupingElement& element) {
    const Sets all = parts(element);
    Sets sets;
    for (std::size_t count = all.size() + 1; count-- > 0;) {
      std::vector<int> keys;
      for (std::size_t i = 0; i < count; ++i) keys.insert(keys.end(), all[i].begin(), all[i].end());
      sets.push_back(std::move(keys));
    }
    return sets;
  }

  Sets cube(const ast::GroupingElement& element) {
    const Sets all = parts(element);
    if (all.size() > kCubeKeysMax) {
      throw bind_error(10703, "Too many grouping sets. The maximum number is 4096.", element.span,
                       {}, 15);
    }
    Sets sets;
    for (std::size_t mask = std::size_t{1} << all.size(); mask-- > 0;) {
      std::vector<int> keys;
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (mask >> i & 1) keys.insert(keys.end(), all[i].begin(), all[i].end());
      }
      sets.push_back(std::move(keys));
    }
    return sets;
  }

  std::function<int(const ast::Expr&)> key_;
};

bool contains_column(bound::Expr& expr) {
  if (std::holds_alternative<bound::Column>(expr.node)) return true;
  bool found = false;
  for_each_child(expr, [&](bound::ExprPtr& child) { found = found || contains_column(*child); });
  return found;
}

std::string item_name(const ast::ExprItem& item) {
  if (item.alias) return item.alias->text;
  const ast::Expr* expr = item.expr.get();
  if (const auto* column = std::get_if<ast::ColumnRef>(&expr->node))
    return column->name.last().text;
  if (const auto* collate = std::get_if<ast::Collate>(&expr->node)) {
    if (const auto* column = std::get_if<ast::ColumnRef>(&collate->operand->node))
      return column->name.last().text;
  }
  return {};
}

}  // namespace

void Binder::Impl::bind_items(const ast::Select& select, const Env& env, bound::Select& out,
                              bound::Query& query) {
  bool returns = false;
  // The names stand for values that change from row to row.
  std::vector<std::string> names;
  for (const ast::SelectItem& item : select.items) {
    const auto* assign = std::get_if<ast::AssignItem>(&item.node);
    const auto same = [&](const std::string& name) {
      return equal_ignoring_case(name, assign->variable);
    };
    if (assign && std::ranges::none_of(names, same)) names.push_back(assign->variable);
  }
  if (!names.empty()) assigned_variables = std::move(names);
  const auto add = [&](bound::ExprPtr expr, std::string name) {
    if (expr->type.id == TypeId::kNull) expr->type = SqlType::integer();
    query.columns.push_back({std::move(name), expr->type, expr->nullable});
    out.items.push_back(std::move(expr));
  };
  for (const ast::SelectItem& item : select.items) {
    if (const auto* star = std::get_if<ast::StarItem>(&item.node)) {
      returns = true;
      for (const ScopeRelation* relation : env.scope->resolve_star(star->qualifier, item.span)) {
        for (const SourceColumn& column : relation->columns) {
          if (!column.hidden) add(column_of(*relation, column, item.span), column.name);
        }
      }
    } else if (const auto* expr = std::get_if<ast::ExprItem>(&item.node)) {
      returns = true;
      add(bind_value(*expr->expr, env), item_name(*expr));
    } else {
      const auto& assign = std::get<ast::AssignItem>(item.node);
      const Constant variable = context->resolve_variable(assign.variable, item.span);
      bound::ExprPtr value = bind_value(*assign.expr, env);
      if (assign.op != ast::AssignOp::kSet) {
        value = assigned_value(assign.op, bind_variable(assign.variable, item.span),
                               std::move(value), item.span);
      }
      SqlType type = variable.type;
      if (is_character(type) && !type.collation) type.collation = context->default_collation();
      add(convert_implicit(std::move(value), type), {});
      query.assigns.push_back({assign.variable});
    }
    if (query.columns.size() > kSelectColumnsMax) {
      throw bind_error(
          1056,
          "The number of elements in the select list exceeds the maximum allowed number of 4096 "
          "elements.",
          item.span, {}, 15);
    }
  }
  if (!query.assigns.empty())
    query.accumulation = bound::Accumulation{std::exchange(assigned_variables, {}), {}};
  if (returns && !query.assigns.empty()) {
    throw bind_error(141,
                     "A SELECT statement that assigns a value to a variable must not be combined "
                     "with data-retrieval "
                     "operations.",
                     select.items.front().span, {}, 15);
  }
}

bound::Aggregation Binder::Impl::bind_grouping(const ast::Select& select, const Env& env) {
  bound::Aggregation aggregation;
  const auto key = [&](const ast::Expr& expr) {
    bound::ExprPtr bound = bind_value(expr, env);
    if (contains_aggregate(*bound) || contains_window(*bound)) {
      throw bind_error(144,
                       "Cannot use an aggregate or a subquery in an expression used for the group "
                       "by list of a GROUP BY "
                       "clause.",
                       expr.span, {}, 15);
    }
    if (!contains_column(*bound)) {
      throw bind_error(164,
                       "Each GROUP BY expression must contain at least one column that is not an "
                       "outer reference.",
                       expr.span, {}, 15);
    }
    for (std::size_t i = 0; i < aggregation.keys.size(); ++i) {
      if (equal(*aggregation.keys[i], *bound)) return static_cast<int>(i);
    }
    aggregation.keys.push_back(std::move(bound));
    return static_cast<int>(aggregation.keys.size()) - 1;
  };
  GroupingSets grouping(key);
  Sets sets = {{}};
  bool plain = true;
  for (const ast::GroupingElement& element : select.group_by) {
    plain = plain && element.kind == ast::GroupingElement::Kind::kExpression;
    sets = crossed(sets, grouping.of(element), element.span);
  }
  if (!plain) aggregation.sets = std::move(sets);
  return aggregation;
}

void Binder::Impl::bind_order(const ast::Select& select, const ast::Query& tail, const Env& env,
                              bound::Select& out, bound::Query& query) {
  const auto output_named = [&](const std::string& name, ast::Span span) {
    int found = -1;
    for (std::size_t i = 0; i < query.columns.size(); ++i) {
      if (!equal_ignoring_case(query.columns[i].name, name)) continue;
      if (found >= 0 && !equal(*out.items[i], *out.items[static_cast<std::size_t>(found)])) {
        throw bind_error(209, "Ambiguous column name '" + name + "'.", span);
      }
      if (found < 0) found = static_cast<int>(i);
    }
    return found;
  };
  for (std::size_t position = 0; position < tail.order_by.size(); ++position) {
    const ast::OrderItem& item = tail.order_by[position];
    bound::SortKey key;
    key.descending = item.descending;
    const auto* name = std::get_if<ast::ColumnRef>(&item.expr->node);
    const auto* number = std::get_if<ast::NumberLiteral>(&item.expr->node);
    if (number && number->form == ast::NumberLiteral::Form::kInteger) {
      bound::Query outputs;
      outputs.columns = query.columns;
      const std::size_t value =
          number->text.size() > 6 ? 0 : static_cast<std::size_t>(std::stoi(number->text));
      if (value < 1 || value > query.columns.size()) {
        throw bind_error(108,
                         "The ORDER BY position number " + number->text +
                             " is out of range of the number of items in the select list.",
                         item.span);
      }
      key.column = static_cast<int>(value) - 1;
    } else {
      if (name && name->name.parts.size() == 1)
        key.column = output_named(name->name.last().text, item.span);
      if (key.column < 0) key.expr = bind_value(*item.expr, env);
    }
    if (key.expr && std::holds_alternative<bound::Literal>(key.expr->node)) {
      throw bind_error(408,
                       "A constant expression was encountered in the ORDER BY list, position " +
                           std::to_string(position + 1) + ".",
                       item.span, {}, 15);
    }
    for (std::size_t i = 0; key.expr && i < out.items.size(); ++i) {
      const bool same_order = key.expr->type.collation == out.items[i]->type.collation;
      if (!same_order || !equal(*key.expr, *out.items[i])) continue;
      key.column = static_cast<int>(i);
      key.expr = nullptr;
    }
    if (key.expr && select.distinct) {
      throw bind_error(
          145, "ORDER BY items must appear in the select list if SELECT DISTINCT is specified.",
          item.span, {}, 15);
    }
    query.order_by.push_back(std::move(key));
  }
}

void Binder::Impl::bind_top(const ast::Top& top, const ast::Query* tail, bound::Select& out,
                            const Scope* outer) {
  if (tail && tail->offset) {
    throw bind_error(10741, "A TOP can not be used in the same query or sub-query as a OFFSET.",
                     top.span, {}, 15);
  }
  if (top.with_ties && (!tail || tail->order_by.empty())) {
    throw bind_error(
        1062, "The TOP N WITH TIES clause is not allowed without a corresponding ORDER BY clause.",
        top.span, {}, 15);
  }
  bound::Top bound;
  bound.percent = top.percent;
  bound.with_ties = top.with_ties;
  if (top.percent) {
    bound.count = convert_implicit(bind_value(*top.count, Env{}), SqlType::floating());
    const auto value = integer_constant(*bound.count);
    if (value && (*value < 0 || *value > 100)) {
      throw bind_error(1031, "Percent values must be between 0 and 100.", top.span, {}, 15);
    }
  } else {
    bound.count = bind_row_count(*top.count, outer);
  }
  out.top = std::move(bound);
}

bound::Query Binder::Impl::bind_select(const ast::Select& select, const ast::Query* tail,
                                       const Scope* outer, ast::Span span) {
  Scope scope;
  scope.parent = outer;
  bound::Query query;
  bound::Select out;
  if (select.from) out.from = bind_relation(*select.from, scope);
  Env env;
  env.scope = &scope;
  env.windows = &select.windows;

  env.clause = Clause::kWhere;
  if (select.where) out.where = bind_condition(*select.where, env);
  env.clause = Clause::kGroupBy;
  if (select.has_group_by) out.aggregation = bind_grouping(select, env);
  env.clause = Clause::kSelect;
  bind_items(select, env, out, query);
  env.clause = Clause::kHaving;
  if (select.having) out.having = bind_condition(*select.having, env);
  env.clause = Clause::kOrderBy;
  out.distinct = select.distinct;
  if (tail) bind_order(select, *tail, env, out, query);

  bool aggregates = out.aggregation || out.having;
  for (bound::ExprPtr& item : out.items) aggregates = aggregates || contains_aggregate(*item);
  for (bound::SortKey& key : query.order_by)
    aggregates = aggregates || (key.expr && contains_aggregate(*key.expr));
  if (aggregates) {
    if (!out.aggregation) {
      out.aggregation.emplace();
      out.aggregation->scalar = true;
    }
    out.aggregation->relation = next_relation++;
    std::set<int> local;
    for (const ScopeRelation& relation : scope.relations) local.insert(relation.number);
    for (std::size_t i = 0; i < out.items.size(); ++i) {
      lift(out.items[i], *out.aggregation, local, 8120);
      query.columns[i].nullable = out.items[i]->nullable;
    }
    if (out.having) lift(out.having, *out.aggregation, local, 8121);
    for (bound::SortKey& key : query.order_by) {
      if (key.expr) lift(key.expr, *out.aggregation, local, 8127);
    }
  }
  if (query.accumulation) accumulate(query, out);
  if (select.top) bind_top(*select.top, tail, out, outer);
  if (row_target) pass_rows(scope, span, out, query);
  query.node = std::move(out);
  if (tail) bind_limits(*tail, query, outer);
  if (select.into && !tail)
    throw bind_error(196, "SELECT INTO must be the first query in a statement.", span);
  return query;
}

}  // namespace tarn::sql
