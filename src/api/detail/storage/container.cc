// Containers: making, deleting, properties, metadata, and the list of blobs.

#include <algorithm>

#include "base/text.h"
#include "detail/storage/operation.h"
#include "detail/storage/request.h"
#include "detail/storage/xml.h"
#include "identity/actions.h"

namespace tarn::api::storage {

using router::Request;
using router::Response;

namespace {

namespace actions = identity::actions;

Response create_container(const Workspace& workspace, Request& request) {
  const std::string name = request.path_parameters.get("container");
  if (request.headers.contains("x-ms-blob-public-access")) {
    throw StorageError(409, "PublicAccessNotPermitted",
                       "Nothing is public here: x-ms-blob-public-access is refused.");
  }
  if (!lake::valid_container_name(name)) {
    throw StorageError(400, "InvalidResourceName",
                       "Not a name of a container: '" + name.substr(0, 80) + "'.",
                       "Use 3 to 63 lower-case letters, digits and single hyphens.");
  }
  const auto metadata = metadata_of(request);
  workspace.lake.create_container(name);
  const lake::LakePath path = lake::parse_path(name);
  if (!metadata.empty()) {
    workspace.properties.set(path, {}, [&](auto& properties) { properties.metadata = metadata; });
  }
  return versioned_response(201, workspace.lake.stat(path));
}

Response get_container_properties(const Workspace& workspace, Request& request) {
  const lake::FileInfo info = container_of(workspace, request);
  Response response = empty_response(200);
  add_version(response, info);
  add_metadata(response, workspace.properties.get(info));
  add_lease(response, workspace.leases.get(info.path));
  response.headers.set("x-ms-has-immutability-policy", "false");
  response.headers.set("x-ms-has-legal-hold", "false");
  response.headers.set("x-ms-namespace-enabled", "true");
  return response;
}

Response delete_container(const Workspace& workspace, Request& request) {
  const lake::FileInfo info = container_of(workspace, request);
  status_of_read(request, info);
  const lake::Lease lease = workspace.leases.get(info.path);
  if (lease.active() || request.headers.contains("x-ms-lease-id")) {
    check_lease(workspace, request, info.path);
  }
  try {
    workspace.lake.remove_container(info.path.container);
  } catch (const Error& error) {
    if (error.code() != Code::kConflict) throw;
    throw StorageError(403, "InsufficientAccountPermissions", error.message(), error.hint());
  }
  return empty_response(202);
}

Response set_metadata(const Workspace& workspace, Request& request) {
  const auto metadata = metadata_of(request);
  const lake::FileInfo info = container_of(workspace, request);
  return versioned_response(
      200, workspace.properties.set(info.path, conditions_of(workspace, request, info.path),
                                    [&](auto& properties) { properties.metadata = metadata; }));
}

Response get_policy(const Workspace& workspace, Request& request) {
  const lake::FileInfo info = container_of(workspace, request);
  Xml xml;
  xml.open("SignedIdentifiers").close("SignedIdentifiers");
  Response response = xml_response(xml);
  add_version(response, info);
  return response;
}

Response set_policy(const Workspace& workspace, Request& request) {
  const lake::FileInfo info = container_of(workspace, request);
  const std::string body = router::read_all(*request.body, router::kBodyBytesMax);
  const bool none = trim(body).empty() || (body.find("<SignedIdentifier>") == std::string::npos &&
                                           read_flat_xml(body, "SignedIdentifiers").empty());
  if (!none || request.headers.contains("x-ms-blob-public-access")) {
    throw StorageError(501, "NotImplemented",
                       "Stored access policies and public access are not supported here.",
                       "Put the permissions and times into the signature itself.");
  }
  return versioned_response(200, info);
}

// -- List Blobs

struct Listing {
  lake::LakePath folder;
  lake::ListOptions options;
  std::string prefix;
  bool found = false;  // whether the folder is there
};

constexpr std::string_view kIncludes[] = {"metadata", "copy", "uncommittedblobs", "permissions"};

void check_includes(const Request& request) {
  for (const std::string& include : split(request.query.get("include"), ',')) {
    if (include.empty() || std::ranges::find(kIncludes, include) != std::end(kIncludes)) continue;
    throw StorageError(501, "NotImplemented",
                       "A list does not include this here: " + include.substr(0, 40) + ".",
                       "There are metadata, copy, uncommittedblobs and permissions.");
  }
}

// startFrom is the full path of the first entry.
void start_from(Listing& listing, const std::string& first) {
  if (first.empty() || !listing.options.continuation.empty()) return;
  const std::string folder =
      listing.folder.path.empty() ? std::string() : listing.folder.path + '/';
  if (first.starts_with(folder)) {
    listing.options.from = first.substr(folder.size());
    while (listing.options.from.ends_with('/')) listing.options.from.pop_back();
  } else if (first > folder) {
    listing.found = false;  // everything comes before it
  }
}

// The prefix a/b/c means the entries of the folder a/b whose names begin with c.
Listing listing_of(const Workspace& workspace, const Request& request) {
  Listing listing;
  const lake::FileInfo container = container_of(workspace, request);
  const std::string delimiter = request.query.get("delimiter");
  if (!delimiter.empty() && delimiter != "/") {
    throw StorageError(400, "InvalidQueryParameterValue",
                       "The delimiter of a list is / here; not: " + delimiter.substr(0, 20) + ".");
  }
  check_includes(request);
  listing.prefix = request.query.get("prefix");
  const std::size_t slash = listing.prefix.rfind('/');
  listing.folder = container.path;
  if (slash != std::string::npos && slash > 0) {
    listing.folder =
        lake::parse_path(container.path.container + '/' + listing.prefix.substr(0, slash));
  }
  const auto folder = workspace.lake.find(listing.folder);
  listing.found = folder && folder->folder && slash != 0;
  listing.options.recursive = delimiter.empty();
  listing.options.files_only = delimiter.empty();
  listing.options.prefix =
      slash == std::string::npos ? listing.prefix : listing.prefix.substr(slash + 1);
  listing.options.continuation = request.query.get("marker");
  start_from(listing, request.query.get("startFrom"));
  const auto limit = number_in_query(request, "maxresults").value_or(lake::Lake::kListMax);
  if (limit < 1) {
    throw StorageError(400, "OutOfRangeQueryParameterValue", "maxresults is at least 1.");
  }
  listing.options.limit = std::min<std::uint64_t>(limit, lake::Lake::kListMax);
  return listing;
}

void write_blob(Xml& xml, const lake::FileInfo& info, const lake::FileProperties& properties,
                bool metadata) {
  xml.open("Blob").text("Name", info.path.path).open("Properties");
  xml.text("Creation-Time", http_time(properties.created ? properties.created : info.modified));
  xml.text("Last-Modified", http_time(info.modified)).text("Etag", info.etag);
  xml.text("ResourceType", "file").text("Content-Length", std::to_string(info.size));
  xml.text("Content-Type", properties.content_type.empty() ? std::string(kDefaultContentType)
                                                           : properties.content_type);
  xml.text("Content-Encoding", properties.content_encoding);
  xml.text("Content-Language", properties.content_language);
  xml.text("Content-MD5", properties.content_md5);
  xml.text("Cache-Control", properties.cache_control);
  xml.text("Content-Disposition", properties.content_disposition);
  xml.text("BlobType", properties.append_blob ? "AppendBlob" : "BlockBlob");
  if (!properties.append_blob) {
    xml.text("AccessTier", "Hot").text("AccessTierInferred", "true");
  }
  xml.text("ServerEncrypted", "false").close("Properties");
  if (metadata) {
    xml.open("Metadata");
    for (const auto& [name, value] : properties.metadata) xml.text(name, value);
    xml.close("Metadata");
  }
  xml.close("Blob");
}

Response list_blobs(const Workspace& workspace, Request& request) {
  const Listing listing = listing_of(workspace, request);
  lake::ListPage page;
  if (listing.found) page = workspace.lake.list(listing.folder, listing.options, request.cancel);
  const auto properties = workspace.properties.get(page.entries);
  const bool metadata = request.query.get("include").find("metadata") != std::string::npos;
  Xml xml;
  xml.open("EnumerationResults", "ContainerName", listing.folder.container);
  xml.text("Prefix", listing.prefix).text("Marker", listing.options.continuation);
  xml.text("MaxResults", std::to_string(listing.options.limit));
  xml.optional("Delimiter", request.query.get("delimiter"));
  xml.open("Blobs");
  for (std::size_t i = 0; i < page.entries.size(); ++i) {
    const lake::FileInfo& info = page.entries[i];
    if (info.folder) {
      xml.open("BlobPrefix").text("Name", info.path.path + '/').close("BlobPrefix");
    } else {
      write_blob(xml, info, properties[i], metadata);
    }
  }
  xml.close("Blobs").text("NextMarker", page.continuation).close("EnumerationResults");
  return xml_response(xml);
}

Operation container_operation(std::string method, std::vector<std::string> comp,
                              std::string_view action, std::string summary, Operate operate,
                              std::string_view sas) {
  Operation operation{.method = std::move(method),
                      .level = Level::kContainer,
                      .variant = {.query = {{"restype", "container"}}},
                      .action = action,
                      .summary = std::move(summary),
                      .run = operate,
                      .sas = sas,
                      .sas_of_account = true,
                      .body_bytes_max = router::kBodyBytesMax};
  for (std::string& value : comp) operation.variant.query.emplace_back("comp", std::move(value));
  return operation;
}

}  // namespace

std::vector<Operation> container_operations() {
  Operation list =
      container_operation("GET", {"list"}, actions::kLakeFilesList, "List Blobs", list_blobs, "l");
  list.sas_of_account = false;
  constexpr auto kRead = actions::kLakeContainersList;
  constexpr auto kCreate = actions::kLakeContainersCreate;
  return {
      list,
      container_operation("GET", {"metadata"}, kRead, "Get Container Metadata",
                          get_container_properties, "r"),
      container_operation("HEAD", {"metadata"}, kRead, "Get Container Metadata",
                          get_container_properties, "r"),
      container_operation("PUT", {"metadata"}, kCreate, "Set Container Metadata", set_metadata,
                          "w"),
      container_operation("GET", {"acl"}, kRead, "Get Container ACL", get_policy, ""),
      container_operation("HEAD", {"acl"}, kRead, "Get Container ACL", get_policy, ""),
      container_operation("PUT", {"acl"}, kCreate, "Set Container ACL", set_policy, ""),
      container_operation("GET", {}, kRead, "Get Container Properties", get_container_properties,
                          "r"),
      container_operation("HEAD", {}, kRead, "Get Container Properties", get_container_properties,
                          "r"),
      container_operation("PUT", {}, kCreate, "Create Container", create_container, "cw"),
      container_operation("DELETE", {}, actions::kLakeContainersDelete, "Delete Container",
                          delete_container, "d"),
  };
}

}  // namespace tarn::api::storage
