#pragma once
// Small lake tables that are read again and again, kept in the engine's memory: a look-up by key
// then opens and decodes no Parquet. A copy is of one snapshot, and a statement reads it only where
// that snapshot is the one it would read from the files; so a commit of whoever, a drop or another
// table under the name is seen at the next statement, as without copies. docs/sql-sessions.md says
// what is kept.

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/cancel.h"
#include "engine/database.h"
#include "lake/delta_table.h"
#include "lake/predicate.h"

namespace tarn::sql {

struct WarmLimits {
  int reads = 32;     // of one snapshot, before it is copied
  int look_ups = 32;  // of a copy by one column, before that gets an index
  std::uint64_t table_bytes_max = 128ull << 20;  // of one copy, as the engine holds it
  std::uint64_t bytes_max = 256ull << 20;        // of all; the one unused for longest goes first
  std::size_t tables_max = 256;                  // whose reads are counted
  std::chrono::seconds idle{300};                // unused for longer: given up
};

/// A table of the engine with a snapshot's rows. It is dropped with the last one who holds this.
/// Thread-safe.
class WarmTable {
 public:
  struct Home;  // where the engine's tables are made and dropped
  WarmTable(std::shared_ptr<Home> home, lake::delta::SnapshotPtr snapshot, std::string engine_name,
            std::uint64_t bytes, int look_ups_for_index);
  ~WarmTable();
  WarmTable(const WarmTable&) = delete;

  const std::string& engine_name() const { return engine_name_; }
  /// What it takes, with an index.
  std::uint64_t bytes() const { return bytes_; }
  /// A statement asks for the rows of which `predicate` holds. Where statements ask often enough
  /// for one number in a column of whole numbers that are mostly different, the column gets an
  /// index; one column of a table does. Throws kCancelled alone.
  void note_look_up(const lake::delta::Predicate& predicate, const CancelToken& cancel);

 private:
  void count(const lake::delta::Predicate& predicate, std::string& ripe);
  bool make_index(const std::string& column, const CancelToken& cancel);

  std::shared_ptr<Home> home_;
  lake::delta::SnapshotPtr snapshot_;
  std::string engine_name_;
  std::uint64_t bytes_;
  int look_ups_for_index_;
  mutable std::mutex mutex_;
  std::map<std::string, int>
      look_ups_;  // by column; those that were tried have more than the limit
  bool indexed_ = false;
};
using WarmTablePtr = std::shared_ptr<WarmTable>;

/// Thread-safe; shared by the sessions of one engine.
class WarmTables {
 public:
  using SteadyClock = std::chrono::steady_clock;
  explicit WarmTables(WarmLimits limits = {},
                      std::function<SteadyClock::time_point()> now = SteadyClock::now);
  ~WarmTables();

  /// What a statement wants to read.
  struct Wanted {
    std::string folder;  // of the table
    lake::delta::SnapshotPtr snapshot;
    std::function<std::string()>
        scan_sql;  // the engine's SQL for its rows, in columns that it can store
  };
  /// The copy of that very snapshot; null where there is none, or not yet. The read that is the
  /// limit's makes it, unless another is being made: then, and where it cannot be made, the files
  /// are read as ever. Throws kCancelled alone.
  WarmTablePtr find(engine::Database& database, const Wanted& wanted, const CancelToken& cancel);

  std::size_t copies() const;
  std::uint64_t bytes() const;  // of all copies

 private:
  struct Entry {
    lake::delta::SnapshotPtr snapshot;
    int reads = 0;
    bool refused = false;  // it is too large, or could not be read
    WarmTablePtr copy;
    SteadyClock::time_point used;
  };
  using Entries = std::map<std::string, Entry>;

  WarmTablePtr make(engine::Database& database, const Wanted& wanted, const CancelToken& cancel);
  /// Both under the mutex; what they drop is dropped by the caller, outside of it.
  void forget_idle(std::list<WarmTablePtr>& dropped);
  void make_room(const std::string& folder, std::uint64_t bytes, std::list<WarmTablePtr>& dropped);

  const WarmLimits limits_;
  const std::function<SteadyClock::time_point()> now_;
  std::mutex making_;  // one copy is made at a time
  mutable std::mutex mutex_;
  Entries entries_;
  std::shared_ptr<WarmTable::Home> home_;  // made with the first copy
};

}  // namespace tarn::sql
