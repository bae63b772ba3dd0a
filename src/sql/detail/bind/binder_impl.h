#pragma once
// The binder's inside. One class, spread over files by idea: bind_expression.cc, bind_operator.cc,
// bind_call.cc, bind_builtin.cc, bind_window.cc, bind_week.cc, bind_percentile.cc,
// bind_relation.cc, bind_pivot.cc, bind_json.cc, bind_select.cc, bind_accumulation.cc,
// bind_query.cc, bind_for_json.cc, bind_insert.cc, bind_row_change.cc, bind_merge.cc,
// bind_output.cc, bind_user_function.cc.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "detail/bind/binder.h"
#include "detail/bind/conversion.h"
#include "detail/bind/scope.h"
#include "detail/functions/function.h"

namespace tarn::sql {

/// Nodes that one statement may bind to (simple CASEs bind their operand once for each WHEN): 8632.
inline constexpr int kBoundNodesMax = 1'000'000;

/// SET DATEFIRST's default.
inline constexpr int kSundayFirst = 7;

enum class Clause { kSelect, kFrom, kOn, kWhere, kGroupBy, kHaving, kOrderBy, kOutput, kOther };

/// Where an expression stands.
struct Env {
  const Scope* scope = nullptr;
  Clause clause = Clause::kOther;
  const std::vector<ast::NamedWindow>* windows = nullptr;
  bool in_aggregate = false;
  bool in_window = false;
};

/// A window whose names are resolved.
struct WindowParts {
  std::vector<const ast::Expr*> partition_by;
  std::vector<const ast::OrderItem*> order_by;
  const ast::WindowFrame* frame = nullptr;
};

/// A common table that names may mean.
struct VisibleCommonTable {
  std::string name;
  int number = 0;
  std::vector<SourceColumn> columns;
  bool recursive = false;  // its own definition is being bound
};

/// Where names in an expression are looked up.
struct Surroundings {
  BindContext* context = nullptr;
  const struct Local* locals = nullptr;
  std::vector<VisibleCommonTable> common_tables;
};

/// A parameter or variable of a function that is bound where it is called: what stands for its
/// value, and where that is to be bound.
struct Local {
  std::string name;  // with its '@'
  SqlType type;
  const ast::Expr* value = nullptr;        // null for NULL
  ast::AssignOp op = ast::AssignOp::kSet;  // with the value before
  Env env;
  const Surroundings* surroundings = nullptr;
  const Local* next = nullptr;  // the chain of what was there before
};

struct Binder::Impl {
  explicit Impl(BindContext& bind_context) : context(&bind_context) {}

  // bind_query.cc
  bound::Query bind_query(const ast::Query& query, const Scope* outer);
  /// The query without its FOR clause.
  bound::Query bind_rows(const ast::Query& query, const Scope* outer);
  /// Throws 102 for an OPTION that there is none of.
  static void check_hints(const std::vector<ast::Option>& options);
  bound::Query bind_term(const ast::QueryTerm& term, const ast::Query* tail, const Scope* outer);
  bound::Query bind_set_operation(const ast::SetOperation& operation, const ast::Query* tail,
                                  const Scope* outer, ast::Span span);
  /// Throws 1033: ORDER BY in a query that is a part of another needs TOP or OFFSET.
  static void check_order(const ast::Query& query);
  void bind_common_tables(const std::vector<ast::CommonTable>& tables, const ast::Query* options,
                          bound::Query& query, const Scope* outer);
  void bind_recursive_table(const ast::CommonTable& table, int recursion_max, bound::Query& query,
                            const Scope* outer);
  bound::Query bind_recursive_part(const ast::QueryTerm& term, const VisibleCommonTable& table,
                                   std::span<const SqlType> types, const Scope* outer);
  void bind_limits(const ast::Query& tail, bound::Query& query, const Scope* outer);
  void sort_by_output(const ast::Query& tail, bound::Query& query);
  bound::ExprPtr bind_row_count(const ast::Expr& expr, const Scope* outer);
  void convert_columns(bound::Query& query, std::span<const SqlType> types);

  // bind_for_json.cc
  bound::Query bind_for_json(const ast::Query& query, const Scope* outer);

