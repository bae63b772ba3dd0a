#pragma once
// Dedicated SQL pools: databases of their own beside the lake's, each one engine file with full
// transactions, <home>/pools/<name>.duckdb. See docs/sql-pools.md.
//
// Owns the table `sql_pools` of the metadata store, the files, their attachment to the engine, and
// the description of each table inside its pool (schema `tarn` of the file, written in the same
// engine transaction as the table). Never parses SQL; views and procedures are kept by `sql`, as
// for the lake's databases. A pool belongs to the server that made it (its home's id). Names are
// found without regard to ASCII case. Thread-safe.

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
#include "lake/delta_log.h"

namespace tarn::engine {
class Connection;
class Database;
}  // namespace tarn::engine
namespace tarn::meta {
class Store;
}

namespace tarn::pools {

inline constexpr std::size_t kNameBytesMax = 60;  // as Azure has it
inline constexpr std::string_view kPerformanceLevelDefault = "DW100c";

/// As Azure's `status`.
enum class State { kOnline, kPaused };
std::string_view name_of(State state);  // "Online", "Paused"

struct PoolInfo {
  std::string name;
  std::string performance_level;  // DW100c … DW30000c: kept and shown; a pool takes what there is
  std::string collation;
  State state = State::kOnline;
  Micros created = 0;
  std::string created_by;
};

/// A table of a pool, described as a lake table is: T-SQL's types in the schema's fields, defaults
/// and design among the properties (sql/detail/exec/table_schema.h, table_design.h).
struct PoolTable {
  std::string schema;  // as it was made: dbo
  std::string name;
  std::int64_t id = 0;  // never used again in this pool
  Micros created = 0;
  Micros modified = 0;
  lake::delta::Metadata metadata;
  std::string engine_name;  // quoted, in full: "pool:sales"."dbo"."orders"
};
using PoolTablePtr = std::shared_ptr<const PoolTable>;

/// A pool that is online, attached to the engine. While somebody holds it, it is not paused or
/// dropped: a statement holds it to its last row, a transaction to its end.
class Pool {
 public:
  ~Pool();
  Pool(const Pool&) = delete;

  const std::string& name() const;
  const std::string& collation() const;

  std::vector<std::string> schemas() const;  // dbo first, then by name
  PoolTablePtr find(std::string_view schema, std::string_view table) const;  // null: none
  std::vector<PoolTablePtr> tables() const;                                  // by schema and name

  // Each is one engine transaction of its own, on `connection`, which has none open. Throws Error:
  // kAlreadyExists, kNotFound, kConflict.
  void create_schema(engine::Connection& connection, std::string_view schema);
  void drop_schema(engine::Connection& connection, std::string_view schema);
  /// With the rows of `first_rows` (engine SQL with all columns in their order), or without any.
  PoolTablePtr create_table(engine::Connection& connection, std::string_view schema,
                            std::string_view table, const lake::delta::Metadata& metadata,
                            std::string_view first_rows, const CancelToken& cancel);
  /// `alterations`: statements of the engine that take the table to what `then` describes; `%` in
  /// none of them is special, the table goes by its engine_name.
  PoolTablePtr change_table(engine::Connection& connection, const PoolTable& table,
                            const lake::delta::Metadata& then,
                            const std::vector<std::string>& alterations, const CancelToken& cancel);
  PoolTablePtr rename_table(engine::Connection& connection, const PoolTable& table,
                            std::string_view name);
  void drop_table(engine::Connection& connection, const PoolTable& table);

 private:
  friend class Pools;
  struct Impl;
  explicit Pool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};
using PoolPtr = std::shared_ptr<Pool>;

class Pools {
 public:
  using EngineProvider = std::function<engine::Database&()>;

  /// `folder`: <home>/pools. `server_id`: of the home.
  Pools(meta::Store& store, std::string workspace_id, std::filesystem::path folder,
        std::string server_id, EngineProvider engine, const Clock& clock = Clock::system());
  ~Pools();

  /// By name, paused ones too.
  std::vector<PoolInfo> list() const;
  std::optional<PoolInfo> find(std::string_view name) const;

  /// Attached at its first use, at once. Null where there is none of that name. Throws Error:
  /// kUnavailable with SqlStatus 42108 for a paused one, kUnavailable for one that belongs to
  /// another server, kDataLoss where the file is gone or damaged.
  PoolPtr open(std::string_view name);

  // Throw Error: kInvalidArgument for a name or level that Azure does not let in, kAlreadyExists
  // for one that a database or pool has, kNotFound, kConflict where it is in use for longer than
  // `patience` (statements and transactions under way go on).
  PoolInfo create(std::string_view name, std::string_view performance_level,
                  std::string_view collation, std::string_view by);
  PoolInfo scale(std::string_view name, std::string_view performance_level);
  PoolInfo pause(std::string_view name, std::chrono::milliseconds patience);
  PoolInfo resume(std::string_view name);
  void drop(std::string_view name, std::chrono::milliseconds patience);

  /// A consistent copy of a pool, paused or not, as a file of its own in `folder`, while it is in
  /// use.
  void copy_to(std::string_view name, const std::filesystem::path& file, const CancelToken& cancel);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::pools
