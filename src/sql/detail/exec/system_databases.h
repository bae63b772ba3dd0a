#pragma once
// master, tempdb and msdb: the databases of SQL Server's own that tools connect to and name. They
// hold nothing but system views and procedures; tempdb shows the session's temporary tables.

#include <optional>
#include <string_view>
#include <vector>

#include "detail/exec/session_state.h"
#include "detail/syntax/span.h"
#include "lake/catalog.h"

namespace tarn::sql {

bool is_system_database(std::string_view name);
bool is_tempdb(std::string_view name);
/// A database of the lake, a dedicated SQL pool, or one of the three.
std::optional<lake::DatabaseInfo> find_any_database(const SessionState& session,
                                                    std::string_view name);
/// The three, then the lake's, then the pools.
std::vector<lake::DatabaseInfo> all_databases(const SessionState& session);
/// `dbo` alone in a system database.
std::vector<std::string> schemas_of(const SessionState& session, std::string_view database);
bool has_schema(const SessionState& session, std::string_view database, std::string_view schema);
/// 42108 for a pool that is paused; who is in it already goes on until its next statement.
void require_online(const SessionState& session, const std::string& database);
/// 262: nobody makes anything in one of the three.
void refuse_system_database(std::string_view database, std::string_view statement, ast::Span span);

}  // namespace tarn::sql
