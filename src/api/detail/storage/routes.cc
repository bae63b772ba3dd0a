// The operations as routes: what every one of them does before and after its own work.

#include <algorithm>
#include <iterator>

#include "api/gate.h"
#include "api/storage.h"
#include "base/text.h"
#include "detail/storage/error.h"
#include "detail/storage/operation.h"
#include "detail/storage/request.h"
#include "identity/actions.h"

namespace tarn::api {
namespace storage {
namespace {

using router::Request;
using router::Response;

/// Query parameters that name an operation: one that the operation's own variant does not mention
/// means another operation.
constexpr std::string_view kSelectors[] = {"comp", "restype", "resource", "action"};

/// What would change the meaning of a request and is not done here.
constexpr std::string_view kRefusedHeaders[] = {"x-ms-encryption-key",
                                                "x-ms-encryption-scope",
                                                "x-ms-tags",
                                                "x-ms-if-tags",
                                                "x-ms-immutability-policy-mode",
                                                "x-ms-immutability-policy-until-date",
                                                "x-ms-legal-hold",
                                                "x-ms-structured-body",
                                                "x-ms-default-encryption-scope",
                                                "x-ms-seal-blob",
                                                "x-ms-expiry-option",
                                                "x-ms-encryption-context",
                                                "x-ms-source-encryption-key"};
constexpr std::string_view kRefusedParameters[] = {"snapshot", "versionid", "endBefore"};

void check_known(const Operation& operation, const Request& request) {
  for (const std::string_view selector : kSelectors) {
    const std::string* value = request.query.find(selector);
    const bool own = std::ranges::any_of(operation.variant.query,
                                         [&](const auto& pair) { return pair.first == selector; });
    if (!value || own) continue;
    throw StorageError(400, "InvalidQueryParameterValue",
                       "There is no operation here with " + std::string(selector) + '=' +
                           value->substr(0, 60) + " and the method " + request.method + ".",
                       "docs/storage-api.md lists the operations.");
  }
  for (const std::string_view parameter : kRefusedParameters) {
    if (!request.query.contains(parameter)) continue;
    throw StorageError(501, "NotImplemented",
                       "The parameter " + std::string(parameter) + " is not supported here.",
                       parameter == "endBefore"
                           ? "Stop reading the list there."
                           : "Files of the lake have no snapshots and no versions.");
  }
  for (const std::string_view header : kRefusedHeaders) {
    if (!request.headers.contains(header)) continue;
    throw StorageError(400, "UnsupportedHeader",
                       "The header " + std::string(header) + " is not supported here.");
  }
}

void check_tier(const Request& request) {
  const std::string_view tier = request.headers.get("x-ms-access-tier", "Hot");
  if (equal_ignoring_case(tier, "Hot")) return;
  throw StorageError(
      400, "InvalidBlobTier",
      "There is one access tier here, Hot; not: " + std::string(tier.substr(0, 40)) + ".");
}

char resource_type_of(Level level) {
  return level == Level::kAccount ? 's' : level == Level::kContainer ? 'c' : 'o';
}

void check_signature_allows(const Operation& operation, const Request& request) {
  if (!is_signed(request) || request.headers.contains("Authorization")) return;
  const auto refuse = [](const std::string& code, const std::string& why) {
    throw StorageError(403, code, "The signature does not allow this: " + why + ".");
  };
  const bool of_account = request.query.contains("srt");
  if (of_account &&
      request.query.get("srt").find(resource_type_of(operation.level)) == std::string::npos) {
    refuse("AuthorizationResourceTypeMismatch",
           "its resource types (srt) lack '" + std::string(1, resource_type_of(operation.level)) +
               "'");
  }
  if (!of_account && operation.sas_of_account) {
    refuse("AuthorizationPermissionMismatch", "this needs the signature of an account");
  }
  if (!operation.sas.empty() && signature_allows(request, operation.sas)) return;
  refuse("AuthorizationPermissionMismatch",
         operation.sas.empty()
             ? "this needs the account key"
             : "its permissions (sp) need one of '" + std::string(operation.sas) + "'");
}

Response run(const Workspace& workspace, const Operation& operation, Request& request) {
  check_known(operation, request);
  check_tier(request);
  check_signature_allows(operation, request);
  Response response = operation.run(workspace, request);
  stamp(response, request);
  return response;
}

std::vector<std::string> patterns_of(const Operation& operation) {
  std::vector<std::string> account = {"/{account}", "/{account}/"};
  std::vector<std::string> container = {"/{account}/{container}", "/{account}/{container}/"};
  if (operation.level == Level::kAccount) return account;
  if (operation.level == Level::kContainer) return container;
  std::vector<std::string> path = {"/{account}/{container}/{path...}"};
  if (operation.root_too) path.insert(path.end(), container.begin(), container.end());
  return path;
}

std::string scope_of(const std::string& pattern) {
  if (pattern.ends_with("{path...}")) return "lake:{container}/{path}";
  return pattern.find("{container}") == std::string::npos ? "" : "lake:{container}";
}

void add_routes(const Workspace& workspace, const Operation& operation,
                std::vector<router::Route>& routes) {
  for (const std::string& pattern : patterns_of(operation)) {
    routes.push_back(
        {.method = operation.method,
         .pattern = pattern,
         .action = std::string(operation.action),
         .summary = operation.summary,
         .handler = [&workspace, operation](Request& r) { return run(workspace, operation, r); },
         .request = router::bytes_body("As the operation has it."),
         .response = router::bytes_body("As the operation has it."),
         .scope = operation.scope.empty() ? scope_of(pattern) : std::string(operation.scope),
         .body_bytes_max = operation.body_bytes_max,
         .any_query = true,
         .variant = operation.variant,
         .on_error = [&workspace, convention = operation.convention](
                         const Request& r,
                         const Error& error) { return render(workspace, convention, r, error); }});
  }
}

}  // namespace
}  // namespace storage

std::vector<router::Route> storage_routes(const Workspace& workspace) {
  using namespace storage;
  std::vector<router::Route> routes;
  // Within a method and path the first that fits is taken: special operations before general ones.
  for (auto* part : {refused_operations, account_operations, filesystem_operations,
                     lease_operations, container_operations, path_operations, block_operations,
                     copy_operations, write_operations, read_operations}) {
    for (Operation& operation : part()) {
      add_routes(workspace, operation, routes);
      if (operation.method != "PATCH") continue;
      // Hadoop's driver sends it so, since Java's client knows no PATCH.
      operation.method = "PUT";
      operation.variant.headers.push_back("X-Http-Method-Override");
      add_routes(workspace, operation, routes);
    }
  }
  return routes;
}

}  // namespace tarn::api
