#include "detail/exec/column_definitions.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "detail/bind/binder.h"
#include "detail/exec/failure.h"

namespace tarn::sql {
namespace {

using Kind = ast::Constraint::Kind;

/// What is not enforced may be said, what would have to be and cannot is refused.
void check_constraint(const ast::Constraint& constraint, KeyRule rule) {
  if (constraint.not_enforced) return;
  if (constraint.kind == Kind::kPrimaryKey || constraint.kind == Kind::kUnique) {
    if (rule == KeyRule::kEnforced) return;
    throw not_supported("an enforced PRIMARY KEY or UNIQUE constraint", constraint.span,
                        "Write PRIMARY KEY NONCLUSTERED (...) NOT ENFORCED.");
  }
  throw not_supported(
      constraint.kind == Kind::kCheck ? "a CHECK constraint" : "a FOREIGN KEY constraint",
      constraint.span);
}

/// A whole number as IDENTITY (seed, increment) has it.
std::int64_t identity_number(const ast::Expr& value, std::string_view text) {
  std::string_view digits = trim(text.substr(value.span.offset, value.span.length));
  if (digits.starts_with('+')) digits.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc() && end == digits.data() + digits.size()) return number;
  throw failure_of(Code::kInvalidArgument, 102, 15, 1,
                   "Incorrect syntax near '" + std::string(digits) + "'.", value.span,
                   "IDENTITY (1, 1) takes two whole numbers.");
}

pools::Identity identity_of(const ast::ColumnDefinition& definition, std::string_view text,
                            const std::string& table) {
  if (definition.nullability == ast::Nullability::kNull) {
    throw failure(8147,
                  "Could not create IDENTITY attribute on nullable column '" +
                      definition.name.text + "', table '" + table + "'.",
                  definition.span);
  }
  pools::Identity identity;
  if (definition.identity_seed) identity.seed = identity_number(*definition.identity_seed, text);
  if (definition.identity_increment)
    identity.increment = identity_number(*definition.identity_increment, text);
  if (identity.increment == 0) {
    throw failure(2748,
                  "Identity increment of column '" + definition.name.text + "' must not be zero.",
                  definition.span);
  }
  return identity;
}

/// The columns of an enforced primary key have no NULLs, whether they say so or not.
void forbid_nulls(const ast::Constraint& constraint, TableColumn& column, ast::Nullability written,
                  const std::string& table) {
  if (constraint.kind != Kind::kPrimaryKey || constraint.not_enforced) return;
  if (written == ast::Nullability::kNull) {
    throw failure(
        8111, "Cannot define PRIMARY KEY constraint on nullable column in table '" + table + "'.",
        constraint.span);
  }
  column.nullable = false;
}

void forbid_nulls(const ast::Constraint& constraint,
                  std::span<const ast::ColumnDefinition> definitions,
                  std::vector<TableColumn>& columns, const std::string& table) {
  for (const ast::Identifier& name : constraint.columns) {
    for (std::size_t i = 0; i < definitions.size(); ++i) {
      if (equal_ignoring_case(name.text, columns[i].name))
        forbid_nulls(constraint, columns[i], definitions[i].nullability, table);
    }
  }
}

TableColumn defined_column(const ast::ColumnDefinition& definition, const Collation* collation,
                           std::string_view text, std::size_t number, const std::string& table,
                           KeyRule rule) {
  if (definition.computed) throw not_supported("a computed column", definition.span);
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
  for (const ast::Constraint& constraint : definition.constraints) {
    check_constraint(constraint, rule);
    forbid_nulls(constraint, column, definition.nullability, table);
  }
  if (definition.default_value) {
    const ast::Span span = definition.default_value->span;
    column.default_text = std::string(text.substr(span.offset, span.length));
  }
  if (definition.identity) {
    column.identity = identity_of(definition, text, table);
    column.nullable = false;
  }
  return column;
}

}  // namespace

std::vector<std::string> names_of(const std::vector<TableColumn>& columns) {
  std::vector<std::string> names;
  for (const TableColumn& column : columns) names.push_back(column.name);
  return names;
}

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
                                         const std::string& table, KeyRule rule) {
  std::vector<TableColumn> columns;
  for (const auto& definition : definitions) {
    columns.push_back(defined_column(definition, collation, text, columns.size() + 1, table, rule));
  }
  for (const auto& constraint : constraints) {
    check_constraint(constraint, rule);
    forbid_nulls(constraint, definitions, columns, table);
  }
  check_unique_names(columns, table);
  const auto identities = std::ranges::count_if(
      columns, [](const TableColumn& column) { return column.identity.has_value(); });
  if (identities > 1) {
    throw failure(2744, "Multiple identity columns specified for table '" + table +
                            "'. Only one identity column per table is allowed.");
  }
  return columns;
}

void refuse_identity(const std::vector<TableColumn>& columns, ast::Span span) {
  for (const TableColumn& column : columns)
    if (column.identity) throw not_supported("an IDENTITY column", span);
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
