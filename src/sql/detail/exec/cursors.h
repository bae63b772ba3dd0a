#pragma once
// sp_cursoropen, sp_cursorfetch and their like: static, read-only cursors over a result that is
// kept in the engine, whatever kind a client asks for; it is told what it got.
// https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/cursor-stored-procedures-transact-sql

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

inline constexpr std::int64_t kFetchRowsMax = 1'000'000;  // of one sp_cursorfetch

/// sp_cursoropen @cursor OUTPUT, @stmt, @scrollopt OUTPUT, @ccopt OUTPUT, @rowcount OUTPUT,
/// [@params, values…]. A text that is no single SELECT sends its results at once; the cursor is 0.
void open_cursor(Execution& run, Frame& caller, const ast::Execute& statement);
/// sp_cursorprepare @handle OUTPUT, @params, @stmt, @options, @scrollopt OUTPUT, @ccopt OUTPUT
void prepare_cursor(Execution& run, Frame& caller, const ast::Execute& statement);
/// sp_cursorexecute @handle, @cursor OUTPUT, @scrollopt OUTPUT, @ccopt OUTPUT, @rowcount OUTPUT,
/// values…
void execute_prepared_cursor(Execution& run, Frame& caller, const ast::Execute& statement);
/// sp_cursorprepexec @handle OUTPUT, @cursor OUTPUT, @params, @stmt, @scrollopt OUTPUT,
/// @ccopt OUTPUT, @rowcount OUTPUT, values…
void prepare_and_open_cursor(Execution& run, Frame& caller, const ast::Execute& statement);
/// sp_cursorfetch @cursor, @fetchtype, @rownum OUTPUT, @nrows OUTPUT: 16909 for an unknown cursor
void fetch_cursor(Execution& run, Frame& caller, const ast::Execute& statement);
/// sp_cursoroption @cursor, @code, @value
void set_cursor_option(Execution& run, Frame& caller, const ast::Execute& statement);
/// sp_cursorclose @cursor
void close_cursor(Execution& run, Frame& caller, const ast::Execute& statement);
/// sp_cursor: changes through a cursor are refused, 16929.
[[noreturn]] void refuse_cursor_change(Execution& run, Frame& caller,
                                       const ast::Execute& statement);

}  // namespace tarn::sql
