#pragma once
#include "detail/exec/statement_context.h"
#include "detail/syntax/ast.h"
namespace tarn::sql {
void create_external(Execution& run, const Frame& frame, const ast::CreateExternal& statement);
std::optional<std::int64_t> create_external_table(Execution& run, Frame& frame,
                                                  ast::CreateExternalTable& statement,
                                                  ast::Span span);
}  // namespace tarn::sql
