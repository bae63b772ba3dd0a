#pragma once
// OPTION (LABEL = '…'): the name that a request has in sys.dm_pdw_exec_requests.

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// Empty where the statement has none.
std::string label_of(const ast::Statement& statement);
/// Notes the statement's label, if it has one, with the batch under way.
void note_label(SessionState& session, const ast::Statement& statement);

}  // namespace tarn::sql
