#pragma once
// Removing what a Delta log no longer needs (Delta protocol, "Metadata Cleanup").

#include <cstdint>

#include "detail/log_folder.h"

namespace tarn::lake::delta::detail {

/// Removes the commits and checkpoints before the newest checkpoint whose commit is not younger
/// than `cutoff_ms` (rounded down to the day, UTC): every version from that checkpoint on stays
/// readable. Oldest first, at most kLogFilesRemovedMax; what cannot be removed is left for the next
/// time. Returns the number of files removed.
std::size_t clean_log(const LogFolder& log, std::int64_t cutoff_ms);

inline constexpr std::size_t kLogFilesRemovedMax = 10'000;

}  // namespace tarn::lake::delta::detail
