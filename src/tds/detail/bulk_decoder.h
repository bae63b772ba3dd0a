#pragma once
// The rows of a bulk load ([MS-TDS] 2.2.6.1): COLMETADATA, ROW or NBCROW, DONE.

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tds/login.h"
#include "tds/request.h"

namespace tarn::tds::detail {

/// Fills the front of the span with the message's next bytes, waiting for at least one; returns how
/// many, 0 at the message's end. May throw, which ends the decoding.
using ByteSource = std::function<std::size_t(std::span<char>)>;

/// For one pass, on one thread. Holds no more than one row and one chunk.
class BulkDecoder final : public BulkReader {
 public:
  /// Reads COLMETADATA (waits for it). Throws Error(kInvalidArgument) with 4002 for bytes that are
  /// none, Error(kUnsupported) for CLR types and encrypted columns.
  BulkDecoder(ByteSource source, Version version);
  ~BulkDecoder() override;
  BulkDecoder(const BulkDecoder&) = delete;

  const std::vector<sql::ResultColumn>& columns() const override;
  bool read(engine::ChunkBuilder& rows) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::tds::detail
