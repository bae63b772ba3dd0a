#pragma once
// The operations of MLflow's REST API, one file a resource. Each becomes routes below /api/2.0/ and
// /ajax-api/2.0/ (or 3.0), as the clients and the web app ask.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "api/workspace.h"
#include "base/cancel.h"
#include "base/json.h"
#include "detail/mlflow/message.h"
#include "lake/path.h"
#include "router/router.h"

namespace tarn::api::mlflow {

inline constexpr std::uint64_t kBatchBytesMax = 1'000'000;     // of log-batch, as MLflow
inline constexpr std::uint64_t kInputsBytesMax = 64ull << 20;  // a dataset's profile is large

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
std::vector<Operation> logged_model_operations();
std::vector<Operation> registered_model_operations();
std::vector<Operation> model_version_operations();
std::vector<Operation> artifact_operations();
std::vector<Operation> server_operations();

/// Files of artifacts: bytes in and out.
std::vector<router::Route> artifact_routes(const Workspace& workspace);
/// /health and /version, for anybody.
std::vector<router::Route> service_routes();
/// What MLflow has and Tarn does not: NOT_IMPLEMENTED.
std::vector<router::Route> refused_routes();

/// What lies in a folder of the lake: [{path, is_dir, file_size}], each path `prefix` and a name.
/// Nothing where there is none.
Json files_json(const Workspace& workspace, const lake::LakePath& folder, const std::string& prefix,
                const CancelToken& cancel);
/// A path below a folder of the lake; empty is the folder. Throws Error(kInvalidArgument).
lake::LakePath below(const lake::LakePath& folder, const std::string& path);
/// "a/" of "a"; empty stays.
std::string folder_prefix(const std::string& path);

/// "/api/<path>" and "/ajax-api/<path>".
std::vector<std::string> patterns_of(std::string_view path);

}  // namespace tarn::api::mlflow
