#include "router/router.h"

#include <algorithm>
#include <chrono>

#include "base/ids.h"
#include "base/log.h"
#include "base/text.h"
#include "detail/route_table.h"
#include "router/metrics.h"
#include "router/problem.h"
#include "router/url.h"

namespace tarn::router {
namespace {

constexpr std::size_t kRequestIdBytesMax = 128;

/// A client's own request id is kept when it is short and harmless in logs and headers.
bool is_sane_id(std::string_view id) {
  return !id.empty() && id.size() <= kRequestIdBytesMax &&
         std::all_of(id.begin(), id.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == ':';
         });
}

/// Ends a body with an error at the first byte over the route's limit.
class LimitedBody : public BodyReader {
 public:
  LimitedBody(std::unique_ptr<BodyReader> inner, std::uint64_t bytes_max)
      : inner_(std::move(inner)), bytes_max_(bytes_max) {}

  std::size_t read(std::span<char> buffer) override {
    const std::size_t count = inner_->read(buffer);
    bytes_ += count;
    if (bytes_ > bytes_max_) throw too_large(bytes_max_);
    return count;
  }
  std::optional<std::uint64_t> size() const override { return inner_->size(); }

  static Error too_large(std::uint64_t bytes_max) {
    return Error(Code::kTooLarge,
                 "The request's body is larger than " + std::to_string(bytes_max) + " bytes.");
  }

 private:
  std::unique_ptr<BodyReader> inner_;
  std::uint64_t bytes_max_;
  std::uint64_t bytes_ = 0;
};

/// A name in braces stands for a part of the path, "{?name}" for a query parameter.
std::string scope_of(const Route& route, const Request& request) {
  std::string result;
  std::string_view rest = route.scope;
  for (std::size_t open; (open = rest.find('{')) != std::string_view::npos;) {
    const std::size_t close = rest.find('}', open);
    result += rest.substr(0, open);
    const std::string_view name = rest.substr(open + 1, close - open - 1);
    result += name.starts_with('?') ? request.query.get(name.substr(1))
                                    : request.path_parameters.get(name);
    rest = rest.substr(close + 1);
  }
  result += rest;
  return result;
}

void check_query(const Route& route, const Parameters& query) {
  for (const auto& [name, value] : query) {
    const auto known = std::find_if(route.query.begin(), route.query.end(),
                                    [&name](const QueryParameter& p) { return p.name == name; });
    if (known == route.query.end()) {
      if (route.any_query) continue;
      std::vector<std::string> names;
      for (const QueryParameter& parameter : route.query) names.push_back(parameter.name);
      throw Error(Code::kInvalidArgument, "Unknown query parameter '" + name + "'.",
                  did_you_mean(name, names));
    }
    const auto& values = known->values;
    if (!values.empty() && std::find(values.begin(), values.end(), value) == values.end()) {
      std::string hint = did_you_mean(value, values);
      if (hint.empty()) hint = "It is one of: " + join(values, ", ") + ".";
      throw Error(Code::kInvalidArgument,
                  "The query parameter '" + name + "' cannot be '" + value + "'.", std::move(hint));
    }
    if (known->kind == Schema::Kind::kInteger) query.get_int(name, 0);
    if (known->kind == Schema::Kind::kBool) query.get_bool(name, false);
  }
  for (const QueryParameter& parameter : route.query) {
    if (parameter.required) query.require(parameter.name);
  }
}

/// Whether the request's Content-Type is the JSON that the route wants. Bytes are taken under any
/// type.
bool media_type_fits(const Route& route, const Headers& headers) {
  if (route.request.media_type != "application/json") return true;
  const std::string* given = headers.find("Content-Type");
  if (!given) return true;
  const std::string type = to_lower(trim(std::string_view(*given).substr(0, given->find(';'))));
  return type == "application/json" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

Outcome outcome_of(int status) {
  if (status == 401 || status == 403) return Outcome::kDenied;
  return status >= 400 ? Outcome::kFailed : Outcome::kAllowed;
}

}  // namespace

BodyDescription no_body() { return {}; }

BodyDescription bytes_body(std::string doc, std::string media_type) {
  return {std::move(media_type), std::move(doc), std::nullopt};
}

bool Variant::fits(const Request& request) const {
  const auto in_query = [&request](const auto& wanted) {
    const std::string* value = request.query.find(wanted.first);
    return value && (wanted.second.empty() || *value == wanted.second);
  };
  const auto in_headers = [&request](const auto& name) { return request.headers.contains(name); };
  return std::all_of(query.begin(), query.end(), in_query) &&
         std::all_of(headers.begin(), headers.end(), in_headers);
}

struct Router::Impl {
  detail::RouteTable table;
  Gate& gate;
  Metrics* metrics;

  /// A response, and the error that it renders where it is one.
  struct Result {
    Response response;
    std::string code;
  };

  static Result failure(const Error& error, const Request& request) {
    std::string code(name_of(error.code()));
    if (request.route && request.route->on_error) {
      return {request.route->on_error(request, error), std::move(code)};
    }
    return {problem(error, request.request_id), std::move(code)};
  }

