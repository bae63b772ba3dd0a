// UPDATE, DELETE and MERGE: the binder's query finds the rows that change and their new values,
// which are kept aside; then the target takes them in one step.

#include <algorithm>
#include <chrono>
#include <thread>

#include "detail/bind/binder.h"
#include "detail/bind/row_binder.h"
#include "detail/exec/failure.h"
#include "detail/exec/query_run.h"
#include "detail/exec/table_writes.h"
#include "detail/exec/temp_tables.h"
#include "detail/exec/value_text.h"
#include "detail/exec/write_target.h"
#include "detail/syntax/parser.h"
#include "engine/type.h"

namespace tarn::sql {
namespace {

namespace actions = identity::actions;

/// A query's rows in an engine table of their own, until this is destroyed.
class Staged {
 public:
  Staged(Execution& run, const std::string& engine_sql)
      : connection_(run.session.connection()),
        name_(engine::quote_name(new_engine_name(run.session))) {
    connection_.execute("CREATE TEMP TABLE " + name_ + " AS " + engine_sql, run.cancel);
    rows_ = std::stoll(
        connection_.rows("SELECT count(*) FROM " + name_, run.cancel).at(0).at(0).value_or("0"));
  }
  ~Staged() {
    try {
      connection_.execute("DROP TABLE IF EXISTS " + name_);
    } catch (const Error&) {  // the connection is gone, and its tables with it
    }
  }
  Staged(const Staged&) = delete;

  std::int64_t rows() const { return rows_; }
  const std::string& name() const { return name_; }

 private:
  engine::Connection& connection_;
  std::string name_;
  std::int64_t rows_ = 0;
};

ast::TableSourcePtr make_source(ast::TableSourceNode node, ast::Span span) {
  auto source = std::make_unique<ast::TableSource>();
  source->span = span;
  source->node = std::move(node);
  return source;
}

void collect_leaves(const ast::TableSource& source, std::vector<const ast::TableSource*>& leaves) {
  if (const auto* join = std::get_if<ast::Join>(&source.node)) {
    collect_leaves(*join->left, leaves);
    collect_leaves(*join->right, leaves);
  } else {
    leaves.push_back(&source);
  }
}

/// The target of UPDATE or DELETE, found in the statement's FROM: by alias, then as the same table;
/// else it is joined to it. Restores the statement's FROM when it goes.
class TargetPlace {
 public:
  TargetPlace(StatementContext& context, const std::vector<ast::CommonTable>& ctes,
              const ast::Target& target, ast::Span span, ast::TableSourcePtr& from)
      : context_(context), home_(from), target_(target) {
    refuse_common_table(ctes, span);
    if (from && find_in(*from, span)) return;
    ast::TableSourcePtr own =
        std::holds_alternative<ast::Variable>(target)
            ? make_source(ast::VariableTable{std::get<ast::Variable>(target).name}, span)
            : make_source(ast::NamedTable{std::get<ast::Name>(target), {}}, span);
    node_ = own.get();
    if (!from) {
      whole_ = std::move(own);
      return;
    }
    lent_ = true;
    whole_ = make_source(
        ast::Join{ast::JoinKind::kCross, std::move(own), std::move(home_), nullptr}, span);
  }
  ~TargetPlace() {
    if (lent_) home_ = std::move(std::get<ast::Join>(whole_->node).right);
  }
  TargetPlace(const TargetPlace&) = delete;

  /// The table itself: what an alias stands for.
  const ast::Target& table() const { return target_; }
  const ast::TableSource* node() const { return node_; }
  const ast::TableSource* from() const { return whole_ ? whole_.get() : home_.get(); }
  /// A row of the target may be found more than once.
  bool joined() const { return static_cast<bool>(home_) || lent_; }

 private:
  void refuse_common_table(const std::vector<ast::CommonTable>& ctes, ast::Span span) const {
    const auto* name = std::get_if<ast::Name>(&target_);
    if (!name || name->parts.size() != 1) return;
    for (const ast::CommonTable& table : ctes) {
      if (equal_ignoring_case(table.name.text, name->last().text)) {
        throw not_supported("a common table expression as the target, " + table.name.text, span,
                            "Name the table itself, and join the expression to it in FROM.");
      }
    }
  }

