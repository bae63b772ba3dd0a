#include "router/router.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "base/json.h"
#include "router/metrics.h"
#include "router/problem.h"
#include "router/service_routes.h"

namespace tarn::router {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Echo {
  std::string text;

  static void describe(router::FieldList<Echo>& f) {
    f.type("Echo", "A text.");
    f.required("text", &Echo::text, "The text.");
  }
};

/// Knows "alice", who may do everything but "jobs/delete"; writes down what it is asked.
class TestGate : public Gate {
 public:
  Caller authenticate(const Request& request) override {
    const std::string name(request.headers.get("User"));
    if (name.empty()) throw Error(Code::kUnauthenticated, "nobody asks");
    return {name, name, name};
  }
  void authorize(const Caller& caller, std::string_view action, std::string_view scope) override {
    log.push_back("authorize " + caller.name + " " + std::string(action) + " " +
                  std::string(scope));
    if (action == "jobs/delete") throw Error(Code::kPermissionDenied, "not allowed");
  }
  void audit(const AuditRecord& record) override {
    constexpr const char* kOutcomes[] = {"allowed", "denied", "failed"};
    log.push_back("audit " + record.request.caller.name + " " + std::string(record.action) + " " +
                  kOutcomes[static_cast<int>(record.outcome)] + " " +
                  std::to_string(record.status) + std::string(record.code));
    if (audit_fails) throw std::runtime_error("disk full");
  }
  std::vector<std::string> log;
  bool audit_fails = false;
};

}  // namespace

namespace {

Response tell(Request& request) {
  std::string text = request.route->pattern;
  for (const auto& [name, value] : request.path_parameters) text += " " + name + "=" + value;
  for (const auto& [name, value] : request.query) text += " ?" + name + "=" + value;
  return Response::text(text);
}

Route route(std::string method, std::string pattern, std::string action = "test/read",
            Handler handler = tell) {
  Route result;
  result.method = std::move(method);
  result.pattern = std::move(pattern);
  result.action = std::move(action);
  result.handler = std::move(handler);
  return result;
}

std::vector<Route> table() {
  std::vector<Route> routes;
  routes.push_back(route("GET", "/jobs", "jobs/read"));
  routes.back().query = {{"limit", "How many.", false, Schema::Kind::kInteger},
                         {"state", "Which.", false, Schema::Kind::kString, {"running", "done"}}};
  routes.push_back(route("POST", "/jobs", "jobs/write", [](Request& request) {
    return json_response(read_json<Echo>(request), 201);
  }));
  routes.back().request = json_body<Echo>();
  routes.back().response = json_body<Echo>();
  routes.back().body_bytes_max = 100;
  routes.push_back(route("GET", "/jobs/{id}", "jobs/read"));
  routes.push_back(route("GET", "/jobs/latest", "jobs/read"));
  routes.push_back(route("DELETE", "/jobs/{id}", "jobs/delete"));
  routes.push_back(route("GET", "/lake/{container}/{path...}", "lake/read"));
  routes.back().scope = "lake/{container}/{path}";
  routes.push_back(route("GET", "/throw", "test/throw",
                         [](Request&) -> Response { throw std::runtime_error("secret detail"); }));
  routes.push_back(route("GET", "/public", std::string(kPublicAction)));
  return routes;
}

class RouterTest : public testing::Test {
 protected:
  Request make(std::string method, std::string target, std::string body = {}) {
    Request request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.headers.add("User", "alice");
    request.body = std::make_unique<StringBody>(std::move(body));
    return request;
  }
  Response send(std::string method, std::string target, std::string body = {}) {
    Request request = make(std::move(method), std::move(target), std::move(body));
    return router.dispatch(request);
  }
  std::string text(const std::string& target) { return send("GET", target).body; }

