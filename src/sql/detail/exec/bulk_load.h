#pragma once
// INSERT BULK: rows that a client sends beside T-SQL.

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// Checks table, columns and options, and remembers them for the rows that come next.
void announce_bulk_load(Execution& run, const Frame& frame, const ast::InsertBulk& statement);

/// Takes the announced rows: those that do not fit end it (206, 245, 515, 2628, 8152), and nothing
/// is loaded then. 4002 where none was announced.
void take_bulk_load(Execution& run, Frame& frame, const RowStream& stream);

}  // namespace tarn::sql
