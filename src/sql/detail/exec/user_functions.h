#pragma once
// Functions that users make: what their bodies may hold. Calling them is StatementContext's; calls
// over rows become a part of the query: bind/bind_user_function.cc.

#include <span>

#include "detail/exec/statement_context.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// Throws 443 and 444 for statements that a function must not have, 455 where it does not end with
/// RETURN.
void check_function_body(const ast::CreateFunction& function);

}  // namespace tarn::sql
