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

/// The same of a text with declared parameters ("@a int, @b int OUTPUT"); their arguments are those
/// of `statement` behind the first `skipped` ones. 8178 where one is missing. `procedure` is its
/// name in messages.
void run_parametrised(Execution& run, Frame& caller, const ast::Execute& statement,
                      std::size_t skipped, const std::string& declarations, const std::string& text,
                      const std::string& procedure);

/// "dbo.[my proc]" as a name; 2812 where it is none.
ast::Name parse_name(const std::string& text, ast::Span span);

}  // namespace tarn::sql
