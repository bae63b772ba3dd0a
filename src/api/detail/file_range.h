#pragma once
// A part of a file of the lake, passed on piece by piece.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "base/cancel.h"
#include "lake/lake.h"

namespace tarn::api {

/// What is sent from a file goes out in pieces of this size.
inline constexpr std::size_t kTransferBytes = 256 << 10;

struct Range {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// Throws Error(kDataLoss) where the file ends before the range does.
void stream_range(const lake::LakeFile& file, const Range& range, const CancelToken& cancel,
                  const std::function<void(std::string_view)>& take);

}  // namespace tarn::api
