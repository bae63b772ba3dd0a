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

/// Whether the session's principal has the role of identity that a role of the database stands for
/// there, or one that is given on the whole workspace: db_datareader and those above.
bool is_database_role_member(const SessionState& session, const std::string& database,
                             std::string_view role);

/// A batch's text as others may see it: none that sets a password.
std::string without_passwords(std::string_view text);

}  // namespace tarn::sql
