#pragma once
// Percent-encoding (RFC 3986) and the splitting of request targets.

#include <string>
#include <string_view>
#include <vector>

#include "router/message.h"

namespace tarn::router {

inline constexpr std::size_t kTargetBytesMax = 16 << 10;
inline constexpr std::size_t kPathSegmentsMax = 256;
inline constexpr std::size_t kQueryParametersMax = 256;

/// Decodes once. Throws Error(kInvalidArgument) on a broken escape, on NUL, and on bytes that are
/// no valid UTF-8 (overlong forms and surrogates included). `plus_is_space` is the rule of queries.
std::string percent_decode(std::string_view text, bool plus_is_space = false);
/// Everything but unreserved characters is escaped; with `keep_slashes`, '/' is kept too (for paths
/// of files).
std::string percent_encode(std::string_view text, bool keep_slashes = false);

struct Target {
  std::string path;                   // still encoded
  std::vector<std::string> segments;  // decoded; "/a/b/" has the segments a, b and an empty one
  Parameters query;                   // decoded
};
/// Splits the target of a request ("/a/b?c=d", or the absolute form). Throws
/// Error(kInvalidArgument).
Target parse_target(std::string_view target);

}  // namespace tarn::router
