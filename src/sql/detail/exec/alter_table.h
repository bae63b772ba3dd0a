#pragma once
// ALTER TABLE, and the statements about statistics, which have nothing to do here.

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// A change that the stored rows fit already is one of the table's metadata; any other writes the
/// rows anew, converted as an INSERT would, in the commit that changes the schema: Delta Lake
/// without column mapping has no other way. 4901, 4902, 4922, 4923, 4924, 2705, 1781, 515 and the
/// errors of conversions.
void alter_table(Execution& run, Frame& frame, const ast::AlterTable& statement, ast::Span span);

}  // namespace tarn::sql
