#include "detail/exec/table_writes.h"

#include <map>

#include "detail/bind/binder.h"
#include "detail/exec/failure.h"
#include "detail/exec/procedures.h"
#include "detail/exec/query_run.h"
#include "detail/exec/temp_tables.h"
#include "detail/exec/write_target.h"
#include "detail/syntax/parser.h"

namespace tarn::sql {
namespace {

namespace actions = identity::actions;

/// The stored defaults of columns, parsed, for DEFAULT in VALUES.
struct Defaults {
  std::vector<ast::ExprPtr> owned;
  std::vector<const ast::Expr*> pointers;

  Defaults(const WriteTarget& target, std::span<const std::size_t> indices) {
    for (const std::size_t index : indices) {
      const std::string& text = target.defaults()[index];
      owned.push_back(text.empty() ? nullptr : parse_expression(text));
      pointers.push_back(owned.back().get());
    }
  }
};

std::string values_sql(StatementContext& context, const WriteTarget& target,
                       std::span<const std::size_t> indices, const ast::Insert::Rows& rows) {
  const Defaults defaults(target, indices);
  const auto columns = target.chosen_columns(indices);
  return translate(Binder(context).bind_rows(rows, columns, target.name(), defaults.pointers))
      .engine_sql;
}

std::string query_sql(StatementContext& context, const WriteTarget& target,
                      std::span<const std::size_t> indices, const ast::Query& query,
                      const std::vector<ast::CommonTable>& ctes) {
  const auto columns = target.chosen_columns(indices);
  return translate(Binder(context).bind_insert(query, columns, target.name(), ctes)).engine_sql;
}

/// Runs the procedure with its result sets kept aside, then inserts them as one query.
std::int64_t insert_from_call(Execution& run, Frame& frame, ast::Insert& statement,
                              ast::Execute& call) {
  if (run.capture) {
    throw failure(8164, "An INSERT EXEC statement cannot be nested.", statement.target_span);
  }
  Capture capture;
  struct Cleanup {
    SessionState& session;
    Capture& kept;
    ~Cleanup() {
      for (const std::string& table : kept.tables) {
        try {
          drop_temp_table(session, table);
        } catch (const Error&) {  // the session's connection is gone, and its tables with it
        }
      }
    }
  } cleanup{run.session, capture};
  Execution inner{run.session, run.sink, run.cancel, &capture};
  execute_call(inner, frame, call, statement.target_span);

  const auto context = make_context(run, frame);
  const WriteTarget target = WriteTarget::resolve(run, *context, statement.target,
                                                  statement.target_span, actions::kSqlInsert);
  const auto indices = target.chosen(statement.columns);
  std::string text;
  for (const std::string& table : capture.tables) {
    if (!text.empty()) text += " UNION ALL ";
    text += "SELECT * FROM [" + table + "]";
  }
  if (text.empty()) return 0;
  const ast::QueryPtr query = parse_query(text);
  return target.append(
      run, target.complete(run, frame, query_sql(*context, target, indices, *query, {}), indices,
                           "INSERT"));
}

/// Without a list of columns there is one error for too many and too few values.
void check_value_counts(const ast::Insert& statement, const ast::Insert::Rows& rows,
                        std::size_t columns) {
  if (!statement.columns.empty()) return;
  for (const auto& row : rows) {
    if (row.size() == columns) continue;
    throw failure(213, "Column name or number of supplied values does not match table definition.",
                  statement.target_span);
  }
}

void refuse(bool present, const char* what, ast::Span span) {
  if (present) throw not_supported(what, span);
}

ast::ExprPtr make_expr(ast::ExprNode node, ast::Span span) {
  return std::make_unique<ast::Expr>(ast::Expr{span, std::move(node), 1});
}

ast::ExprPtr column_expr(const std::string& name, ast::Span span) {
  ast::Name column;
  column.parts.push_back({name, true, span});
  column.span = span;
  return make_expr(ast::ColumnRef{std::move(column)}, span);
}

/// SELECT <items> FROM <target>, to be completed with a condition.
ast::Query select_from(const WriteTarget& target, ast::Span span) {
  auto table = std::make_unique<ast::TableSource>();
  table->span = span;
  if (target.is_variable()) {
    table->node = ast::VariableTable{target.name()};
  } else {
    table->node = ast::NamedTable{target.sql_name(), {}};
  }
  ast::Select select;
  select.from = std::move(table);
  ast::Query query;
  query.span = span;
  query.term = std::make_unique<ast::QueryTerm>();
  query.term->span = span;
  query.term->node = std::move(select);
  return query;
}

ast::Select& select_of(ast::Query& query) { return std::get<ast::Select>(query.term->node); }

void add_item(ast::Query& query, ast::ExprPtr expr, ast::Span span) {
  auto& item = select_of(query).items.emplace_back();
  item.span = span;
  item.node.emplace<ast::ExprItem>(std::move(expr), std::nullopt);
}

/// Engine SQL for the rows on which the condition is not TRUE, unchanged.
std::string rows_outside(StatementContext& context, const WriteTarget& target,
                         ast::ExprPtr& condition, ast::Span span) {
  ast::Query query = select_from(target, span);
  for (const TargetColumn& column : target.columns())
    add_item(query, column_expr(column.name, span), span);
  // CASE WHEN condition THEN 1 ELSE 0 END = 0 holds for FALSE and UNKNOWN.
  ast::Case hit;
  hit.whens.emplace_back();
  hit.whens.back().result =
      make_expr(ast::NumberLiteral{ast::NumberLiteral::Form::kInteger, "1"}, span);
  hit.otherwise = make_expr(ast::NumberLiteral{ast::NumberLiteral::Form::kInteger, "0"}, span);
  ast::ExprPtr cased = make_expr(std::move(hit), span);
  cased->height = condition->height + 1;
  auto& when = std::get<ast::Case>(cased->node).whens.back();
  const Lent lent(condition, when.condition);
  select_of(query).where = make_expr(
      ast::Comparison{ast::ComparisonOp::kEqual, std::move(cased),
                      make_expr(ast::NumberLiteral{ast::NumberLiteral::Form::kInteger, "0"}, span)},
      span);
  return translate(Binder(context).bind_insert(query, target.columns(), target.name())).engine_sql;
}

ast::BinaryOp operator_of(ast::AssignOp op) {
  switch (op) {
    case ast::AssignOp::kSubtract:
      return ast::BinaryOp::kSubtract;
    case ast::AssignOp::kMultiply:
      return ast::BinaryOp::kMultiply;
    case ast::AssignOp::kDivide:
      return ast::BinaryOp::kDivide;
    case ast::AssignOp::kModulo:
      return ast::BinaryOp::kModulo;
    case ast::AssignOp::kBitAnd:
      return ast::BinaryOp::kBitAnd;
    case ast::AssignOp::kBitOr:
      return ast::BinaryOp::kBitOr;
    case ast::AssignOp::kBitXor:
      return ast::BinaryOp::kBitXor;
    default:
      return ast::BinaryOp::kAdd;
  }
}

/// Engine SQL for the rows on which the condition holds, with the assignments done.
std::string changed_rows(StatementContext& context, const WriteTarget& target,
                         ast::Update& statement, ast::Span span) {
  std::map<std::size_t, ast::Assignment*> assigned;
  for (ast::Assignment& assignment : statement.assignments) {
    refuse(assignment.variable.has_value(), "a variable assigned in UPDATE", assignment.span);
    const std::vector<ast::Identifier> name{assignment.column->parts.back()};
    if (!assigned.emplace(target.chosen(name).front(), &assignment).second) {
      throw failure(264,
                    "The column name '" + name.front().text +
                        "' is specified more than once in the SET clause or column list of an "
                        "INSERT. A column "
                        "cannot be assigned more than one value in the same clause.",
                    assignment.span);
    }
  }
  const Defaults defaults(target, target.chosen({}));
  ast::Query query = select_from(target, span);
  std::vector<std::unique_ptr<Lent>> lent;
  select_of(query).items.reserve(target.columns().size());
  for (std::size_t i = 0; i < target.columns().size(); ++i) {
    const auto found = assigned.find(i);
    if (found == assigned.end()) {
      add_item(query, column_expr(target.columns()[i].name, span), span);
      continue;
    }
    ast::Assignment& assignment = *found->second;
    if (std::holds_alternative<ast::DefaultValue>(assignment.value->node)) {
      add_item(query,
               defaults.owned[i] ? parse_expression(target.defaults()[i])
                                 : make_expr(ast::NullLiteral{}, assignment.span),
               assignment.span);
      continue;
    }
    add_item(query, nullptr, assignment.span);
    ast::ExprPtr& slot = std::get<ast::ExprItem>(select_of(query).items.back().node).expr;
    if (assignment.op == ast::AssignOp::kSet) {
      lent.push_back(std::make_unique<Lent>(assignment.value, slot));
    } else {
      slot = make_expr(ast::Binary{operator_of(assignment.op),
                                   column_expr(target.columns()[i].name, assignment.span), nullptr},
                       assignment.span);
      slot->height = assignment.value->height + 1;
      lent.push_back(
          std::make_unique<Lent>(assignment.value, std::get<ast::Binary>(slot->node).right));
    }
  }
  if (statement.where)
    lent.push_back(std::make_unique<Lent>(statement.where, select_of(query).where));
  return translate(
             Binder(context).bind_insert(query, target.columns(), target.name(), statement.ctes))
      .engine_sql;
}

/// `engine_sql` with its columns c0, c1, … under the target's names.
std::string named_columns(const WriteTarget& target, const std::string& engine_sql) {
  std::string items;
  for (std::size_t i = 0; i < target.columns().size(); ++i) {
    items += (i ? ", c" : "c") + std::to_string(i) + " AS " +
             engine::quote_name(target.columns()[i].name);
  }
  return "SELECT " + items + " FROM (" + engine_sql + ")";
}

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
  std::string select() const { return "SELECT * FROM " + name_; }

