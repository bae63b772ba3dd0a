// The copy of everything, and the check of it.

#include "api/gate.h"
#include "backup/backup.h"
#include "backup/check.h"
#include "detail/rest_routes.h"
#include "engine/database.h"
#include "identity/actions.h"
#include "lake/lake.h"
#include "meta/store.h"

namespace tarn::api {
namespace {

struct Finding {
  std::string area;
  std::string name;
  std::string problem;

  static void describe(router::FieldList<Finding>& f) {
    f.type("Finding", "Something that is not as it should be.");
    f.required("area", &Finding::area, "home, store, table, model, job or pool.");
    f.required("name", &Finding::name, "Which one.");
    f.required("problem", &Finding::problem, "What is wrong with it.");
  }
};
struct CheckReport {
  std::vector<Finding> findings;
  std::int64_t tables = 0;
  std::int64_t files = 0;
  std::int64_t models = 0;
  std::int64_t jobs = 0;
  std::int64_t pools = 0;

  static void describe(router::FieldList<CheckReport>& f) {
    f.type("CheckReport", "What a check looked at, and what it found.");
    f.required("findings", &CheckReport::findings, "Empty when all is well.");
    f.required("tables", &CheckReport::tables, "Delta tables.");
    f.required("files", &CheckReport::files, "Files of their newest versions.");
    f.required("models", &CheckReport::models, "Versions of models.");
    f.required("jobs", &CheckReport::jobs, "Jobs.");
    f.required("pools", &CheckReport::pools, "Dedicated SQL pools of this server.");
  }
};

using router::Request;
using router::Response;
namespace actions = identity::actions;

Response make_backup(const Workspace& workspace, Request& request) {
  // The stage is made before the answer begins: what can go wrong has its own status.
  const auto stage = std::make_shared<backup::Stage>(
      backup::Source{workspace.store, workspace.lake.root(), workspace.pools, workspace.version},
      request.cancel);
  Response response;
  response.headers.set("Content-Type", "application/x-tar");
  response.headers.set("Cache-Control", "no-store");
  response.stream = [stage, cancel = request.cancel](router::BodySink& sink) {
    stage->write_tar([&sink](std::string_view bytes) { sink.write(bytes); }, cancel);
  };
  return response;
}

Response check(const Workspace& workspace, Request& request) {
  const backup::CheckReport found = backup::check_home(
      {workspace.store, workspace.home, workspace.lake.root(), workspace.engine, workspace.pools},
      request.cancel);
  CheckReport report{{}, found.tables, found.files, found.models, found.jobs, found.pools};
  for (const auto& one : found.findings)
    report.findings.push_back({one.area, one.name, one.problem});
  return router::json_response(report);
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
       .response = router::json_body<CheckReport>()},
  };
}

}  // namespace tarn::api
