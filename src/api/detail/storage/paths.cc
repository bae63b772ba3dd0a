// Data Lake Storage Gen2: files and directories as paths.

#include <algorithm>
#include <charconv>

#include "api/file_access.h"
#include "api/gate.h"
#include "base/text.h"
#include "detail/storage/checksums.h"
#include "detail/storage/operation.h"
#include "detail/storage/request.h"
#include "identity/actions.h"
#include "identity/authority.h"
#include "lake/staging.h"
#include "router/url.h"

namespace tarn::api::storage {
namespace {

using router::Request;
using router::Response;
namespace actions = identity::actions;

constexpr std::string_view kAppendPrefix = "append-";
constexpr int kPositionDigits = 16;

void take_access(const Request& request, lake::FileProperties& properties, bool folder) {
  const std::string* permissions = request.headers.find("x-ms-permissions");
  const std::string* acl = request.headers.find("x-ms-acl");
  const std::string* owner = request.headers.find("x-ms-owner");
  const std::string* group = request.headers.find("x-ms-group");
  if (!permissions && !acl && !owner && !group) return;
  if (permissions && acl) {
    throw StorageError(400, "InvalidInput",
                       "Either x-ms-permissions or x-ms-acl is given, not both.");
  }
  lake::AccessControl access = properties.access.value_or(lake::AccessControl::usual(folder));
  if (permissions) access.set_permissions(*permissions);
  if (acl) access.set_acl(*acl);
  for (const auto& [given, target] : {std::pair{owner, &access.owner}, {group, &access.group}}) {
    if (!given) continue;
    if (!valid_utf8(*given) || given->size() > 256) {
      throw StorageError(400, "InvalidHeaderValue", "An owner or group has at most 256 bytes.");
    }
    *target = *given;
  }
  properties.access = std::move(access);
}

Response create_directory(const Workspace& workspace, Request& request) {
  const lake::LakePath path = path_in_container(workspace, request);
  conditions_of(workspace, request, path, true).check(workspace.lake.find(path));
  lake::FileProperties made;
  settle_access(workspace, request, path, true, made);
  workspace.lake.make_folder(path);
  const auto metadata = metadata_of(request);
  const lake::FileInfo info = workspace.properties.set(path, {}, [&](auto& properties) {
    if (!metadata.empty()) properties.metadata = metadata;
    if (made.access) properties.access = made.access;
    take_access(request, properties, true);
  });
  return versioned_response(201, info);
}

Response create_file(const Workspace& workspace, Request& request) {
  const lake::LakePath path = path_in_container(workspace, request);
  lake::FileProperties properties;
  set_content_headers(request, properties, true);
  properties.metadata = metadata_of(request);
  settle_access(workspace, request, path, false, properties);
  take_access(request, properties, false);
  const auto turn = workspace.staging.turn(path);
  const lake::FileInfo info = workspace.properties.put(
      path, lake::source_of(std::string_view()), conditions_of(workspace, request, path, true),
      request.cancel, [&] { return properties; });
  workspace.staging.discard(path);
  return versioned_response(201, info);
}

// -- Rename

// "/container/path?sas", percent-encoded; an account may stand before it.
lake::LakePath rename_source(const Request& request) {
  const std::string source(request.headers.get("x-ms-rename-source"));
  const router::Target target =
      router::parse_target(source.starts_with('/') ? source : '/' + source);
  std::span<const std::string> segments(target.segments);
  if (segments.size() > 2 && segments.front() == request.path_parameters.get("account") &&
      lake::valid_container_name(segments[1])) {
    segments = segments.subspan(1);
  }
  if (segments.size() < 2) {
    throw StorageError(400, "InvalidRenameSourcePath", "The source of the rename names no path.");
  }
  return lake::parse_path(join(segments, "/"));
}

// An empty directory makes room for what is renamed to its name.
void make_room(const Workspace& workspace, const Request& request, const lake::FileInfo& source,
               const lake::LakePath& to) {
  const auto existing = workspace.lake.find(to);
  conditions_of(workspace, request, to, true).check(existing);
  if (!existing) return;
  if (trim(request.headers.get("If-None-Match")) == "*" || source.folder != existing->folder) {
    throw StorageError(409, "PathAlreadyExists",
                       "There is something already at '" + to.text() + "'.");
  }
  if (!existing->folder) return;
  try {
    workspace.lake.remove(to);
  } catch (const Error& error) {
    if (error.code() != Code::kConflict) throw;
    throw StorageError(409, "DestinationPathIsNotEmpty",
                       "The directory is not empty: '" + to.text() + "'.");
  }
}

Response rename(const Workspace& workspace, Request& request) {
  const lake::LakePath to = path_in_container(workspace, request);
  const lake::LakePath from = rename_source(request);
  for (const auto action : {actions::kLakeFilesWrite, actions::kLakeFilesDelete}) {
    workspace.authority.authorize(principal_of(request), action,
                                  identity::Scope::file(from.container, from.path),
                                  {request.request_id, {}});
  }
  const auto found = workspace.lake.find(from);
  if (!found) {
    throw StorageError(404, "SourcePathNotFound",
                       "There is no file or folder '" + from.text() + "' in the lake.");
  }
  check_source_conditions(request, *found);
  const lake::Lease lease = workspace.leases.get(from);
  if (lease.active() &&
      !equal_ignoring_case(request.headers.get("x-ms-source-lease-id"), lease.id)) {
    throw StorageError(412, "LeaseIdMissing", "There is a lease on the source of the rename.",
                       "Send its id in x-ms-source-lease-id.");
  }
  if (from == to) return versioned_response(201, *found);
  make_room(workspace, request, *found, to);
  workspace.lake.rename(from, to, trim(request.headers.get("If-None-Match")) != "*");
  if (!request.headers.contains("x-ms-properties")) {
    return versioned_response(201, workspace.lake.stat(to));
  }
  const auto metadata = metadata_of(request);
  return versioned_response(
      201, workspace.properties.set(to, {}, [&](auto& p) { p.metadata = metadata; }));
}

// -- Append and flush

// Named by the position in hexadecimal, so that their names are in its order.
std::string append_name(std::uint64_t position) {
  char digits[kPositionDigits + 1];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(position));
  return std::string(kAppendPrefix) + digits;
}

std::uint64_t required_position(const Request& request) {
  const auto position = number_in_query(request, "position");
  if (position) return *position;
  throw StorageError(400, "MissingRequiredQueryParameter", "The parameter position is missing.");
}

lake::FileInfo file_info(const Workspace& workspace, const lake::LakePath& path) {
  lake::FileInfo info = workspace.lake.stat(path);
  if (info.folder) {
    throw StorageError(409, "InvalidResourceType", "A directory takes no data: " + path.text());
  }
  return info;
}

Response flush_to(const Workspace& workspace, Request& request, const lake::LakePath& path,
                  std::uint64_t position) {
  const auto turn = workspace.staging.turn(path);
  file_info(workspace, path);
  const std::shared_ptr<lake::LakeFile> file = workspace.lake.open(path);
  std::vector<lake::Segment> segments;
  std::uint64_t end = file->info().size;
  for (const auto& piece : workspace.staging.pieces(path)) {
    if (end >= position) break;
    if (piece.name != append_name(end)) continue;
    segments.push_back(workspace.staging.open(path, piece.name));
    end += piece.size;
  }
  if (end != position) {
    throw StorageError(400, "InvalidFlushPosition",
                       "The data that was appended ends at " + std::to_string(end) +
                           ", not at the position of the flush: " + std::to_string(position) + ".",
                       "Append what is missing, then flush.");
  }
  lake::FileProperties properties = workspace.properties.get(file->info());
  set_content_headers(request, properties, false);
  if (!request.headers.contains("x-ms-content-md5")) properties.content_md5.clear();
  lake::FileInfo info = file->info();
  if (!segments.empty()) {
    lake::Conditions conditions = conditions_of(workspace, request, path);
    conditions.if_match = file->info().etag;
    // A new file appears whole; to one that has bytes others are added.
    const auto write = info.size == 0 ? &lake::Properties::put : &lake::Properties::append;
    info = (workspace.properties.*write)(path, lake::source_of(std::move(segments)), conditions,
                                         request.cancel, [&] { return properties; });
  } else if (request.query.get("close") == "true") {
    info = workspace.properties.set(path, conditions_of(workspace, request, path),
                                    [&](auto& p) { p = properties; });
  } else {
    conditions_of(workspace, request, path).check(info);
  }
  if (!request.query.get_bool("retainUncommittedData", false)) workspace.staging.discard(path);
  Response response = versioned_response(200, info);
  response.headers.set("x-ms-content-length", std::to_string(info.size));
  return response;
}

Response append(const Workspace& workspace, Request& request) {
  const lake::LakePath path = path_in_container(workspace, request);
  const std::uint64_t position = required_position(request);
  const lake::FileInfo info = file_info(workspace, path);
  check_lease(workspace, request, path);
  if (position < info.size) {
    throw StorageError(
        400, "InvalidAppendPosition",
        "Data is appended behind the end, which is at " + std::to_string(info.size) + ".");
  }
  CheckedBody body(request);
  const auto source = [&body, inner = body.source()](std::span<char> buffer) {
    const std::size_t count = inner(buffer);
    if (count == 0) body.verify();
    return count;
  };
  const auto piece = workspace.staging.put(path, append_name(position), source, request.cancel);
  if (request.query.get_bool("flush", false)) {
    Response response = flush_to(workspace, request, path, position + piece.size);
    response.status = 202;
    return response;
  }
  Response response = empty_response(202);
  response.headers.set("Content-MD5", body.md5());
  response.headers.set("x-ms-request-server-encrypted", "false");
  return response;
}

Response flush(const Workspace& workspace, Request& request) {
  return flush_to(workspace, request, path_in_container(workspace, request),
                  required_position(request));
}

// -- Properties and access control

Response set_path_properties(const Workspace& workspace, Request& request) {
  const lake::LakePath path = path_in_container(workspace, request);
  const auto metadata = metadata_of(request);
  const bool replaces = request.headers.contains("x-ms-properties") || has_metadata(request);
  return versioned_response(
      200, workspace.properties.set(path, conditions_of(workspace, request, path), [&](auto& p) {
        set_content_headers(request, p, false);
        if (replaces) p.metadata = metadata;
      }));
}

Response set_access(const Workspace& workspace, Request& request) {
  const lake::LakePath path = path_in_container(workspace, request);
  const bool folder = workspace.lake.stat(path).folder;
  const auto before = workspace.access_lists.list_of(path);
  const auto refuse = [&path](const std::string& who) {
    throw StorageError(403, "AuthorizationPermissionMismatch",
                       who + " may do this: '" + path.text() + "'.");
  };
  if (!may_by_role(workspace, request, path)) {
    if (request.headers.contains("x-ms-owner")) refuse("Only who has a role that writes here");
    if (!workspace.access_lists.owns(accessor_of(principal_of(request)), path))
      refuse("Only the owner, or who has a role that writes here,");
  }
  return versioned_response(
      200, workspace.properties.set(path, conditions_of(workspace, request, path), [&](auto& p) {
        if (!p.access) p.access = before;
        take_access(request, p, folder);
      }));
}

Response status_of(const Workspace& workspace, Request& request, bool with_acl) {
  const lake::FileInfo info = workspace.lake.stat(path_in_container(workspace, request));
  if (const int status = status_of_read(request, info)) return empty_response(status);
  const lake::FileProperties properties = workspace.properties.get(info);
  const lake::AccessControl access =
      workspace.access_lists.list_of(info.path).value_or(lake::AccessControl::usual(info.folder));
  Response response = versioned_response(200, info);
  response.headers.set("x-ms-owner", access.owner);
  response.headers.set("x-ms-group", access.group);
  response.headers.set("x-ms-permissions", access.permissions());
  response.headers.set("x-ms-resource-type", info.folder ? "directory" : "file");
  if (with_acl) {
    response.headers.set("x-ms-acl", access.acl());
    return response;
  }
  add_properties(response, info, properties);
  add_lease(response, workspace.leases.get(info.path));
  response.headers.remove("x-ms-meta-hdi_isfolder");
  response.headers.set("x-ms-properties", properties_text(properties));
  response.stream_size = info.size;
  response.stream = [](router::BodySink&) {};
  return response;
}

Response get_status(const Workspace& workspace, Request& request) {
  return status_of(workspace, request, false);
}

Response get_access(const Workspace& workspace, Request& request) {
  return status_of(workspace, request, true);
}

Operation path_operation(std::string method, router::Variant variant, std::string summary,
                         Operate operate, std::string_view sas) {
  const bool reads = method == "HEAD";
  return {.method = std::move(method),
          .convention = Convention::kDfs,
          .variant = std::move(variant),
          .action = reads ? actions::kLakeFilesRead : actions::kLakeFilesWrite,
          .summary = std::move(summary),
          .run = operate,
          .sas = sas};
}

}  // namespace

