#pragma once
// Dedicated SQL pools: databases of their own beside the lake's, each one engine file with full
// transactions, <home>/pools/<name>.duckdb. See docs/sql-pools.md.
//
// Owns the table `sql_pools` of the metadata store, the files, and their attachment to the engine.
// What is in a pool, and how it changes, is in pools/pool.h. Never parses SQL; views and procedures
// are kept by `sql`, as for the lake's databases. A pool belongs to the server that made it (its
// home's id). Names are found without regard to ASCII case. Thread-safe.

#include <array>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "lake/catalog.h"
#include "pools/pool.h"

namespace tarn::engine {
class Database;
}
namespace tarn::meta {
class Store;
}

namespace tarn::pools {

inline constexpr std::size_t kNameBytesMax = 60;  // as Azure has it
inline constexpr std::array<std::string_view, 16> kPerformanceLevels = {
    "DW100c",  "DW200c",  "DW300c",  "DW400c",  "DW500c",  "DW1000c",  "DW1500c",  "DW2000c",
    "DW2500c", "DW3000c", "DW5000c", "DW6000c", "DW7500c", "DW10000c", "DW15000c", "DW30000c"};
inline constexpr std::string_view kPerformanceLevelDefault = "DW100c";
/// The lake's, so that texts of both compare. (Azure's is SQL_Latin1_General_CP1_CI_AS.)
inline constexpr std::string_view kCollationDefault = lake::kDefaultCollation;
/// How long pause() and drop() wait for statements and transactions under way.
inline constexpr std::chrono::milliseconds kPatienceDefault{10'000};

/// As Azure's `status`.
enum class State { kOnline, kPaused };
std::string_view name_of(State state);  // "Online", "Paused"

struct PoolInfo {
  std::string name;
  std::string performance_level;  // DW100c … DW30000c: kept and shown; a pool takes what there is
  std::string collation;
  State state = State::kOnline;
  std::string server_id;  // whose it is; empty: of the store's only one
  Micros created = 0;
  std::string created_by;
};

/// What a check looked at, and found.
struct PoolCheck {
  std::vector<std::string> problems;  // "its table is missing: dbo.trips"
  std::int64_t tables = 0;
};

/// DW100c, DW200c, … in Azure's own spelling, for any case. Throws Error(kInvalidArgument).
std::string performance_level_of(std::string_view text);
/// Throws Error(kInvalidArgument) for a name that Azure does not let in.
void check_name(std::string_view name);

class Pools {
 public:
  using EngineProvider = std::function<engine::Database&()>;

  /// `folder`: <home>/pools, among the engine's allowed directories. `server_id`: of the home;
  /// empty where no other server has the store.
  Pools(meta::Store& store, std::string workspace_id, std::filesystem::path folder,
        std::string server_id, EngineProvider engine, const Clock& clock = Clock::system());
  ~Pools();
  Pools(const Pools&) = delete;

  const std::string& workspace_id() const;

  /// What a former life began and did not finish: a pool half made or half dropped goes.
  void recover();

  /// By name, paused ones and those of other servers too.
  std::vector<PoolInfo> list() const;
  std::optional<PoolInfo> find(std::string_view name) const;
  /// Throws Error(kNotFound) with the nearest name.
  PoolInfo require(std::string_view name) const;

  /// Attached at its first use, at once; whoever has it keeps it from being paused or dropped. Null
  /// where there is none of that name. Throws Error: kUnavailable with SqlStatus 42108 for a paused
  /// one, kUnavailable for one of another server or one that is just being paused, kDataLoss where
  /// the file is gone or damaged.
  PoolPtr open(std::string_view name);
  /// The same without opening: throws what open() does of a paused pool or another server's.
  void require_online(const PoolInfo& info) const;

  /// Throw Error: kInvalidArgument for a name or level that Azure does not let in, kAlreadyExists,
  /// kNotFound; kConflict where statements or transactions go on for longer than `patience`:
  /// nothing has changed then. That no lake database has the name is the caller's to see.
  PoolInfo create(std::string_view name, std::string_view performance_level = {},
                  std::string_view collation = {}, std::string_view by = {});
  PoolInfo scale(std::string_view name, std::string_view performance_level);
  PoolInfo pause(std::string_view name, std::chrono::milliseconds patience = kPatienceDefault);
  PoolInfo resume(std::string_view name);
  /// With the views, procedures and functions that T-SQL has made in it.
  void drop(std::string_view name, std::chrono::milliseconds patience = kPatienceDefault);

  /// A consistent copy of a pool, online or paused, as a new file, while it is in use. Throws
  /// Error(kAlreadyExists) where the file is there.
  void copy_to(std::string_view name, const std::filesystem::path& file,
               const CancelToken& cancel = {});
  /// Opens this server's pool, online or paused, and reads all of its tables. Throws Error:
  /// kNotFound, kUnavailable; a file that is gone or damaged is a problem.
  PoolCheck check(std::string_view name, const CancelToken& cancel = {});
  /// Whether it is this server's.
  bool owns(const PoolInfo& info) const;
  /// Where its file lies, and how large that is now with its log; 0 where it is gone.
  std::filesystem::path file_of(std::string_view name) const;
  std::uint64_t size_bytes(std::string_view name) const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace tarn::pools