  /// Runs `work`; whatever it throws becomes a problem.
  template <typename Work>
  static Result guarded(const Request& request, const Work& work) {
    try {
      return work();
    } catch (const Error& error) {
      if (error.code() == Code::kInternal || error.code() == Code::kDataLoss) {
        log::error("request failed", {{"error", error.what()}});
      }
      return failure(error, request);
    } catch (const std::exception& error) {
      log::error("request failed", {{"error", error.what()}});
      return failure(Error(Code::kInternal, "An internal error.",
                           "The server's log tells more under this request's id."),
                     request);
    }
  }

  Result not_found(const Request& request, const std::vector<std::string>& segments) const {
    const std::string near = table.nearest_pattern(request.path, segments);
    return failure(
        Error(Code::kNotFound, "No such resource: '" + request.path + "'.",
              near.empty() ? "/openapi.json lists all of them." : "Did you mean '" + near + "'?"),
        request);
  }

  static Result wrong_method(const Request& request, const std::vector<std::string>& allowed) {
    const std::string list = join(allowed, ", ");
    Result result{problem(405,
                          Error(Code::kInvalidArgument,
                                "The method is not for this resource: " + request.method + ".",
                                "It takes " + list + "."),
                          request.request_id),
                  "InvalidArgument"};
    result.response.headers.add("Allow", list);
    return result;
  }

  /// The gate, the checks that the table allows, and the handler.
  Result run(Request& request, std::string& scope) const {
    const Route& route = *request.route;
    if (route.action != kPublicAction) {
      request.caller = gate.authenticate(request);
      scope = scope_of(route, request);
      gate.authorize(request.caller, route.action, scope);
    }
    check_query(route, request.query);
    if (!media_type_fits(route, request.headers)) {
      const Error error(Code::kInvalidArgument,
                        "The body's type is not taken here: '" +
                            std::string(request.headers.get("Content-Type")) + "'.",
                        "Send Content-Type: " + route.request.media_type + ".");
      return {problem(415, error, request.request_id), "InvalidArgument"};
    }
    if (request.body->size().value_or(0) > route.body_bytes_max) {
      throw LimitedBody::too_large(route.body_bytes_max);
    }
    if (route.body_bytes_max != kBodyUnlimited) {
      request.body = std::make_unique<LimitedBody>(std::move(request.body), route.body_bytes_max);
    }
    return {route.handler(request), {}};
  }

  void audit(const Request& request, std::string_view scope, const Result& result) const {
    const int status = result.response.status;
    try {
      gate.audit({request, request.route->action, scope, outcome_of(status), status, result.code});
    } catch (const std::exception& error) {
      log::error("audit failed", {{"error", error.what()}});
    }
  }

  Result dispatch(Request& request) const {
    std::vector<std::string> segments;
    std::optional<detail::RouteTable::Match> match;
    Result early = guarded(request, [&]() -> Result {
      Target target = parse_target(request.target);
      request.path = std::move(target.path);
      request.query = std::move(target.query);
      segments = std::move(target.segments);
      match = table.find(request, segments);
      if (!match) return not_found(request, segments);
      if (!match->route) return wrong_method(request, match->allowed);
      return {};
    });
    if (!match || !match->route) return early;
    request.route = match->route;
    request.path_parameters = std::move(match->parameters);
    std::string scope;
    Result result = guarded(request, [&] { return run(request, scope); });
    if (request.route->action != kPublicAction) audit(request, scope, result);
    return result;
  }

  void observe(const Request& request, int status, double seconds) const {
    if (!metrics) return;
    const std::string route = request.route ? request.route->pattern : "none";
    const std::string method = request.route ? request.method : "other";
    metrics
        ->counter("tarn_requests_total", "Requests by route and status.",
                  {"method", "route", "status"}, {method, route, std::to_string(status)})
        .add();
    metrics
        ->histogram("tarn_request_duration_seconds", "Time until the response's head.",
                    latency_bounds_s(), {"route"}, {route})
        .observe(seconds);
  }
};

Router::Router(std::vector<Route> routes, Gate& gate, Metrics* metrics)
    : impl_(std::make_unique<Impl>(Impl{detail::RouteTable(std::move(routes)), gate, metrics})) {}
Router::~Router() = default;

const std::vector<Route>& Router::routes() const { return impl_->table.routes(); }

Response Router::dispatch(Request& request) const {
  const auto start = std::chrono::steady_clock::now();
  if (request.request_id.empty()) {
    const std::string_view given = request.headers.get("X-Request-Id");
    request.request_id = is_sane_id(given) ? std::string(given) : new_id();
  }
  const log::Scope scope("request_id", request.request_id);
  Impl::Result result = impl_->dispatch(request);
  Response& response = result.response;
  response.headers.set("X-Request-Id", request.request_id);
  response.headers.set("X-Content-Type-Options", "nosniff");
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  impl_->observe(request, response.status, elapsed.count());
  log::info("request", {{"method", request.method},
                        {"path", request.path},
                        {"status", response.status},
                        {"code", result.code},
                        {"caller", request.caller.name},
                        {"peer", request.peer.address},
                        {"ms", elapsed.count() * 1000}});
  return std::move(result.response);
}

}  // namespace tarn::router