  // bind_for_xml.cc
  bound::Query bind_for_xml(const ast::Query& query, const Scope* outer);
  bound::ExprPtr bind_xml_value(const ast::XmlValue& node, const Env& env, ast::Span span);
  /// A query of one text, which whoever takes it sees as an ordinary column.
  bound::Query text_query(bound::Query rows, std::string_view column, ast::Span span);

  // bind_select.cc
  bound::Query bind_select(const ast::Select& select, const ast::Query* tail, const Scope* outer,
                           ast::Span span);
  void bind_items(const ast::Select& select, const Env& env, bound::Select& out,
                  bound::Query& query);
  bound::Aggregation bind_grouping(const ast::Select& select, const Env& env);
  void bind_order(const ast::Select& select, const ast::Query& tail, const Env& env,
                  bound::Select& out, bound::Query& query);
  void bind_top(const ast::Top& top, const ast::Query* tail, bound::Select& out,
                const Scope* outer);

  // date_order.cc
  /// Gives conversions of text to dates the order of SET DATEFORMAT, once all is bound.
  void order_dates(bound::ExprPtr& expr) const;
  void order_dates(bound::Query& query) const;
  void order_dates(struct BoundRows& rows) const;

  // bind_accumulation.cc
  /// Where items read variables that others assign: their values over what they need of a row,
  /// which becomes the query's columns. Else the query accumulates nothing.
  static void accumulate(bound::Query& query, bound::Select& select);

  // bind_relation.cc
  bound::RelationPtr bind_relation(const ast::TableSource& source, Scope& scope);
  bound::RelationPtr bind_named(const ast::NamedTable& table, const ast::TableSource& source,
                                Scope& scope);
  bound::RelationPtr bind_view(const ViewSource& view, const ast::TableSource& source,
                               Scope& scope);
  bound::RelationPtr bind_derived(bound::Query query, const std::string& name,
                                  const ast::TableSource& source, Scope& scope);
  bound::RelationPtr bind_values(const ast::ValuesTable& table, const ast::TableSource& source,
                                 Scope& scope);
  bound::RelationPtr bind_function_table(const ast::FunctionTable& table,
                                         const ast::TableSource& source, Scope& scope);
  bound::RelationPtr bind_user_table(const FunctionSource& source, const ast::FunctionTable& table,
                                     const ast::TableSource& written, Scope& scope);
  bound::RelationPtr bind_openjson(const ast::FunctionTable& table, const ast::TableSource& source,
                                   Scope& scope);
  bound::RelationPtr bind_pivot(const ast::Pivot& pivot, const ast::TableSource& source,
                                Scope& scope);
  bound::RelationPtr bind_unpivot(const ast::Unpivot& unpivot, const ast::TableSource& source,
                                  Scope& scope);
  bound::RelationPtr bind_predict(const ast::Predict& predict, const ast::TableSource& source,
                                  Scope& scope);
  bound::RelationPtr bind_join(const ast::Join& join, const ast::TableSource& source, Scope& scope);
  /// Adds the relation to the scope under its alias, with the columns' aliases.
  bound::RelationPtr introduce(bound::RelationNode node, ScopeRelation relation,
                               const ast::TableSource& source, Scope& scope);
  const VisibleCommonTable* find_common_table(const ast::Name& name) const;
  std::vector<SourceColumn> columns_of(Source& source) const;

  // bind_expression.cc
  /// Any expression; conditions have the type kBoolean.
  bound::ExprPtr bind(const ast::Expr& expr, const Env& env);
  /// A value; an untyped NULL stays untyped.
  bound::ExprPtr bind_value(const ast::Expr& expr, const Env& env);
  bound::ExprPtr bind_condition(const ast::Expr& expr, const Env& env);
  bound::ExprPtr bind_constant(const Constant& constant, ast::Span span) const;
  bound::ExprPtr bind_number(const ast::NumberLiteral& literal, ast::Span span) const;
  bound::ExprPtr bind_case(const ast::Case& node, const Env& env, ast::Span span);
  bound::ExprPtr bind_cast(const ast::Cast& node, const Env& env, ast::Span span);
  static bound::ExprPtr as_variant(bound::ExprPtr value, ast::Span span);
  bound::ExprPtr bind_collate(const ast::Collate& node, const Env& env, ast::Span span);
  /// Results of CASE and its like, each converted to the common type, which is returned.
  SqlType unify(std::span<bound::ExprPtr*> results, ast::Span span) const;
  bound::Query bind_subquery(const ast::Query& query, const Env& env, bool one_column,
                             ast::Span span);

