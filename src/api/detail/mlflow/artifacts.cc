// Artifacts: what a run has, and the files themselves below mlflow-artifacts/artifacts/.

#include <algorithm>

#include "base/error.h"
#include "detail/file_stream.h"
#include "detail/mlflow/entities.h"
#include "detail/mlflow/error.h"
#include "detail/mlflow/operations.h"
#include "detail/mlflow/registry.h"
#include "identity/actions.h"
#include "lake/lake.h"

namespace tarn::api::mlflow {

namespace {

namespace actions = identity::actions;
using router::Request;
using router::Response;

constexpr std::string_view kFilesPath = "2.0/mlflow-artifacts/artifacts";
const lake::LakePath kArtifacts = lake::parse_path("artifacts");

Json list_of_run(const Workspace& w, const Message& message, const Request& request) {
  const track::Run run = w.tracking.run(message.run_id());
  const std::string path = message.text("path");
  const lake::LakePath folder = below(lake::parse_path(run.artifact_uri), path);
  return {{"root_uri", artifact_uri(run.artifact_uri)},
          {"files", files_json(w, folder, folder_prefix(path), request.cancel)}};
}

/// A registered version's folder; nothing above it is listed.
Json list_of_version(const Workspace& w, const std::string& path, const Request& request) {
  Json files = Json::array();
  if (const auto folder = registered_file(w, request, path))
    files = files_json(w, *folder, {}, request.cancel);
  std::erase_if(files.get_ref<Json::array_t&>(), [](const Json& file) {
    return file.at("path").get<std::string>() == assets::kPendingFile;
  });
  return {{"files", std::move(files)}};
}

Json list_of_folder(const Workspace& w, const Message& message, const Request& request) {
  if (const std::string path = message.text("path"); is_registered_path(path))
    return list_of_version(w, path, request);
  return {{"files", files_json(w, below(kArtifacts, message.text("path")), {}, request.cancel)}};
}

lake::LakePath path_of(const Request& request) {
  const std::string& path = request.path_parameters.require("path");
  if (path.empty()) throw Error(Code::kInvalidArgument, "Invalid path: it is empty.");
  return below(kArtifacts, path);
}

/// As path_of(), of what may be written.
lake::LakePath changeable_path_of(const Request& request) {
  if (is_registered_path(request.path_parameters.require("path"))) {
    throw Error(Code::kInvalidArgument,
                "The files of a registered version do not change: " +
                    request.path_parameters.require("path") + ".",
                "Register a new version.");
  }
  return path_of(request);
}

Response stream(const Workspace& w, const Request& request, const lake::LakePath& path) {
  std::shared_ptr<lake::LakeFile> file = w.lake.open(path);
  Response response;
  response.headers.set("ETag", '"' + file->info().etag + '"');
  response.headers.set("Content-Type", "application/octet-stream");
  response.headers.set("Accept-Ranges", "bytes");
  response.headers.set("Content-Disposition", "attachment");
  const auto range = range_of(request, file->info().size);
  stream_file(response, std::move(file), range, request.cancel);
  return response;
}

Response download(const Workspace& w, Request& request) {
  const std::string& path = request.path_parameters.require("path");
  if (!is_registered_path(path)) return stream(w, request, path_of(request));
  if (const auto file = registered_file(w, request, path)) return stream(w, request, *file);
  throw Error(Code::kNotFound, "No such file of a registered version: " + path + ".");
}

Response upload(const Workspace& w, Request& request) {
  const auto source = [&request](std::span<char> buffer) { return request.body->read(buffer); };
  w.lake.put(changeable_path_of(request), source, {}, request.cancel);
  return Response::text("{}", "application/json");
}

Response delete_artifacts(const Workspace& w, Request& request) {
  w.lake.remove(changeable_path_of(request), true);
  return Response::text("{}", "application/json");
}

/// get-artifact?run_id=…&path=…: a file of a run, as the web app and old clients ask.
Response download_of_run(const Workspace& w, Request& request) {
  std::string id = request.query.get("run_id");
  if (id.empty()) id = request.query.get("run_uuid");
  if (id.empty()) refuse_missing("run_id");
  const std::string path = request.query.get("path");
  if (path.empty()) refuse_missing("path");
  const track::Run run = w.tracking.run(id);
  return stream(w, request, below(lake::parse_path(run.artifact_uri), path));
}

using Handler = Response (*)(const Workspace&, Request&);

router::Route route_of(const Workspace& w, std::string method, std::string pattern,
                       std::string_view action, std::string summary, Handler handler) {
  return {.method = std::move(method),
          .pattern = std::move(pattern),
          .action = std::string(action),
          .summary = std::move(summary),
          .handler = [&w, handler](Request& r) { return handler(w, r); },
          .request = router::bytes_body("A file's bytes, of an upload.", "*/*"),
          .response = router::bytes_body("A file's bytes, of a download."),
          .body_bytes_max = router::kBodyUnlimited,
          .any_query = true,
          .on_error = render};
}

}  // namespace

lake::LakePath below(const lake::LakePath& folder, const std::string& path) {
  if (path.empty()) return folder;
  if (path.starts_with('/'))
    throw Error(Code::kInvalidArgument, "Invalid path: it is absolute: '" + path + "'.");
  try {
    return lake::parse_below(folder, path);
  } catch (const Error& error) {
    throw Error(Code::kInvalidArgument, "Invalid path: " + error.message(), error.hint());
  }
}

Json files_json(const Workspace& w, const lake::LakePath& folder, const std::string& prefix,
                const CancelToken& cancel) {
  Json files = Json::array();
  const auto info = w.lake.find(folder);
  if (!info || !info->folder) return files;
  lake::ListOptions options{.limit = lake::Lake::kListMax, .continuation = {}};
  do {
    const lake::ListPage page = w.lake.list(folder, options, cancel);
    for (const lake::FileInfo& entry : page.entries) {
      Json file = {{"path", prefix + std::string(entry.path.name())}, {"is_dir", entry.folder}};
      if (!entry.folder) file["file_size"] = entry.size;
      files.push_back(std::move(file));
    }
    options.continuation = page.continuation;
  } while (!options.continuation.empty());
  return files;
}

std::string folder_prefix(const std::string& path) {
  return path.empty() || path.ends_with('/') ? path : path + "/";
}

std::vector<Operation> artifact_operations() {
  return {
      {"GET", "2.0/mlflow/artifacts/list", actions::kRunsRead, "A run's artifacts", list_of_run},
      {"GET", kFilesPath, actions::kRunsRead, "A folder of artifacts", list_of_folder},
  };
}

std::vector<router::Route> artifact_routes(const Workspace& w) {
  std::vector<router::Route> routes;
  for (const std::string& pattern : patterns_of(std::string(kFilesPath) + "/{path...}")) {
    routes.push_back(
        route_of(w, "GET", pattern, actions::kRunsRead, "An artifact's bytes", download));
    routes.push_back(
        route_of(w, "PUT", pattern, actions::kRunsWrite, "Uploads an artifact", upload));
    routes.push_back(route_of(w, "DELETE", pattern, actions::kRunsDelete, "Removes artifacts",
                              delete_artifacts));
  }
  for (const char* pattern : {"/get-artifact", "/ajax-api/2.0/mlflow/get-artifact"}) {
    routes.push_back(route_of(w, "GET", pattern, actions::kRunsRead, "A file of a run's artifacts",
                              download_of_run));
  }
  return routes;
}

}  // namespace tarn::api::mlflow