  bool same_table(const ast::Name& a, const ast::Name& b) const {
    if (a.last().text.starts_with('#') || b.last().text.starts_with('#'))
      return equal_ignoring_case(a.last().text, b.last().text);
    try {
      return equal_ignoring_case(context_.object_name(a).text(), context_.object_name(b).text());
    } catch (const Error&) {  // of a database that is not there: FROM's own error says so
      return false;
    }
  }

  bool find_in(const ast::TableSource& from, ast::Span span) {
    std::vector<const ast::TableSource*> leaves;
    collect_leaves(from, leaves);
    if (const auto* variable = std::get_if<ast::Variable>(&target_)) {
      for (const ast::TableSource* leaf : leaves) {
        const auto* table = std::get_if<ast::VariableTable>(&leaf->node);
        if (table && equal_ignoring_case(table->name, variable->name)) return take(leaf, target_);
      }
      return false;
    }
    const ast::Name name = std::get<ast::Name>(target_);
    for (const ast::TableSource* leaf : leaves) {
      if (name.parts.size() != 1 || !leaf->alias.name ||
          !equal_ignoring_case(leaf->alias.name->text, name.last().text))
        continue;
      if (const auto* table = std::get_if<ast::NamedTable>(&leaf->node))
        return take(leaf, table->name);
      if (const auto* table = std::get_if<ast::VariableTable>(&leaf->node))
        return take(leaf, ast::Variable{table->name});
      throw failure(4421,
                    "Derived table '" + name.last().text +
                        "' is not updatable because a column of the derived table is derived or "
                        "constant.",
                    span, "Name a table of the FROM clause.");
    }
    const ast::TableSource* found = nullptr;
    for (const ast::TableSource* leaf : leaves) {
      const auto* table = std::get_if<ast::NamedTable>(&leaf->node);
      if (!table || !same_table(table->name, name)) continue;
      if (!found || (found->alias.name && !leaf->alias.name)) {
        found = leaf;
      } else if (static_cast<bool>(found->alias.name) == static_cast<bool>(leaf->alias.name)) {
        throw failure(8154, "The table '" + name.last().text + "' is ambiguous.", span,
                      "Give it an alias in FROM, and name that.");
      }
    }
    return found && take(found, name);
  }

  bool take(const ast::TableSource* leaf, ast::Target table) {
    node_ = leaf;
    target_ = std::move(table);
    return true;
  }

  StatementContext& context_;
  ast::TableSourcePtr& home_;
  ast::Target target_;
  const ast::TableSource* node_ = nullptr;
  ast::TableSourcePtr whole_;
  bool lent_ = false;
};

/// The target's stored defaults, parsed.
class Defaults {
 public:
  Defaults(const WriteTarget& target, RowTarget& rows) {
    for (const std::string& text : target.defaults()) {
      owned_.push_back(text.empty() ? nullptr : parse_expression(text));
      rows.defaults.push_back(owned_.back().get());
    }
  }

