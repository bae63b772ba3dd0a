#pragma once
// SQL Server's column types in a Delta schema, and back. See docs/sql-types.md for the mapping.
//
// Delta's types carry less than SQL Server's (a length, tinyint, datetime). What they lose is kept
// in the field's metadata under "tarn.sqlType", which other readers of the table pass over.

#include <optional>
#include <string>
#include <vector>

#include "detail/bind/binder.h"
#include "detail/types/type.h"
#include "lake/delta_schema.h"
#include "pools/pool.h"

namespace tarn::sql {

/// A column of a table.
struct TableColumn {
  std::string name;
  SqlType type;
  bool nullable = true;
  std::string default_text;                      // a T-SQL expression; empty without
  std::optional<pools::Identity> identity = {};  // IDENTITY (seed, increment)
};

lake::delta::Field delta_field(const TableColumn& column);
lake::delta::Schema delta_schema(const std::vector<TableColumn>& columns);
/// `collation` is what character columns without their own have.
TableColumn table_column(const lake::delta::Field& field, const Collation* collation);
std::vector<TableColumn> table_columns(const lake::delta::Schema& schema,
                                       const Collation* collation);
std::vector<TargetColumn> target_columns(const std::vector<TableColumn>& columns);

/// Engine SQL that turns `scan` (a parenthesised SELECT with Delta's types) into columns of the
/// engine types of the SQL types.
std::string typed_scan(const std::string& scan, const lake::delta::Schema& schema,
                       const std::vector<TableColumn>& columns);

}  // namespace tarn::sql
