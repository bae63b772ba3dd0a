#pragma once
// Writes the rows of an engine query as Parquet files of a Delta table, with Delta's statistics per
// file.
//
// Owns the data files until they are committed: destroyed without keep(), it removes them. Never
// commits.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "base/files.h"
#include "lake/check_constraints.h"
#include "lake/delta_log.h"

namespace tarn::engine {
class Connection;
}

namespace tarn::lake {

namespace delta::detail {
struct ColumnStatistics;
}

/// A row that a CHECK constraint or an invariant does not let in (kInvalidArgument).
struct CheckViolation : Error {
  explicit CheckViolation(const delta::Check& check);
  std::string constraint;
};

/// One use: write(), then commit result adds, then keep().
///   TableWriter writer(folder, schema, partition_columns);
///   auto adds = writer.write(connection, "SELECT …", cancel);
///   table.append(*snapshot, adds); writer.keep();
class TableWriter {
 public:
  static constexpr std::int64_t kRowGroupRowsMax = 122'880;
  static constexpr std::uint64_t kFileBytesTarget = 256ull << 20;

  /// `schema` is the table's; the query must give its columns in its order; each is cast to the
  /// table's type, and a value that does not fit is an error.
  TableWriter(std::filesystem::path folder, delta::Schema schema,
              std::vector<std::string> partition_columns = {},
              FileSystem& files = FileSystem::system());
  /// Of a table that is there: each row must meet its CHECK constraints and invariants too. Throws
  /// what delta::checks_of() does.
  TableWriter(std::filesystem::path folder, const delta::Metadata& metadata,
              FileSystem& files = FileSystem::system());
  ~TableWriter();
  TableWriter(const TableWriter&) = delete;
  TableWriter& operator=(const TableWriter&) = delete;

  /// Runs `select_sql` (the engine's SQL) and writes its rows: zstd, UTC timestamps, names with a
  /// new UUID. The files are in place and durable when it returns. No rows give no files. Throws
  /// CheckViolation.
  std::vector<delta::Add> write(engine::Connection& connection, std::string_view select_sql,
                                const CancelToken& cancel = {});

  /// Of one file, before the last row group settles it; kFileBytesTarget without. Rows that are
  /// split by partition columns make one file a partition and thread, whatever the target.
  void set_file_bytes_target(std::uint64_t bytes) { file_bytes_target_ = bytes; }
  /// All rows are of this partition: they go into `folder` (relative to the table's), split by
  /// size only. The query still gives the partition columns; they are not looked at.
  void set_partition(delta::PartitionValues values, std::filesystem::path folder) {
    partition_values_ = std::move(values);
    partition_folder_ = std::move(folder);
  }

  std::int64_t rows() const { return rows_; }
  /// After the commit: the files are the table's.
  void keep() { kept_ = true; }

 private:
  std::string checked(const std::string& value) const;
  std::string copy_sql(std::string_view select_sql, const std::filesystem::path& target) const;
  void check_not_null(const std::map<std::string, delta::detail::ColumnStatistics>& columns,
                      const delta::PartitionValues& partition_values) const;

  std::filesystem::path folder_;
  delta::Schema schema_;
  std::vector<std::string> partition_columns_;
  std::vector<delta::Check> checks_;
  FileSystem& files_;
  std::uint64_t file_bytes_target_ = kFileBytesTarget;
  std::optional<delta::PartitionValues> partition_values_;
  std::filesystem::path partition_folder_;
  std::vector<std::filesystem::path> written_;
  std::int64_t rows_ = 0;
  bool kept_ = false;
};

}  // namespace tarn::lake
