#pragma once
// A Delta table: a folder with a _delta_log. Reads snapshots, writes commits; the Parquet in
// between is the engine's.
//
// Owns the log: replay of commits and checkpoints, put-if-absent commit with conflict check,
// history, checkpoints and the clean-up of the log behind them. Never reads or writes a row. What
// it reads and writes of the protocol is in docs/delta.md. Thread-safe; one Table object per folder
// is shared through TableCache.

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/files.h"
#include "lake/delta_log.h"

namespace tarn::engine {
class Database;
}

namespace tarn::lake::delta {

struct Predicate;

/// Gives the engine when it is first needed (a checkpoint): most reading of logs opens none.
using EngineProvider = std::function<engine::Database&()>;

/// Which version to read. The default is the newest.
struct AsOf {
  std::optional<std::int64_t> version;
  std::optional<Micros> timestamp;  // the last version committed at or before it
};

/// One row of DESCRIBE HISTORY.
struct HistoryEntry {
  std::int64_t version = 0;
  Micros timestamp = 0;
  CommitInfo info;
};

/// What a writer wants to become the next version.
struct Change {
  /// How it gets along with commits that were made since `read_version`.
  enum class Kind {
    kAppend,  // only adds: goes on top of other appends, overwrites and deletes; not of a changed
              // schema
    kOverwrite,  // removes what it read: conflicts with whatever added or removed files or changed
                 // the schema
    kRowChange,  // rewrites files: conflicts with whatever added rows, removed rows that it read or
                 // files that it rewrites, or changed the schema; not with a compaction elsewhere
    kMetadata,   // changes schema, protocol or properties: conflicts with every other change but a
                 // pure append
    kRearrange,  // rewrites files without changing rows: conflicts with the removal of one of them,
                 // and with a changed schema
    kCreate,     // version 0: kAlreadyExists where there is a table
  };
  Kind kind = Kind::kAppend;
  std::int64_t read_version = -1;  // the snapshot that it was computed from; -1 with kCreate
  std::string table_id;  // its metadata's id: a table made anew under the same name is another; may
                         // be empty
  std::vector<Action> actions;    // adds, removes, metadata, protocol, txn; not commitInfo
  std::string operation;          // "WRITE"
  std::string parameters = "{}";  // operationParameters: a JSON object
  std::string metrics = "{}";     // operationMetrics: a JSON object
  std::string user;
};

class Table {
 public:
  static constexpr int kCommitAttemptsMax = 200;  // put-if-absent, each after a look at the winner
  static constexpr std::size_t kCheckpointPartActionsMax = 250'000;
  static constexpr std::size_t kCommitBytesMax = 1ull << 30;
  static constexpr std::size_t kHistoryMax = 10'000;

  Table(std::filesystem::path folder, EngineProvider engine,
        FileSystem& files = FileSystem::system(), const Clock& clock = Clock::system());
  ~Table();

  /// True when the folder has a _delta_log with a commit or a checkpoint.
  static bool exists(const std::filesystem::path& folder);

  const std::filesystem::path& folder() const { return folder_; }

  /// The table at a version or time. The newest is kept: a call without news costs one probe of the
  /// log. Throws kNotFound (no table, no such version, one whose commits are gone, a time before
  /// the first), kDataLoss (a gap, a truncated commit, no metadata), kUnsupported (reader features,
  /// by name).
  SnapshotPtr snapshot(const AsOf& as_of = {}, const CancelToken& cancel = {});

  /// Whether a version that is not the newest still has its files: throws kNotFound naming the
  /// version and a file that VACUUM took. Looks at the files that the newest version has not.
  void check_files(const Snapshot& past, const CancelToken& cancel = {});

  /// The newest first, at most `limit`, from the commits that are still there.
  std::vector<HistoryEntry> history(std::size_t limit = 1000, const CancelToken& cancel = {});

  /// The files that were removed and whose tombstones are still kept, in the order of their paths.
  std::vector<std::shared_ptr<const Remove>> tombstones(const CancelToken& cancel = {});

  /// The time that commits get.
  Micros now() const;

  /// Writes the next version and returns its number. Retries while others win and do not conflict;
  /// throws kConflict with what the other did, kUnsupported where the table may not be written,
  /// kAlreadyExists for kCreate. Acknowledged means durable. Data files must be durable before.
  std::int64_t commit(const Change& change, const CancelToken& cancel = {});

  /// Throws what commit() would now: kConflict, kUnsupported, kInvalidArgument. Writes nothing.
  void check_fits(const Change& change, const CancelToken& cancel = {});
  /// While it is held, this process commits to the table on this thread alone.
  std::unique_lock<std::recursive_mutex> hold_commits();

  /// commit() of version 0 with this schema. Returns the new snapshot.
  SnapshotPtr create(const Schema& schema, const std::vector<std::string>& partition_columns = {},
                     const std::map<std::string, std::string>& configuration = {},
                     const std::vector<Action>& more = {},
                     std::string_view operation = "CREATE TABLE", std::string_view user = {});
  /// Adds files that were written for the schema of `read`.
  std::int64_t append(const Snapshot& read, std::vector<Add> adds, std::string_view user = {},
                      const CancelToken& cancel = {});
  /// Adds files that were written for `schema`, and makes it the table's: the table's own with
  /// columns added (merged_schema()).
  std::int64_t append_with_schema(const Snapshot& read, std::vector<Add> adds, const Schema& schema,
                                  std::string_view user = {}, const CancelToken& cancel = {});
  /// Replaces all files that `read` has by `adds`; with `schema`, also the schema.
  std::int64_t overwrite(const Snapshot& read, std::vector<Add> adds,
                         const std::optional<Schema>& schema = {}, std::string_view user = {},
                         const CancelToken& cancel = {});
  /// Removes all rows: removes of all files of `read`.
  std::int64_t delete_all(const Snapshot& read, std::string_view user = {},
                          const CancelToken& cancel = {});

 private:
  struct Impl;
  std::filesystem::path folder_;
  std::unique_ptr<Impl> impl_;
};

/// Shared Table objects by folder, so that snapshots are kept between requests. Least recently used
/// ones go.
class TableCache {
 public:
  static constexpr std::size_t kTablesMax = 512;

  explicit TableCache(EngineProvider engine, FileSystem& files = FileSystem::system(),
                      const Clock& clock = Clock::system());
  ~TableCache();
  std::shared_ptr<Table> open(const std::filesystem::path& folder);
  /// Forgets a folder, after a drop or rename.
  void forget(const std::filesystem::path& folder);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Engine SQL, a parenthesised SELECT, that yields the rows of `snapshot` with the schema's names,
/// order and types. Partition columns come typed from the log; columns that old files lack are
/// NULL. `columns`, when not empty, are the ones to read, in this order. Files without a row that
/// `predicate` may accept are left out; the other rows of a file are not.
std::string scan_sql(const Snapshot& snapshot, const std::filesystem::path& folder,
                     const std::vector<std::string>& columns = {},
                     const Predicate* predicate = nullptr);

}  // namespace tarn::lake::delta
