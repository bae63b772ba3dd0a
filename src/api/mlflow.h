#pragma once
// MLflow's REST protocol, as its clients speak it, over the same experiments, runs and files that
// everything else here uses. docs/mlflow.md has what is there and what is refused.

#include <vector>

#include "api/workspace.h"
#include "router/router.h"

namespace tarn::api {

/// `workspace` must outlive the routes.
std::vector<router::Route> mlflow_routes(const Workspace& workspace);

}  // namespace tarn::api
