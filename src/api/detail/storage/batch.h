#pragma once
// Blob Batch: up to 256 deletions in one request, each with its own answer.

#include <cstdint>

#include "api/workspace.h"
#include "router/message.h"

namespace tarn::api::storage {

inline constexpr std::uint64_t kBatchBytesMax = 4 << 20;
inline constexpr std::size_t kBatchRequestsMax = 256;

/// The caller of the whole is the caller of each part; a part's own credentials are not looked at,
/// and each is asked for the right to delete. Other parts than deletions and "Set Blob Tier" to Hot
/// are refused one by one.
router::Response run_batch(const Workspace& workspace, router::Request& request);

}  // namespace tarn::api::storage
