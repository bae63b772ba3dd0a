#include "rest.h"

#include <iterator>

#include "api/mlflow.h"
#include "api/storage.h"
#include "base/clock.h"
#include "detail/rest_routes.h"
#include "router/service_routes.h"

namespace tarn::api {

std::vector<router::QueryParameter> paging_parameters(std::vector<router::QueryParameter> more) {
  more.push_back({.name = "limit", .doc = "Items a page.", .kind = router::Schema::Kind::kInteger});
  more.push_back({.name = "continuation", .doc = "The token of the page before."});
  return more;
}

meta::Page page_of(const router::Request& request, int size_max) {
  constexpr int kSizeDefault = 100;
  return {static_cast<int>(request.query.get_int("limit", kSizeDefault, 1, size_max)),
          request.query.get("continuation")};
}

assets::ResolvedModel model_of(const Workspace& workspace, const router::Request& request) {
  return workspace.models.resolve(request.path_parameters.require("reference"));
}

std::string time_text(std::int64_t micros) { return micros == 0 ? "" : format_utc(micros); }

std::vector<router::Route> rest_routes(const Workspace& workspace, NotReady not_ready,
                                       std::function<const std::vector<router::Route>&()> table) {
  std::vector<router::Route> routes;
  for (auto* part :
       {lake_routes, table_routes, table_change_routes, sql_routes, sql_pool_routes, job_routes,
        experiment_routes, model_routes, model_file_routes, identity_routes, server_routes,
        backup_routes, tls_routes, storage_key_routes, mlflow_routes, storage_routes}) {
    auto some = part(workspace);
    std::move(some.begin(), some.end(), std::back_inserter(routes));
  }
  routes.push_back(router::health_route(workspace.version));
  routes.push_back(router::readiness_route(std::move(not_ready)));
  routes.push_back(router::metrics_route(workspace.metrics));
  routes.push_back(router::openapi_route("Tarn", workspace.version, std::move(table)));
  return routes;
}

}  // namespace tarn::api