  // bind_operator.cc
  bound::ExprPtr bind_unary(const ast::Unary& node, const Env& env, ast::Span span);
  bound::ExprPtr bind_binary(const ast::Binary& node, const Env& env, ast::Span span);
  bound::ExprPtr arithmetic(Arithmetic op, bound::ExprPtr left, bound::ExprPtr right,
                            ast::Span span) const;
  bound::ExprPtr bitwise(bound::Bitwise::Op op, bound::ExprPtr left, bound::ExprPtr right,
                         ast::Span span) const;
  bound::ExprPtr compare(ast::ComparisonOp op, bound::ExprPtr left, bound::ExprPtr right,
                         ast::Span span) const;
  bound::ExprPtr bind_like(const ast::Like& node, const Env& env, ast::Span span);
  bound::ExprPtr bind_between(const ast::Between& node, const Env& env, ast::Span span);
  bound::ExprPtr bind_in_list(const ast::InList& node, const Env& env, ast::Span span);
  bound::ExprPtr bind_quantified(ast::ComparisonOp op, bool all, const ast::Expr& left,
                                 const ast::Query& query, const Env& env, ast::Span span);
  /// Brings both to one type to compare them; the collation is null unless they are text.
  const Collation* make_comparable(bound::ExprPtr& left, bound::ExprPtr& right,
                                   std::string_view operation, ast::Span span) const;

  /// Throws 468 where both are text and their collations do not meet.
  static void make_comparable_texts(const SqlType& left, const SqlType& right,
                                    std::string_view operation, ast::Span span);

  // bind_call.cc
  bound::ExprPtr bind_call(const ast::FunctionCall& call, const Env& env, ast::Span span);
  bound::ExprPtr bind_special_call(std::string_view name, const ast::FunctionCall& call,
                                   const Env& env, ast::Span span);
  bound::ExprPtr bind_system_call(std::string_view name, const FunctionDef& function,
                                  const ast::FunctionCall& call, const Env& env, ast::Span span);
  bound::ExprPtr bind_aggregate(const FunctionDef& function, const ast::FunctionCall& call,
                                const Env& env, ast::Span span);
  bound::ExprPtr bind_grouping_call(const FunctionDef& function, const ast::FunctionCall& call,
                                    const Env& env, ast::Span span);
  std::vector<bound::ExprPtr> bind_arguments(const FunctionDef& function,
                                             const ast::FunctionCall& call, const Env& env,
                                             std::string* part);
  bound::ExprPtr take(bound::ExprPtr argument, Take rule, const FunctionDef& function,
                      std::size_t index, std::span<const bound::ExprPtr> before) const;

  // bind_builtin.cc
  /// Null where the catalogue says all about the function.
  bound::ExprPtr bind_builtin_call(std::string_view name, const ast::FunctionCall& call,
                                   const Env& env, ast::Span span);
  bound::ExprPtr bind_at_time_zone(const ast::AtTimeZone& node, const Env& env, ast::Span span);
  /// A system function whose arguments depend on the row.
  bound::ExprPtr bind_row_fact(std::string_view name, std::vector<bound::ExprPtr> arguments,
                               ast::Span span);
  /// PARSE and TRY_PARSE.
  bound::ExprPtr bind_parse(const ast::Cast& node, const Env& env, ast::Span span);

  bound::ExprPtr bind_trim(const ast::FunctionCall& call, const Env& env, ast::Span span);
  bound::ExprPtr make_call(const FunctionDef& function, std::vector<bound::ExprPtr> arguments,
                           std::string part, ast::Span span) const;
  SqlType result_type(const FunctionDef& function, std::span<const bound::ExprPtr> arguments) const;

  // bind_window.cc
  bound::ExprPtr bind_window(const FunctionDef& function, const ast::FunctionCall& call,
                             const Env& env, ast::Span span);
  /// What OVER says together with the named windows that it builds on. Throws 5362, 5364.
  WindowParts window_parts(const ast::Window& window, const Env& env) const;

