#pragma once
// What a CREATE TABLE says of a table that a Delta table has no use for: keys that nobody enforces,
// distribution, index, partitions, statistics. It is kept for the catalog's views, as JSON in the
// table's property "tarn.design", which other readers of the table pass over.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "detail/exec/session_state.h"
#include "detail/exec/statement_context.h"
#include "detail/exec/table_key.h"
#include "detail/syntax/ast.h"
#include "lake/delta_log.h"

namespace tarn::sql {

inline constexpr std::string_view kDesignProperty = "tarn.design";
inline constexpr std::size_t kKeysMax = 1000;        // of one table
inline constexpr std::size_t kStatisticsMax = 1000;  // of one table

struct TableStatistics {
  std::string name;
  std::vector<std::string> columns;
  Micros updated = 0;

  bool operator==(const TableStatistics&) const = default;
};

struct TablePartitions {
  std::string column;
  bool right = false;               // RANGE RIGHT
  std::vector<std::string> bounds;  // as they were written

  bool operator==(const TablePartitions&) const = default;
};

struct TableDesign {
  std::string distribution = "ROUND_ROBIN";  // or HASH, REPLICATE
  std::vector<std::string> distribution_columns;
  std::string index;  // HEAP, CLUSTERED COLUMNSTORE INDEX, CLUSTERED INDEX; empty: not said
  std::vector<std::string> index_columns;
  std::optional<TablePartitions> partitions;
  std::vector<TableKey> keys;
  std::vector<TableStatistics> statistics;
  std::map<std::string, std::string> default_names;  // of columns' defaults, where they were named

  bool operator==(const TableDesign&) const = default;
};

/// Of a table that Tarn did not make: the defaults. What cannot be read of it is left out.
TableDesign design_of(const lake::delta::Metadata& metadata);
/// The property; empty for a design that says nothing.
std::string design_text(const TableDesign& design);
void put_design(lake::delta::Metadata& metadata, const TableDesign& design);

/// The options of CREATE TABLE … WITH (…). `text` is what their spans point into. 40517 for one
/// that there is none of, 1911 for a column that the table does not have.
void add_options(TableDesign& design, const std::vector<ast::Option>& options,
                 const std::vector<std::string>& columns, std::string_view text);
/// The keys among the constraints, and the names of the defaults: 1911 for a column that there is
/// none of, 1779 for a second primary key, 2714 for a name that is taken.
void add_keys(TableDesign& design, const std::vector<ast::ColumnDefinition>& definitions,
              const std::vector<ast::Constraint>& constraints,
              const std::vector<std::string>& columns, const std::string& table);

/// Those of a temporary table that are not NOT ENFORCED; the same errors.
std::vector<TableKey> enforced_keys(std::span<const ast::ColumnDefinition> definitions,
                                    std::span<const ast::Constraint> constraints,
                                    const std::vector<std::string>& columns,
                                    const std::string& table);
/// The names of the columns' defaults: 2714 for one that is taken.
void add_default_name(TableDesign& design, const std::string& column, const ast::Identifier& name);
/// The name of a column's default: its own, or one that the system makes.
std::string default_name(const TableDesign& design, const ObjectName& table,
                         const std::string& column);

/// CREATE, UPDATE and DROP STATISTICS. 1088 for a table that there is none of, 1927 and 3739 for
/// the statistics, 1911 for a column.
void run_statistics(Execution& run, const Frame& frame, const ast::Statistics& statement);

}  // namespace tarn::sql
