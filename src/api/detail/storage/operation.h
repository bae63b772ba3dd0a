#pragma once
// The operations of Azure's Blob and Data Lake Storage Gen2 REST APIs, one function each, and the
// table that says which request is which.
//
// Sources: "Blob service REST API" and "Azure Data Lake Storage Gen2 REST API", version 2021-12-02
// and what later versions of the clients send. docs/storage-api.md lists what is there.

#include <string>
#include <string_view>
#include <vector>

#include "api/workspace.h"
#include "detail/storage/error.h"
#include "lake/path.h"
#include "router/router.h"

namespace tarn::api::storage {

/// What a path names: /{account}, /{account}/{container}, /{account}/{container}/{path…}.
enum class Level { kAccount, kContainer, kPath };

using Operate = router::Response (*)(const Workspace&, router::Request&);

struct Operation {
  std::string method;
  Level level = Level::kPath;
  Convention convention = Convention::kBlob;
  router::Variant variant = {};
  std::string_view action;  // of identity/actions.h
  std::string summary;      // the name that Microsoft's reference has for it
  Operate run = nullptr;
  std::string_view sas = {};    // letters of a signature's permissions, any of which allows it;
                                // empty: the account key alone
  bool sas_of_account = false;  // only an account's signature allows it
  bool root_too = false;        // a path operation that the container's root takes too
  std::uint64_t body_bytes_max = 0;
  std::string_view scope = {};  // as of a route; empty: what the level names
};

// The table's parts, one file each.
std::vector<Operation> account_operations();
std::vector<Operation> container_operations();
std::vector<Operation> read_operations();
std::vector<Operation> write_operations();
std::vector<Operation> block_operations();
std::vector<Operation> copy_operations();
std::vector<Operation> lease_operations();
std::vector<Operation> filesystem_operations();
std::vector<Operation> path_operations();
std::vector<Operation> refused_operations();

/// The body of Delete Blob, for a batch too. Throws where there is nothing.
void delete_path(const Workspace& workspace, const router::Request& request,
                 const lake::LakePath& path, bool recursive);

}  // namespace tarn::api::storage
