// UPDATE and DELETE: which rows change, and to what.

#include <set>

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"
#include "detail/bind/row_binder.h"

namespace tarn::sql {
namespace {

Arithmetic arithmetic_of(ast::AssignOp op) {
  switch (op) {
    case ast::AssignOp::kSubtract:
      return Arithmetic::kSubtract;
    case ast::AssignOp::kMultiply:
      return Arithmetic::kMultiply;
    case ast::AssignOp::kDivide:
      return Arithmetic::kDivide;
    case ast::AssignOp::kModulo:
      return Arithmetic::kModulo;
    default:
      return Arithmetic::kAdd;
  }
}

std::optional<bound::Bitwise::Op> bitwise_of(ast::AssignOp op) {
  if (op == ast::AssignOp::kBitAnd) return bound::Bitwise::Op::kAnd;
  if (op == ast::AssignOp::kBitOr) return bound::Bitwise::Op::kOr;
  if (op == ast::AssignOp::kBitXor) return bound::Bitwise::Op::kXor;
  return std::nullopt;
}

/// The common tables before the statement, bound into `query`.
class CommonTables {
 public:
  CommonTables(Binder::Impl& impl, const std::vector<ast::CommonTable>& ctes, bound::Query& query)
      : impl_(impl) {
    impl.bind_common_tables(ctes, nullptr, query, nullptr);
  }
  ~CommonTables() { impl_.common_tables.clear(); }
  CommonTables(const CommonTables&) = delete;

 private:
  Binder::Impl& impl_;
};

}  // namespace

const ScopeRelation& changed_relation(const Scope& scope) {
  for (const ScopeRelation& relation : scope.relations) {
    for (const SourceColumn& column : relation.columns) {
      if (column.base == kRowNumber) return relation;
    }
  }
  throw Error(Code::kInternal, "the target of the statement is in its FROM");
}

bound::ExprPtr row_number_of(const ScopeRelation& relation, ast::Span span) {
  for (const SourceColumn& column : relation.columns) {
    if (column.base != kRowNumber) continue;
    bound::ExprPtr number = column_of(relation, column, span);
    number->nullable = true;
    return number;
  }
  throw Error(Code::kInternal, "the rows of the target have numbers");
}

std::size_t changed_column(const ScopeRelation& relation, const ast::Name& name) {
  std::vector<std::string> candidates;
  for (const SourceColumn& column : relation.columns) {
    if (column.hidden) continue;
    if (!equal_ignoring_case(column.name, name.last().text)) {
      candidates.push_back(column.name);
      continue;
    }
    if (column.base >= 0) return static_cast<std::size_t>(column.base);
    throw bind_error(4406,
                     "Update or insert of view or function '" + relation.name +
                         "' failed because it contains a derived or constant field.",
                     name.span, "'" + column.name + "' is computed, and has nowhere to go.");
  }
  throw bind_error(207, "Invalid column name '" + name.last().text + "'.", name.span,
                   did_you_mean(name.last().text, candidates));
}

void add_item(bound::Query& query, bound::Select& select, bound::ExprPtr expr) {
  query.columns.push_back({{}, expr->type, expr->nullable});
  select.items.push_back(std::move(expr));
}

void Binder::Impl::pass_rows(const Scope& scope, ast::Span span, bound::Select& select,
                             bound::Query& query) {
  const ScopeRelation* row = nullptr;
  for (const ScopeRelation& relation : scope.relations) {
    for (const SourceColumn& column : relation.columns) {
      if (column.base == kRowNumber) row = &relation;
    }
  }
  if (!row) return;
  if (select.distinct || select.aggregation || select.having) {
    throw bind_error(4403,
                     "Cannot update the view or function '" + row->name +
                         "' because it contains aggregates, or a DISTINCT or GROUP BY clause, or "
                         "PIVOT or UNPIVOT operator.",
                     span);
  }
  for (std::size_t i = 0; i < select.items.size(); ++i) {
    const auto* column = std::get_if<bound::Column>(&select.items[i]->node);
    if (!column || column->relation != row->number) continue;
    for (const SourceColumn& source : row->columns) {
      const std::string& name = source.engine_name.empty() ? source.name : source.engine_name;
      if (name == column->engine_name) query.columns[i].base = source.base;
    }
  }
  add_item(query, select, row_number_of(*row, span));
  query.columns.back().base = kRowNumber;
}

bound::RelationPtr Binder::Impl::bind_target(const RowTarget& target,
                                             const ast::TableSource& source, Scope& scope) {
  Source table = target.source;
  ScopeRelation relation;
  relation.columns = columns_of(table);
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    SourceColumn& column = relation.columns[i];
    column.base = column.hidden ? kRowNumber : static_cast<int>(i);
  }
  relation.database = table.database;
  relation.schema = table.schema;
  relation.name = table.name;
  return introduce(bound::EngineTable{std::move(table.engine_sql)}, std::move(relation), source,
                   scope);
}

