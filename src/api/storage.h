#pragma once
// Azure's storage as clients see it: the REST APIs of Blob and of Data Lake Storage Gen2 on
// /{account}/{container}/{path}, over the lake. Every account name is the workspace's own lake.
// docs/storage-api.md has what is there and what is refused.

#include <vector>

#include "api/gate.h"
#include "api/workspace.h"
#include "router/router.h"

namespace tarn::api {

/// `workspace` must outlive the routes.
std::vector<router::Route> storage_routes(const Workspace& workspace);

/// Shared Key and shared access signatures, verified with the account key.
Credentials storage_credentials(const Workspace& workspace);

}  // namespace tarn::api
