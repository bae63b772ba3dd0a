// What the server is: /health, /version, server-info; and what of MLflow is not here.

#include "detail/mlflow/error.h"
#include "detail/mlflow/operations.h"
#include "identity/actions.h"

namespace tarn::api::mlflow {

namespace {

using router::Request;
using router::Response;

/// The release whose protocol this is.
constexpr std::string_view kRelease = "3.17.2";

Json server_info(const Workspace&, const Message&, const Request&) {
  return {{"store_type", "SqlStore"},
          {"workspaces_enabled", false},
          {"trace_archival_enabled", false},
          {"multipart_uploads_enabled", false},
          {"multipart_downloads_enabled", false},
          {"presigned_upload_run_id_supported", false},
          {"presigned_upload_model_id_supported", false},
          {"features_enabled", {{"gateway", false}}}};
}

router::Route public_text(std::string pattern, std::string summary, std::string_view text) {
  return {.method = "GET",
          .pattern = std::move(pattern),
          .action = std::string(router::kPublicAction),
          .summary = std::move(summary),
          .handler = [text](Request&) { return Response::text(std::string(text)); },
          .response = router::bytes_body("A text.", "text/plain"),
          .any_query = true};
}

Response refuse(Request& request) {
  throw Error(Code::kUnsupported,
              "This part of MLflow's API is not here: " + request.method + " " + request.path + ".",
              "docs/mlflow.md lists what is.");
}

}  // namespace

std::vector<Operation> server_operations() {
  return {{"GET", "3.0/mlflow/server-info", router::kPublicAction, "What this server can do",
           server_info}};
}

std::vector<router::Route> service_routes() {
  return {public_text("/health", "Whether the server answers, as MLflow's", "OK"),
          public_text("/version", "The MLflow release whose protocol is spoken", kRelease)};
}

std::vector<router::Route> refused_routes() {
  std::vector<router::Route> routes;
  for (const char* rest : {"2.0/mlflow/{path...}", "3.0/mlflow/{path...}"}) {
    for (const std::string& pattern : patterns_of(rest)) {
      for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
        routes.push_back({.method = method,
                          .pattern = pattern,
                          .action = std::string(identity::actions::kRunsList),
                          .summary = "What of MLflow's API is not here",
                          .handler = refuse,
                          .request = router::bytes_body("Anything.", "*/*"),
                          .any_query = true,
                          .on_error = render});
      }
    }
  }
  return routes;
}

}  // namespace tarn::api::mlflow
