// MERGE: the target and the source joined once; a CASE over the WHEN clauses says what becomes of
// each pair.

#include <set>

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"
#include "detail/bind/row_binder.h"

namespace tarn::sql {
namespace {

using Match = ast::Merge::Match;
using Action = ast::Merge::Action;

const char* words_of(Match match) {
  switch (match) {
    case Match::kMatched:
      return "WHEN MATCHED";
    case Match::kNotMatchedByTarget:
      return "WHEN NOT MATCHED";
    case Match::kNotMatchedBySource:
      return "WHEN NOT MATCHED BY SOURCE";
  }
  return "";
}

const char* words_of(Action action) {
  return action == Action::kUpdate ? "UPDATE" : action == Action::kDelete ? "DELETE" : "INSERT";
}

/// At most two clauses of a kind, the first with a condition and one of each action; one INSERT.
void check_clauses(const ast::Merge& statement) {
  for (std::size_t i = 0; i < statement.clauses.size(); ++i) {
    const ast::Merge::Clause& clause = statement.clauses[i];
    for (std::size_t j = 0; j < i; ++j) {
      const ast::Merge::Clause& before = statement.clauses[j];
      if (before.match != clause.match) continue;
      if (before.action == clause.action) {
        throw bind_error(10714,
                         std::string("An action of type '") + words_of(clause.match) +
                             "' cannot appear more than once in a '" + words_of(clause.action) +
                             "' clause of a MERGE statement.",
                         clause.span, {}, 15);
      }
      if (!before.condition) {
        throw bind_error(5324,
                         std::string("In a MERGE statement, a '") + words_of(clause.match) +
                             "' clause with a search condition cannot appear after a '" +
                             words_of(clause.match) + "' clause with no search condition.",
                         clause.span, {}, 15);
      }
    }
  }
}

bool has(const ast::Merge& statement, Match match) {
  for (const ast::Merge::Clause& clause : statement.clauses) {
    if (clause.match == match) return true;
  }
  return false;
}

bound::ExprPtr is_null(bound::ExprPtr operand, bool negated, ast::Span span) {
  return make_expr(SqlType::of(TypeId::kBoolean), false, span,
                   bound::IsNull{std::move(operand), negated});
}

}  // namespace

/// One MERGE being bound.
class MergeBinder {
 public:
  MergeBinder(Binder::Impl& impl, const ast::Merge& statement, const RowTarget& target)
      : impl_(impl), statement_(statement), target_(target) {}

  BoundRows bind() {
    check_clauses(statement_);
    impl_.row_target = &target_;
    impl_.bind_common_tables(statement_.ctes, nullptr, result_.query, nullptr);
    join();
    find_columns();
    add_item(row_number());
    add_item(action());
    for (const auto& [column, clauses] : assigned_) {
      BoundRows::Value value{column, select_.items.size(), {}};
      for (const std::size_t clause : clauses)
        value.actions.push_back(static_cast<int>(clause) + 1);
      result_.values.push_back(std::move(value));
      add_item(new_value(column, clauses));
    }
    if (!statement_.outputs.empty()) bind_outputs();
    result_.query.node = std::move(select_);
    impl_.common_tables.clear();
    return std::move(result_);
  }

 private:
  void add_item(bound::ExprPtr expr) { sql::add_item(result_.query, select_, std::move(expr)); }

  const ScopeRelation& row() const { return target_only_.relations.front(); }

  /// inserted, deleted, $action and the source.
  void bind_outputs() {
    Scope names =
        impl_.output_scope(both_, both_.relations.front(), target_, true, true, select_, result_);
    ScopeRelation action;
    const SqlType type = SqlType::nvarchar(10).with_collation(impl_.context->default_collation(),
                                                              Coercibility::kImplicit);
    action.columns.push_back({"$action", type, false, "action", false, kNoBase});
    names.relations.push_back(std::move(action));
    result_.outputs = impl_.bind_outputs(statement_.outputs, target_, names);
  }

  void join() {
    bound::Join node;
    node.left = impl_.bind_relation(*target_.from, both_);
    target_only_.relations = both_.relations;
    node.right = marked_source();
    Env env;
    env.scope = &both_;
    env.clause = Clause::kOn;
    node.on = impl_.bind_condition(*statement_.on, env);
    const bool by_target = has(statement_, Match::kNotMatchedByTarget);
    const bool by_source = has(statement_, Match::kNotMatchedBySource);
    node.kind = by_target && by_source ? ast::JoinKind::kFull
                : by_target            ? ast::JoinKind::kRight
                : by_source            ? ast::JoinKind::kLeft
                                       : ast::JoinKind::kInner;
    select_.from = std::make_unique<bound::Relation>();
    select_.from->span = statement_.target_span;
    select_.from->node = std::move(node);
    for (Scope* scope : {&both_, &source_only_, &target_only_}) {
      for (ScopeRelation& relation : scope->relations) {
        for (SourceColumn& column : relation.columns) column.nullable = true;
      }
    }
  }