  // bind_week.cc
  /// DATEPART(weekday | week, date) under another SET DATEFIRST than the default.
  bound::ExprPtr bind_week_part(const FunctionDef& function, const std::string& part,
                                const ast::FunctionCall& call, const Env& env, ast::Span span);

  // bind_json.cc
  bound::ExprPtr bind_json_call(std::string_view name, const ast::FunctionCall& call,
                                const Env& env, ast::Span span);

  // bind_percentile.cc
  bound::ExprPtr bind_percentile(std::string_view name, const ast::FunctionCall& call,
                                 const Env& env, ast::Span span);

  // bind_user_function.cc
  class Elsewhere;
  class FunctionBody;
  class FunctionCallBinding;
  bound::ExprPtr bind_local(const Local& local, ast::Span span);
  bound::ExprPtr assigned_value(ast::AssignOp op, bound::ExprPtr before, bound::ExprPtr value,
                                ast::Span span) const;
  bound::ExprPtr bind_user_call(const ast::FunctionCall& call, const Env& env, ast::Span span);
  bound::ExprPtr bind_variable(const std::string& name, ast::Span span);

  // bind_row_change.cc, bind_merge.cc
  bound::RelationPtr bind_target(const RowTarget& target, const ast::TableSource& source,
                                 Scope& scope);
  /// A SELECT through which the statement's target is changed gives its rows' numbers as well, as a
  /// last column that no name means. 4403 where it has none.
  void pass_rows(const Scope& scope, ast::Span span, bound::Select& select, bound::Query& query);
  /// `column` of the target; nothing for a variable alone.
  bound::ExprPtr bind_assigned(const ast::Assignment& assignment, std::optional<std::size_t> column,
                               const ScopeRelation& row, const Env& env);
  bound::ExprPtr column_default(const RowTarget& target, std::size_t column, ast::Span span,
                                const char* statement);

  // bind_output.cc
  /// The queries of the clauses; `others` are the relations besides inserted and deleted that they
  /// may name, over kChangedRows.
  std::vector<bound::Query> bind_outputs(const std::vector<ast::OutputClause>& clauses,
                                         const RowTarget& target, const Scope& named);
  /// Adds to `rows` what OUTPUT may read: the old values of `row`, and the other relations of
  /// `scope`. Gives the names that the clauses may use.
  Scope output_scope(const Scope& scope, const ScopeRelation& row, const RowTarget& target,
                     bool inserted, bool deleted, bound::Select& select, BoundRows& rows) const;

  // bind_insert.cc
  void assign_columns(bound::Query& query, std::span<const TargetColumn> targets,
                      const std::string& table) const;

  void count_node(ast::Span span);

  BindContext* context;
  int next_relation = 1;
  int next_common_table = 1;
  int view_depth = 0;
  const Local* locals = nullptr;       // of the function whose body is being bound
  std::vector<std::string> functions;  // whose bodies are being bound: "schema.name", lower case
  int nodes = 0;
  std::vector<VisibleCommonTable> common_tables;
  std::vector<std::string>
      assigned_variables;                 // variables of the SELECT whose items are being bound
  const RowTarget* row_target = nullptr;  // of the statement that changes rows
};

/// The relation of FROM through which the statement's target is changed.
const ScopeRelation& changed_relation(const Scope& scope);
/// Its rows' number.
bound::ExprPtr row_number_of(const ScopeRelation& relation, ast::Span span);
/// The target's column that a name of the relation means. 207; 4406 for a value that is computed.
std::size_t changed_column(const ScopeRelation& relation, const ast::Name& name);
/// 264.
void check_assigned_once(std::set<std::size_t>& seen, std::size_t column, const RowTarget& target,
                         ast::Span span);
void add_item(bound::Query& query, bound::Select& select, bound::ExprPtr expr);

/// The conversion that storing a value means: text that does not fit is an error instead of being
/// cut.
bound::ExprPtr assigned(bound::ExprPtr expr, const TargetColumn& target, const std::string& table,
                        const char* statement = "INSERT");

}  // namespace tarn::sql
