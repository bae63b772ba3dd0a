#pragma once
// RAISERROR's formats, and the options of SET.

#include <span>
#include <string>

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// "%s has %d rows" with its arguments (printf's flags, width and precision; %d %i %u %o %x %X %s
/// %%). An argument that is missing or NULL shows as (null). Throws 2786/2787 for formats that
/// RAISERROR does not have.
std::string format_message(const std::string& format, std::span<const Constant> arguments);

/// SET <name> …: what changes nothing here is accepted, what would be wrong to ignore is refused by
/// name.
void apply_option(SessionState& session, const std::string& name, const ast::SetOption& statement,
                  ast::Span span);

}  // namespace tarn::sql
