#include "router/service_routes.h"

#include <memory>
#include <mutex>

#include "router/metrics.h"

namespace tarn::router {

struct Health {
  std::string status;
  std::string version;

  static void describe(FieldList<Health>& f) {
    f.type("Health", "The process answers.");
    f.required("status", &Health::status, "Always \"ok\".");
    f.required("version", &Health::version, "The program's version.");
  }
};

struct Readiness {
  bool ready = true;
  std::vector<std::string> waiting_for;

  static void describe(FieldList<Readiness>& f) {
    f.type("Readiness", "Whether requests can be served.");
    f.required("ready", &Readiness::ready, "Whether all is there.");
    f.required("waiting_for", &Readiness::waiting_for, "What is not yet.");
  }
};

Route health_route(std::string version) {
  Route route;
  route.method = "GET";
  route.pattern = "/healthz";
  route.action = kPublicAction;
  route.summary = "Whether the process answers";
  route.response = json_body<Health>();
  route.handler = [version = std::move(version)](Request&) {
    return json_response(Health{"ok", version});
  };
  return route;
}

Route readiness_route(NotReady not_ready) {
  Route route;
  route.method = "GET";
  route.pattern = "/readyz";
  route.action = kPublicAction;
  route.summary = "Whether requests can be served";
  route.response = json_body<Readiness>("Ready; while it is not, the same with status 503.");
  route.handler = [not_ready = std::move(not_ready)](Request&) {
    std::vector<std::string> waiting = not_ready();
    const bool ready = waiting.empty();
    Response response = json_response(Readiness{ready, std::move(waiting)}, ready ? 200 : 503);
    if (!ready) response.headers.add("Retry-After", "1");
    return response;
  };
  return route;
}

Route metrics_route(const Metrics& metrics) {
  Route route;
  route.method = "GET";
  route.pattern = "/metrics";
  route.action = "server/metrics/read";
  route.summary = "Figures of this server for Prometheus";
  route.response = bytes_body("Prometheus' text format.", "text/plain");
  route.handler = [&metrics](Request&) {
    return Response::text(metrics.text(), "text/plain; version=0.0.4; charset=utf-8");
  };
  return route;
}

Route openapi_route(std::string title, std::string version,
                    std::function<const std::vector<Route>&()> routes) {
  struct Document {
    std::once_flag made;
    std::string text;
  };
  Route route;
  route.method = "GET";
  route.pattern = "/openapi.json";
  route.action = "server/read";
  route.summary = "This description of all routes";
  route.response = bytes_body("The OpenAPI 3.1 document.", "application/json");
  route.handler = [title = std::move(title), version = std::move(version),
                   routes = std::move(routes), document = std::make_shared<Document>()](Request&) {
    std::call_once(document->made,
                   [&] { document->text = openapi_document(title, version, routes()); });
    return Response::text(document->text, "application/json");
  };
  return route;
}

}  // namespace tarn::router