  TestGate gate;
  Metrics metrics;
  Router router{table(), gate, &metrics};
};

TEST_F(RouterTest, MatchesLiteralsBeforeParametersBeforeRests) {
  EXPECT_EQ(text("/jobs/7"), "/jobs/{id} id=7");
  EXPECT_EQ(text("/jobs/latest"), "/jobs/latest");
  EXPECT_EQ(text("/lake/files/a/b.csv"),
            "/lake/{container}/{path...} container=files path=a/b.csv");
  EXPECT_EQ(text("/lake/files/"), "/lake/{container}/{path...} container=files path=");
  EXPECT_EQ(text("/lake/files"), "/lake/{container}/{path...} container=files path=");
  EXPECT_EQ(send("GET", "/jobs/").status, 404);
  EXPECT_EQ(send("GET", "//jobs").status, 404);
  EXPECT_EQ(text("http://localhost:7420/jobs/7"), "/jobs/{id} id=7");
}

TEST_F(RouterTest, DecodesParametersExactlyOnce) {
  EXPECT_EQ(text("/jobs/a%20b%2Fc"), "/jobs/{id} id=a b/c");
  EXPECT_EQ(text("/jobs/%252e"), "/jobs/{id} id=%2e");
  EXPECT_EQ(text("/jobs/a+b"), "/jobs/{id} id=a+b");
  EXPECT_EQ(text("/jobs/%C3%A4"), "/jobs/{id} id=\xC3\xA4");
  EXPECT_EQ(text("/lake/f/..%2f..%2fx"), "/lake/{container}/{path...} container=f path=../../x");
}

TEST_F(RouterTest, RefusesBrokenEncodings) {
  for (const char* id : {"%00", "%", "%4", "%zz", "%ff", "%c0%af", "%e0%80%af", "%ed%a0%80",
                         "%f4%90%80%80", "\xff"}) {
    EXPECT_EQ(send("GET", std::string("/jobs/") + id).status, 400) << id;
    EXPECT_EQ(send("GET", std::string("/jobs?state=") + id).status, 400) << id;
  }
  EXPECT_EQ(send("GET", "").status, 400);
  EXPECT_EQ(send("GET", "*").status, 400);
  EXPECT_EQ(send("GET", "/jobs/" + std::string(20'000, 'x')).status, 413);
}

TEST_F(RouterTest, TellsTheNearestRoute) {
  const Response response = send("GET", "/job/7");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.get("Content-Type"), "application/problem+json");
  const Json problem = parse_json(response.body);
  EXPECT_EQ(problem["detail"], "No such resource: '/job/7'.");
  EXPECT_EQ(problem["hint"], "Did you mean '/jobs/{id}'?");
  EXPECT_EQ(problem["code"], "NotFound");
  EXPECT_EQ(problem["request_id"], std::string(response.headers.get("X-Request-Id")));
  EXPECT_THAT(send("GET", "/something/else").body, HasSubstr("/openapi.json"));
}

TEST_F(RouterTest, TellsTheMethodsOfAPath) {
  const Response response = send("PATCH", "/jobs");
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.headers.get("Allow"), "GET, POST, HEAD");
}

TEST_F(RouterTest, AnswersHeadByGet) {
  const Response response = send("HEAD", "/jobs/7");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(gate.log, testing::Contains("authorize alice jobs/read "));
}

TEST_F(RouterTest, PassesTheGateBeforeEachHandler) {
  send("GET", "/lake/files/a%20b");
  EXPECT_THAT(gate.log, ElementsAre("authorize alice lake/read lake/files/a b",
                                    "audit alice lake/read allowed 200"));
  gate.log.clear();
  EXPECT_EQ(send("DELETE", "/jobs/1").status, 403);
  EXPECT_THAT(gate.log, ElementsAre("authorize alice jobs/delete ",
                                    "audit alice jobs/delete denied 403PermissionDenied"));
  gate.log.clear();
  Request nobody = make("GET", "/jobs");
  nobody.headers.remove("User");
  const Response response = router.dispatch(nobody);
  EXPECT_EQ(response.status, 401);
  EXPECT_TRUE(response.headers.contains("WWW-Authenticate"));
  EXPECT_THAT(gate.log, ElementsAre("audit  jobs/read denied 401Unauthenticated"));
  gate.log.clear();
  Request anybody = make("GET", "/public");
  anybody.headers.remove("User");
  EXPECT_EQ(router.dispatch(anybody).status, 200);
  EXPECT_THAT(gate.log, ElementsAre());
}

TEST_F(RouterTest, AnswersThoughTheAuditFails) {
  gate.audit_fails = true;
  EXPECT_EQ(send("GET", "/jobs").status, 200);
}

TEST_F(RouterTest, ReadsJsonBodies) {
  const Response created = send("POST", "/jobs", R"({"text":"hi"})");
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.body, R"({"text":"hi"})");
  EXPECT_THAT(send("POST", "/jobs", R"({"txet":"hi"})").body, HasSubstr("Did you mean 'text'?"));
  EXPECT_EQ(send("POST", "/jobs", "{").status, 400);
  EXPECT_EQ(send("POST", "/jobs").status, 400);
  EXPECT_EQ(send("POST", "/jobs", R"({"text":")" + std::string(100, 'x') + "\"}").status, 413);
  Request form = make("POST", "/jobs", R"({"text":"hi"})");
  form.headers.add("Content-Type", "application/x-www-form-urlencoded");
  const Response refused = router.dispatch(form);
  EXPECT_EQ(refused.status, 415);
  EXPECT_THAT(refused.body, HasSubstr("Send Content-Type: application/json."));
  Request typed = make("POST", "/jobs", R"({"text":"hi"})");
  typed.headers.add("Content-Type", "Application/JSON; charset=utf-8");
  EXPECT_EQ(router.dispatch(typed).status, 201);
}

