// Operations of the service that Tarn knows by name and does not do.

#include "detail/storage/operation.h"
#include "identity/actions.h"

namespace tarn::api::storage {
namespace {

using identity::Action;
namespace actions = identity::actions;

router::Response refuse(const Workspace&, router::Request& request) {
  throw StorageError(501, "NotImplemented",
                     "This operation is not supported here: " + request.route->summary + ".",
                     "docs/storage-api.md lists what is.");
}

Operation refused(std::string method, Level level,
                  std::vector<std::pair<std::string, std::string>> query, Action action,
                  std::string name, std::vector<std::string> headers = {}) {
  return {.method = std::move(method),
          .level = level,
          .variant = {.query = std::move(query), .headers = std::move(headers)},
          .action = action,
          .summary = std::move(name),
          .run = refuse,
          .sas = "rwdlacupxmeo",
          .body_bytes_max = router::kBodyBytesMax};
}

}  // namespace

std::vector<Operation> refused_operations() {
  constexpr Action kRead = actions::kLakeFilesRead;
  constexpr Action kWrite = actions::kLakeFilesWrite;
  constexpr Action kDelete = actions::kLakeFilesDelete;
  constexpr Action kList = actions::kLakeFilesList;
  std::vector<Operation> list = {
      refused("PUT", Level::kAccount, {{"restype", "service"}, {"comp", "properties"}},
              actions::kLakeContainersCreate, "Set Blob Service Properties"),
      refused("POST", Level::kAccount, {{"restype", "service"}, {"comp", "userdelegationkey"}},
              actions::kLakeContainersList, "Get User Delegation Key"),
      refused("GET", Level::kAccount, {{"comp", "blobs"}}, kList, "Find Blobs by Tags"),
      refused("GET", Level::kContainer, {{"restype", "container"}, {"comp", "blobs"}}, kList,
              "Find Blobs by Tags"),
      refused("PUT", Level::kContainer, {{"restype", "container"}, {"comp", "undelete"}},
              actions::kLakeContainersCreate, "Restore Container"),
      refused("PUT", Level::kContainer, {{"restype", "container"}, {"comp", "rename"}},
              actions::kLakeContainersCreate, "Rename Container"),
      refused("PUT", Level::kPath, {{"comp", "snapshot"}}, kWrite, "Snapshot Blob"),
      refused("PUT", Level::kPath, {{"comp", "undelete"}}, kWrite, "Undelete Blob"),
      refused("PUT", Level::kPath, {{"comp", "tags"}}, kWrite, "Set Blob Tags"),
      refused("GET", Level::kPath, {{"comp", "tags"}}, kRead, "Get Blob Tags"),
      refused("POST", Level::kPath, {{"comp", "query"}}, kRead, "Query Blob Contents"),
      refused("PUT", Level::kPath, {{"comp", "page"}}, kWrite, "Put Page"),
      refused("GET", Level::kPath, {{"comp", "pagelist"}}, kRead, "Get Page Ranges"),
      refused("PUT", Level::kPath, {{"comp", "incrementalcopy"}}, kWrite, "Incremental Copy Blob"),
      refused("PUT", Level::kPath, {{"comp", "seal"}}, kWrite, "Append Blob Seal"),
      refused("PUT", Level::kPath, {{"comp", "expiry"}}, kWrite, "Set Blob Expiry"),
      refused("PUT", Level::kPath, {{"comp", "legalhold"}}, kWrite, "Set Blob Legal Hold"),
      refused("PUT", Level::kPath, {{"comp", "immutabilityPolicies"}}, kWrite,
              "Set Blob Immutability Policy"),
      refused("DELETE", Level::kPath, {{"comp", "immutabilityPolicies"}}, kDelete,
              "Delete Blob Immutability Policy"),
      refused("PUT", Level::kPath, {{"comp", "appendblock"}}, kWrite, "Append Block From URL",
              {"x-ms-copy-source"}),
  };
  Operation recursive = refused("PATCH", Level::kPath, {{"action", "setAccessControlRecursive"}},
                                kWrite, "Path Set Access Control Recursive");
  recursive.convention = Convention::kDfs;
  recursive.root_too = true;
  list.push_back(recursive);
  return list;
}

}  // namespace tarn::api::storage
