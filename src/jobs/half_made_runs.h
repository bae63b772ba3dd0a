#pragma once
// Folders of jobs whose submission a crash cut off: the job's file was written, its rows were not.

#include <cstddef>
#include <filesystem>
#include <string>

#include "base/cancel.h"
#include "base/files.h"
#include "meta/store.h"

namespace tarn::jobs {

/// A submission takes less than that between the folder and the rows.
inline constexpr double kHalfMadeRunAgeMinS = 3600;
inline constexpr std::size_t kHalfMadeRunsVisitedMax = 1'000'000;  // folders looked at

/// Removes the folders below `artifacts` that hold a job's file and nothing else, have no run in
/// the store, and are older than `age_min_s`. Returns their number.
std::size_t remove_half_made_runs(meta::Store& store, const std::string& workspace_id,
                                  const std::filesystem::path& artifacts,
                                  double age_min_s = kHalfMadeRunAgeMinS,
                                  const CancelToken& cancel = {},
                                  FileSystem& files = FileSystem::system());

}  // namespace tarn::jobs
