#pragma once
// Functions that users make: what their bodies may hold, and running one for constants. Calls over
// rows become a part of the query: bind/bind_user_function.cc.

#include <span>

#include "detail/exec/statement_context.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// Throws 443 and 444 for statements that a function must not have, 455 where it does not end with
/// RETURN.
void check_function_body(const std::vector<ast::StatementPtr>& body);

/// Interprets a scalar function's body.
Constant run_function(StatementFacts& facts, const FunctionSource& source,
                      std::span<const Constant> arguments);

}  // namespace tarn::sql
