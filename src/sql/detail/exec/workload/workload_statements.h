#pragma once
// CREATE, ALTER and DROP WORKLOAD GROUP, CREATE and DROP WORKLOAD CLASSIFIER.

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// In the current database, which is a dedicated pool; 40510 in another. What it keeps and does not
/// act on is told in a message. Other errors are in workload.h and workload_store.h.
void run_workload_statement(Execution& run, const Frame& frame,
                            const ast::WorkloadStatement& statement, ast::Span span);

}  // namespace tarn::sql
