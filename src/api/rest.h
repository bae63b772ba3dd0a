#pragma once
// Tarn's own REST surface: routes over the lake, tables, SQL, jobs, experiments, models and the
// server itself. Handlers translate and delegate; the rules live in the modules below.

#include <vector>

#include "api/workspace.h"
#include "router/router.h"

namespace tarn::api {

/// What /readyz awaits; empty when ready.
using NotReady = std::function<std::vector<std::string>()>;

/// The whole route table. `workspace` must outlive it; `table` gives the finished table to
/// /openapi.json.
std::vector<router::Route> rest_routes(const Workspace& workspace, NotReady not_ready,
                                       std::function<const std::vector<router::Route>&()> table);

}  // namespace tarn::api
