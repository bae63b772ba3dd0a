// The server about itself, and the audit log.

#include "base/clock.h"
#include "detail/rest_routes.h"
#include "engine/database.h"
#include "identity/actions.h"
#include "identity/authority.h"

namespace tarn::api {

struct ServerInfo {
  std::string version;
  std::string workspace;
  std::string engine;
  std::string home;
};
struct AuditLine {
  std::string time;
  std::string principal;
  std::string action;
  std::string scope;
  std::string outcome;
  std::string request_id;
  std::string details;
};
struct AuditPage {
  std::vector<AuditLine> entries;
  std::string continuation;
};

}  // namespace tarn::api

namespace tarn::router {

template <>
struct Fields<api::ServerInfo> {
  static void describe(FieldList<api::ServerInfo>& f) {
    f.type("ServerInfo", "Which Tarn answers.");
    f.required("version", &api::ServerInfo::version, "Of Tarn.");
    f.required("workspace", &api::ServerInfo::workspace, "The workspace's name.");
    f.required("engine", &api::ServerInfo::engine, "The table engine's version.");
    f.required("home", &api::ServerInfo::home, "The home folder.");
  }
};
template <>
struct Fields<api::AuditLine> {
  static void describe(FieldList<api::AuditLine>& f) {
    f.type("AuditEntry", "What somebody did, or was refused.");
    f.required("time", &api::AuditLine::time, "UTC.");
    f.required("principal", &api::AuditLine::principal, "Who.");
    f.required("action", &api::AuditLine::action, "What.");
    f.required("scope", &api::AuditLine::scope, "Where.");
    f.required("outcome", &api::AuditLine::outcome, "allowed, denied or failed.");
    f.required("request_id", &api::AuditLine::request_id, "Of the request.");
    f.required("details", &api::AuditLine::details, "JSON, secrets blanked.");
  }
};
template <>
struct Fields<api::AuditPage> {
  static void describe(FieldList<api::AuditPage>& f) {
    f.type("AuditPage", "A page of the audit log.");
    f.required("entries", &api::AuditPage::entries, "Newest first.");
    f.required("continuation", &api::AuditPage::continuation,
               "For the next page; empty at the end.");
  }
};

}  // namespace tarn::router

namespace tarn::api {
namespace {

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