TEST_F(RouterTest, LimitsBodiesOfUnknownSize) {
  struct Unsized : StringBody {
    using StringBody::StringBody;
    std::optional<std::uint64_t> size() const override { return std::nullopt; }
  };
  for (const auto& [size, status] :
       {std::pair{89, 201}, std::pair{90, 413}}) {  // {"text":""} has 11 bytes
    Request request = make("POST", "/jobs");
    request.body = std::make_unique<Unsized>(
        R"({"text":")" + std::string(static_cast<std::size_t>(size), 'x') + "\"}");
    EXPECT_EQ(router.dispatch(request).status, status) << size;
  }
}

TEST_F(RouterTest, ChecksTheQuery) {
  EXPECT_EQ(text("/jobs?limit=3&state=done"), "/jobs ?limit=3 ?state=done");
  EXPECT_THAT(text("/jobs?limt=3"), HasSubstr("Did you mean 'limit'?"));
  EXPECT_THAT(text("/jobs?limit=x"), HasSubstr("is not an integer"));
  EXPECT_THAT(text("/jobs?state=runing"), HasSubstr("Did you mean 'running'?"));
}

TEST_F(RouterTest, HidesInternalErrors) {
  const Response response = send("GET", "/throw");
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(response.body, testing::Not(HasSubstr("secret")));
  EXPECT_THAT(gate.log, testing::Contains("audit alice test/throw failed 500Internal"));
}

TEST_F(RouterTest, KeepsASaneRequestIdAndReplacesAnother) {
  Request sane = make("GET", "/jobs");
  sane.headers.add("X-Request-Id", "abc-123");
  EXPECT_EQ(router.dispatch(sane).headers.get("X-Request-Id"), "abc-123");
  for (const std::string& bad :
       {std::string("a b"), std::string("a\"b"), std::string(129, 'a'), std::string()}) {
    Request request = make("GET", "/jobs");
    request.headers.add("X-Request-Id", bad);
    EXPECT_NE(router.dispatch(request).headers.get("X-Request-Id"), bad);
  }
}

