#include "detail/route_table.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace tarn::router::detail {
namespace {

[[noreturn]] void fail_route(const Route& route, const std::string& what) {
  throw Error(Code::kInternal, what + ": " + route.method + " " + route.pattern + ".");
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

/// Checks "lake/{path}" against the parameters of the pattern; "{?name}" is a query parameter.
void check_scope(const Route& route, const std::set<std::string>& names) {
  std::string_view rest = route.scope;
  for (std::size_t open; (open = rest.find('{')) != std::string_view::npos;) {
    const std::size_t close = rest.find('}', open);
    const std::string_view name = rest.substr(open + 1, close - open - 1);
    const bool of_query = name.starts_with('?') && route.any_query;
    if (close == std::string_view::npos || !(of_query || names.contains(std::string(name)))) {
      fail_route(route, "The scope names no parameter of the path");
    }
    rest = rest.substr(close + 1);
  }
}

void check_route(const Route& route, const std::vector<PatternSegment>& pattern) {
  if (route.method.empty() || route.method != to_upper(route.method)) {
    fail_route(route, "A route without a method");
  }
  if (route.action.empty()) fail_route(route, "A route without an action");
  if (!route.handler) fail_route(route, "A route without a handler");
  std::set<std::string> names;
  for (const PatternSegment& segment : pattern) {
    if (segment.kind == PatternSegment::Kind::kLiteral) continue;
    if (!names.insert(segment.text).second) fail_route(route, "A path names a parameter twice");
  }
  check_scope(route, names);
}

}  // namespace

std::vector<PatternSegment> parse_pattern(const std::string& pattern) {
  const auto fail = [&pattern](const char* what) {
    throw Error(Code::kInternal, std::string(what) + ": '" + pattern + "'.");
  };
  if (!pattern.starts_with('/')) fail("A path pattern must begin with a slash");
  std::vector<PatternSegment> result;
  for (const std::string& text : split(std::string_view(pattern).substr(1), '/')) {
    if (!result.empty() && result.back().kind == PatternSegment::Kind::kRest) {
      fail("Nothing may follow the rest of the path");
    }
    if (!text.starts_with('{')) {
      if (text.find_first_of("{}") != std::string::npos) fail("A parameter must fill its segment");
      result.push_back({PatternSegment::Kind::kLiteral, text});
      continue;
    }
    if (!text.ends_with('}')) fail("A parameter must fill its segment");
    std::string name = text.substr(1, text.size() - 2);
    const bool is_rest = name.ends_with("...");
    if (is_rest) name.resize(name.size() - 3);
    if (!is_name(name)) fail("A parameter's name is made of letters, digits and _");
    result.push_back({is_rest ? PatternSegment::Kind::kRest : PatternSegment::Kind::kParameter,
                      std::move(name)});
  }
  return result;
}

RouteTable::RouteTable(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    patterns_.push_back(parse_pattern(routes_[i].pattern));
    check_route(routes_[i], patterns_.back());
    insert(i);
  }
}

void RouteTable::insert(std::size_t index) {
  Node* node = &root_;
  Methods* methods = nullptr;
  for (const PatternSegment& segment : patterns_[index]) {
    if (segment.kind == PatternSegment::Kind::kRest) {
      methods = &node->rest;
      break;
    }
    std::unique_ptr<Node>& next = segment.kind == PatternSegment::Kind::kLiteral
                                      ? node->literals[segment.text]
                                      : node->parameter;
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  if (!methods) methods = &node->here;
  std::vector<std::size_t>& same = (*methods)[routes_[index].method];
  for (const std::size_t other : same) {
    if (routes_[other].variant == routes_[index].variant) {
      fail_route(routes_[index], "Two routes for one method and path");
    }
  }
  same.push_back(index);
}

const RouteTable::Methods* RouteTable::walk(const Node& node,
                                            const std::vector<std::string>& segments,
                                            std::size_t at) {
  if (at == segments.size()) {
    if (!node.here.empty()) return &node.here;
    return node.rest.empty() ? nullptr : &node.rest;
  }
  if (const auto literal = node.literals.find(segments[at]); literal != node.literals.end()) {
    const Methods* found = walk(*literal->second, segments, at + 1);
    if (found || at == 0) return found;
  }
  // An empty segment is no value: "/jobs/" is not the job named "".
  if (node.parameter && !segments[at].empty()) {
    if (const Methods* found = walk(*node.parameter, segments, at + 1)) return found;
  }
  return node.rest.empty() ? nullptr : &node.rest;
}

const Route* RouteTable::fitting(const Methods& methods, std::string_view method,
                                 const Request& request) const {
  const auto found = methods.find(method);
  if (found == methods.end()) return nullptr;
  for (const std::size_t index : found->second) {
    if (routes_[index].variant.fits(request)) return &routes_[index];
  }
  return nullptr;
}

std::optional<RouteTable::Match> RouteTable::find(const Request& request,
                                                  const std::vector<std::string>& segments) const {
  const Methods* methods = walk(root_, segments, 0);
  if (!methods) return std::nullopt;
  Match match;
  for (const auto& [name, indices] : *methods) match.allowed.push_back(name);
  if (methods->contains("GET") && !methods->contains("HEAD")) match.allowed.push_back("HEAD");
  const bool known = methods->contains(request.method);
  match.route = fitting(*methods, request.method, request);
  if (!match.route && request.method == "HEAD") match.route = fitting(*methods, "GET", request);
  if (!match.route && known) return std::nullopt;
  if (match.route) match.parameters = parameters_of(*match.route, segments);
  return match;
}

Parameters RouteTable::parameters_of(const Route& route,
                                     const std::vector<std::string>& segments) const {
  Parameters result;
  const auto& pattern = patterns_[static_cast<std::size_t>(&route - routes_.data())];
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i].kind == PatternSegment::Kind::kParameter) {
      result.add(pattern[i].text, segments[i]);
    } else if (pattern[i].kind == PatternSegment::Kind::kRest) {
      const std::span<const std::string> rest =
          i < segments.size() ? std::span(segments).subspan(i) : std::span<const std::string>();
      result.add(pattern[i].text, join(rest, "/"));
    }
  }
  return result;
}

std::string RouteTable::nearest_pattern(const std::string& path,
                                        const std::vector<std::string>& segments) const {
  constexpr std::size_t kPathMax = 128;  // the search costs its square
  if (path.size() > kPathMax) return {};
  // Each pattern with this path's own values in its parameters: what the path would be were it that
  // route's.
  std::vector<std::string> candidates;
  std::map<std::string, std::string> pattern_of;
  for (std::size_t r = 0; r < routes_.size(); ++r) {
    std::string candidate;
    for (std::size_t i = 0; i < patterns_[r].size(); ++i) {
      const PatternSegment& segment = patterns_[r][i];
      if (segment.kind == PatternSegment::Kind::kLiteral) {
        candidate += "/" + segment.text;
      } else if (segment.kind == PatternSegment::Kind::kParameter) {
        candidate += "/" + (i < segments.size() ? segments[i] : segment.text);
      } else if (i < segments.size()) {
        candidate += "/" + join(std::span(segments).subspan(i), "/");
      }
    }
    if (pattern_of.try_emplace(candidate, routes_[r].pattern).second)
      candidates.push_back(candidate);
  }
  const auto found = pattern_of.find(nearest("/" + join(segments, "/"), candidates));
  return found == pattern_of.end() ? std::string() : found->second;
}

}  // namespace tarn::router::detail
