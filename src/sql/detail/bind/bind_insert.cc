// What an INSERT stores: a query's or VALUES' columns converted to the table's.

#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"

namespace tarn::sql {

bound::ExprPtr assigned(bound::ExprPtr expr, const TargetColumn& target, const std::string& table,
                        const char* statement) {
  const ast::Span span = expr->span;
  const bool sized = is_character(target.type) || is_binary(target.type);
  const SqlType before = expr->type;
  bound::ExprPtr value = convert_implicit(std::move(expr), target.type);
  auto* how = std::get_if<bound::Convert>(&value->node);
  const bool may_overflow = sized && is_character(before) == is_character(target.type);
  if (how && may_overflow && !(before == target.type)) how->assignment = {table, target.name};
  if (target.nullable || !value->nullable) return value;
  const SqlType type = value->type;
  return make_expr(type, false, span,
                   bound::RequireValue{std::move(value), table, target.name, statement});
}

void Binder::Impl::assign_columns(bound::Query& query, std::span<const TargetColumn> targets,
                                  const std::string& table) const {
  if (auto* select = std::get_if<bound::Select>(&query.node)) {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      select->items[i] = assigned(std::move(select->items[i]), targets[i], table);
    }
  } else {
    auto& operation = std::get<bound::SetOperation>(query.node);
    assign_columns(*operation.left, targets, table);
    assign_columns(*operation.right, targets, table);
  }
  for (std::size_t i = 0; i < targets.size(); ++i) {
    query.columns[i].type = targets[i].type;
    query.columns[i].nullable = targets[i].nullable;
  }
}

bound::Query Binder::bind_insert(const ast::Query& query, std::span<const TargetColumn> targets,
                                 const std::string& table,
                                 const std::vector<ast::CommonTable>& ctes) {
  if (query.for_clause) {
    throw for_clause_refused(*query.for_clause, "INSERT");
  }
  bound::Query tables;
  impl_->bind_common_tables(ctes, &query, tables, nullptr);
  bound::Query bound = impl_->bind_query(query, nullptr);
  impl_->common_tables.clear();
  bound.common_tables.insert(bound.common_tables.begin(),
                             std::make_move_iterator(tables.common_tables.begin()),
                             std::make_move_iterator(tables.common_tables.end()));
  if (!bound.assigns.empty())
    throw bind_error(199,
                     "An INSERT statement cannot contain a SELECT statement that assigns "
                     "values to a variable.",
                     query.span);
  if (bound.columns.size() != targets.size()) {
    const bool fewer = bound.columns.size() < targets.size();
    throw bind_error(fewer ? 120 : 121,
                     std::string("The select list for the INSERT statement contains ") +
                         (fewer ? "fewer" : "more") +
                         " items than the insert list. The number of SELECT values must match the "
                         "number of INSERT "
                         "columns.",
                     query.span, {}, 15);
  }
  impl_->assign_columns(bound, targets, table);
  impl_->order_dates(bound);
  return bound;
}

bound::Query Binder::bind_rows(const std::vector<std::vector<ast::ExprPtr>>& rows,
                               std::span<const TargetColumn> targets, const std::string& table,
                               std::span<const ast::Expr* const> defaults) {
  const Env env;
  bound::Values values;
  for (const std::vector<ast::ExprPtr>& row : rows) {
    const ast::Span span = row.front()->span;
    if (row.size() != rows.front().size()) {
      throw bind_error(
          10709,
          "The number of columns for each row in a table value constructor must be the same.",
          span);
    }
    if (row.size() != targets.size()) {
      const bool fewer = row.size() < targets.size();
      throw bind_error(fewer ? 109 : 110,
                       fewer ? "There are more columns in the INSERT statement than values "
                               "specified in the VALUES "
                               "clause. The number of values in the VALUES clause must match the "
                               "number of columns "
                               "specified in the INSERT statement."
                             : "There are fewer columns in the INSERT statement than values "
                               "specified in the VALUES "
                               "clause. The number of values in the VALUES clause must match the "
                               "number of columns "
                               "specified in the INSERT statement.",
                       span, {}, 15);
    }
    std::vector<bound::ExprPtr> bound;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (!std::holds_alternative<ast::DefaultValue>(row[i]->node)) {
        bound.push_back(impl_->bind_value(*row[i], env));
      } else if (i < defaults.size() && defaults[i]) {
        bound.push_back(impl_->bind_value(*defaults[i], env));
      } else {
        bound.push_back(make_literal(targets[i].type, std::nullopt, row[i]->span));
      }
    }
    values.rows.push_back(std::move(bound));
  }
  auto relation = std::make_unique<bound::Relation>();
  relation->number = impl_->next_relation++;
  bound::Query query;
  bound::Select select;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    // Several rows meet at one type first, as the branches of a UNION ALL do.
    std::vector<bound::ExprPtr*> column;
    for (std::vector<bound::ExprPtr>& row : values.rows) column.push_back(&row[i]);
    if (column.size() > 1) impl_->unify(column, rows.front()[i]->span);
    for (bound::ExprPtr* cell : column) *cell = assigned(std::move(*cell), targets[i], table);
    bound::Column source{relation->number, "c" + std::to_string(i), targets[i].name};
    select.items.push_back(
        make_expr(targets[i].type, targets[i].nullable, rows.front()[i]->span, std::move(source)));
    query.columns.push_back({targets[i].name, targets[i].type, targets[i].nullable});
  }
  relation->node = std::move(values);
  select.from = std::move(relation);
  query.node = std::move(select);
  impl_->order_dates(query);
  return query;
}

}  // namespace tarn::sql
