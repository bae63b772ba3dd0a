#pragma once
// INSERT, UPDATE, DELETE, TRUNCATE. Each is one commit of a lake table, or none.

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "detail/bind/bound.h"
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
/// Runs the statement, again where another writer was faster: on what is there then, as if it had
/// come later. 3960 after kStatementAttemptsMax times.
std::int64_t repeat_on_conflict(Execution& run, const std::function<std::int64_t()>& statement);
/// The columns that the statement would send by OUTPUT, without running it; nothing where it sends
/// none. Errors as its compilation.
std::optional<std::vector<bound::ResultColumn>> output_columns(Execution& run, const Frame& frame,
                                                               ast::Update& statement);
std::optional<std::vector<bound::ResultColumn>> output_columns(Execution& run, const Frame& frame,
                                                               ast::Delete& statement);
std::optional<std::vector<bound::ResultColumn>> output_columns(Execution& run, const Frame& frame,
                                                               ast::Merge& statement);
void run_truncate(Execution& run, Frame& frame, const ast::Truncate& statement);

}  // namespace tarn::sql
