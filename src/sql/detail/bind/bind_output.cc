// OUTPUT: what a statement that changes rows tells of them. Its queries read the rows that were
// found once more, with their values before and after (kChangedRows in row_binder.h).

#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"
#include "detail/bind/row_binder.h"
#include "detail/bind/tree.h"

namespace tarn::sql {
namespace {

/// inserted or deleted: the columns of `row` that are the target's, under i0, i1, … or d0, d1, …
ScopeRelation pseudo_table(const char* name, char prefix, const std::vector<SourceColumn>& row) {
  ScopeRelation relation;
  relation.name = name;
  relation.qualified = true;
  for (const SourceColumn& column : row) {
    if (column.base < 0) continue;
    relation.columns.push_back({column.name, column.type, column.nullable,
                                prefix + std::to_string(column.base), false, kNoBase});
  }
  return relation;
}

}  // namespace

Scope Binder::Impl::output_scope(const Scope& scope, const ScopeRelation& row,
                                 const RowTarget& target, bool inserted, bool deleted,
                                 bound::Select& select, BoundRows& rows) const {
  Scope names;
  rows.old_items.resize(target.columns.size());
  for (const SourceColumn& column : row.columns) {
    if (column.base < 0) continue;
    rows.old_items[static_cast<std::size_t>(column.base)] = select.items.size();
    add_item(rows.query, select, column_of(row, column, {}));
  }
  if (inserted) names.relations.push_back(pseudo_table("inserted", 'i', row.columns));
  if (deleted) names.relations.push_back(pseudo_table("deleted", 'd', row.columns));
  for (const ScopeRelation& relation : scope.relations) {
    if (&relation == &row) continue;
    ScopeRelation other = relation;
    other.columns.clear();
    for (const SourceColumn& column : relation.columns) {
      if (column.hidden) continue;
      SourceColumn copy = column;
      copy.engine_name = "c" + std::to_string(select.items.size());
      other.columns.push_back(std::move(copy));
      add_item(rows.query, select, column_of(relation, column, {}));
    }
    names.relations.push_back(std::move(other));
  }
  return names;
}

std::vector<bound::Query> Binder::Impl::bind_outputs(const std::vector<ast::OutputClause>& clauses,
                                                     const RowTarget& target, const Scope& named) {
  std::vector<bound::Query> queries;
  for (std::size_t i = 0; i < clauses.size(); ++i) {
    const ast::OutputClause& clause = clauses[i];
    auto changed = std::make_unique<bound::Relation>();
    changed->number = next_relation++;
    changed->span = clause.span;
    changed->node = bound::EngineTable{'"' + std::string(kChangedRows) + '"', {}};
    Scope scope = named;
    for (ScopeRelation& relation : scope.relations) relation.number = changed->number;
    Env env;
    env.scope = &scope;
    env.clause = Clause::kOutput;
    bound::Query query;
    bound::Select select;
    bind_items(clause.select, env, select, query);
    for (bound::ExprPtr& item : select.items) {
      if (!contains_subquery(*item)) continue;
      throw bind_error(10705, "Subqueries are not allowed in the OUTPUT clause.", item->span, {},
                       15);
    }
    select.from = std::move(changed);
    query.node = std::move(select);
    if (const std::optional<OutputTarget>& into = target.outputs.at(i)) {
      if (into->columns.size() != query.columns.size()) {
        throw bind_error(
            213, "Column name or number of supplied values does not match table definition.",
            clause.span);
      }
      assign_columns(query, into->columns, into->name);
    }
    queries.push_back(std::move(query));
  }
  return queries;
}

std::vector<bound::Query> Binder::bind_inserted(const std::vector<ast::OutputClause>& clauses,
                                                const RowTarget& target) {
  Source source;
  for (std::size_t i = 0; i < target.columns.size(); ++i) {
    const TargetColumn& column = target.columns[i];
    source.columns.push_back(
        {column.name, column.type, column.nullable, {}, false, static_cast<int>(i)});
  }
  Scope names;
  names.relations.push_back(pseudo_table("inserted", 'i', impl_->columns_of(source)));
  return impl_->bind_outputs(clauses, target, names);
}

}  // namespace tarn::sql
