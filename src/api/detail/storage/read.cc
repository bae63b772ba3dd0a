// Get Blob, Get Blob Properties, Path Read: bytes and what is known of them.

#include <algorithm>

#include "detail/storage/checksums.h"
#include "detail/storage/operation.h"
#include "detail/storage/request.h"
#include "identity/actions.h"

namespace tarn::api::storage {
namespace {

using router::Request;
using router::Response;
namespace actions = identity::actions;

constexpr std::uint64_t kRangeChecksumBytesMax = 4 << 20;  // of a range whose MD5 is asked for

// x-ms-range-get-content-md5, x-ms-range-get-content-crc64.
void add_range_checksums(Response& response, const Request& request, const lake::LakeFile& file,
                         const ByteRange& range) {
  const bool md5 = request.headers.get("x-ms-range-get-content-md5") == "true";
  const bool crc = request.headers.get("x-ms-range-get-content-crc64") == "true";
  if (!md5 && !crc) return;
  if (range.count > kRangeChecksumBytesMax) {
    throw StorageError(
        400, "OutOfRangeInput",
        "A checksum is computed of at most " + std::to_string(kRangeChecksumBytesMax) + " bytes.",
        "Ask for a smaller range.");
  }
  Md5 md5_of;
  std::uint64_t crc_of = 0;
  read_range(file, range, request.cancel, [&](std::string_view bytes) {
    md5_of.update(bytes);
    crc_of = crc64(crc_of, bytes);
  });
  if (md5) response.headers.set("Content-MD5", md5_of.base64());
  if (crc) response.headers.set("x-ms-content-crc64", crc64_base64(crc_of));
}

Response properties_of(const Workspace& workspace, Request& request, const lake::FileInfo& info) {
  if (const int status = status_of_read(request, info)) {
    Response response = empty_response(status);
    add_version(response, info);
    response.headers.set("x-ms-error-code", "ConditionNotMet");
    return response;
  }
  const lake::FileProperties properties = workspace.properties.get(info);
  Response response = empty_response(200);
  add_properties(response, info, properties);
  add_lease(response, workspace.leases.get(info.path));
  if (!properties.content_md5.empty()) response.headers.set("Content-MD5", properties.content_md5);
  const lake::AccessControl access =
      properties.access.value_or(lake::AccessControl::usual(info.folder));
  response.headers.set("x-ms-owner", access.owner);
  response.headers.set("x-ms-group", access.group);
  response.headers.set("x-ms-permissions", access.permissions());
  return response;
}

Response head(const Workspace& workspace, Request& request) {
  const lake::FileInfo info = workspace.lake.stat(path_in_container(workspace, request));
  Response response = properties_of(workspace, request, info);
  if (response.status != 200) return response;
  response.stream_size = info.size;  // told, and never sent: this is HEAD
  response.stream = [](router::BodySink&) {};
  return response;
}

Response get(const Workspace& workspace, Request& request) {
  const lake::LakePath path = path_in_container(workspace, request);
  const auto found = workspace.lake.find(path);
  if (found && found->folder) {  // a folder reads as an empty blob, as in Azure
    return properties_of(workspace, request, *found);
  }
  const std::shared_ptr<lake::LakeFile> file = workspace.lake.open(path);
  const lake::FileInfo& info = file->info();
  Response response = properties_of(workspace, request, info);
  if (response.status != 200) return response;
  const auto range = range_of(request, info.size);
  if (range) {
    if (const std::string* md5 = response.headers.find("Content-MD5")) {
      response.headers.set("x-ms-blob-content-md5", std::string(*md5));
      response.headers.remove("Content-MD5");
    }
    add_range_checksums(response, request, *file, *range);
  }
  // What a signature says of the answer's headers.
  constexpr std::pair<const char*, const char*> kOverrides[] = {
      {"rscc", "Cache-Control"},    {"rscd", "Content-Disposition"}, {"rsce", "Content-Encoding"},
      {"rscl", "Content-Language"}, {"rsct", "Content-Type"},
  };
  for (const auto& [parameter, header] : kOverrides) {
    if (!is_signed(request) || !request.query.contains(parameter)) continue;
    response.headers.set(header, request.query.get(parameter));
  }
  stream_file(response, file, range, request.cancel);
  return response;
}

Response metadata(const Workspace& workspace, Request& request) {
  const lake::FileInfo info = workspace.lake.stat(path_in_container(workspace, request));
  Response response = versioned_response(200, info);
  add_metadata(response, workspace.properties.get(info));
  return response;
}

}  // namespace

std::vector<Operation> read_operations() {
  return {
      {.method = "GET",
       .variant = {.query = {{"comp", "metadata"}}},
       .action = actions::kLakeFilesRead,
       .summary = "Get Blob Metadata",
       .run = metadata,
       .sas = "r"},
      {.method = "HEAD",
       .variant = {.query = {{"comp", "metadata"}}},
       .action = actions::kLakeFilesRead,
       .summary = "Get Blob Metadata",
       .run = metadata,
       .sas = "r"},
      {.method = "HEAD",
       .action = actions::kLakeFilesRead,
       .summary = "Get Blob Properties",
       .run = head,
       .sas = "r"},
      {.method = "GET",
       .action = actions::kLakeFilesRead,
       .summary = "Get Blob",
       .run = get,
       .sas = "r"},
  };
}

}  // namespace tarn::api::storage
