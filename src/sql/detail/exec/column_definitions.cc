#include "detail/exec/column_definitions.h"

#include <set>

#include "detail/bind/binder.h"
#include "detail/exec/failure.h"

namespace tarn::sql {
namespace {

/// Delta has no keys: what is not enforced may be said, what would have to be is refused.
void check_constraint(const ast::Constraint& constraint) {
  using Kind = ast::Constraint::Kind;
  if (constraint.not_enforced) return;
  if (constraint.kind == Kind::kPrimaryKey || constraint.kind == Kind::kUnique) {
    throw not_supported("an enforced PRIMARY KEY or UNIQUE constraint", constraint.span,
                        "Write PRIMARY KEY NONCLUSTERED (...) NOT ENFORCED.");
  }
  throw not_supported(
      constraint.kind == Kind::kCheck ? "a CHECK constraint" : "a FOREIGN KEY constraint",
      constraint.span);
}

TableColumn defined_column(const ast::ColumnDefinition& definition, const Collation* collation,
                           std::string_view text, std::size_t number) {
  if (definition.computed) throw not_supported("a computed column", definition.span);
  if (definition.identity) throw not_supported("an IDENTITY column", definition.span);
  TableColumn column;
  column.name = definition.name.text;
  column.nullable = definition.nullability != ast::Nullability::kNotNull;
  column.type = bind_type(definition.type, collation, false, static_cast<int>(number));
  if (definition.collation) {
    const Collation* own = find_collation(definition.collation->text);
    if (!own) {
      throw failure(448, "Invalid collation '" + definition.collation->text + "'.",
                    definition.collation->span);
    }
    column.type = column.type.with_collation(own, Coercibility::kExplicit);
  }
  for (const ast::Constraint& constraint : definition.constraints) check_constraint(constraint);
  if (definition.default_value) {
    const ast::Span span = definition.default_value->span;
    column.default_text = std::string(text.substr(span.offset, span.length));
  }
  return column;
}

}  // namespace

void check_unique_names(const std::vector<TableColumn>& columns, const std::string& table) {
  std::set<std::string_view, CaseInsensitive> names;
  for (const TableColumn& column : columns) {
    if (names.insert(column.name).second) continue;
    throw failure(2705, "Column names in each table must be unique. Column name '" + column.name +
                            "' in table '" + table + "' is specified more than once.");
  }
}

std::vector<TableColumn> defined_columns(std::span<const ast::ColumnDefinition> definitions,
                                         std::span<const ast::Constraint> constraints,
                                         const Collation* collation, std::string_view text,
                                         const std::string& table) {
  std::vector<TableColumn> columns;
  for (const auto& definition : definitions) {
    columns.push_back(defined_column(definition, collation, text, columns.size() + 1));
  }
  for (const auto& constraint : constraints) check_constraint(constraint);
  check_unique_names(columns, table);
  return columns;
}

std::vector<TableColumn> columns_of(const std::vector<bound::ResultColumn>& columns,
                                    const std::string& table) {
  std::vector<TableColumn> result;
  for (const auto& column : columns) {
    if (column.name.empty()) {
      throw failure(8155, "No column name was specified for column " +
                              std::to_string(result.size() + 1) + " of '" + table + "'.");
    }
    const SqlType type = column.type.id == TypeId::kNull ? SqlType::integer() : column.type;
    result.push_back({column.name, type, column.nullable, {}});
  }
  check_unique_names(result, table);
  return result;
}

}  // namespace tarn::sql
