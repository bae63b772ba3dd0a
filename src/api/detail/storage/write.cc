// Put Blob, Delete Blob, Set Blob Properties, Set Blob Metadata, Set Blob Tier.

#include "base/clock.h"
#include "base/text.h"
#include "detail/storage/checksums.h"
#include "detail/storage/operation.h"
#include "detail/storage/request.h"
#include "identity/actions.h"
#include "lake/staging.h"

namespace tarn::api::storage {

using router::Request;
using router::Response;

void delete_path(const Workspace& workspace, const Request& request, const lake::LakePath& path,
                 bool recursive) {
  if (path.path.empty()) {
    throw StorageError(400, "InvalidResourceName", "The request names no blob.");
  }
  try {
    if (!workspace.lake.remove(path, recursive, conditions_of(workspace, request, path))) {
      workspace.lake.stat(path);  // throws, with what is near
    }
  } catch (const StorageError&) {
    throw;
  } catch (const Error& error) {
    if (error.code() != Code::kConflict) throw;
    throw StorageError(409, "DirectoryIsNotEmpty", error.message(), error.hint());
  }
  workspace.staging.discard(path);
}

namespace {

namespace actions = identity::actions;

// An empty blob whose name ends with a slash, or that says so in its metadata, is a folder, as
// tools for accounts without folders write them.
bool is_folder_marker(const Request& request) {
  if (request.body->size() != 0) return false;
  return request.path_parameters.get("path").ends_with('/') ||
         equal_ignoring_case(request.headers.get("x-ms-meta-hdi_isfolder"), "true");
}

Response make_folder(const Workspace& workspace, Request& request, const lake::LakePath& path) {
  if (trim(request.headers.get("If-None-Match")) == "*" && workspace.lake.find(path)) {
    throw Error(Code::kAlreadyExists, "There is something already at '" + path.text() + "'.");
  }
  workspace.lake.make_folder(path);
  return versioned_response(201, workspace.lake.stat(path));
}

// A body without a type of its own is stored under the request's Content-Type.
void take_content_type(const Request& request, lake::FileProperties& properties) {
  if (properties.content_type.empty() && !request.headers.contains("x-ms-blob-content-type")) {
    const std::string_view type = request.headers.get("Content-Type");
    if (type != kDefaultContentType && valid_utf8(type)) properties.content_type = type;
  }
}

lake::FileProperties new_properties(const Workspace& workspace, const Request& request,
                                    const lake::LakePath& path) {
  lake::FileProperties properties;
  set_content_headers(request, properties, true);
  take_content_type(request, properties);
  properties.metadata = metadata_of(request);
  settle_access(workspace, request, path, false, properties);
  return properties;
}

Response put_block_blob(const Workspace& workspace, Request& request, const lake::LakePath& path) {
  lake::FileProperties properties = new_properties(workspace, request, path);
  CheckedBody body(request);
  const lake::FileInfo info = workspace.properties.put(
      path, body.source(), conditions_of(workspace, request, path, true), request.cancel, [&] {
        body.verify();
        const std::string* md5 = request.headers.find("x-ms-blob-content-md5");
        if (md5 && *md5 != body.md5()) {
          throw StorageError(
              400, "Md5Mismatch",
              "The MD5 of the body is not the one of x-ms-blob-content-md5: " + body.md5() + ".",
              "Send the body again.");
        }
        return properties;
      });
  workspace.staging.discard(path);
  Response response = versioned_response(201, info);
  response.headers.set("Content-MD5", body.md5());
  if (request.headers.contains("x-ms-content-crc64")) {
    response.headers.set("x-ms-content-crc64", body.crc());
  }
  return response;
}

Response create_append_blob(const Workspace& workspace, Request& request,
                            const lake::LakePath& path) {
  if (request.body->size().value_or(0) != 0) {
    throw StorageError(400, "InvalidHeaderValue", "An append blob is made empty.",
                       "Append to it with comp=appendblock.");
  }
  lake::FileProperties properties = new_properties(workspace, request, path);
  properties.append_blob = true;
  properties.created = Clock::system().now();
  const lake::FileInfo info = workspace.properties.put(
      path, lake::source_of(std::string_view()), conditions_of(workspace, request, path, true),
      request.cancel, [&] { return properties; });
  workspace.staging.discard(path);
  return versioned_response(201, info);
}

Response put_blob(const Workspace& workspace, Request& request) {
  lake::LakePath path = path_in_container(workspace, request);
  const std::string_view type = request.headers.get("x-ms-blob-type");
  if (type == "PageBlob") {
    throw StorageError(501, "NotImplemented", "Page blobs are not supported here.",
                       "Write block blobs or append blobs.");
  }
  if (type != "BlockBlob" && type != "AppendBlob") {
    throw StorageError(400, type.empty() ? "MissingRequiredHeader" : "InvalidHeaderValue",
                       "The header x-ms-blob-type says BlockBlob or AppendBlob; not: '" +
                           std::string(type.substr(0, 40)) + "'.");
  }
  if (is_folder_marker(request)) return make_folder(workspace, request, path);
  return type == "AppendBlob" ? create_append_blob(workspace, request, path)
                              : put_block_blob(workspace, request, path);
}

Response set_blob_properties(const Workspace& workspace, Request& request) {
  const lake::LakePath path = path_in_container(workspace, request);
  const lake::FileInfo info =
      workspace.properties.set(path, conditions_of(workspace, request, path),
                               [&](auto& p) { set_content_headers(request, p, true); });
  return versioned_response(200, info);
}

Response set_blob_metadata(const Workspace& workspace, Request& request) {
  const lake::LakePath path = path_in_container(workspace, request);
  const auto metadata = metadata_of(request);
  return versioned_response(200,
                            workspace.properties.set(path, conditions_of(workspace, request, path),
                                                     [&](auto& p) { p.metadata = metadata; }));
}

Response set_tier(const Workspace& workspace, Request& request) {
  workspace.lake.stat(path_in_container(workspace, request));
  if (request.headers.contains("x-ms-access-tier")) return empty_response(200);
  throw StorageError(400, "MissingRequiredHeader", "The header x-ms-access-tier is missing.");
}

Response delete_blob(const Workspace& workspace, Request& request) {
  delete_path(workspace, request, path_in_container(workspace, request),
              request.query.get_bool("recursive", false));
  Response response = empty_response(request.query.contains("recursive") ? 200 : 202);
  response.headers.set("x-ms-delete-type-permanent", "true");
  return response;
}

}  // namespace

std::vector<Operation> write_operations() {
  return {
      {.method = "PUT",
       .variant = {.query = {{"comp", "properties"}}},
       .action = actions::kLakeFilesWrite,
       .summary = "Set Blob Properties",
       .run = set_blob_properties,
       .sas = "w"},
      {.method = "PUT",
       .variant = {.query = {{"comp", "metadata"}}},
       .action = actions::kLakeFilesWrite,
       .summary = "Set Blob Metadata",
       .run = set_blob_metadata,
       .sas = "w"},
      {.method = "PUT",
       .variant = {.query = {{"comp", "tier"}}},
       .action = actions::kLakeFilesWrite,
       .summary = "Set Blob Tier",
       .run = set_tier,
       .sas = "w"},
      {.method = "DELETE",
       .action = actions::kLakeFilesDelete,
       .summary = "Delete Blob, Path Delete",
       .run = delete_blob,
       .sas = "d"},
      {.method = "PUT",
       .action = actions::kLakeFilesWrite,
       .summary = "Put Blob",
       .run = put_blob,
       .sas = "cw",
       .body_bytes_max = router::kBodyUnlimited},
  };
}

}  // namespace tarn::api::storage
