#pragma once
// The typed binder: syntax tree in, bound tree out. It resolves names and gives each expression SQL
// Server's type, nullability and collation, adds the conversions that SQL Server does silently, and
// refuses what SQL Server refuses, with its number and the place in the text. It never runs
// anything.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "detail/bind/bound.h"
#include "detail/bind/context.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

inline constexpr int kViewDepthMax = 32;        // views inside views
inline constexpr int kSelectColumnsMax = 4096;  // 1056
inline constexpr int kRecursionDefault = 100;   // OPTION (MAXRECURSION n)

/// A column that a query's result is stored in.
struct TargetColumn {
  std::string name;
  SqlType type;
  bool nullable = true;
};

struct RowTarget;
struct BoundRows;

class Binder {
 public:
  /// `context` must outlive the binder, not the bound trees.
  explicit Binder(BindContext& context);
  ~Binder();

  bound::Query bind_query(const ast::Query& query);
  /// The query of a view or function: the same, and 1033 where ORDER BY says nothing.
  bound::Query bind_definition(const ast::Query& query);

  /// The same, each column converted to its target as in an INSERT: 2628, 8152, 515, 206 and 245 as
  /// there, 120/121 and 213 for a wrong number of columns. `table` is its full name for messages;
  /// `ctes` those before INSERT.
  bound::Query bind_insert(const ast::Query& query, std::span<const TargetColumn> targets,
                           const std::string& table,
                           const std::vector<ast::CommonTable>& ctes = {});
  /// INSERT … VALUES. DEFAULT is refused (give the literal instead): the caller replaces it by
  /// `defaults`[i] before.
  bound::Query bind_rows(const std::vector<std::vector<ast::ExprPtr>>& rows,
                         std::span<const TargetColumn> targets, const std::string& table,
                         std::span<const ast::Expr* const> defaults = {});

  /// The OUTPUT clauses of an INSERT; of `target` the name, the columns and the outputs count.
  std::vector<bound::Query> bind_inserted(const std::vector<ast::OutputClause>& clauses,
                                          const RowTarget& target);
  /// UPDATE, DELETE and MERGE: see row_binder.h.
  BoundRows bind_update(const ast::Update& statement, const RowTarget& target);
  BoundRows bind_delete(const ast::Delete& statement, const RowTarget& target);
  BoundRows bind_merge(const ast::Merge& statement, const RowTarget& target);

  /// One value without rows, for instance SET @x = …; converted to `target` where given. Subqueries
  /// are allowed.
  bound::ExprPtr bind_value(const ast::Expr& expr, const SqlType* target = nullptr);
  /// A condition, for instance of IF and WHILE; 4145 for a value.
  bound::ExprPtr bind_condition(const ast::Expr& expr);

  struct Impl;  // binder_impl.h

 private:
  std::unique_ptr<Impl> impl_;
};

/// The type that a declaration names: of a variable, parameter, column or CAST. Character types get
/// `collation`.
/// `number` is that of the column, parameter or variable, for the messages.
SqlType bind_type(const ast::TypeName& name, const Collation* collation, bool cast = false,
                  int number = 1);

}  // namespace tarn::sql
