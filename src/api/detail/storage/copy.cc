// Copy Blob, Copy Blob From URL, Put Blob From URL: within the lake, done when answered.

#include "api/gate.h"
#include "base/text.h"
#include "detail/storage/operation.h"
#include "detail/storage/request.h"
#include "detail/storage/source.h"
#include "identity/actions.h"
#include "identity/authority.h"
#include "router/url.h"

namespace tarn::api::storage {

using router::Request;
using router::Response;
namespace actions = identity::actions;

lake::LakePath path_of_source(const Workspace&, const Request& request, std::string_view url) {
  const auto refuse = [](int status, const std::string& why) {
    throw StorageError(status, "CannotVerifyCopySource",
                       "The source of the copy is not a file of this lake: " + why + ".",
                       "Upload it instead.");
  };
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) refuse(400, "it is no URL");
  const std::string_view rest = url.substr(scheme + 3);
  const std::string_view host = rest.substr(0, rest.find('/'));
  if (to_lower(host) != to_lower(request.headers.get("Host"))) {
    refuse(403, "its host is not this server");
  }
  const router::Target target = router::parse_target(url);
  if (target.segments.size() < 3) refuse(400, "it names no blob");
  for (const char* parameter : {"snapshot", "versionid"}) {
    if (target.query.contains(parameter)) refuse(400, "there are no snapshots and versions here");
  }
  return lake::parse_path(join(std::span(target.segments).subspan(1), "/"));
}

lake::Segment source_of_copy(const Workspace& workspace, const Request& request) {
  const lake::LakePath path =
      path_of_source(workspace, request, request.headers.get("x-ms-copy-source"));
  workspace.authority.authorize(principal_of(request), actions::kLakeFilesRead,
                                identity::Scope::file(path.container, path.path),
                                {request.request_id, {}});
  if (is_signed(request) && !signature_allows(request, "r")) {
    throw StorageError(403, "AuthorizationPermissionMismatch",
                       "The signature does not allow to read the source of the copy.");
  }
  if (const auto info = workspace.lake.find(path); info && info->folder) {
    throw StorageError(409, "CannotVerifyCopySource", "A folder cannot be copied as a blob.");
  }
  const std::shared_ptr<lake::LakeFile> file = workspace.lake.open(path);
  check_source_conditions(request, file->info());
  const auto range = range_of(request, file->info().size, "x-ms-source-range");
  return {file, range ? range->first : 0, range ? range->count : file->info().size};
}

namespace {

lake::FileInfo copy_file(const Workspace& workspace, Request& request, bool keep_properties) {
  const lake::LakePath path = path_in_container(workspace, request);
  const lake::Segment source = source_of_copy(workspace, request);
  lake::FileProperties properties;
  if (keep_properties) properties = workspace.properties.get(source.file->info());
  properties.access.reset();
  if (!keep_properties) set_content_headers(request, properties, true);
  if (has_metadata(request) || !keep_properties) properties.metadata = metadata_of(request);
  const lake::FileInfo info = workspace.properties.put(
      path, lake::source_of({source}), conditions_of(workspace, request, path, true),
      request.cancel, [&] { return properties; });
  workspace.staging.discard(path);
  return info;
}

Response copy_blob(const Workspace& workspace, Request& request) {
  Response response = versioned_response(202, copy_file(workspace, request, true));
  response.headers.set("x-ms-copy-id", request.request_id);
  response.headers.set("x-ms-copy-status", "success");
  return response;
}

Response put_blob_from_url(const Workspace& workspace, Request& request) {
  const bool keep = request.headers.get("x-ms-copy-source-blob-properties", "true") != "false";
  return versioned_response(201, copy_file(workspace, request, keep));
}

Response abort_copy(const Workspace& workspace, Request& request) {
  workspace.lake.stat(path_in_container(workspace, request));
  throw StorageError(409, "NoPendingCopyOperation",
                     "There is no copy to abort: a copy is done when it is answered.");
}

}  // namespace

std::vector<Operation> copy_operations() {
  return {
      {.method = "PUT",
       .variant = {.query = {{"comp", "copy"}}},
       .action = actions::kLakeFilesWrite,
       .summary = "Abort Copy Blob",
       .run = abort_copy,
       .sas = "w"},
      {.method = "PUT",
       .variant = {.headers = {"x-ms-copy-source", "x-ms-blob-type"}},
       .action = actions::kLakeFilesWrite,
       .summary = "Put Blob From URL",
       .run = put_blob_from_url,
       .sas = "cw"},
      {.method = "PUT",
       .variant = {.headers = {"x-ms-copy-source"}},
       .action = actions::kLakeFilesWrite,
       .summary = "Copy Blob",
       .run = copy_blob,
       .sas = "cw"},
  };
}

}  // namespace tarn::api::storage
