#pragma once
// The folders of jobs whose submission was cut off between the writing of job.json and the commit
// of the job's row: nobody was told of such a job, and nothing names its folder.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string_view>

#include "base/clock.h"
#include "base/files.h"

namespace tarn::jobs::detail {

inline constexpr double kHalfSubmittedAgeMinS = 60;  // younger ones may be on their way to the row
inline constexpr std::size_t kHalfSubmittedVisitedMax = 100'000;  // folders looked at

/// Whether there is a run of this id.
using HasRun = std::function<bool(std::string_view run_id)>;

/// Removes the folders "<experiment>/<run>" of `artifacts` that hold nothing but an old job.json
/// and whose run is not there. Returns how many.
std::size_t sweep_half_submitted(const std::filesystem::path& artifacts, FileSystem& files,
                                 const Clock& clock, const HasRun& has_run);

}  // namespace tarn::jobs::detail
