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

/// The target's relation among those of FROM.
const ScopeRelation& relation_of(const Scope& scope, const RowTarget& target) {
  for (const ScopeRelation& relation : scope.relations) {
    for (const SourceColumn& column : relation.columns) {
      if (column.hidden && column.name == target.row_column) return relation;
    }
  }
  throw Error(Code::kInternal, "the target of the statement is in its FROM");
}

bound::ExprPtr row_number(const ScopeRelation& relation, const RowTarget& target, ast::Span span) {
  bound::Column column{relation.number, target.row_column, target.row_column};
  return make_expr(SqlType::bigint(), true, span, std::move(column));
}

void add_item(bound::Query& query, bound::Select& select, bound::ExprPtr expr) {
  query.columns.push_back({{}, expr->type, expr->nullable});
  select.items.push_back(std::move(expr));
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

bound::RelationPtr Binder::Impl::bind_target(const RowTarget& target,
                                             const ast::TableSource& source, Scope& scope) {
  Source table = target.source;
  ScopeRelation relation;
  relation.columns = columns_of(table);
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
                                           const TargetColumn* column, const ScopeRelation& row,
                                           const Env& env) {
  bound::ExprPtr value = bind_value(*assignment.value, env);
  if (assignment.op == ast::AssignOp::kSet) return value;
  bound::ExprPtr old;
  if (column) {
    for (const SourceColumn& known : row.columns) {
      if (!known.hidden && known.name == column->name) old = column_of(row, known, assignment.span);
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

std::size_t target_column(const RowTarget& target, const ast::Name& name) {
  std::vector<std::string> candidates;
  for (std::size_t i = 0; i < target.columns.size(); ++i) {
    if (equal_ignoring_case(target.columns[i].name, name.last().text)) return i;
    candidates.push_back(target.columns[i].name);
  }
  throw bind_error(207, "Invalid column name '" + name.last().text + "'.", name.span,
                   did_you_mean(name.last().text, candidates));
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
  const ScopeRelation& relation = relation_of(scope, target);
  Env env;
  env.scope = &scope;
  env.clause = Clause::kWhere;
  if (statement.where) select.where = impl.bind_condition(*statement.where, env);
  env.clause = Clause::kOther;
  add_item(result.query, select, row_number(relation, target, statement.target_span));
  std::set<std::size_t> seen;
  for (const ast::Assignment& assignment : statement.assignments) {
    const bool is_default = std::holds_alternative<ast::DefaultValue>(assignment.value->node);
    std::optional<std::size_t> column;
    if (assignment.column) {
      column = target_column(target, *assignment.column);
      check_assigned_once(seen, *column, target, assignment.span);
      result.values.push_back({*column, select.items.size(), {}});
      const TargetColumn& to = target.columns[*column];
      add_item(result.query, select,
               is_default ? impl.column_default(target, *column, assignment.span, "UPDATE")
                          : assigned(impl.bind_assigned(assignment, &to, relation, env), to,
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
      value =
          assigned(impl.bind_assigned(assignment, &to, relation, env), to, target.name, "UPDATE");
    } else {
      value = impl.bind_assigned(assignment, nullptr, relation, env);
    }
    result.variables.emplace_back(*assignment.variable, select.items.size());
    add_item(result.query, select, convert_implicit(std::move(value), type));
  }
  result.query.node = std::move(select);
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
  Env env;
  env.scope = &scope;
  env.clause = Clause::kWhere;
  if (statement.where) select.where = impl.bind_condition(*statement.where, env);
  add_item(result.query, select,
           row_number(relation_of(scope, target), target, statement.target_span));
  result.query.node = std::move(select);
  return result;
}

}  // namespace tarn::sql
