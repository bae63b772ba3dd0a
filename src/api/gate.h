#pragma once
// The one way in: who asks, whether they may, and the record of it, for every route.

#include <sys/types.h>

#include <functional>
#include <optional>

#include "identity/principal.h"
#include "router/router.h"

namespace tarn::identity {
class Authority;
class Tokens;
}  // namespace tarn::identity

namespace tarn::api {

/// Another way to show who one is: empty where the request bears no such credentials; throws Error
/// for wrong ones.
using Credentials = std::function<std::optional<identity::Principal>(const router::Request&)>;

/// Finds out who calls: by the other credentials, where given and there; a bearer token where one
/// is sent; else the Unix user at the other end of the Unix socket; else, for TCP, the owner under
/// the rule of router::trusted_loopback; nobody otherwise. A caller in our own process is the owner
/// of the home, which its lock has already shown.
///
/// Scopes of routes are identity::Scope texts, or "lake:<path>", "table:<name>" and
/// "database:<name>" with what the user wrote.
class IdentityGate : public router::Gate {
 public:
  IdentityGate(identity::Authority& authority, identity::Tokens& tokens, uid_t owner_uid,
               Credentials others = {});

  router::Caller authenticate(const router::Request& request) override;
  void authorize(const router::Caller& caller, std::string_view action,
                 std::string_view scope) override;
  void audit(const router::AuditRecord& record) override;

 private:
  identity::Principal principal_of(const router::Request& request);

  identity::Authority& authority_;
  identity::Tokens& tokens_;
  uid_t owner_uid_;
  Credentials others_;
};

/// The principal that the gate found for a request.
const identity::Principal& principal_of(const router::Request& request);

}  // namespace tarn::api
