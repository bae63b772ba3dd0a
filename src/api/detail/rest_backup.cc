// The copy of everything, and the check of it.

#include "api/gate.h"
#include "backup/backup.h"
#include "backup/check.h"
#include "detail/rest_routes.h"
#include "engine/database.h"
#include "identity/actions.h"
#include "lake/lake.h"
#include "meta/store.h"

namespace tarn::router {

template <>
struct Fields<backup::Finding> {
  static void describe(FieldList<backup::Finding>& f) {
    f.type("Finding", "Something that is not as it should be.");
    f.required("area", &backup::Finding::area, "home, store, table, model or job.");
    f.required("name", &backup::Finding::name, "Which one.");
    f.required("problem", &backup::Finding::problem, "What is wrong with it.");
  }
};
template <>
struct Fields<backup::CheckReport> {
  static void describe(FieldList<backup::CheckReport>& f) {
    f.type("CheckReport", "What a check looked at, and what it found.");
    f.required("findings", &backup::CheckReport::findings, "Empty when all is well.");
    f.required("tables", &backup::CheckReport::tables, "Delta tables.");
    f.required("files", &backup::CheckReport::files, "Files of their newest versions.");
    f.required("models", &backup::CheckReport::models, "Versions of models.");
    f.required("jobs", &backup::CheckReport::jobs, "Jobs.");
  }
};

}  // namespace tarn::router

namespace tarn::api {
namespace {

using router::Request;
using router::Response;
namespace actions = identity::actions;

Response make_backup(const Workspace& workspace, Request& request) {
  // The stage is made before the answer begins: what can go wrong has its own status.
  const auto stage = std::make_shared<backup::Stage>(
      backup::Source{workspace.store, workspace.lake.root(), workspace.version}, request.cancel);
  Response response;
  response.headers.set("Content-Type", "application/x-tar");
  response.headers.set("Cache-Control", "no-store");
  response.stream = [stage, cancel = request.cancel](router::BodySink& sink) {
    stage->write_tar([&sink](std::string_view bytes) { sink.write(bytes); }, cancel);
  };
  return response;
}

Response check(const Workspace& workspace, Request& request) {
  return router::json_response(backup::check_home(
      {workspace.store, workspace.home, workspace.lake.root(), workspace.engine}, request.cancel));
}

}  // namespace

std::vector<router::Route> backup_routes(const Workspace& w) {
  return {
      {.method = "POST",
       .pattern = "/backup",
       .action = std::string(actions::kServerBackup),
       .summary = "A consistent copy of the home",
       .handler = [&w](Request& r) { return make_backup(w, r); },
       .response = router::bytes_body("A tar archive (docs/backup.md).", "application/x-tar")},
      {.method = "GET",
       .pattern = "/check",
       .action = std::string(actions::kServerCheck),
       .summary = "Is everything there that the metadata and the tables' logs name?",
       .handler = [&w](Request& r) { return check(w, r); },
       .response = router::json_body<backup::CheckReport>()},
  };
}

}  // namespace tarn::api
