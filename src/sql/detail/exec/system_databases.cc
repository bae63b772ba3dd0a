#include "detail/exec/system_databases.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "detail/exec/failure.h"
#include "detail/exec/pool_tables.h"
#include "detail/types/collation.h"

namespace tarn::sql {
namespace {

constexpr std::array<std::string_view, 3> kSystemDatabases = {"master", "tempdb", "msdb"};
/// When SQL Server's own databases were made.
constexpr Micros kSystemDatabaseMade = 1'049'793'216'390'000;  // 2003-04-08 09:13:36.390

}  // namespace

bool is_system_database(std::string_view name) {
  return std::any_of(kSystemDatabases.begin(), kSystemDatabases.end(),
                     [&](std::string_view known) { return equal_ignoring_case(known, name); });
}

bool is_tempdb(std::string_view name) { return equal_ignoring_case(name, "tempdb"); }

std::optional<lake::DatabaseInfo> find_any_database(const SessionState& session,
                                                    std::string_view name) {
  for (const std::string_view known : kSystemDatabases) {
    if (equal_ignoring_case(known, name))
      return lake::DatabaseInfo{std::string(known), server_collation()->name, kSystemDatabaseMade};
  }
  if (const auto pool = find_pool(session, name))
    return lake::DatabaseInfo{pool->name, pool->collation, pool->created};
  return session.services.catalog->find_database(name);
}

std::vector<lake::DatabaseInfo> all_databases(const SessionState& session) {
  std::vector<lake::DatabaseInfo> databases;
  for (const std::string_view name : kSystemDatabases)
    databases.push_back(*find_any_database(session, name));
  for (lake::DatabaseInfo& info : session.services.catalog->databases()) {
    if (!is_system_database(info.name)) databases.push_back(std::move(info));
  }
  if (!session.services.pools) return databases;
  for (const pools::PoolInfo& pool : session.services.pools->list())
    databases.push_back({pool.name, pool.collation, pool.created});
  return databases;
}

std::vector<std::string> schemas_of(const SessionState& session, std::string_view database) {
  if (is_system_database(database)) return {std::string(lake::kDefaultSchema)};
  return table_store(session, std::string(database))->schemas();
}

bool has_schema(const SessionState& session, std::string_view database, std::string_view schema) {
  if (is_system_database(database)) return equal_ignoring_case(schema, lake::kDefaultSchema);
  return table_store(session, std::string(database))->has_schema(schema);
}

void require_online(const SessionState& session, const std::string& database) {
  if (const auto pool = find_pool(session, database)) session.services.pools->require_online(*pool);
}

void refuse_system_database(std::string_view database, std::string_view statement, ast::Span span) {
  if (!is_system_database(database)) return;
  throw failure_of(
      Code::kPermissionDenied, 262, 14, 1,
      std::string(statement) + " permission denied in database '" + std::string(database) + "'.",
      span, "USE a database of the lake first.");
}

}  // namespace tarn::sql
