#pragma once
// What is in a pool: schemas and tables, and the transactions that read and change them.
//
// The file describes itself: its schema `tarn` has a row for each table with all that T-SQL knows
// of it, written in the same engine transaction as the table; in memory while the pool is online.
// The table itself lies in the schema `data` under its id, so that its names are free.
//
// Pool is thread-safe. A Work is one session's, as its connection is.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"
#include "lake/delta_log.h"

namespace tarn::engine {
class Connection;
}

namespace tarn::pools {

inline constexpr std::size_t kTablesMax = 100'000;  // of one pool

/// A table of a pool, described as a lake table is: T-SQL's types in the schema's fields, defaults
/// and design among the properties (sql/detail/exec/table_schema.h, table_design.h).
struct PoolTable {
  std::string schema;  // as it was made: dbo
  std::string name;
  std::int64_t id = 0;  // never used again in this pool
  Micros created = 0;
  Micros modified = 0;
  lake::delta::Metadata metadata;
  std::string engine_name;    // quoted, in full: "pool:sales"."data"."t17"
  std::string sequence_name;  // the same of its IDENTITY; not quoted inside nextval()'s text
};
using PoolTablePtr = std::shared_ptr<const PoolTable>;

/// The schemas and tables of a pool at one moment. Immutable.
struct Definitions {
  std::vector<std::string> schemas;  // dbo first, then by name
  /// By schema and name in lower case.
  std::map<std::pair<std::string, std::string>, PoolTablePtr> tables;

  bool has_schema(std::string_view schema) const;
  PoolTablePtr find(std::string_view schema, std::string_view table) const;  // null: none
};
using DefinitionsPtr = std::shared_ptr<const Definitions>;

/// A pool that is online, attached to the engine.
class Pool {
 public:
  struct Impl;
  explicit Pool(std::unique_ptr<Impl> impl);
  ~Pool();
  Pool(const Pool&) = delete;

  const std::string& name() const;
  const std::string& collation() const;
  /// What is committed now.
  DefinitionsPtr definitions() const;

 private:
  friend class Work;
  friend class Pools;
  std::unique_ptr<Impl> impl_;
};
using PoolPtr = std::shared_ptr<Pool>;

/// IDENTITY (seed, increment).
struct Identity {
  std::int64_t seed = 1;
  std::int64_t increment = 1;
};

/// A table to be made.
struct TableDraft {
  std::string schema;
  std::string name;
  lake::delta::Metadata metadata;
  std::string engine_columns;  // ("a" INTEGER, "b" VARCHAR)
  std::string first_rows;      // engine SQL that gives all columns in their order; empty: none
  std::optional<Identity> identity;
};

/// One transaction of the engine over the pools that it reads and the one that it changes. It
/// begins with the first pool that joins; commit() and rollback() end it, and the next join begins
/// another. An error of the engine inside leaves nothing but rollback().
class Work {
 public:
  using ConnectionProvider = std::function<engine::Connection&()>;

  explicit Work(ConnectionProvider connection, const Clock& clock = Clock::system());
  /// Commits where nothing but temporary tables was changed and no error is under way; else rolls
  /// back.
  ~Work();
  Work(const Work&) = delete;

  bool active() const { return begun_; }
  /// The pool that it changes; null while there is none.
  const Pool* changed() const { return changed_; }

  /// The pool's tables as this transaction sees them, its own changes of them included.
  DefinitionsPtr join(const PoolPtr& pool);
  /// Rows of the pool are going to change. Throws Error(kUnsupported) where another pool's have.
  void change(const PoolPtr& pool);

  // Throw Error: kAlreadyExists, kNotFound, kTooLarge; kConflict where another session changes the
  // same definition. Each makes the pool the changed one.
  void create_schema(const PoolPtr& pool, std::string_view schema);
  /// Of a schema that has no tables.
  void drop_schema(const PoolPtr& pool, std::string_view schema);
  /// Returns the number of its first rows.
  std::int64_t create_table(const PoolPtr& pool, const TableDraft& draft,
                            const CancelToken& cancel);
  /// `statements`: of the engine, that take the table (by its engine_name) to what `then`
  /// describes.
  void change_table(const PoolPtr& pool, const PoolTablePtr& table,
                    const lake::delta::Metadata& then, const std::vector<std::string>& statements,
                    const CancelToken& cancel);
  void rename_table(const PoolPtr& pool, const PoolTablePtr& table, std::string_view schema,
                    std::string_view name);
  void drop_table(const PoolPtr& pool, const PoolTablePtr& table);

  /// Throws Error(kConflict) where another transaction changed the same; it is rolled back then.
  void commit();
  void rollback();

 private:
  struct Joined;

  Joined& joined(const PoolPtr& pool);
  void put(Joined& joined, const PoolTablePtr& before, PoolTable after);
  void run(const std::string& sql, const CancelToken& cancel = {});
  void end();

  ConnectionProvider connection_;
  const Clock& clock_;
  bool begun_ = false;
  int errors_at_begin_ = 0;
  const Pool* changed_ = nullptr;
  std::vector<std::unique_ptr<Joined>> joined_;
};

/// Whether the engine says that two transactions changed the same.
bool is_conflict(const Error& error);
/// Such an error as kConflict; others as they are.
Error as_conflict(const Error& error);

/// The sequence of a table's IDENTITY counts from `next`, as a statement of the engine.
std::string restart_sql(const PoolTable& table, std::int64_t next, std::int64_t increment);
/// A query for the last value that it gave: one row; NULL before the first since it was
/// (re)started.
std::string last_value_sql(std::string_view pool, const PoolTable& table);

}  // namespace tarn::pools
