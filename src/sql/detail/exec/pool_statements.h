#pragma once
// Statements about dedicated SQL pools: making, scaling and dropping them, RENAME OBJECT, and SET
// IDENTITY_INSERT of their tables.

#include <string>
#include <vector>

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// Whether CREATE DATABASE asks for a pool: EDITION = 'DataWarehouse', or a SERVICE_OBJECTIVE.
bool names_pool(const std::vector<ast::Option>& options);
/// 1801 for a name that is taken.
void create_pool(Execution& run, const ast::CreateDatabase& statement, ast::Span span);
/// MODIFY (SERVICE_OBJECTIVE = …). 5011 for what is no pool.
void alter_database(Execution& run, const ast::AlterDatabase& statement, ast::Span span);
/// 3702 while somebody uses it.
void drop_pool(Execution& run, const std::string& name, ast::Span span);
/// 15225 for a table that there is none of, 15335 for a name that is taken.
void rename_object(Execution& run, const Frame& frame, const ast::RenameObject& statement);
/// 8106 for a table without an IDENTITY, 8107 while another one has it ON.
void set_identity_insert(Execution& run, const Frame& frame, const ast::SetOption& statement,
                         ast::Span span);

}  // namespace tarn::sql
