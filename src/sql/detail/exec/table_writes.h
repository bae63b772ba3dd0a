#pragma once
// INSERT, UPDATE, DELETE, TRUNCATE. Each is one commit of a lake table, or none.

#include <cstdint>

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// How often a statement that changes rows runs before it gives way to others for good (3960).
inline constexpr int kStatementAttemptsMax = 50;

/// Each returns the number of rows that it changed.
std::int64_t run_insert(Execution& run, Frame& frame, ast::Insert& statement);
std::int64_t run_update(Execution& run, Frame& frame, ast::Update& statement);
std::int64_t run_delete(Execution& run, Frame& frame, ast::Delete& statement);
std::int64_t run_merge(Execution& run, Frame& frame, ast::Merge& statement);
void run_truncate(Execution& run, Frame& frame, const ast::Truncate& statement);

}  // namespace tarn::sql
