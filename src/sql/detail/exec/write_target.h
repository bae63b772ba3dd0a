#pragma once
// What INSERT, UPDATE, DELETE, MERGE, TRUNCATE and COPY write to: a table of a database, or a
// temporary one.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "detail/bind/row_binder.h"
#include "detail/exec/query_run.h"
#include "detail/exec/statement_context.h"
#include "detail/syntax/ast.h"
#include "lake/row_change.h"

namespace tarn::sql {

class WriteTarget {
 public:
  /// Asks for `action` on a table of a database. 208, 1087; 4406 for a view.
  static WriteTarget resolve(Execution& run, StatementContext& context, const ast::Target& target,
                             ast::Span span, identity::Action action);
  static WriteTarget resolve(Execution& run, StatementContext& context, const ast::Name& name,
                             identity::Action action);

  /// As messages have it: "default.dbo.t", "#t".
  const std::string& name() const { return name_; }
  const std::vector<TargetColumn>& columns() const { return columns_; }
  const std::vector<std::string>& defaults() const { return defaults_; }
  /// The column's name in the engine's SQL.
  std::string stored_name(std::size_t column) const;
  /// Its IDENTITY column, where the table gives the values.
  std::optional<std::size_t> identity() const;
  std::string next_identity() const { return table_->next_identity(); }
  /// 8102 where the column is the IDENTITY.
  void refuse_identity_update(std::size_t column) const;
  /// 544: the IDENTITY has a value of its own.
  Error identity_given(ast::Span span) const;
  /// Rows bring values of their own for it, whatever SET IDENTITY_INSERT says.
  void take_identities() { identity_insert_ = true; }
  /// A name under which T-SQL finds it in this statement.
  const ast::Name& sql_name() const { return sql_name_; }
  bool is_variable() const { return variable_; }

  /// The columns of an INSERT's list, as indices; for an empty list all but the IDENTITY. 207, 264;
  /// 544, 545 and 8101 of the IDENTITY.
  std::vector<std::size_t> chosen(const std::vector<ast::Identifier>& names) const;
  std::vector<TargetColumn> chosen_columns(std::span<const std::size_t> indices) const;
  /// A query whose columns c0, c1, … are those of `indices`, as one with all columns of the table:
  /// the others get their defaults. 515 where one must not be NULL and has none.
  std::string complete(Execution& run, const Frame& frame, const std::string& engine_sql,
                       std::span<const std::size_t> indices, const char* statement) const;

  /// Its rows with their numbers, for a statement that changes some. Asks for the right to read it.
  RowTarget rows(Execution& run) const;
  /// Changes rows of rows(). `operation` is Delta's name for the statement: "UPDATE".
  void edit(Execution& run, const lake::RowEdit& edit, const char* operation) const;

  /// Adds the rows of a query that has all columns in the table's order; their number.
  std::int64_t append(Execution& run, const std::string& engine_sql) const;
  /// Removes all rows; their number.
  std::int64_t clear(Execution& run) const;
  /// Rows that it has.
  std::int64_t count(Execution& run) const;

 private:
  std::vector<std::string> column_names() const;
  void edit_temporary(Execution& run, const lake::RowEdit& edit) const;

  std::string name_;
  ast::Name sql_name_;
  bool variable_ = false;
  std::vector<TargetColumn> columns_;
  std::vector<std::string> defaults_;
  std::shared_ptr<const OpenTable> table_;  // null for a temporary one
  std::string engine_name_;                 // of that
  std::optional<std::size_t> identity_;
  bool identity_insert_ = false;
};

}  // namespace tarn::sql
