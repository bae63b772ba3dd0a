#pragma once
// The operations of MLflow's REST API, one file a resource. Each becomes routes below /api/2.0/ and
// /ajax-api/2.0/ (or 3.0), as the clients and the web app ask.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/workspace.h"
#include "base/json.h"
#include "detail/mlflow/message.h"
#include "router/router.h"

namespace tarn::api::mlflow {

inline constexpr std::uint64_t kBatchBytesMax = 1'000'000;  // of log-batch, as MLflow

struct Operation {
  std::string_view method;
  std::string_view path;    // "2.0/mlflow/runs/create"
  std::string_view action;  // identity::actions
  std::string_view summary;
  /// The answer's message. Throws Error.
  std::function<Json(const Workspace&, const Message&, const router::Request&)> run;
  std::uint64_t body_bytes_max = router::kBodyBytesMax;
};

std::vector<Operation> experiment_operations();
std::vector<Operation> run_operations();
std::vector<Operation> logging_operations();
std::vector<Operation> artifact_operations();
std::vector<Operation> server_operations();

/// Files of artifacts: bytes in and out.
std::vector<router::Route> artifact_routes(const Workspace& workspace);
/// /health and /version, for anybody.
std::vector<router::Route> service_routes();
/// What MLflow has and Tarn does not: NOT_IMPLEMENTED.
std::vector<router::Route> refused_routes();

/// "/api/<path>" and "/ajax-api/<path>".
std::vector<std::string> patterns_of(std::string_view path);

}  // namespace tarn::api::mlflow