 private:
  engine::Connection& connection_;
  std::string name_;
  std::int64_t rows_ = 0;
};

}  // namespace

std::int64_t run_insert(Execution& run, Frame& frame, ast::Insert& statement) {
  if (auto* call = std::get_if<std::unique_ptr<ast::Execute>>(&statement.source)) {
    return insert_from_call(run, frame, statement, **call);
  }
  const auto context = make_context(run, frame);
  const WriteTarget target = WriteTarget::resolve(run, *context, statement.target,
                                                  statement.target_span, actions::kSqlInsert);
  const auto indices = target.chosen(statement.columns);
  std::string sql;
  if (const auto* rows = std::get_if<ast::Insert::Rows>(&statement.source)) {
    check_value_counts(statement, *rows, indices.size());
    sql = values_sql(*context, target, indices, *rows);
  } else if (const auto* query = std::get_if<ast::QueryPtr>(&statement.source)) {
    sql = query_sql(*context, target, indices, **query, statement.ctes);
  } else {
    const std::vector<std::size_t> none;
    return target.append(run, target.complete(run, frame, "SELECT 1", none, "INSERT"));
  }
  return target.append(run, target.complete(run, frame, sql, indices, "INSERT"));
}

std::int64_t run_update(Execution& run, Frame& frame, ast::Update& statement) {
  refuse(statement.top.has_value(), "UPDATE TOP", statement.target_span);
  refuse(statement.from != nullptr, "UPDATE with FROM", statement.target_span);
  const auto context = make_context(run, frame);
  const WriteTarget target = WriteTarget::resolve(run, *context, statement.target,
                                                  statement.target_span, actions::kSqlUpdate);
  const ast::Span span = statement.target_span;
  const Staged changed(run, named_columns(target, changed_rows(*context, target, statement, span)));
  if (changed.rows() == 0) return 0;
  std::string all = changed.select();
  if (statement.where) {
    all = named_columns(target, rows_outside(*context, target, statement.where, span)) +
          " UNION ALL " + all;
  }
  target.replace(run, all);
  return changed.rows();
}

