// The files of a registered version: the list, and each as it is.

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "api/gate.h"
#include "assets/models.h"
#include "assets/version_files.h"
#include "detail/file_stream.h"
#include "detail/rest_routes.h"
#include "identity/actions.h"

namespace tarn::api {
namespace {

struct ModelFileEntry {
  std::string path;
  std::int64_t size_bytes = 0;

  static void describe(router::FieldList<ModelFileEntry>& f) {
    f.type("ModelFile", "A file of a version.");
    f.required("path", &ModelFileEntry::path, "Below the version's folder.");
    f.required("size_bytes", &ModelFileEntry::size_bytes, "Its size.");
  }
};
struct ModelFiles {
  std::string uri;
  std::vector<ModelFileEntry> files;

  static void describe(router::FieldList<ModelFiles>& f) {
    f.type("ModelFiles", "All files of a version.");
    f.required("uri", &ModelFiles::uri, "The version: models:/name/version.");
    f.required("files", &ModelFiles::files, "By path.");
  }
};

using router::Request;
using router::Response;
namespace actions = identity::actions;

Response list_files(const Workspace& workspace, Request& request) {
  const auto model = model_of(workspace, request);
  ModelFiles answer{.uri = model.version.uri(), .files = {}};
  for (const auto& file : assets::version_files(model.folder)) {
    answer.files.push_back({file.path, static_cast<std::int64_t>(file.size_bytes)});
  }
  return router::json_response(answer);
}

Response get_model_file(const Workspace& workspace, Request& request) {
  const auto model = model_of(workspace, request);
  auto file = std::make_shared<FileDescriptor>(
      assets::open_version_file(model.folder, request.path_parameters.require("path")));
  Response response;
  response.headers.set("Content-Type", "application/octet-stream");
  response.stream = [file, cancel = request.cancel](router::BodySink& sink) {
    std::vector<char> buffer(kTransferBytes);
    while (true) {
      cancel.check();
      const ssize_t got = ::read(file->get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) {
        throw Error(Code::kDataLoss,
                    "A model's file cannot be read: " + std::string(std::strerror(errno)) + ".");
      }
      if (got == 0) return;
      sink.write({buffer.data(), static_cast<std::size_t>(got)});
    }
  };
  return response;
}

}  // namespace

std::vector<router::Route> model_file_routes(const Workspace& w) {
  return {
      {.method = "GET",
       .pattern = "/models/{reference}/files",
       .action = std::string(actions::kModelsRead),
       .summary = "The files of a version",
       .handler = [&w](Request& r) { return list_files(w, r); },
       .response = router::json_body<ModelFiles>()},
      {.method = "GET",
       .pattern = "/models/{reference}/files/{path...}",
       .action = std::string(actions::kModelsRead),
       .summary = "One file of a version",
       .handler = [&w](Request& r) { return get_model_file(w, r); },
       .response = router::bytes_body("The file.")},
  };
}

}  // namespace tarn::api
