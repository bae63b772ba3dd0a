#pragma once
// CREATE and DROP of databases, schemas, tables, views and procedures. Each asks for its permission
// first.

#include <cstdint>
#include <optional>

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

void create_database(Execution& run, const ast::CreateDatabase& statement, ast::Span span);
void create_schema(Execution& run, const Frame& frame, const ast::CreateSchema& statement);
/// The number of rows of a CREATE TABLE AS SELECT.
std::optional<std::int64_t> create_table(Execution& run, Frame& frame, ast::CreateTable& statement,
                                         ast::Span span);
/// SELECT … INTO t. `select` is the query's own; its INTO is looked through.
std::int64_t run_select_into(Execution& run, Frame& frame, const ast::Query& query,
                             const ast::Select& select, ast::Span span);
void create_view(Execution& run, const Frame& frame, const ast::CreateView& statement);
void create_procedure(Execution& run, const Frame& frame, const ast::CreateProcedure& statement);
void create_function(Execution& run, const Frame& frame, const ast::CreateFunction& statement);
void drop_objects(Execution& run, const Frame& frame, const ast::Drop& statement);

}  // namespace tarn::sql