TEST_F(RouterTest, CountsRequests) {
  send("GET", "/jobs/1");
  send("GET", "/jobs/2");
  send("GET", "/nowhere/at/all");
  const std::string all = metrics.text();
  EXPECT_THAT(all,
              HasSubstr(R"(tarn_requests_total{method="GET",route="/jobs/{id}",status="200"} 2)"));
  EXPECT_THAT(all, HasSubstr(R"(tarn_requests_total{method="other",route="none",status="404"} 1)"));
  EXPECT_THAT(all, HasSubstr(R"(tarn_request_duration_seconds_count{route="/jobs/{id}"} 2)"));
}

TEST(Variants, ChooseByQueryAndHeadersInTheirOrder) {
  TestGate gate;
  std::vector<Route> routes;
  const auto add = [&routes](Variant variant, const std::string& name) {
    routes.push_back(route("PUT", "/{account}/{path...}", "a",
                           [name](Request&) { return Response::text(name); }));
    routes.back().variant = std::move(variant);
    routes.back().any_query = true;
  };
  add({.query = {{"comp", "block"}}}, "block");
  add({.query = {{"comp", ""}}}, "other");
  add({.headers = {"x-source"}}, "copy");
  routes.push_back(route("GET", "/jobs/{id}", "a"));
  routes.push_back(route("GET", "/{account}/{path...}", "a",
                         [](Request&) -> Response { throw Error(Code::kNotFound, "gone"); }));
  routes.back().on_error = [](const Request&, const Error& error) {
    Response response = Response::text("<" + error.message() + ">");
    response.status = 404;
    return response;
  };
  const Router router(std::move(routes), gate, nullptr);
  const auto send = [&router](const char* method, const char* target, bool header = false) {
    Request request;
    request.method = method;
    request.target = target;
    request.headers.set("User", "alice");
    if (header) request.headers.set("X-Source", "x");
    return router.dispatch(request);
  };
  EXPECT_EQ(send("PUT", "/a/b?comp=block", true).body, "block");
  EXPECT_EQ(send("PUT", "/a/b?comp=x", true).body, "other");
  EXPECT_EQ(send("PUT", "/a/b", true).body, "copy");
  EXPECT_EQ(send("PUT", "/a/b").status, 404) << "no variant fits";
  EXPECT_EQ(send("DELETE", "/a/b").status, 405);
  EXPECT_EQ(send("GET", "/a/b").body, "<gone>") << "in the route's own form";
  EXPECT_EQ(send("GET", "/jobs/x/y").status, 404);
  EXPECT_THAT(send("GET", "/jobs/x/y").body, HasSubstr("No such resource"))
      << "a first segment that a route spells out is reserved";
}

std::string table_error(Route wrong) {
  TestGate gate;
  try {
    std::vector<Route> routes = table();
    routes.push_back(std::move(wrong));
    Router router(std::move(routes), gate, nullptr);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInternal);
    return error.message();
  }
  return "no error";
}

TEST(RouteTable, RefusesWrongRoutes) {
  EXPECT_EQ(table_error(route("GET", "/x", "")), "A route without an action: GET /x.");
  EXPECT_EQ(table_error(route("GET", "/x", "a", nullptr)), "A route without a handler: GET /x.");
  EXPECT_EQ(table_error(route("GET", "/jobs")), "Two routes for one method and path: GET /jobs.");
  EXPECT_EQ(table_error(route("GET", "/jobs/{other}")),
            "Two routes for one method and path: GET /jobs/{other}.");
  EXPECT_THAT(table_error(route("get", "/x")), HasSubstr("without a method"));
  for (const char* pattern : {"x", "/{a", "/{}", "/a{b}", "/{a...}/b", "/{a b}"}) {
    EXPECT_NE(table_error(route("GET", pattern)), "no error") << pattern;
  }
  EXPECT_THAT(table_error(route("GET", "/{a}/{a}")), HasSubstr("twice"));
  Route scoped = route("GET", "/x/{a}");
  scoped.scope = "x/{b}";
  EXPECT_THAT(table_error(scoped), HasSubstr("scope"));
}

