#pragma once
// sp_rename: another name for a table, view, procedure or function in its schema.
// https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-rename-transact-sql

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// sp_rename @objname, @newname, @objtype. 15225 for what is not there, 15335 for a name that is
/// taken, 15249 for another kind than SQL Server knows; columns and what else cannot have another
/// name here are refused by name.
void rename_object(Execution& run, Frame& caller, const ast::Execute& statement);

}  // namespace tarn::sql
