#pragma once
// The routes that every server of this kind has: health, readiness, metrics and its own
// description.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "router/router.h"

namespace tarn::router {

/// GET /healthz: 200 while the process answers at all. Public.
Route health_route(std::string version);

/// What is not ready yet, for instance "the store is being migrated"; empty when all is.
using NotReady = std::function<std::vector<std::string>()>;
/// GET /readyz: 200, or 503 with what is awaited. Public.
Route readiness_route(NotReady not_ready);

/// GET /metrics in Prometheus' text format. Action "server/metrics/read". `metrics` must outlive
/// the route.
Route metrics_route(const Metrics& metrics);

/// GET /openapi.json. Action "server/read". The table must contain every route, this one
/// included, when the first request comes: `routes` is asked then, once.
Route openapi_route(std::string title, std::string version,
                    std::function<const std::vector<Route>&()> routes);

/// The OpenAPI 3.1 document of a route table, as JSON text.
std::string openapi_document(const std::string& title, const std::string& version,
                             const std::vector<Route>& routes);

}  // namespace tarn::router
