#pragma once
// Rows as an Arrow IPC stream
// (https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format).

#include <functional>
#include <string_view>
#include <vector>

#include "engine/chunk.h"
#include "engine/database.h"

namespace tarn::engine {

/// The media type of what ArrowStream writes.
inline constexpr std::string_view kArrowStreamMediaType = "application/vnd.apache.arrow.stream";

/// Writes the schema at once, then a record batch per chunk. Boolean, integers, floats, decimals,
/// text, blobs, dates, times and timestamps go as they are; other kinds are refused with
/// Error(kUnsupported): cast them in the query.
class ArrowStream {
 public:
  using Sink = std::function<void(std::string_view bytes)>;
  ArrowStream(const std::vector<ColumnInfo>& columns, Sink sink);
  void write(const Chunk& chunk);
  /// The end-of-stream marker.
  void close();

 private:
  std::vector<ColumnInfo> columns_;
  Sink sink_;
};

}  // namespace tarn::engine
