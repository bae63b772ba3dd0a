#include "detail/exec/security.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "detail/exec/failure.h"
#include "detail/exec/query_run.h"
#include "detail/exec/statement_context.h"
#include "detail/exec/transactions.h"
#include "identity/authority.h"
#include "identity/logins.h"

namespace tarn::sql {
namespace {

using identity::Principal;
using identity::Scope;

constexpr std::string_view kUserRole = "sql-connect";

struct DatabaseRole {
  std::string_view name;
  std::string_view role;  // of identity; empty: it is not here
};

constexpr std::array kMappedRoles = {
    DatabaseRole{"db_owner", "contributor"},     DatabaseRole{"db_datareader", "sql-user"},
    DatabaseRole{"db_datawriter", "sql-writer"}, DatabaseRole{"db_accessadmin", {}},
    DatabaseRole{"db_backupoperator", {}},       DatabaseRole{"db_ddladmin", {}},
    DatabaseRole{"db_denydatareader", {}},       DatabaseRole{"db_denydatawriter", {}},
    DatabaseRole{"db_securityadmin", {}},
};

const Principal& asker(const SessionState& session, ast::Span span) {
  if (session.options.principal && session.services.logins && session.services.authority)
    return *session.options.principal;
  throw not_supported("a statement about logins in this session", span);
}

void require_administrator(const SessionState& session, const Scope& scope, ast::Span span) {
  try {
    session.authorize(identity::actions::kRolesWrite, scope);
  } catch (const Error& error) {
    if (error.code() != Code::kPermissionDenied) throw;
    throw failure_of(Code::kPermissionDenied, 15247, 16, 1,
                     "User does not have permission to perform this action.", span, error.hint());
  }
}

/// 15151: "Cannot alter the login 'x', because it does not exist or you do not have permission."
Error no_such(std::string_view what, std::string_view name, ast::Span span) {
  return failure(15151,
                 "Cannot " + std::string(what) + " '" + std::string(name) +
                     "', because it does not exist or you do not have permission.",
                 span);
}

void check_new_password(std::string_view password, ast::Span span) {
  const std::string start =
      "Password validation failed. The password does not meet the operating "
      "system policy requirements because it is too ";
  if (password.size() < identity::kPasswordBytesMin)
    throw failure(
        15116, start + "short.", span,
        "It needs at least " + std::to_string(identity::kPasswordBytesMin) + " characters.");
  if (password.size() > identity::kPasswordBytesMax)
    throw failure(15117, start + "long.", span,
                  "It has at most " + std::to_string(identity::kPasswordBytesMax) + " bytes.");
}

class LoginRun {
 public:
  LoginRun(Execution& run, const ast::LoginStatement& statement, ast::Span span)
      : session_(run.session),
        statement_(statement),
        span_(span),
        by_(asker(run.session, span)),
        logins_(*run.session.services.logins) {}

  void run() {
    using Action = ast::LoginStatement::Action;
    switch (statement_.action) {
      case Action::kCreate:
        return create();
      case Action::kSetPassword:
        return set_password();
      case Action::kEnable:
      case Action::kDisable:
        require_administrator(session_, Scope::workspace(), span_);
        return found("alter the login", [&] {
          logins_.set_enabled(by_, name(), statement_.action == Action::kEnable);
        });
      case Action::kDrop:
        require_administrator(session_, Scope::workspace(), span_);
        return found("drop the login", [&] { logins_.drop(by_, name()); });
    }
  }

 private:
  const std::string& name() const { return statement_.name.text; }

  void create() {
    require_administrator(session_, Scope::workspace(), span_);
    check_new_password(statement_.password, span_);
    try {
      logins_.create(by_, name(), statement_.password);
    } catch (const Error& error) {
      if (error.code() != Code::kAlreadyExists) throw;
      throw failure_of(Code::kAlreadyExists, 15025, 16, 1,
                       "The server principal '" + name() + "' already exists.",
                       statement_.name.span);
    }
  }

  /// Whoever shows the old one may set their own; all others need the permission.
  void set_password() {
    const bool own = statement_.old_password && equal_ignoring_case(name(), by_.name);
    if (!own) require_administrator(session_, Scope::workspace(), span_);
    if (statement_.old_password && !logins_.authenticate(name(), *statement_.old_password))
      throw no_such("alter the login", name(), statement_.name.span);
    check_new_password(statement_.password, span_);
    found("alter the login", [&] { logins_.set_password(by_, name(), statement_.password); });
  }

  template <typename Change>
  void found(std::string_view what, const Change& change) {
    try {
      change();
    } catch (const Error& error) {
      if (error.code() != Code::kNotFound) throw;
      throw no_such(what, name(), statement_.name.span);
    }
  }

