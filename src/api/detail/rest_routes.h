#pragma once
// The route table's parts, one file each.

#include <vector>

#include "api/workspace.h"
#include "assets/models.h"
#include "meta/paging.h"
#include "router/router.h"

namespace tarn::api {

std::vector<router::Route> lake_routes(const Workspace& workspace);
std::vector<router::Route> table_routes(const Workspace& workspace);
std::vector<router::Route> table_change_routes(const Workspace& workspace);
std::vector<router::Route> sql_routes(const Workspace& workspace);
std::vector<router::Route> sql_pool_routes(const Workspace& workspace);
std::vector<router::Route> job_routes(const Workspace& workspace);
std::vector<router::Route> experiment_routes(const Workspace& workspace);
std::vector<router::Route> model_routes(const Workspace& workspace);
std::vector<router::Route> model_file_routes(const Workspace& workspace);
std::vector<router::Route> storage_key_routes(const Workspace& workspace);
std::vector<router::Route> identity_routes(const Workspace& workspace);
std::vector<router::Route> server_routes(const Workspace& workspace);
std::vector<router::Route> backup_routes(const Workspace& workspace);
std::vector<router::Route> tls_routes(const Workspace& workspace);

/// The query parameters of every paged list, and the page that a request asks for.
std::vector<router::QueryParameter> paging_parameters(
    std::vector<router::QueryParameter> more = {});
meta::Page page_of(const router::Request& request, int size_max);

/// The model that the path parameter "reference" names.
assets::ResolvedModel model_of(const Workspace& workspace, const router::Request& request);

/// A time as the API writes it: "2026-11-20T14:03:07.123Z"; empty for zero.
std::string time_text(std::int64_t micros);

}  // namespace tarn::api
