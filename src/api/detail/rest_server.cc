// The server about itself, and the audit log.

#include "base/clock.h"
#include "detail/rest_routes.h"
#include "engine/database.h"
#include "identity/actions.h"
#include "identity/authority.h"

namespace tarn::api {
namespace {

struct ServerInfo {
  std::string version;
  std::string workspace;
  std::string engine;
  std::string home;

  static void describe(router::FieldList<ServerInfo>& f) {
    f.type("ServerInfo", "Which Tarn answers.");
    f.required("version", &ServerInfo::version, "Of Tarn.");
    f.required("workspace", &ServerInfo::workspace, "The workspace's name.");
    f.required("engine", &ServerInfo::engine, "The table engine's version.");
    f.required("home", &ServerInfo::home, "The home folder.");
  }
};
struct AuditLine {
  std::string time;
  std::string principal;
  std::string action;
  std::string scope;
  std::string outcome;
  std::string request_id;
  std::string details;

  static void describe(router::FieldList<AuditLine>& f) {
    f.type("AuditEntry", "What somebody did, or was refused.");
    f.required("time", &AuditLine::time, "UTC.");
    f.required("principal", &AuditLine::principal, "Who.");
    f.required("action", &AuditLine::action, "What.");
    f.required("scope", &AuditLine::scope, "Where.");
    f.required("outcome", &AuditLine::outcome, "allowed, denied or failed.");
    f.required("request_id", &AuditLine::request_id, "Of the request.");
    f.required("details", &AuditLine::details, "JSON, secrets blanked.");
  }
};
struct AuditPage {
  std::vector<AuditLine> entries;
  std::string continuation;

  static void describe(router::FieldList<AuditPage>& f) {
    f.type("AuditPage", "A page of the audit log.");
    f.required("entries", &AuditPage::entries, "Newest first.");
    f.required("continuation", &AuditPage::continuation, "For the next page; empty at the end.");
  }
};

using router::Request;
namespace actions = identity::actions;

router::Response audit_log(const Workspace& workspace, Request& request) {
  const auto page = workspace.authority.audit_log(page_of(request, identity::kAuditPageMax));
  AuditPage result;
  for (const auto& entry : page.items) {
    result.entries.push_back({time_text(entry.time), entry.principal_name, entry.action,
                              entry.scope, entry.outcome, entry.request_id, entry.details});
  }
  result.continuation = page.next_token;
  return router::json_response(result);
}

}  // namespace

std::vector<router::Route> server_routes(const Workspace& w) {
  return {
      {.method = "GET",
       .pattern = "/server",
       .action = std::string(actions::kServerRead),
       .summary = "Which Tarn answers",
       .handler =
           [&w](Request&) {
             return router::json_response(
                 ServerInfo{w.version, w.name, engine::Database::version(), w.home.string()});
           },
       .response = router::json_body<ServerInfo>()},
      {.method = "GET",
       .pattern = "/audit",
       .action = std::string(actions::kAuditRead),
       .summary = "What was done, and what was refused",
       .handler = [&w](Request& r) { return audit_log(w, r); },
       .query = paging_parameters(),
       .response = router::json_body<AuditPage>()},
  };
}

}  // namespace tarn::api