std::int64_t run_delete(Execution& run, Frame& frame, ast::Delete& statement) {
  refuse(statement.top.has_value(), "DELETE TOP", statement.target_span);
  refuse(statement.from != nullptr, "DELETE with a second FROM", statement.target_span);
  const auto context = make_context(run, frame);
  const WriteTarget target = WriteTarget::resolve(run, *context, statement.target,
                                                  statement.target_span, actions::kSqlDelete);
  if (!statement.where) return target.clear(run);
  const std::int64_t before = target.count(run);
  const Staged kept(run, named_columns(target, rows_outside(*context, target, statement.where,
                                                            statement.target_span)));
  if (kept.rows() == before) return 0;
  if (kept.rows() == 0) return target.clear(run);
  target.replace(run, kept.select());
  return before - kept.rows();
}

std::int64_t run_merge(Execution& run, Frame& frame, ast::Merge& statement) {
  const auto context = make_context(run, frame);
  WriteTarget::resolve(run, *context, statement.target, statement.target_span, actions::kSqlMerge);
  throw not_supported("MERGE", statement.target_span,
                      "Use UPDATE and INSERT ... WHERE NOT EXISTS.");
}

void run_truncate(Execution& run, Frame& frame, const ast::Truncate& statement) {
  const auto context = make_context(run, frame);
  WriteTarget::resolve(run, *context, statement.table, actions::kSqlTruncate).clear(run);
}

}  // namespace tarn::sql
