#include "jobs/half_made_runs.h"

#include <sys/stat.h>

#include <ctime>
#include <vector>

#include "base/log.h"
#include "detail/job_file.h"

namespace tarn::jobs {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kRunIdDigits = 32;

bool is_run_id(const std::string& name) {
  return name.size() == kRunIdDigits &&
         name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// Whether the folder holds a job's file alone, for long enough.
bool is_only_submitted(const fs::path& folder, double age_min_s) {
  struct stat status {};
  if (::lstat((folder / detail::kJobFile).c_str(), &status) != 0) return false;
  if (static_cast<double>(std::time(nullptr) - status.st_mtim.tv_sec) < age_min_s) return false;
  std::error_code error;
  std::size_t entries = 0;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (++entries > 1) return false;
  }
  return !error && entries == 1;
}

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (entry->is_directory(error) && !entry->is_symlink(error)) folders.push_back(entry->path());
  }
  return folders;
}

}  // namespace

std::size_t remove_half_made_runs(meta::Store& store, const std::string& workspace_id,
                                  const fs::path& artifacts, double age_min_s,
                                  const CancelToken& cancel, FileSystem& files) {
  std::size_t removed = 0;
  std::size_t visited = 0;
  for (const fs::path& experiment : folders_in(artifacts)) {
    for (const fs::path& run : folders_in(experiment)) {
      cancel.check();
      if (++visited > kHalfMadeRunsVisitedMax) {
        log::warn("sweep.half_made_runs.stopped", {{"visited", visited}, {"removed", removed}});
        return removed;
      }
      if (!is_run_id(run.filename().string())) continue;  // somebody's own
      if (!is_only_submitted(run, age_min_s)) continue;
      const bool known = store.read([&](meta::Transaction& tx) {
        return tx
            .query_one("SELECT 1 FROM runs WHERE workspace_id = $1 AND run_id = $2", workspace_id,
                       run.filename().string())
            .has_value();
      });
      if (!known && files.remove(run)) ++removed;
    }
  }
  return removed;
}

}  // namespace tarn::jobs
