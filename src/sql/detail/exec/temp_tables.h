#pragma once
// Temporary tables (#t) and table variables: tables of the session's engine connection.

#include <cstdint>
#include <string>
#include <vector>

#include "detail/exec/session_state.h"
#include "detail/exec/table_design.h"
#include "detail/exec/table_schema.h"
#include "detail/syntax/ast.h"
#include "detail/translate/translate.h"

namespace tarn::sql {

inline constexpr std::size_t kTempTablesMax = 10'000;  // of one session

/// An empty one for DECLARE @t TABLE (...).
TempTable make_temp_table(Execution& run, const Frame& frame,
                          const std::vector<ast::ColumnDefinition>& columns);
/// CREATE TABLE #t: 2714 where there is one. It goes with the frame when that is a procedure's.
void create_temp_table(Execution& run, Frame& frame, const std::string& name,
                       const std::vector<TableColumn>& columns, const std::vector<TableKey>& keys);
/// The engine's table of it, without rows, with the indexes of its keys.
void make_engine_table(engine::Connection& connection, const TempTable& table);
/// SELECT … INTO #t and CTAS; the number of rows.
std::int64_t create_temp_table_as(Execution& run, Frame& frame, const std::string& name,
                                  const Translation& query);
/// Keeps a query's rows under a name of its own in SessionState::temp_tables.
std::string keep_rows(Execution& run, const Translation& query, std::int64_t& rows);
/// False where there is none. `forget`: a transaction's ROLLBACK does not bring it back.
bool drop_temp_table(SessionState& session, const std::string& name, bool forget = false);
/// Drops what the frame owns.
void drop_temp_tables(SessionState& session, Frame& frame);

/// Columns of an engine table with the engine types of `columns`: ("a" INTEGER, ...).
std::string engine_columns(const std::vector<TargetColumn>& columns);
/// A name for an engine table that no other has.
std::string new_engine_name(SessionState& session);

}  // namespace tarn::sql