std::vector<Operation> path_operations() {
  std::vector<Operation> list = {
      path_operation("PUT", {.query = {{"resource", "directory"}}}, "Path Create (directory)",
                     create_directory, "cw"),
      path_operation("PUT", {.query = {{"resource", "file"}}}, "Path Create (file)", create_file,
                     "cw"),
      path_operation("PUT", {.headers = {"x-ms-rename-source"}}, "Path Create (rename)", rename,
                     "mw"),
      path_operation("PATCH", {.query = {{"action", "append"}}}, "Path Update (append)", append,
                     "aw"),
      path_operation("PATCH", {.query = {{"action", "flush"}}}, "Path Update (flush)", flush, "aw"),
      path_operation("PATCH", {.query = {{"action", "setProperties"}}},
                     "Path Update (setProperties)", set_path_properties, "w"),
  };
  list[3].body_bytes_max = lake::kBlockBytesMax;
  Operation set = path_operation("PATCH", {.query = {{"action", "setAccessControl"}}},
                                 "Path Update (setAccessControl)", set_access, "p");
  Operation get = path_operation("HEAD", {.query = {{"action", "getAccessControl"}}},
                                 "Path Get Properties (getAccessControl)", get_access, "re");
  Operation status = path_operation("HEAD", {.query = {{"action", "getStatus"}}},
                                    "Path Get Properties (getStatus)", get_status, "re");
  for (Operation* operation : {&set, &get, &status}) {
    operation->root_too = true;
    list.push_back(std::move(*operation));
  }
  return list;
}

}  // namespace tarn::api::storage
