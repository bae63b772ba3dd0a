#pragma once
// Logins, the users of databases and the members of their roles, as roles of identity:
//
//   CREATE USER u FOR LOGIN u            sql-connect on the database
//   ALTER ROLE db_owner ADD MEMBER u     contributor
//   ALTER ROLE db_datareader …           sql-user
//   ALTER ROLE db_datawriter …           sql-writer
//
// A user has its login's name. What has no role of identity is refused by its name.

#include <string>
#include <string_view>

#include "detail/exec/session_state.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

void run_login_statement(Execution& run, const ast::LoginStatement& statement, ast::Span span);
void run_user_statement(Execution& run, const Frame& frame, const ast::UserStatement& statement,
                        ast::Span span);
void change_role_member(Execution& run, const Frame& frame, const ast::RoleMember& statement,
                        ast::Span span);

/// A batch's text as others may see it: none that sets a password.
std::string without_passwords(std::string_view text);

}  // namespace tarn::sql
