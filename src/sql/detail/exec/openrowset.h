#pragma once
// OPENROWSET(BULK …) in FROM.

#include "detail/exec/statement_context.h"

namespace tarn::sql {

Source openrowset_source(StatementFacts& facts, StatementContext& context,
                         const ast::OpenRowset& rowset, ast::Span span);

}  // namespace tarn::sql
