#include "gate.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "identity/authority.h"
#include "identity/tokens.h"
#include "lake/catalog.h"
#include "lake/path.h"
#include "router/loopback_trust.h"

namespace tarn::api {
namespace {

using identity::Principal;
using identity::Scope;

// Reading is not a change: only denials and failures of it are worth a line.
bool changes_something(const router::Request& request) {
  return request.method != "GET" && request.method != "HEAD";
}

Scope scope_of(std::string_view text) {
  if (text.empty()) return Scope::workspace();
  if (text.starts_with("lake:")) {
    std::string plain(text.substr(5));
    // The root of a container, or a folder below it, written with a slash before its name.
    for (std::size_t at = 0; (at = plain.find("//", at)) != std::string::npos;) {
      if (at > 0 && plain[at - 1] == ':') {
        at += 2;  // of a scheme
      } else {
        plain.erase(at, 1);
      }
    }
    const lake::LakePath path = lake::parse_pattern(plain);
    return path.path.empty() || path.pattern() ? Scope::container(path.container)
                                               : Scope::file(path.container, path.path);
  }
  if (text.starts_with("table:")) {
    const lake::TableName name = lake::TableName::parse(text.substr(6));
    return Scope::object(name.database.empty() ? lake::kDefaultDatabase : name.database,
                         name.schema.empty() ? lake::kDefaultSchema : name.schema, name.table);
  }
  return Scope::parse(text);
}

identity::Outcome outcome_of(router::Outcome outcome) {
  switch (outcome) {
    case router::Outcome::kAllowed:
      return identity::Outcome::kAllowed;
    case router::Outcome::kDenied:
      return identity::Outcome::kDenied;
    case router::Outcome::kFailed:
      break;
  }
  return identity::Outcome::kFailed;
}

/// The token that an Authorization header bears: "Bearer <token>", or as the password of "Basic …",
/// whatever the user's name, for clients that know nothing else.
std::string token_of(std::string_view header) {
  constexpr std::string_view kBearer = "bearer ";
  constexpr std::string_view kBasic = "basic ";
  if (equal_ignoring_case(header.substr(0, kBearer.size()), kBearer))
    return std::string(trim(header.substr(kBearer.size())));
  if (!equal_ignoring_case(header.substr(0, kBasic.size()), kBasic)) {
    throw Error(Code::kUnauthenticated, "This scheme of authorization is not known here.",
                "Send Authorization: Bearer <token>, or Basic with the token as the password.");
  }
  std::string pair;
  try {
    pair = from_base64(trim(header.substr(kBasic.size())));
  } catch (const Error&) {
    // What is no Base64 holds no token.
  }
  const std::size_t colon = pair.find(':');
  return colon == std::string::npos ? "" : pair.substr(colon + 1);
}

}  // namespace

IdentityGate::IdentityGate(identity::Authority& authority, identity::Tokens& tokens,
                           uid_t owner_uid, Credentials others)
    : authority_(authority), tokens_(tokens), owner_uid_(owner_uid), others_(std::move(others)) {}

Principal IdentityGate::principal_of(const router::Request& request) {
  if (others_) {
    if (auto principal = others_(request)) return std::move(*principal);
  }
  if (const std::string* header = request.headers.find("Authorization")) {
    return tokens_.authenticate(token_of(*header));
  }
  switch (request.peer.kind) {
    case router::Peer::Kind::kInProcess:
      return authority_.owner();
    case router::Peer::Kind::kUnixSocket:
      return request.peer.uid ? authority_.unix_user(*request.peer.uid) : Principal::anonymous();
    case router::Peer::Kind::kTcp: {
      std::string reason;
      if (router::trusted_loopback(request.peer, request.headers, owner_uid_, &reason)) {
        return authority_.owner();
      }
      throw Error(Code::kUnauthenticated, "A token is needed: " + reason + ".",
                  "Send Authorization: Bearer <token>; the owner's lies in <home>/run/token.");
    }
  }
  return Principal::anonymous();
}

router::Caller IdentityGate::authenticate(const router::Request& request) {
  Principal principal = principal_of(request);
  return {principal.id, principal.name, std::move(principal)};
}

void IdentityGate::authorize(const router::Caller& caller, std::string_view action,
                             std::string_view scope) {
  authority_.authorize(std::any_cast<const Principal&>(caller.principal), action, scope_of(scope));
}

void IdentityGate::audit(const router::AuditRecord& record) {
  const auto* principal = std::any_cast<Principal>(&record.request.caller.principal);
  // A denial has been recorded where it was decided, with the principal that it was about.
  if (!principal || record.outcome == router::Outcome::kDenied) return;
  if (record.outcome == router::Outcome::kAllowed && !changes_something(record.request)) return;
  Json details{
      {"method", record.request.method}, {"path", record.request.path}, {"status", record.status}};
  if (!record.code.empty()) details["code"] = record.code;
  Scope scope;
  try {
    scope = scope_of(record.scope);
  } catch (const Error&) {
    // The path itself was refused: the record stands for the workspace.
  }
  authority_.audit(*principal, record.action, scope, outcome_of(record.outcome),
                   {record.request.request_id, details.dump()});
}

const Principal& principal_of(const router::Request& request) {
  const auto* principal = std::any_cast<Principal>(&request.caller.principal);
  check(principal != nullptr, "a handler ran without a principal");
  return *principal;
}

}  // namespace tarn::api