  /// The source as a derived table with one more column, which tells its rows from those that the
  /// join makes up.
  bound::RelationPtr marked_source() {
    Scope scope;
    bound::Select all;
    all.from = impl_.bind_relation(*statement_.source, scope);
    bound::Query query;
    source_ = impl_.next_relation++;
    for (ScopeRelation& relation : scope.relations) {
      for (SourceColumn& column : relation.columns) {
        bound::ExprPtr item = column_of(relation, column, statement_.source->span);
        column.engine_name = "c" + std::to_string(all.items.size());
        query.columns.push_back({column.name, item->type, item->nullable});
        all.items.push_back(std::move(item));
      }
      relation.number = source_;
      if (both_.has(relation)) {
        throw bind_error(1011,
                         "The correlation name '" + relation.name +
                             "' is specified multiple times in a FROM clause.",
                         statement_.source->span);
      }
      both_.relations.push_back(relation);
    }
    marker_ = "c" + std::to_string(all.items.size());
    all.items.push_back(make_integer(1, statement_.source->span));
    query.columns.push_back({{}, SqlType::integer(), false});
    query.node = std::move(all);
    source_only_ = std::move(scope);
    auto relation = std::make_unique<bound::Relation>();
    relation->number = source_;
    relation->span = statement_.source->span;
    relation->node = bound::Derived{std::make_unique<bound::Query>(std::move(query))};
    return relation;
  }

  bound::ExprPtr row_number() const { return row_number_of(row(), statement_.target_span); }
  bound::ExprPtr marker() const {
    return make_expr(SqlType::integer(), true, statement_.target_span,
                     bound::Column{source_, marker_, marker_});
  }

  /// A clause may name the columns of the sides that it has a row of.
  Env env_of(const ast::Merge::Clause& clause, const Scope* scope = nullptr) const {
    Env env;
    env.clause = Clause::kOther;
    env.scope = scope                                        ? scope
                : clause.match == Match::kNotMatchedByTarget ? &source_only_
                : clause.match == Match::kNotMatchedBySource ? &target_only_
                                                             : &both_;
    return env;
  }

  /// Binds within the clause's sides: a column that only the other side has is 5333 or 5334.
  template <typename Bind>
  bound::ExprPtr within(const ast::Merge::Clause& clause, const Bind& bind) {
    try {
      return bind(env_of(clause));
    } catch (const Error& error) {
      if (clause.match == Match::kMatched || !error.sql() ||
          (error.sql()->number != 207 && error.sql()->number != 4104))
        throw;
      try {
        bind(env_of(clause, &both_));
      } catch (const Error&) {
        throw error;
      }
      const bool insert = clause.match == Match::kNotMatchedByTarget;
      Error refused = bind_error(
          insert ? 5333 : 5334,
          std::string("The identifier cannot be bound. Only ") + (insert ? "source" : "target") +
              " columns and columns in the clause scope are allowed in the '" +
              words_of(clause.match) + "' clause of a MERGE statement.",
          clause.span);
      if (error.place()) refused.set_place(*error.place());
      throw refused;
    }
  }

  bound::ExprPtr when(const ast::Merge::Clause& clause) {
    const ast::Span span = clause.span;
    std::vector<bound::ExprPtr> operands;
    if (clause.match != Match::kNotMatchedByTarget)
      operands.push_back(is_null(row_number(), true, span));
    else
      operands.push_back(is_null(row_number(), false, span));
    operands.push_back(is_null(marker(), clause.match != Match::kNotMatchedBySource, span));
    if (clause.condition) {
      operands.push_back(within(
          clause, [&](const Env& env) { return impl_.bind_condition(*clause.condition, env); }));
    }
    return make_expr(SqlType::of(TypeId::kBoolean), true, span,
                     bound::Logical{ast::Logical::Op::kAnd, std::move(operands)});
  }

  /// CASE WHEN <first clause's> THEN 1 WHEN … END
  bound::ExprPtr action() {
    bound::Case node;
    for (std::size_t i = 0; i < statement_.clauses.size(); ++i) {
      node.whens.push_back(
          {when(statement_.clauses[i]),
           make_integer(static_cast<std::int64_t>(i) + 1, statement_.clauses[i].span)});
    }
    return make_expr(SqlType::integer(), true, statement_.target_span, std::move(node));
  }

