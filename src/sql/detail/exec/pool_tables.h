#pragma once
// Tables in a dedicated SQL pool: tables of the engine's own, changed in its transactions. See
// docs/sql-pools.md.

#include <memory>
#include <optional>
#include <string>

#include "detail/exec/table_store.h"
#include "pools/pools.h"

namespace tarn::sql {

/// The pool of that name; nothing where there is none, or where the database is another's.
std::optional<pools::PoolInfo> find_pool(const SessionState& session, std::string_view name);
/// The pool that is the session's current database; that it is none is looked up once.
std::optional<pools::PoolInfo> current_pool(SessionState& session);
/// 42108 for a pool that is paused.
std::unique_ptr<TableStore> pool_store(const SessionState& session, const pools::PoolInfo& pool);

/// The engine's transaction of a statement that may run again: joined by whatever it reads and
/// writes of pools, and committed with it. Inside BEGIN TRANSACTION it is that transaction's.
class WorkScope {
 public:
  explicit WorkScope(SessionState& session);
  WorkScope(const WorkScope&) = delete;
  /// Throws Error(kConflict) where another session changed the same.
  void commit();

 private:
  std::shared_ptr<pools::Work> work_;
  bool own_;
};

/// The columns of a pool's table in the engine: ("a" INTEGER, …).
std::string pool_columns(const std::vector<TableColumn>& columns);
/// `rowid` is the engine's own: such a column has another name there.
std::string pool_column_name(const std::string& column);

}  // namespace tarn::sql
