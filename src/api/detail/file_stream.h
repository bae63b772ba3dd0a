#pragma once
// A file of the lake, or a range of its bytes, as the body of an answer.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/cancel.h"
#include "lake/lake.h"
#include "router/message.h"

namespace tarn::api {

inline constexpr std::size_t kTransferBytes = 256 << 10;  // read and sent at a time

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

/// The range that a request asks for with its header Range: one range of bytes (RFC 9110, 14.1.2).
/// What is none is passed over, as the RFC allows. Throws Error(kInvalidArgument) for one that
/// starts past the end.
std::optional<ByteRange> range_of(const router::Request& request, std::uint64_t size);

/// Hands the range over piece by piece. Throws Error(kDataLoss) where the file has become shorter.
void read_range(const lake::LakeFile& file, const ByteRange& range, const CancelToken& cancel,
                const std::function<void(std::string_view)>& take);

/// Makes the range, or without one the whole file, the answer's body: 206 with Content-Range, or
/// the status that it has.
void stream_file(router::Response& response, std::shared_ptr<const lake::LakeFile> file,
                 const std::optional<ByteRange>& range, CancelToken cancel);

}  // namespace tarn::api
