#pragma once
// SQL Server's wire protocol over T-SQL sessions: who may come in, and what answers them.

#include <sys/types.h>
#include <unistd.h>

#include <functional>
#include <optional>
#include <string>

#include "api/workspace.h"
#include "identity/principal.h"
#include "tds/session.h"

namespace tarn::api {

/// The principal of an SQL login with this password; nothing where there is none of that name and
/// password. Takes its time on purpose. By default those of the workspace (identity::Logins).
using SqlLogins = std::function<std::optional<identity::Principal>(const std::string& name,
                                                                   const std::string& password)>;

struct TdsRules {
  bool require_login = false;  // the owner's own programs on this machine show who they are, too
  uid_t owner_uid = ::geteuid();
  SqlLogins logins = {};
};

/// Finds out who signs in: by a bearer token (FEDAUTH, or as the password of any user name) or by
/// an SQL login, both over TLS alone; else, for programs of the owner on this machine
/// (router::trusted_loopback), whatever name and password they give, the owner. Throws Error 18456,
/// with the reason in the log alone, and 4060 for a database that is not there.
///
/// `workspace` outlives the sessions.
tds::SignIn tds_sign_in(const Workspace& workspace, TdsRules rules = {});

}  // namespace tarn::api
