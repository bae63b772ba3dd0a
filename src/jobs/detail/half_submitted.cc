#include "detail/half_submitted.h"

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/log.h"
#include "detail/job_file.h"

namespace tarn::jobs::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRunIdDigits = 32;

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    entries.push_back(entry->path());
  }
  return entries;
}

bool is_folder(const fs::path& path) {
  std::error_code none;
  return fs::is_directory(fs::symlink_status(path, none));
}

bool is_run_id(const std::string& name) {
  return name.size() == kRunIdDigits &&
         name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_older(const fs::path& file, Micros now) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) return false;
  const double age_s = static_cast<double>(now) / 1e6 - static_cast<double>(status.st_mtim.tv_sec);
  return age_s >= kHalfSubmittedAgeMinS;
}

bool holds_only_an_old_job_file(const fs::path& folder, Micros now) {
  const std::vector<fs::path> entries = entries_of(folder);
  return entries.size() == 1 && entries[0].filename() == kJobFile && is_older(entries[0], now);
}

}  // namespace

std::size_t sweep_half_submitted(const fs::path& artifacts, FileSystem& files, const Clock& clock,
                                 const HasRun& has_run) {
  const Micros now = clock.now();
  std::size_t visited = 0, removed = 0;
  for (const fs::path& experiment : entries_of(artifacts)) {
    if (!is_folder(experiment)) continue;
    for (const fs::path& run : entries_of(experiment)) {
      if (++visited > kHalfSubmittedVisitedMax) {
        log::warn("jobs.sweep.stopped", {{"visited", visited}, {"removed", removed}});
        return removed;
      }
      const std::string id = run.filename().string();
      if (!is_run_id(id) || !is_folder(run) || !holds_only_an_old_job_file(run, now)) continue;
      if (!has_run(id) && files.remove(run)) ++removed;
    }
  }
  if (removed > 0) log::info("jobs.sweep", {{"removed", removed}, {"visited", visited}});
  return removed;
}

}  // namespace tarn::jobs::detail
