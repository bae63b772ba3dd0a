#include "detail/bind/scope.h"

#include "base/text.h"
#include "detail/bind/bind_error.h"

namespace tarn::sql {
namespace {

/// Whether the qualifier in front of a name's last `skip` parts means the relation.
bool qualifier_matches(const ScopeRelation& relation, const ast::Name& name, std::size_t skip) {
  const std::size_t parts = name.parts.size() - skip;
  if (parts == 0) return !relation.qualified;
  if (parts > 3) return false;
  if (!equal_ignoring_case(relation.name, name.from_right(skip))) return false;
  const std::string_view schema = name.from_right(skip + 1);
  const std::string_view database = name.from_right(skip + 2);
  if (parts >= 2 && !schema.empty() && !equal_ignoring_case(relation.schema, schema)) return false;
  if (parts >= 2 && relation.schema.empty()) return false;
  return parts < 3 || equal_ignoring_case(relation.database, database);
}

std::string dotted(const ast::Name& name) {
  std::string text;
  for (const ast::Identifier& part : name.parts) text += (text.empty() ? "" : ".") + part.text;
  return text;
}

std::string column_hint(const Scope* scope, std::string_view name) {
  std::vector<std::string> candidates;
  for (; scope; scope = scope->parent) {
    for (const ScopeRelation& relation : scope->relations) {
      for (const SourceColumn& column : relation.columns) {
        if (!column.hidden && !column.name.empty()) candidates.push_back(column.name);
      }
    }
  }
  return did_you_mean(name, candidates);
}

}  // namespace

bound::ExprPtr column_of(const ScopeRelation& relation, const SourceColumn& column,
                         ast::Span span) {
  bound::Column node;
  node.relation = relation.number;
  node.engine_name = column.engine_name.empty() ? column.name : column.engine_name;
  node.display = relation.name.empty() ? column.name : relation.name + "." + column.name;
  return std::make_unique<bound::Expr>(
      bound::Expr{column.type, column.nullable, span, std::move(node)});
}

bound::ExprPtr Scope::resolve(const ast::Name& name) const {
  const std::string_view column_name = name.from_right(0);
  bool qualifier_known = false;
  for (const Scope* scope = this; scope; scope = scope->parent) {
    const ScopeRelation* found_relation = nullptr;
    const SourceColumn* found = nullptr;
    for (const ScopeRelation& relation : scope->relations) {
      if (!qualifier_matches(relation, name, 1)) continue;
      qualifier_known = true;
      for (const SourceColumn& column : relation.columns) {
        if (column.hidden || !equal_ignoring_case(column.name, column_name)) continue;
        if (found)
          throw bind_error(209, "Ambiguous column name '" + std::string(column_name) + "'.",
                           name.span);
        found = &column;
        found_relation = &relation;
      }
    }
    if (found) return column_of(*found_relation, *found, name.span);
  }
  const std::string hint = column_hint(this, column_name);
  if (name.parts.size() > 1 && !qualifier_known) {
    throw bind_error(4104, "The multi-part identifier \"" + dotted(name) + "\" could not be bound.",
                     name.span, hint);
  }
  throw bind_error(207, "Invalid column name '" + std::string(column_name) + "'.", name.span, hint);
}

bound::ExprPtr Scope::resolve_hidden(std::string_view qualifier, std::string_view method,
                                     ast::Span span) const {
  for (const Scope* scope = this; scope; scope = scope->parent) {
    for (const ScopeRelation& relation : scope->relations) {
      if (!equal_ignoring_case(relation.name, qualifier)) continue;
      for (const SourceColumn& column : relation.columns) {
        if (column.hidden && equal_ignoring_case(column.name, method))
          return column_of(relation, column, span);
      }
    }
  }
  return nullptr;
}

std::vector<const ScopeRelation*> Scope::resolve_star(const std::optional<ast::Name>& qualifier,
                                                      ast::Span span) const {
  std::vector<const ScopeRelation*> found;
  for (const ScopeRelation& relation : relations) {
    if (!qualifier || qualifier_matches(relation, *qualifier, 0)) found.push_back(&relation);
  }
  if (!found.empty()) return found;
  if (!qualifier) throw bind_error(263, "Must specify table to select from.", span);
  throw bind_error(107,
                   "The column prefix '" + dotted(*qualifier) +
                       "' does not match with a table name or alias name used in the query.",
                   span);
}

bool Scope::has(const ScopeRelation& relation) const {
  for (const ScopeRelation& other : relations) {
    if (equal_ignoring_case(other.name, relation.name) &&
        equal_ignoring_case(other.schema, relation.schema) &&
        equal_ignoring_case(other.database, relation.database)) {
      return true;
    }
  }
  return false;
}

}  // namespace tarn::sql
