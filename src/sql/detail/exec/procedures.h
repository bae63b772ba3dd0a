#pragma once
// EXEC: stored procedures, the system procedures that Tarn has, and batches from text.

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// Runs EXEC in `frame`: arguments are evaluated there, OUTPUT arguments and the return code go
/// back into it.
void execute_call(Execution& run, Frame& frame, ast::Execute& statement, ast::Span span);

/// Runs the text as a batch of its own frame (EXEC ('…'), sp_executesql, a batch of the client).
/// `frame` may bring parameters.
void execute_text(Execution& run, Frame& frame, std::string_view text);

}  // namespace tarn::sql