  bool is_action(std::size_t clause, bound::Case& node, bound::ExprPtr value) {
    bound::ExprPtr is = make_expr(
        SqlType::of(TypeId::kBoolean), true, statement_.target_span,
        bound::Compare{ast::ComparisonOp::kEqual, action(),
                       make_integer(static_cast<std::int64_t>(clause) + 1, statement_.target_span),
                       nullptr});
    node.whens.push_back({std::move(is), std::move(value)});
    return true;
  }

  /// Which clauses give a value to which column.
  void find_columns() {
    for (std::size_t i = 0; i < statement_.clauses.size(); ++i) {
      const ast::Merge::Clause& clause = statement_.clauses[i];
      std::set<std::size_t> seen;
      for (const ast::Assignment& assignment : clause.assignments) {
        if (!assignment.column || assignment.variable) {
          throw unsupported("a variable assigned in MERGE", assignment.span);
        }
        const std::size_t column = changed_column(row(), *assignment.column);
        check_assigned_once(seen, column, target_, assignment.span);
        assigned_[column].push_back(i);
      }
      if (clause.action != Action::kInsert) continue;
      check_insert(clause);
      for (std::size_t column = 0; column < target_.columns.size(); ++column)
        assigned_[column].push_back(i);
    }
  }

  void check_insert(const ast::Merge::Clause& clause) const {
    std::set<std::size_t> seen;
    for (const ast::Identifier& name : clause.columns) {
      ast::Name whole;
      whole.parts.push_back(name);
      whole.span = name.span;
      check_assigned_once(seen, changed_column(row(), whole), target_, name.span);
    }
    if (clause.values.empty()) return;
    const std::size_t wanted =
        clause.columns.empty() ? target_.columns.size() : clause.columns.size();
    if (clause.values.size() == wanted) return;
    if (clause.columns.empty()) {
      throw bind_error(213,
                       "Column name or number of supplied values does not match table definition.",
                       clause.span);
    }
    const bool fewer = clause.values.size() > wanted;
    throw bind_error(fewer ? 110 : 109,
                     std::string("There are ") + (fewer ? "fewer" : "more") +
                         " columns in the INSERT statement than values specified in the VALUES "
                         "clause. The number of values in the VALUES clause must match the number "
                         "of columns specified in the INSERT statement.",
                     clause.span, {}, 15);
  }

  bound::ExprPtr inserted(const ast::Merge::Clause& clause, std::size_t column) {
    std::size_t at = clause.values.empty() ? 0 : column;
    if (!clause.columns.empty()) {
      at = clause.values.size();
      for (std::size_t i = 0; i < clause.columns.size(); ++i) {
        ast::Name whole;
        whole.parts.push_back(clause.columns[i]);
        if (changed_column(row(), whole) == column) at = i;
      }
    }
    if (at >= clause.values.size() ||
        std::holds_alternative<ast::DefaultValue>(clause.values[at]->node))
      return impl_.column_default(target_, column, clause.span, "INSERT");
    return within(clause, [&](const Env& env) {
      return assigned(impl_.bind_value(*clause.values[at], env), target_.columns[column],
                      target_.name, "INSERT");
    });
  }

  bound::ExprPtr updated(const ast::Merge::Clause& clause, std::size_t column) {
    const TargetColumn& to = target_.columns[column];
    for (const ast::Assignment& assignment : clause.assignments) {
      if (changed_column(row(), *assignment.column) != column) continue;
      if (std::holds_alternative<ast::DefaultValue>(assignment.value->node))
        return impl_.column_default(target_, column, assignment.span, "UPDATE");
      return within(clause, [&](const Env& env) {
        return assigned(impl_.bind_assigned(assignment, column, row(), env), to, target_.name,
                        "UPDATE");
      });
    }
    throw Error(Code::kInternal, "the clause assigns the column");
  }

  bound::ExprPtr new_value(std::size_t column, const std::vector<std::size_t>& clauses) {
    bound::Case node;
    for (const std::size_t i : clauses) {
      const ast::Merge::Clause& clause = statement_.clauses[i];
      is_action(
          i, node,
          clause.action == Action::kInsert ? inserted(clause, column) : updated(clause, column));
    }
    return make_expr(target_.columns[column].type, true, statement_.target_span, std::move(node));
  }

  Binder::Impl& impl_;
  const ast::Merge& statement_;
  const RowTarget& target_;
  BoundRows result_;
  bound::Select select_;
  Scope both_;
  Scope target_only_;
  Scope source_only_;
  int source_ = 0;
  std::string marker_;
  std::map<std::size_t, std::vector<std::size_t>> assigned_;
};

BoundRows Binder::bind_merge(const ast::Merge& statement, const RowTarget& target) {
  BoundRows rows = MergeBinder(*impl_, statement, target).bind();
  impl_->order_dates(rows);
  return rows;
}

}  // namespace tarn::sql
