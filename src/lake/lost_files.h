#pragma once
// Parquet files of commits that never came: their writer ended between the file and the log.

#include <cstddef>
#include <filesystem>

#include "base/cancel.h"
#include "lake/delta_table.h"

namespace tarn::lake::delta {

/// A writer has so long between a file and its commit: Delta's own default retention.
inline constexpr double kLostFileAgeMinS = 7 * 86400.0;

struct LostFiles {
  std::size_t removed = 0;
  std::uint64_t bytes = 0;
};

/// Removes the Parquet files of a table that no commit and no checkpoint of its log names, and that
/// nobody has changed for `age_min_s`. A log that is not understood in full (a damaged commit, a V2
/// checkpoint, deletion vectors) keeps everything: Error(kUnsupported) or kDataLoss.
LostFiles remove_lost_files(const std::filesystem::path& folder, const EngineProvider& engine,
                            double age_min_s = kLostFileAgeMinS, const CancelToken& cancel = {},
                            FileSystem& files = FileSystem::system());

}  // namespace tarn::lake::delta
