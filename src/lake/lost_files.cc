#include "lake/lost_files.h"

#include <sys/stat.h>

#include <ctime>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "detail/checkpoint.h"
#include "detail/log_folder.h"

namespace tarn::lake::delta {

namespace fs = std::filesystem;

namespace {

struct Candidate {
  fs::path path;
  std::string name;  // relative to the table, as the log has it
  std::uint64_t size = 0;
};

bool is_hidden(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with('_') || name.starts_with('.');
}

std::vector<Candidate> old_parquet_files(const fs::path& folder, double age_min_s,
                                         const CancelToken& cancel) {
  std::vector<Candidate> found;
  std::error_code error;
  fs::recursive_directory_iterator walk(folder, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    cancel.check();
    // "_delta_log", "_change_data", temporaries; a partition "_a=1" is read by no one else's rule
    // either, so it stays.
    if (is_hidden(walk->path())) {
      walk.disable_recursion_pending();
      continue;
    }
    struct stat status {};
    if (walk->path().extension() != ".parquet" || ::lstat(walk->path().c_str(), &status) != 0 ||
        !S_ISREG(status.st_mode) ||
        static_cast<double>(std::time(nullptr) - status.st_mtim.tv_sec) < age_min_s) {
      continue;
    }
    found.push_back({walk->path(), walk->path().lexically_relative(folder).generic_string(),
                     static_cast<std::uint64_t>(status.st_size)});
  }
  return found;
}

void add_names(const std::vector<Action>& actions, std::set<std::string>& names) {
  for (const Action& action : actions) {
    if (const auto* add = std::get_if<Add>(&action)) names.insert(add->path);
    if (const auto* remove = std::get_if<Remove>(&action)) names.insert(remove->path);
  }
}

/// Every path that the log names, from commit `from` on.
void read_names(const detail::LogFolder& log, const detail::LogListing& listing, std::int64_t from,
                std::set<std::string>& names, const CancelToken& cancel) {
  for (const std::int64_t version : listing.commits) {
    cancel.check();
    if (version >= from) add_names(log.read_commit(version), names);
  }
}

}  // namespace

LostFiles remove_lost_files(const fs::path& folder, const EngineProvider& engine, double age_min_s,
                            const CancelToken& cancel, FileSystem& files) {
  LostFiles result;
  const detail::LogFolder log(folder, files);
  const detail::LogListing before = log.list(cancel);
  if (before.empty()) return result;
  const std::vector<Candidate> candidates = old_parquet_files(folder, age_min_s, cancel);
  if (candidates.empty()) return result;
  std::set<std::string> names;
  for (const detail::Checkpoint& checkpoint : before.checkpoints)
    add_names(detail::read_checkpoint(engine(), log, checkpoint, cancel), names);
  read_names(log, before, 0, names, cancel);
  // A file is old when its commit comes, where the writer was slow: look at the newest once more.
  read_names(log, log.list(cancel), before.newest() + 1, names, cancel);
  for (const Candidate& candidate : candidates) {
    cancel.check();
    if (names.contains(candidate.name) || !files.remove(candidate.path)) continue;
    ++result.removed;
    result.bytes += candidate.size;
  }
  return result;
}

}  // namespace tarn::lake::delta
