#pragma once
// Optimistic concurrency. Rows that people change carry an `etag` column, an integer that grows by
// one with every change; its text is what surfaces hand out and take back:
//
//   UPDATE models SET description = $1, etag = etag + 1 WHERE workspace_id = $2 AND name = $3 AND
//   etag = $4

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::meta {

/// "7" for 7. HTTP's quotes are the surface's.
std::string etag_text(std::int64_t etag);

/// Reads etag_text's form, with or without HTTP's quotes and W/ prefix. Throws
/// Error(kInvalidArgument).
std::int64_t parse_etag(std::string_view text);

/// Throws Error(kConflict) naming `what` where the caller expects another state than the stored
/// one. An absent expectation, and "*", fit any.
void require_etag(std::string_view what, std::int64_t stored,
                  const std::optional<std::string>& expected);

}  // namespace tarn::meta
