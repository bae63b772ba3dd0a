#pragma once
// The columns of CREATE TABLE and DECLARE @t TABLE.

#include <string>
#include <vector>

#include "detail/exec/session_state.h"
#include "detail/exec/table_schema.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// What becomes of PRIMARY KEY and UNIQUE: Delta has no keys, so those of a lake table may only be
/// NOT ENFORCED; a temporary table's are enforced by its indexes.
enum class KeyRule { kDeclared, kEnforced };

/// Checks names (2705), types and constraints; `text` is what the definitions' spans point into,
/// `table` the name in messages.
std::vector<TableColumn> defined_columns(std::span<const ast::ColumnDefinition> definitions,
                                         std::span<const ast::Constraint> constraints,
                                         const Collation* collation, std::string_view text,
                                         const std::string& table,
                                         KeyRule rule = KeyRule::kDeclared);
/// The columns that a query's result gives a new table: 8155 for one without a name, 2705 for two
/// of one name.
std::vector<TableColumn> columns_of(const std::vector<bound::ResultColumn>& columns,
                                    const std::string& table);

/// 40517 where a column is an IDENTITY.
void refuse_identity(const std::vector<TableColumn>& columns, ast::Span span);
std::vector<std::string> names_of(const std::vector<TableColumn>& columns);

/// Names of columns that occur twice: 2705.
void check_unique_names(const std::vector<TableColumn>& columns, const std::string& table);

}  // namespace tarn::sql
