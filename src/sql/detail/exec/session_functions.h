#pragma once
// @@ variables, and functions whose value is a fact of the session: DB_NAME(), ERROR_MESSAGE(),
// OBJECT_ID() and so on.

#include <span>
#include <string_view>

#include "detail/exec/statement_context.h"

namespace tarn::sql {

Constant global_variable(const SessionState& session, const Frame* frame, std::string_view name,
                         ast::Span span);
Constant session_function(StatementFacts& facts, StatementContext& context, const Frame* frame,
                          std::string_view name, std::span<const Constant> arguments,
                          ast::Span span);

}  // namespace tarn::sql
