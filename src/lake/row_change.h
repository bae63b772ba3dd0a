#pragma once
// Changing rows of a Delta table by copy on write: the files that hold changed rows are written
// anew, and one commit takes them in the old ones' place (Delta protocol, "Add File and Remove
// File").
//
// A row is named by a number that holds for one snapshot: that of its file, and its position in it.
// The caller finds the rows with row_scan(), puts their numbers and new values into a table of the
// engine, and hands a RowEdit over. Rows that are not in it are copied bit for bit, and files
// without one stay as they are.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "lake/delta_table.h"
#include "lake/table_writer.h"

namespace tarn::engine {
class Connection;
}

namespace tarn::lake {

/// A snapshot's rows with their numbers.
struct RowScan {
  /// A parenthesised SELECT: the schema's columns, as delta::scan_sql() has them, and `row_column`.
  std::string sql;
  /// BIGINT; a name that no column of the schema has.
  std::string row_column;
};

/// The row's position is in the low bits of its number, its file's place in Snapshot::files above.
inline constexpr int kRowPositionBits = 40;

RowScan row_scan(const delta::Snapshot& snapshot, const std::filesystem::path& folder);

/// What becomes of rows. Expressions are the engine's SQL over `o`, the row as it is (its columns
/// by name), and `c`, its row of `changes`.
struct RowEdit {
  /// A table of the engine, quoted. Its column c0 has the numbers of rows, none twice; NULL for a
  /// row that is new.
  std::string changes;
  /// One for each column of the schema: its new value; empty: it stays.
  std::vector<std::string> values;
  /// A condition: the row goes. Empty: none goes.
  std::string removed;
  /// A SELECT of whole new rows; empty: none.
  std::string added;
};

/// Files for one commit.
struct FileChange {
  std::vector<std::shared_ptr<const delta::Add>> removed;
  std::vector<delta::Add> added;

  bool empty() const { return removed.empty() && added.empty(); }
};

/// Writes the files that the edit makes of the snapshot. `writer` owns them until it keeps them.
/// Throws the engine's errors, kInvalidArgument for a NULL where none may be, kTooLarge above
/// kNumberedFilesMax.
FileChange edit_rows(TableWriter& writer, engine::Connection& connection,
                     const delta::Snapshot& snapshot, const std::filesystem::path& folder,
                     const RowEdit& edit, const CancelToken& cancel = {});

/// The commit of a FileChange that was computed from `read`.
delta::Change row_commit(const delta::Snapshot& read, const FileChange& files,
                         std::string_view operation, std::string_view user);

/// The snapshot as it is with the change, under the version of `base`.
delta::SnapshotPtr with_files(const delta::Snapshot& base, const FileChange& files);

/// A snapshot's files by number: more have no room in a row's number.
inline constexpr std::size_t kNumberedFilesMax = std::size_t{1} << 22;

}  // namespace tarn::lake
