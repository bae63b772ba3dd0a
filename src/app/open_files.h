#pragma once
// How many files the server may have open: the kernel's limit, raised as far as it goes, decides
// how many connections it takes.

#include <cstddef>

namespace tarn::app {

/// Kept for the store, the engine, the lake's files and logs.
inline constexpr std::size_t kFilesBesideConnections = 512;
/// With fewer connections than these a server does not start.
inline constexpr std::size_t kConnectionsMin = 16;

/// Raises the soft limit to the hard one. Returns how many of the `wanted` connections fit; fewer
/// are a warning in the log. Throws Error(kUnavailable) where not even kConnectionsMin do.
std::size_t connections_within_limit(std::size_t wanted);

}  // namespace tarn::app
