#include "api/tds.h"

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "detail/sql_sessions.h"
#include "detail/tds/session.h"
#include "identity/actions.h"
#include "identity/authority.h"
#include "identity/logins.h"
#include "identity/tokens.h"
#include "router/loopback_trust.h"

namespace tarn::api {
namespace {

using identity::Principal;

constexpr std::string_view kLanguage = "us_english";
constexpr std::string_view kFirstDatabase = "master";  // where SQL Server's sessions come from

/// A bearer token's form (identity/tokens.h).
bool looks_like_token(std::string_view text) {
  constexpr std::string_view kPrefix = "tarn_";
  return text.starts_with(kPrefix) && text.size() == kPrefix.size() + 2 * identity::kTokenBytes;
}

Error login_failed(const std::string& user) {
  return Error(Code::kUnauthenticated, "Login failed for user '" + user + "'.")
      .with_sql({18456, 14, 1, {}});
}

/// Who signs in.
class Reception {
 public:
  Reception(const Workspace& workspace, TdsRules rules)
      : workspace_(workspace), rules_(std::move(rules)) {}

  /// Throws Error with the reason, which is for the log.
  Principal admit(const tds::Login& login) const {
    if (!login.access_token.empty()) return token_bearer(login, login.access_token);
    if (looks_like_token(login.password)) return token_bearer(login, login.password);
    if (login.encrypted) {
      if (auto principal = sql_login(login)) return std::move(*principal);
    }
    if (login.peer.kind == router::Peer::Kind::kInProcess) return workspace_.authority.owner();
    if (rules_.require_login)
      throw Error(Code::kUnauthenticated, "no login of this name and password");
    // A SQL client has no web page to speak for; of the rule's facts the socket's remain.
    const router::Headers headers{{"Host", "localhost:" + std::to_string(login.peer.local_port)}};
    std::string reason;
    if (router::trusted_loopback(login.peer, headers, rules_.owner_uid, &reason))
      return workspace_.authority.owner();
    throw Error(Code::kUnauthenticated, "no login of this name and password; " + reason);
  }

 private:
  std::optional<Principal> sql_login(const tds::Login& login) const {
    if (rules_.logins) return rules_.logins(login.user, login.password);
    identity::Logins* logins = workspace_.sql.logins;
    return logins ? logins->authenticate(login.user, login.password) : std::nullopt;
  }

  Principal token_bearer(const tds::Login& login, const std::string& token) const {
    if (!login.encrypted)
      throw Error(Code::kUnauthenticated, "a token came over a connection without TLS");
    return workspace_.tokens.authenticate(token);
  }

  const Workspace& workspace_;
  TdsRules rules_;
};

void write_failure(const Workspace& workspace, const tds::Login& login, const std::string& reason) {
  log::warn("tds.login.failed",
            {{"user", login.user}, {"peer", login.peer.address}, {"reason", reason}});
  workspace.authority.audit(Principal::anonymous(), identity::actions::kSqlConnect, {},
                            identity::Outcome::kDenied,
                            {{}, Json{{"user", login.user}, {"peer", login.peer.address}}.dump()});
}

void refuse_database(const tds::Login& login, tds::Response& out) {
  out.notice({.number = 4060,
              .severity = 11,
              .state = 1,
              .line = 1,
              .procedure = {},
              .text = "Cannot open database \"" + login.database +
                      "\" requested by the login. The login failed."});
}

std::unique_ptr<TdsSession> open_session(const Workspace& workspace, const tds::Login& login,
                                         const Principal& principal, tds::Response& out) {
  sql::SessionOptions options;
  if (!login.database.empty()) options.database = login.database;
  options.login = principal.name;
  options.principal = principal;
  options.application = login.application;
  options.host = login.host;
  options.address = login.peer.address.substr(0, login.peer.address.rfind(':'));
  options.id = next_sql_session_id();
  options.authorize = [&authority = workspace.authority, principal,
                       request_id =
                           "tds-" + std::to_string(options.id)](const sql::Permission& permission) {
    authority.authorize(principal, permission.action, permission.scope, {request_id, {}});
  };
  try {
    auto session = std::make_unique<TdsSession>(workspace.sql, options);
    session->require_access();
    return session;
  } catch (const Error& error) {
    if (error.code() != Code::kNotFound && error.code() != Code::kPermissionDenied) throw;
    refuse_database(login, out);
    throw login_failed(login.user);
  }
}

void welcome(const TdsSession& session, tds::Response& out) {
  tell_database(out, session.database(), std::string(kFirstDatabase));
  out.environment(tds::Environment::kCollation, {}, {});
  out.environment(tds::Environment::kLanguage, kLanguage, {});
  out.notice({.number = 5703,
              .severity = 0,
              .state = 1,
              .line = 0,
              .procedure = {},
              .text = "Changed language setting to " + std::string(kLanguage) + "."});
}

}  // namespace

tds::SignIn tds_sign_in(const Workspace& workspace, TdsRules rules) {
  return [&workspace, reception = Reception(workspace, std::move(rules))](
             const tds::Login& login, tds::Response& out) -> std::unique_ptr<tds::Session> {
    Principal principal;
    try {
      principal = reception.admit(login);
    } catch (const Error& error) {
      write_failure(workspace, login, error.message());
      throw login_failed(login.user);
    }
    auto session = open_session(workspace, login, principal, out);
    welcome(*session, out);
    return session;
  };
}

}  // namespace tarn::api
