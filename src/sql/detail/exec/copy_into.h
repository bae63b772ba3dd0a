#pragma once
// COPY INTO: files into a table, all or nothing.

#include <cstdint>

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// The number of rows.
std::int64_t run_copy(Execution& run, Frame& frame, const ast::Copy& statement, ast::Span span);

}  // namespace tarn::sql
