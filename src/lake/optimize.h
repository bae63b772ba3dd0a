#pragma once
// OPTIMIZE: small data files of a Delta table rewritten as few larger ones, partition by partition.
//
// The rows stay as they are: the commit says so (dataChange is false), so that it gets along with
// everything but the removal of a file that it rewrites. Readers of older versions still have the
// old files, until VACUUM.

#include <cstdint>
#include <optional>
#include <string>

#include "base/cancel.h"
#include "lake/delta_table.h"

namespace tarn::engine {
class Connection;
}

namespace tarn::lake::delta {

struct OptimizeOptions {
  /// Of the new files, before compression settles it; files smaller than it are rewritten. Without:
  /// the property delta.targetFileSize, else TableWriter::kFileBytesTarget.
  std::optional<std::uint64_t> target_file_bytes;
  std::string user;
};

struct OptimizeResult {
  std::int64_t version = 0;  // the new one, or the one that was read where there was nothing to do
  std::int64_t files_removed = 0;
  std::int64_t files_added = 0;
  std::int64_t bytes_removed = 0;
  std::int64_t bytes_added = 0;
  std::int64_t partitions_optimized = 0;
};

inline constexpr std::uint64_t kOptimizeFileBytesMin = 1 << 10;
inline constexpr std::uint64_t kOptimizeFileBytesMax = 16ull << 30;

/// Throws kConflict where another writer removed one of the files meanwhile, kInvalidArgument for a
/// target out of range, kUnsupported where the table may not be written. Without a commit no new
/// file stays.
OptimizeResult optimize(Table& table, engine::Connection& connection,
                        const OptimizeOptions& options = {}, const CancelToken& cancel = {});

}  // namespace tarn::lake::delta
