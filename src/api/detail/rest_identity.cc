// Who there is and what they may: principals, their tokens, roles.

#include "api/gate.h"
#include "base/error.h"
#include "detail/rest_routes.h"
#include "identity/actions.h"
#include "identity/authority.h"
#include "identity/tokens.h"

namespace tarn::api {
namespace {

constexpr std::int64_t kTokenLifetimeDefaultS = 86400;

struct NewPrincipal {
  std::string name;
  std::string kind = "user";

  static void describe(router::FieldList<NewPrincipal>& f) {
    f.type("NewPrincipal", "A person or a program, without any role yet.");
    f.required("name", &NewPrincipal::name, "How it is shown, and named in lists.");
    f.optional("kind", &NewPrincipal::kind, "user or service.");
  }
};
struct PrincipalEntry {
  std::string id;
  std::string name;
  std::string kind;

  static void describe(router::FieldList<PrincipalEntry>& f) {
    f.type("Principal", "A person or a program.");
    f.required("id", &PrincipalEntry::id, "What access control lists and roles name it by.");
    f.required("name", &PrincipalEntry::name, "Its name.");
    f.required("kind", &PrincipalEntry::kind, "user or service.");
  }
};
struct NewToken {
  std::int64_t lifetime_s = kTokenLifetimeDefaultS;

  static void describe(router::FieldList<NewToken>& f) {
    f.type("NewToken", "A bearer token to be made.");
    f.optional("lifetime_s", &NewToken::lifetime_s, "Seconds; a day by default, a year at most.");
  }
};
struct TokenEntry {
  std::string token;

  static void describe(router::FieldList<TokenEntry>& f) {
    f.type("Token", "A bearer token; it is not kept and not shown again.");
    f.required("token", &TokenEntry::token, "Send it as Authorization: Bearer.");
  }
};
struct RoleEntry {
  std::string principal_id;
  std::string principal;
  std::string role;
  std::string scope;

  static void describe(router::FieldList<RoleEntry>& f) {
    f.type("RoleAssignment", "A role of somebody, on a scope and all below it.");
    f.required("principal_id", &RoleEntry::principal_id, "Whose.");
    f.optional("principal", &RoleEntry::principal, "Their name; not read.");
    f.required("role", &RoleEntry::role, "owner, contributor or reader.");
    f.required("scope", &RoleEntry::scope, "/, /containers/files/data, ...");
  }
};
struct RolePage {
  std::vector<RoleEntry> roles;
  std::string continuation;

  static void describe(router::FieldList<RolePage>& f) {
    f.type("RoleAssignments", "A page of role assignments.");
    f.required("roles", &RolePage::roles, "In the order they were given.");
    f.required("continuation", &RolePage::continuation, "For the next page; empty at the end.");
  }
};

using router::Request;
using router::Response;
namespace actions = identity::actions;

Response create_principal(const Workspace& workspace, Request& request) {
  const auto wanted = router::read_json<NewPrincipal>(request);
  if (wanted.kind != "user" && wanted.kind != "service") {
    throw Error(Code::kInvalidArgument,
                "A principal is a user or a service; not: " + wanted.kind.substr(0, 80) + ".");
  }
  const auto made = workspace.authority.create_principal(
      wanted.name,
      wanted.kind == "user" ? identity::PrincipalKind::kUser : identity::PrincipalKind::kService);
  return router::json_response(PrincipalEntry{made.id, made.name, wanted.kind}, 201);
}

Response issue_token(const Workspace& workspace, Request& request) {
  const auto wanted = router::read_json<NewToken>(request);
  return router::json_response(TokenEntry{workspace.tokens.issue_token(
                                   principal_of(request), request.path_parameters.require("id"),
                                   static_cast<double>(wanted.lifetime_s))},
                               201);
}

Response list_roles(const Workspace& workspace, Request& request) {
  const auto page = workspace.authority.assignments(page_of(request, identity::kAssignmentPageMax));
  RolePage result;
  for (const auto& item : page.items) {
    result.roles.push_back({item.principal_id, item.principal_name, item.role, item.scope});
  }
  result.continuation = page.next_token;
  return router::json_response(result);
}

Response grant(const Workspace& workspace, Request& request) {
  const auto wanted = router::read_json<RoleEntry>(request);
  workspace.authority.grant(principal_of(request), wanted.principal_id, wanted.role,
                            identity::Scope::parse(wanted.scope));
  return Response::no_content();
}

Response revoke(const Workspace& workspace, Request& request) {
  const auto wanted = router::read_json<RoleEntry>(request);
  if (!workspace.authority.revoke(principal_of(request), wanted.principal_id, wanted.role,
                                  identity::Scope::parse(wanted.scope))) {
    throw Error(Code::kNotFound, "There is no such role assignment.");
  }
  return Response::no_content();
}

}  // namespace

std::vector<router::Route> identity_routes(const Workspace& w) {
  using router::json_body;
  return {
      {.method = "POST",
       .pattern = "/identity/principals",
       .action = std::string(actions::kRolesWrite),
       .summary = "Make a principal, without any role",
       .handler = [&w](Request& r) { return create_principal(w, r); },
       .request = json_body<NewPrincipal>(),
       .response = json_body<PrincipalEntry>(),
       .response_status = 201},
      {.method = "POST",
       .pattern = "/identity/principals/{id}/tokens",
       .action = std::string(actions::kTokensWrite),
       .summary = "Make a bearer token for a principal",
       .handler = [&w](Request& r) { return issue_token(w, r); },
       .request = json_body<NewToken>(),
       .response = json_body<TokenEntry>(),
       .response_status = 201},
      {.method = "GET",
       .pattern = "/identity/roles",
       .action = std::string(actions::kRolesRead),
       .summary = "Who has which role where",
       .handler = [&w](Request& r) { return list_roles(w, r); },
       .query = paging_parameters(),
       .response = json_body<RolePage>()},
      {.method = "POST",
       .pattern = "/identity/roles/grant",
       .action = std::string(actions::kRolesWrite),
       .summary = "Give a role",
       .handler = [&w](Request& r) { return grant(w, r); },
       .request = json_body<RoleEntry>(),
       .response_status = 204},
      {.method = "POST",
       .pattern = "/identity/roles/revoke",
       .action = std::string(actions::kRolesWrite),
       .summary = "Take a role back",
       .handler = [&w](Request& r) { return revoke(w, r); },
       .request = json_body<RoleEntry>(),
       .response_status = 204},
  };
}

}  // namespace tarn::api
