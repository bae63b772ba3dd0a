#include "api/mlflow.h"
#include "detail/mlflow/error.h"
#include "detail/mlflow/operations.h"

namespace tarn::api {
namespace mlflow {

std::vector<std::string> patterns_of(std::string_view path) {
  return {"/api/" + std::string(path), "/ajax-api/" + std::string(path)};
}

namespace {

router::Response run(const Workspace& workspace, const Operation& operation,
                     router::Request& request) {
  const Message message = Message::of(request, operation.body_bytes_max);
  const Json answer = operation.run(workspace, message, request);
  return router::Response::text(compact(answer), "application/json");
}

void add_routes(const Workspace& workspace, const Operation& operation,
                std::vector<router::Route>& routes) {
  for (const std::string& pattern : patterns_of(operation.path)) {
    routes.push_back(
        {.method = std::string(operation.method),
         .pattern = pattern,
         .action = std::string(operation.action),
         .summary = std::string(operation.summary),
         .handler = [&workspace,
                     operation](router::Request& r) { return run(workspace, operation, r); },
         .request = router::bytes_body("MLflow's message as JSON.", "*/*"),
         .response = router::bytes_body("MLflow's message as JSON.", "application/json"),
         .body_bytes_max = operation.body_bytes_max,
         .any_query = true,
         .on_error = render});
  }
}

}  // namespace
}  // namespace mlflow

std::vector<router::Route> mlflow_routes(const Workspace& workspace) {
  using namespace mlflow;
  std::vector<router::Route> routes = artifact_routes(workspace);
  for (auto* part : {experiment_operations, run_operations, logging_operations,
                     logged_model_operations, registered_model_operations, model_version_operations,
                     artifact_operations, server_operations}) {
    for (const Operation& operation : part()) add_routes(workspace, operation, routes);
  }
  for (auto* part : {service_routes, refused_routes}) {
    for (router::Route& route : part()) routes.push_back(std::move(route));
  }
  return routes;
}

}  // namespace tarn::api
