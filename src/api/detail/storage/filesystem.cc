// Data Lake Storage Gen2: filesystems (containers) and the list of paths.

#include <algorithm>

#include "api/gate.h"
#include "base/json.h"
#include "base/text.h"
#include "detail/storage/operation.h"
#include "detail/storage/request.h"
#include "identity/actions.h"
#include "identity/authority.h"

namespace tarn::api::storage {
namespace {

using router::Request;
using router::Response;
namespace actions = identity::actions;

Response create_filesystem(const Workspace& workspace, Request& request) {
  const std::string name = request.path_parameters.get("container");
  const auto metadata = metadata_of(request);
  workspace.lake.create_container(name);
  const lake::LakePath path = lake::parse_path(name);
  if (!metadata.empty()) {
    workspace.properties.set(path, {}, [&](auto& p) { p.metadata = metadata; });
  }
  Response response = versioned_response(201, workspace.lake.stat(path));
  response.headers.set("x-ms-namespace-enabled", "true");
  return response;
}

Response get_filesystem_properties(const Workspace& workspace, Request& request) {
  const lake::FileInfo info = container_of(workspace, request);
  Response response = versioned_response(200, info);
  response.headers.set("x-ms-properties", properties_text(workspace.properties.get(info)));
  response.headers.set("x-ms-namespace-enabled", "true");
  return response;
}

Response set_filesystem_properties(const Workspace& workspace, Request& request) {
  const lake::FileInfo info = container_of(workspace, request);
  const auto metadata = metadata_of(request);
  return versioned_response(
      200, workspace.properties.set(info.path, conditions_of(workspace, request, info.path),
                                    [&](auto& p) { p.metadata = metadata; }));
}

Response delete_filesystem(const Workspace& workspace, Request& request) {
  const lake::FileInfo info = container_of(workspace, request);
  status_of_read(request, info);
  check_lease(workspace, request, info.path);
  try {
    workspace.lake.remove_container(info.path.container);
  } catch (const Error& error) {
    if (error.code() != Code::kConflict) throw;
    throw StorageError(403, "InsufficientAccountPermissions", error.message(), error.hint());
  }
  return empty_response(202);
}

Json entry_of(const lake::FileInfo& info, const lake::FileProperties& properties) {
  const lake::AccessControl access =
      properties.access.value_or(lake::AccessControl::usual(info.folder));
  Json entry = {{"name", info.path.path},
                {"contentLength", std::to_string(info.size)},
                {"lastModified", http_time(info.modified)},
                {"etag", etag_of(info).substr(1, etag_of(info).size() - 2)},
                {"owner", access.owner},
                {"group", access.group},
                {"permissions", access.permissions()}};
  if (info.folder) entry["isDirectory"] = "true";
  return entry;
}

Response list_paths(const Workspace& workspace, Request& request) {
  const lake::FileInfo container = container_of(workspace, request);
  std::string directory = request.query.get("directory");
  directory.erase(0, directory.find_first_not_of('/'));
  while (directory.ends_with('/')) directory.pop_back();
  const lake::LakePath folder = directory.empty()
                                    ? container.path
                                    : lake::parse_path(container.path.container + '/' + directory);
  const lake::FileInfo info = workspace.lake.stat(folder);
  if (!info.folder) {
    throw StorageError(404, "PathNotFound", "The directory to list is a file: " + folder.text());
  }
  lake::ListOptions options;
  options.recursive = request.query.get_bool("recursive", false);
  options.continuation = request.query.get("continuation");
  options.from = request.query.get("beginFrom");
  const auto limit = number_in_query(request, "maxResults").value_or(lake::Lake::kListMax);
  if (limit < 1) {
    throw StorageError(400, "OutOfRangeQueryParameterValue", "maxResults is at least 1.");
  }
  options.limit = std::min<std::uint64_t>(limit, lake::Lake::kListMax);
  const lake::ListPage page = workspace.lake.list(folder, options, request.cancel);
  if (options.recursive) {
    for (const lake::FileInfo& entry : page.entries) {
      if (!entry.folder) continue;
      workspace.authority.authorize(principal_of(request), actions::kLakeFilesList,
                                    identity::Scope::file(entry.path.container, entry.path.path),
                                    {request.request_id, {}});
    }
  }
  const auto properties = workspace.properties.get(page.entries);
  Json paths = Json::array();
  for (std::size_t i = 0; i < page.entries.size(); ++i) {
    paths.push_back(entry_of(page.entries[i], properties[i]));
  }
  Response response =
      Response::text(Json{{"paths", std::move(paths)}}.dump(), "application/json;charset=utf-8");
  add_version(response, container);
  if (!page.continuation.empty()) {
    response.headers.set("x-ms-continuation", page.continuation);
  }
  return response;
}

Operation filesystem_operation(std::string method, std::string_view action, std::string summary,
                               Operate operate, std::string_view sas) {
  return {.method = std::move(method),
          .level = Level::kContainer,
          .convention = Convention::kDfs,
          .variant = {.query = {{"resource", "filesystem"}}},
          .action = action,
          .summary = std::move(summary),
          .run = operate,
          .sas = sas,
          .sas_of_account = true};
}

}  // namespace

std::vector<Operation> filesystem_operations() {
  Operation list =
      filesystem_operation("GET", actions::kLakeFilesList, "Path List", list_paths, "l");
  list.sas_of_account = false;
  list.scope = "lake:{container}/{?directory}";
  return {
      list,
      filesystem_operation("PUT", actions::kLakeContainersCreate, "Filesystem Create",
                           create_filesystem, "cw"),
      filesystem_operation("HEAD", actions::kLakeContainersList, "Filesystem Get Properties",
                           get_filesystem_properties, "r"),
      filesystem_operation("PATCH", actions::kLakeContainersCreate, "Filesystem Set Properties",
                           set_filesystem_properties, "w"),
      filesystem_operation("DELETE", actions::kLakeContainersDelete, "Filesystem Delete",
                           delete_filesystem, "d"),
  };
}

}  // namespace tarn::api::storage