bound::ExprPtr Binder::Impl::column_default(const RowTarget& target, std::size_t column,
                                            ast::Span span, const char* statement) {
  const TargetColumn& to = target.columns[column];
  const ast::Expr* text = target.defaults[column];
  bound::ExprPtr value =
      text ? bind_value(*text, Env{}) : make_literal(to.type, std::nullopt, span);
  return assigned(std::move(value), to, target.name, statement);
}

bound::ExprPtr Binder::Impl::bind_assigned(const ast::Assignment& assignment,
                                           std::optional<std::size_t> column,
                                           const ScopeRelation& row, const Env& env) {
  bound::ExprPtr value = bind_value(*assignment.value, env);
  if (assignment.op == ast::AssignOp::kSet) return value;
  bound::ExprPtr old;
  if (column) {
    for (const SourceColumn& known : row.columns) {
      if (known.base == static_cast<int>(*column)) old = column_of(row, known, assignment.span);
    }
  } else {
    old = bind_constant(context->resolve_variable(*assignment.variable, assignment.span),
                        assignment.span);
  }
  if (const auto op = bitwise_of(assignment.op))
    return bitwise(*op, std::move(old), std::move(value), assignment.span);
  return arithmetic(arithmetic_of(assignment.op), std::move(old), std::move(value),
                    assignment.span);
}

void check_assigned_once(std::set<std::size_t>& seen, std::size_t column, const RowTarget& target,
                         ast::Span span) {
  if (seen.insert(column).second) return;
  throw bind_error(264,
                   "The column name '" + target.columns[column].name +
                       "' is specified more than once in the SET clause or column list of an "
                       "INSERT. A column cannot be assigned more than one value in the same "
                       "clause.",
                   span);
}

BoundRows Binder::bind_update(const ast::Update& statement, const RowTarget& target) {
  Impl& impl = *impl_;
  impl.row_target = &target;
  BoundRows result;
  const CommonTables tables(impl, statement.ctes, result.query);
  Scope scope;
  bound::Select select;
  select.from = impl.bind_relation(*target.from, scope);
  const ScopeRelation& relation = changed_relation(scope);
  Env env;
  env.scope = &scope;
  env.clause = Clause::kWhere;
  if (statement.where) select.where = impl.bind_condition(*statement.where, env);
  env.clause = Clause::kOther;
  add_item(result.query, select, row_number_of(relation, statement.target_span));
  std::set<std::size_t> seen;
  for (const ast::Assignment& assignment : statement.assignments) {
    const bool is_default = std::holds_alternative<ast::DefaultValue>(assignment.value->node);
    std::optional<std::size_t> column;
    if (assignment.column) {
      column = changed_column(relation, *assignment.column);
      check_assigned_once(seen, *column, target, assignment.span);
      result.values.push_back({*column, select.items.size(), {}});
      const TargetColumn& to = target.columns[*column];
      add_item(result.query, select,
               is_default ? impl.column_default(target, *column, assignment.span, "UPDATE")
                          : assigned(impl.bind_assigned(assignment, column, relation, env), to,
                                     target.name, "UPDATE"));
    }
    if (!assignment.variable) continue;
    const Constant variable = impl.context->resolve_variable(*assignment.variable, assignment.span);
    SqlType type = variable.type;
    if (is_character(type) && !type.collation) type.collation = impl.context->default_collation();
    bound::ExprPtr value;
    if (column) {
      // @v = c = expression: what the column gets.
      const TargetColumn& to = target.columns[*column];
      value = assigned(impl.bind_assigned(assignment, column, relation, env), to, target.name,
                       "UPDATE");
    } else {
      value = impl.bind_assigned(assignment, std::nullopt, relation, env);
    }
    result.variables.emplace_back(*assignment.variable, select.items.size());
    add_item(result.query, select, convert_implicit(std::move(value), type));
  }
  if (!statement.outputs.empty()) {
    const Scope names = impl.output_scope(scope, relation, target, true, true, select, result);
    result.outputs = impl.bind_outputs(statement.outputs, target, names);
  }
  result.query.node = std::move(select);
  impl.order_dates(result);
  return result;
}

BoundRows Binder::bind_delete(const ast::Delete& statement, const RowTarget& target) {
  Impl& impl = *impl_;
  impl.row_target = &target;
  BoundRows result;
  const CommonTables tables(impl, statement.ctes, result.query);
  Scope scope;
  bound::Select select;
  select.from = impl.bind_relation(*target.from, scope);
  const ScopeRelation& relation = changed_relation(scope);
  Env env;
  env.scope = &scope;
  env.clause = Clause::kWhere;
  if (statement.where) select.where = impl.bind_condition(*statement.where, env);
  add_item(result.query, select, row_number_of(relation, statement.target_span));
  if (!statement.outputs.empty()) {
    const Scope names = impl.output_scope(scope, relation, target, false, true, select, result);
    result.outputs = impl.bind_outputs(statement.outputs, target, names);
  }
  result.query.node = std::move(select);
  impl.order_dates(result);
  return result;
}

}  // namespace tarn::sql
