#pragma once
// The route table as a tree over path segments: literals before parameters, parameters before the
// rest of the path. A first segment that some route spells out is never taken for a parameter: it
// is reserved.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "router/router.h"

namespace tarn::router::detail {

/// One segment of a pattern.
struct PatternSegment {
  enum class Kind { kLiteral, kParameter, kRest };
  Kind kind = Kind::kLiteral;
  std::string text;  // the literal, or the parameter's name
};

/// Throws Error(kInternal) on a pattern that is none.
std::vector<PatternSegment> parse_pattern(const std::string& pattern);

class RouteTable {
 public:
  /// Throws Error(kInternal) on a wrong table.
  explicit RouteTable(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;  // null where the path is known, but not with this method
    Parameters parameters;
    std::vector<std::string> allowed;  // the methods that the path takes
  };
  /// Empty when no route has this path. HEAD finds GET's route where it has none of its own.
  /// Of several variants, the first that fits the request; where none does, the path is not known.
  std::optional<Match> find(const Request& request, const std::vector<std::string>& segments) const;

  /// The pattern of the route nearest to a path that none matches, or empty.
  std::string nearest_pattern(const std::string& path,
                              const std::vector<std::string>& segments) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  // method → indices in routes_, in the order of the table
  using Methods = std::map<std::string, std::vector<std::size_t>, std::less<>>;
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    Methods here;
    Methods rest;  // routes that end in {name...} from here on
  };

  void insert(std::size_t index);
  const Route* fitting(const Methods& methods, std::string_view method,
                       const Request& request) const;
  static const Methods* walk(const Node& node, const std::vector<std::string>& segments,
                             std::size_t at);
  Parameters parameters_of(const Route& route, const std::vector<std::string>& segments) const;

  std::vector<Route> routes_;
  std::vector<std::vector<PatternSegment>> patterns_;  // by route
  Node root_;
};

}  // namespace tarn::router::detail
