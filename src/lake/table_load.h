#pragma once
// Rows of a query into a lake table outside SQL, with the modes and options of Spark's
// DataFrameWriter.

#include <cstdint>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "lake/catalog.h"

namespace tarn::engine {
class Connection;
}

namespace tarn::lake {

struct LoadOptions {
  enum class Mode {
    kAppend,
    kOverwrite,      // replaces all rows
    kErrorIfExists,  // kAlreadyExists where there is a table
  };
  Mode mode = Mode::kAppend;
  std::vector<std::string> partition_columns;  // of a new table; of one that is there, the same
  bool merge_schema = false;                   // kAppend: the schema grows (merged_schema())
  bool overwrite_schema = false;               // kOverwrite: the rows' schema becomes the table's
  std::string user;
};

struct LoadResult {
  std::string table;  // database.schema.table
  std::int64_t version = 0;
  std::int64_t rows = 0;
  bool created = false;
};

/// Makes the table where there is none. Columns are matched by name; values are cast to the table's
/// types, and one that does not fit is an error. Throws what delta::merged_schema, TableWriter and
/// Catalog::create_table throw.
LoadResult load_table(Catalog& catalog, const TableName& name, engine::Connection& connection,
                      const std::string& select_sql, const LoadOptions& options = {},
                      const CancelToken& cancel = {});

}  // namespace tarn::lake
