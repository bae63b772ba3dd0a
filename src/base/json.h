#pragma once
// JSON values. Objects keep the order in which their keys were written.

#include <nlohmann/json.hpp>
#include <string_view>

// Compiled once, in json.cc.
extern template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace tarn {

using Json = nlohmann::ordered_json;

/// Throws Error(kInvalidArgument) with the line and column; nesting is limited to kJsonDepthMax.
Json parse_json(std::string_view text, std::string_view source = {});

inline constexpr int kJsonDepthMax = 200;

}  // namespace tarn
