#pragma once
// The system procedures that drivers call rather than people: prepared statements, API cursors,
// descriptions. What a client calls over the wire and what EXEC calls in T-SQL is the same.

#include <string_view>

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

using ClientProcedure = void (*)(Execution& run, Frame& caller, const ast::Execute& statement);

/// Null where there is none of that name.
ClientProcedure find_client_procedure(std::string_view name);

}  // namespace tarn::sql