TEST(Problem, CarriesAnErrorToTheClientAndBack) {
  Error error = Error(Code::kNotFound, "no table: 'x'", "Look elsewhere.").at({"query", 3, 7});
  error.set_sql({208, 16, 1, "p"});
  const Response response = problem(error, "id-1");
  const Error back = error_of(response.status, response.headers.get("Content-Type"), response.body);
  EXPECT_EQ(back.code(), Code::kNotFound);
  EXPECT_STREQ(back.what(), error.what());
  ASSERT_TRUE(back.place() && back.sql());
  EXPECT_EQ(back.place()->line, 3);
  EXPECT_EQ(back.sql()->number, 208);
  EXPECT_EQ(back.sql()->procedure, "p");
  EXPECT_EQ(error_of(502, "text/html", "<h1>Bad</h1>").code(), Code::kInternal);
  EXPECT_EQ(error_of(403, "application/problem+json", "{broken").code(), Code::kPermissionDenied);
  const Response damaged = problem(Error(Code::kDataLoss, "damaged"), "");
  EXPECT_EQ(error_of(500, "application/problem+json", damaged.body).code(), Code::kDataLoss);
}

TEST(ServiceRoutes, TellHealthReadinessMetricsAndOpenApi) {
  TestGate gate;
  Metrics metrics;
  std::vector<std::string> waiting = {"the store"};
  const Router* self = nullptr;
  std::vector<Route> routes = table();
  routes.push_back(health_route("1.2.3"));
  routes.push_back(readiness_route([&] { return waiting; }));
  routes.push_back(metrics_route(metrics));
  routes.push_back(openapi_route("Tarn", "1.2.3",
                                 [&]() -> const std::vector<Route>& { return self->routes(); }));
  const Router router(std::move(routes), gate, &metrics);
  self = &router;
  const auto get = [&router](const char* target) {
    Request request;
    request.target = target;
    request.headers.add("User", "alice");
    return router.dispatch(request);
  };
  EXPECT_EQ(get("/healthz").body, R"({"status":"ok","version":"1.2.3"})");
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_THAT(get("/readyz").body, HasSubstr("the store"));
  waiting.clear();
  EXPECT_EQ(get("/readyz").status, 200);
  EXPECT_THAT(get("/metrics").body, HasSubstr("process_resident_memory_bytes "));
  const Json document = parse_json(get("/openapi.json").body);
  EXPECT_EQ(document["openapi"], "3.1.0");
  EXPECT_EQ(document["info"]["version"], "1.2.3");
  const Json& post = document["paths"]["/jobs"]["post"];
  EXPECT_EQ(post["requestBody"]["content"]["application/json"]["schema"]["$ref"],
            "#/components/schemas/Echo");
  EXPECT_EQ(post["x-tarn-action"], "jobs/write");
  EXPECT_EQ(post["tags"], Json::array({"jobs"}));
  EXPECT_EQ(post["responses"]["default"]["$ref"], "#/components/responses/Problem");
  const Json& echo = document["components"]["schemas"]["Echo"];
  EXPECT_EQ(echo["properties"]["text"]["type"], "string");
  EXPECT_EQ(echo["required"], Json::array({"text"}));
  const Json& list = document["paths"]["/jobs"]["get"]["parameters"];
  EXPECT_EQ(list[1]["schema"]["enum"], Json::array({"running", "done"}));
  EXPECT_EQ(document["paths"]["/lake/{container}/{path}"]["get"]["parameters"][1]["name"], "path");
  EXPECT_EQ(document["paths"]["/healthz"]["get"]["security"], Json::array());
  std::size_t operations = 0;
  for (const auto& path : document["paths"]) operations += path.size();
  EXPECT_EQ(operations, router.routes().size());
}

}  // namespace
}  // namespace tarn::router
