#pragma once
// The router: a function from a request to a response, by a table of routes.
//
// It owns the matching of paths, the decoding of parameters (exactly once), the passage through the
// Gate before any handler (so that none can forget it), the rendering of errors as
// application/problem+json, the metrics of requests and the OpenAPI document. It never knows
// sockets, principals or the domain.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "router/fields.h"
#include "router/message.h"

namespace tarn::router {

class Metrics;

/// The largest body that a route takes unless it says otherwise.
inline constexpr std::uint64_t kBodyBytesMax = 8ull << 20;
inline constexpr std::uint64_t kBodyUnlimited = UINT64_MAX;

/// The action of the few routes that anybody may call, unknown callers included (health probes).
inline constexpr std::string_view kPublicAction = "public";

/// What a body is. `schema` is of JSON bodies.
struct BodyDescription {
  std::string media_type;  // empty: no body
  std::string doc;
  std::optional<Schema> schema;
};
BodyDescription no_body();
BodyDescription bytes_body(std::string doc, std::string media_type = "application/octet-stream");
template <typename T>
BodyDescription json_body(std::string doc = {}) {
  return {"application/json", std::move(doc), schema_of<T>()};
}

/// A query parameter. An unknown one in a request is an error that names the nearest.
struct QueryParameter {
  std::string name;
  std::string doc;
  bool required = false;
  Schema::Kind kind = Schema::Kind::kString;
  std::vector<std::string> values = {};  // the only ones allowed; empty: any
};

using Handler = std::function<Response(Request&)>;

/// Tells routes of one method and pattern apart where a foreign protocol puts the operation into
/// the query or a header ("?comp=block", "x-ms-copy-source"). The first route of the table whose
/// conditions all hold is taken; a request that none fits has no route.
struct Variant {
  std::vector<std::pair<std::string, std::string>> query = {};  // name and value; empty value: any
  std::vector<std::string> headers = {};                        // names of headers that are there

  bool fits(const Request& request) const;
  bool empty() const { return query.empty() && headers.empty(); }
  bool operator==(const Variant&) const = default;
};

/// Renders an error in the convention of a route's protocol.
using ErrorRenderer = std::function<Response(const Request&, const Error&)>;

/// One row of the route table.
struct Route {
  std::string method;   // "GET", "PUT", ...; HEAD is answered by GET's route
  std::string pattern;  // "/jobs/{id}"; a last "{path...}" takes the rest, slashes included, also
                        // when it is empty
  std::string action;   // what the caller must be allowed: "jobs/read"; never empty
  std::string summary;  // one line for OpenAPI
  Handler handler;

  std::vector<QueryParameter> query = {};
  BodyDescription request = {};   // {}: none is expected
  BodyDescription response = {};  // of success
  int response_status = 200;
  std::string scope =
      {};  // what the action is on, from path parameters: "lake/{path}"; empty: the whole workspace
  std::uint64_t body_bytes_max = kBodyBytesMax;
  bool any_query = false;       // takes query parameters that are not listed (foreign protocols)
  Variant variant = {};         // empty: every request of this method and path
  ErrorRenderer on_error = {};  // empty: a problem (RFC 9457)
};

enum class Outcome { kAllowed, kDenied, kFailed };

/// What the router tells the Gate after each dispatch.
struct AuditRecord {
  const Request& request;  // with its caller, which is empty when nobody could be found
  std::string_view action;
  std::string_view scope;
  Outcome outcome;
  int status;             // of the response
  std::string_view code;  // of the error ("NotFound"), or empty
};

/// Who asks, and whether they may. Implemented above the router, with identity. Thread-safe.
class Gate {
 public:
  virtual ~Gate() = default;
  /// Throws Error(kUnauthenticated).
  virtual Caller authenticate(const Request& request) = 0;
  /// Throws Error(kPermissionDenied).
  virtual void authorize(const Caller& caller, std::string_view action, std::string_view scope) = 0;
  /// Called once for every dispatch to a route, after its handler, whatever came out. What it
  /// throws is logged.
  virtual void audit(const AuditRecord& record) = 0;
};

/// Thread-safe once made.
class Router {
 public:
  /// Throws Error(kInternal) on a wrong table: a route without an action or a handler, a bad
  /// pattern, two routes for one method, pattern and variant. `gate` and `metrics` (may be null)
  /// must outlive the router.
  Router(std::vector<Route> routes, Gate& gate, Metrics* metrics);
  ~Router();

  /// Never throws: errors are problem responses. Sets the request's id (also in the X-Request-Id of
  /// the response).
  Response dispatch(Request& request) const;

  const std::vector<Route>& routes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The request's JSON body as a T. Throws Error(kInvalidArgument), or kTooLarge over the route's
/// limit.
template <typename T>
T read_json(Request& request) {
  const std::string text =
      read_all(*request.body, request.route ? request.route->body_bytes_max : kBodyBytesMax);
  return from_json_text<T>(text);
}
/// A JSON response from a described value.
template <typename T>
Response json_response(const T& value, int status = 200) {
  Response response = Response::text(to_json_text(value), "application/json");
  response.status = status;
  return response;
}

}  // namespace tarn::router
