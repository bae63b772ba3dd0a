#pragma once
// The columns that a name may mean at one place of a query: the relations of FROM, and those of the
// queries around it.

#include <optional>
#include <string>
#include <vector>

#include "detail/bind/bound.h"
#include "detail/bind/context.h"

namespace tarn::sql {

struct ScopeRelation {
  int number = 0;
  std::string database;  // empty for an alias
  std::string schema;
  std::string name;
  std::vector<SourceColumn> columns;
  bool qualified = false;  // names mean its columns only behind its own
};

struct Scope {
  std::vector<ScopeRelation> relations;
  const Scope* parent = nullptr;

  /// The column that `name` means, here or further out. Throws 207, 209, 4104.
  bound::ExprPtr resolve(const ast::Name& name) const;
  /// A hidden column (a method of a row set: "filepath(1)") of the relation `qualifier`, or null.
  bound::ExprPtr resolve_hidden(std::string_view qualifier, std::string_view method,
                                ast::Span span) const;
  /// The relations that `t.*` or `*` means. Throws 107.
  std::vector<const ScopeRelation*> resolve_star(const std::optional<ast::Name>& qualifier,
                                                 ast::Span span) const;
  /// Whether a relation has that exposed name already.
  bool has(const ScopeRelation& relation) const;
};

bound::ExprPtr column_of(const ScopeRelation& relation, const SourceColumn& column, ast::Span span);

}  // namespace tarn::sql
