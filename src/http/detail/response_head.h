#pragma once
// The head of an HTTP/1.1 response as it goes over the wire.

#include <cstdint>
#include <optional>
#include <string>

#include "router/message.h"

namespace tarn::http::detail {

enum class Framing { kLength, kChunked, kUntilClose, kNone };

/// Whether a response of this status has no body at all, not even an empty one (RFC 9110
/// section 6.4.1).
bool is_bodiless(int status);

/// Status line and headers with the framing's own ones, and Date; an application's framing headers
/// are left out, and line ends in its values become blanks, so that no value can smuggle in a
/// header.
std::string response_head(const router::Response& response, Framing framing, std::uint64_t length,
                          bool keep);

}  // namespace tarn::http::detail