 private:
  std::vector<ast::ExprPtr> owned_;
};

/// What TOP (n) [PERCENT] leaves of the rows.
std::string limited(Execution& run, const Frame& frame, const std::optional<ast::Top>& top,
                    const std::string& sql) {
  if (!top) return sql;
  const SqlType type = top->percent ? SqlType::floating() : SqlType::bigint();
  const std::string count = evaluate(run, frame, *top->count, &type).text.value_or("0");
  if (count.starts_with('-')) {
    throw failure_of(Code::kInvalidArgument, top->percent ? 1031 : 1060, 15, 1,
                     top->percent
                         ? "Percent values must be between 0 and 100."
                         : "The number of rows provided for a TOP or FETCH clauses row count "
                           "parameter must not be negative.",
                     top->span);
  }
  if (!top->percent) return sql + " LIMIT " + count;
  return "SELECT * FROM (" + sql +
         ") QUALIFY row_number() OVER () <= ceil(count(*) OVER () * CAST('" + count +
         "' AS DOUBLE) / 100.0)";
}

std::string changed(std::size_t item) { return "c.c" + std::to_string(item); }

/// Gives the variables of UPDATE … SET @v = … the values of the last row.
void assign_variables(Execution& run, Frame& frame, const Staged& staged, const BoundRows& rows) {
  if (rows.variables.empty()) return;
  engine::Result result = run.session.connection().query(
      "SELECT * FROM " + staged.name() + " OFFSET " + std::to_string(staged.rows() - 1),
      run.cancel);
  engine::Chunk chunk;
  if (!result.next(chunk)) return;
  for (const auto& [variable, item] : rows.variables) {
    frame.variables.at(variable).text =
        constant_of(rows.query.columns[item].type, chunk.column(item), 0).text;
  }
}

std::int64_t update(Execution& run, Frame& frame, ast::Update& statement) {
  const auto context = make_context(run, frame);
  const TargetPlace place(*context, statement.ctes, statement.target, statement.target_span,
                          statement.from);
  const WriteTarget target = WriteTarget::resolve(run, *context, place.table(),
                                                  statement.target_span, actions::kSqlUpdate);
  RowTarget rows = target.rows(run);
  rows.node = place.node();
  rows.from = place.from();
  const Defaults defaults(target, rows);
  const BoundRows found = Binder(*context).bind_update(statement, rows);
  const std::string sql = "SELECT " + std::string(place.joined() ? "DISTINCT ON (c0) " : "") +
                          "* FROM (" + translate(found.query).engine_sql + ") WHERE c0 IS NOT NULL";
  const Staged staged(run, limited(run, frame, statement.top, sql));
  if (staged.rows() == 0) return 0;
  lake::RowEdit edit;
  edit.changes = staged.name();
  edit.values.resize(target.columns().size());
  for (const BoundRows::Value& value : found.values)
    edit.values[value.column] = changed(value.item);
  if (!found.values.empty()) target.edit(run, edit, "UPDATE");
  assign_variables(run, frame, staged, found);
  return staged.rows();
}

std::int64_t remove(Execution& run, Frame& frame, ast::Delete& statement) {
  const auto context = make_context(run, frame);
  const TargetPlace place(*context, statement.ctes, statement.target, statement.target_span,
                          statement.from);
  const WriteTarget target = WriteTarget::resolve(run, *context, place.table(),
                                                  statement.target_span, actions::kSqlDelete);
  if (!statement.where && !statement.from && !place.joined() && !statement.top)
    return target.clear(run);
  RowTarget rows = target.rows(run);
  rows.node = place.node();
  rows.from = place.from();
  const BoundRows found = Binder(*context).bind_delete(statement, rows);
  const std::string sql =
      "SELECT DISTINCT c0 FROM (" + translate(found.query).engine_sql + ") WHERE c0 IS NOT NULL";
  const Staged staged(run, limited(run, frame, statement.top, sql));
  if (staged.rows() == 0) return 0;
  lake::RowEdit edit;
  edit.changes = staged.name();
  edit.removed = "true";
  target.edit(run, edit, "DELETE");
  return staged.rows();
}

/// The statement's target under its alias.
ast::TableSourcePtr merge_target(const ast::Merge& statement) {
  const auto* variable = std::get_if<ast::Variable>(&statement.target);
  ast::TableSourcePtr source =
      variable ? make_source(ast::VariableTable{variable->name}, statement.target_span)
               : make_source(ast::NamedTable{std::get<ast::Name>(statement.target), {}},
                             statement.target_span);
  source->alias.name = statement.alias.name;
  return source;
}

void check_matched_once(Execution& run, const Staged& staged) {
  const auto twice = run.session.connection().rows(
      "SELECT 1 FROM " + staged.name() +
          " WHERE c0 IS NOT NULL GROUP BY c0 HAVING count(*) > 1 LIMIT 1",
      run.cancel);
  if (twice.empty()) return;
  throw failure(8672,
                "The MERGE statement attempted to UPDATE or DELETE the same row more than once. "
                "This happens when a target row matches more than one source row. A MERGE "
                "statement cannot UPDATE/DELETE the same row of the target table multiple times. "
                "Refine the ON clause to ensure a target row matches at most one source row, or "
                "use the GROUP BY clause to group the source rows.");
}

std::string list_of(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return text;
}

lake::RowEdit merge_edit(const ast::Merge& statement, const WriteTarget& target,
                         const BoundRows& found, const Staged& staged) {
  std::vector<int> updates;
  std::vector<int> removes;
  std::optional<int> insert;
  for (std::size_t i = 0; i < statement.clauses.size(); ++i) {
    const auto action = statement.clauses[i].action;
    const int number = static_cast<int>(i) + 1;
    if (action == ast::Merge::Action::kInsert) insert = number;
    if (action == ast::Merge::Action::kUpdate) updates.push_back(number);
    if (action == ast::Merge::Action::kDelete) removes.push_back(number);
  }
  lake::RowEdit edit;
  edit.changes = staged.name();
  edit.values.resize(target.columns().size());
  if (!removes.empty()) edit.removed = "c.c1 IN (" + list_of(removes) + ")";
  std::vector<std::string> added(target.columns().size());
  for (const BoundRows::Value& value : found.values) {
    std::vector<int> assigning;
    for (const int action : value.actions) {
      if (insert == action) added[value.column] = changed(value.item);
      if (std::find(updates.begin(), updates.end(), action) != updates.end())
        assigning.push_back(action);
    }
    if (assigning.empty()) continue;
    edit.values[value.column] = "CASE WHEN c.c1 IN (" + list_of(assigning) + ") THEN " +
                                changed(value.item) + " ELSE o." +
                                engine::quote_name(target.columns()[value.column].name) + " END";
  }
  if (!insert) return edit;
  edit.added = "SELECT ";
  for (std::size_t i = 0; i < added.size(); ++i) edit.added += (i ? ", " : "") + added[i];
  edit.added += " FROM " + staged.name() + " AS c WHERE c.c1 = " + std::to_string(*insert);
  return edit;
}

std::int64_t merge(Execution& run, Frame& frame, ast::Merge& statement) {
  const auto context = make_context(run, frame);
  const WriteTarget target = WriteTarget::resolve(run, *context, statement.target,
                                                  statement.target_span, actions::kSqlMerge);
  const ast::TableSourcePtr source = merge_target(statement);
  RowTarget rows = target.rows(run);
  rows.node = source.get();
  rows.from = source.get();
  const Defaults defaults(target, rows);
  const BoundRows found = Binder(*context).bind_merge(statement, rows);
  const std::string sql =
      "SELECT * FROM (" + translate(found.query).engine_sql + ") WHERE c1 IS NOT NULL";
  const Staged staged(run, limited(run, frame, statement.top, sql));
  if (staged.rows() == 0) return 0;
  check_matched_once(run, staged);
  target.edit(run, merge_edit(statement, target, found, staged), "MERGE");
  return staged.rows();
}

}  // namespace

std::int64_t repeat_on_conflict(Execution& run, const std::function<std::int64_t()>& statement) {
  for (int attempt = 1;; ++attempt) {
    try {
      return statement();
    } catch (const Error& error) {
      if (error.code() != Code::kConflict || error.sql()) throw;
      if (attempt >= kStatementAttemptsMax) throw update_conflict(error);
    }
    run.cancel.check();
    // A little longer each time, so that two that rewrite one table do not keep in step.
    std::this_thread::sleep_for(std::chrono::milliseconds(attempt));
  }
}

std::int64_t run_update(Execution& run, Frame& frame, ast::Update& statement) {
  return repeat_on_conflict(run, [&] { return update(run, frame, statement); });
}

std::int64_t run_delete(Execution& run, Frame& frame, ast::Delete& statement) {
  return repeat_on_conflict(run, [&] { return remove(run, frame, statement); });
}

std::int64_t run_merge(Execution& run, Frame& frame, ast::Merge& statement) {
  return repeat_on_conflict(run, [&] { return merge(run, frame, statement); });
}

}  // namespace tarn::sql