  const SessionState& session_;
  const ast::LoginStatement& statement_;
  ast::Span span_;
  const Principal& by_;
  identity::Logins& logins_;
};

/// The principal that is a user of the database; nothing where the login or the user is not there.
std::optional<std::string> user_of(const SessionState& session, std::string_view name,
                                   const Scope& database) {
  const auto login = session.services.logins->find(name);
  if (!login) return std::nullopt;
  const auto roles = session.services.authority->roles_on(login->principal_id, database);
  if (std::ranges::find(roles, kUserRole) == roles.end()) return std::nullopt;
  return login->principal_id;
}

void drop_user(const SessionState& session, const Principal& by,
               const ast::UserStatement& statement, const Scope& database) {
  const auto id = user_of(session, statement.name.text, database);
  if (!id) {
    if (statement.if_exists) return;
    throw no_such("drop the user", statement.name.text, statement.name.span);
  }
  identity::Authority& authority = *session.services.authority;
  for (const DatabaseRole& role : kMappedRoles)
    if (!role.role.empty()) authority.revoke(by, *id, role.role, database);
  authority.revoke(by, *id, kUserRole, database);
}

}  // namespace

void run_login_statement(Execution& run, const ast::LoginStatement& statement, ast::Span span) {
  using Action = ast::LoginStatement::Action;
  const char* const what = statement.action == Action::kCreate ? "CREATE LOGIN"
                           : statement.action == Action::kDrop ? "DROP LOGIN"
                                                               : "ALTER LOGIN";
  refuse_in_transaction(run.session, what, span);
  LoginRun(run, statement, span).run();
}

void run_user_statement(Execution& run, const Frame& frame, const ast::UserStatement& statement,
                        ast::Span span) {
  refuse_in_transaction(run.session, statement.drop ? "DROP USER" : "CREATE USER", span);
  const SessionState& session = run.session;
  const Principal& by = asker(session, span);
  const Scope database = Scope::database(make_context(run, frame)->database());
  require_administrator(session, database, span);
  if (statement.drop) return drop_user(session, by, statement, database);
  const std::string& name = statement.name.text;
  if (!equal_ignoring_case(name, statement.login.text))
    throw not_supported("a user with another name than its login", statement.name.span);
  const auto login = session.services.logins->find(name);
  if (!login) {
    throw failure(15007, "'" + name + "' is not a valid login or you do not have permission.",
                  statement.login.span, "Make the login first: CREATE LOGIN … WITH PASSWORD.");
  }
  if (user_of(session, name, database)) {
    throw failure_of(Code::kAlreadyExists, 15023, 16, 1,
                     "User, group, or role '" + name + "' already exists in the current database.",
                     statement.name.span);
  }
  session.services.authority->grant(by, login->principal_id, kUserRole, database);
}

void change_role_member(Execution& run, const Frame& frame, const ast::RoleMember& statement,
                        ast::Span span) {
  refuse_in_transaction(run.session, "ALTER ROLE", span);
  const SessionState& session = run.session;
  const Principal& by = asker(session, span);
  const Scope database = Scope::database(make_context(run, frame)->database());
  require_administrator(session, database, span);
  const auto role = std::ranges::find_if(kMappedRoles, [&](const DatabaseRole& known) {
    return equal_ignoring_case(known.name, statement.role.text);
  });
  if (role == kMappedRoles.end())
    throw no_such("alter the role", statement.role.text, statement.role.span);
  if (role->role.empty())
    throw not_supported("the role " + std::string(role->name), statement.role.span);
  const auto id = user_of(session, statement.member.text, database);
  if (!id)
    throw no_such(statement.drop ? "drop the principal" : "add the principal",
                  statement.member.text, statement.member.span);
  if (statement.drop) {
    session.services.authority->revoke(by, *id, role->role, database);
  } else {
    session.services.authority->grant(by, *id, role->role, database);
  }
}

bool is_database_role_member(const SessionState& session, const std::string& database,
                             std::string_view role) {
  const auto mapped = std::ranges::find_if(kMappedRoles, [role](const DatabaseRole& known) {
    return equal_ignoring_case(known.name, role);
  });
  if (mapped == kMappedRoles.end() || mapped->role.empty()) return false;
  if (!session.options.principal || !session.services.authority) return false;
  for (const Scope& scope : {Scope::database(database), Scope::workspace()}) {
    const auto roles = session.services.authority->roles_on(session.options.principal->id, scope);
    if (std::ranges::find(roles, mapped->role) != roles.end()) return true;
  }
  return false;
}

std::string without_passwords(std::string_view text) {
  const std::string shown(text.substr(0, Admission::kTextBytesMax));
  const std::string upper = to_upper(shown);
  const bool sets_one =
      upper.find("LOGIN") != std::string::npos && upper.find("PASSWORD") != std::string::npos;
  return sets_one ? "-- a statement that sets a password" : shown;
}

}  // namespace tarn::sql
