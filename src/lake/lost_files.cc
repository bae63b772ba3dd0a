#include "lake/lost_files.h"

#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "detail/checkpoint.h"
#include "detail/log_folder.h"
#include "detail/old_files.h"

namespace tarn::lake::delta {

namespace fs = std::filesystem;

namespace {

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
  const auto cutoff_ms = static_cast<std::int64_t>(
      static_cast<double>(Clock::system().now()) / 1000 - age_min_s * 1000);
  const auto is_other = [](const std::string& path) { return !path.ends_with(".parquet"); };
  const auto candidates = detail::old_files(folder, cutoff_ms, is_other, cancel).files;
  if (candidates.empty()) return result;
  std::set<std::string> names;
  for (const detail::Checkpoint& checkpoint : before.checkpoints)
    add_names(detail::read_checkpoint(engine(), log, checkpoint, cancel), names);
  read_names(log, before, 0, names, cancel);
  // A file is old when its commit comes, where the writer was slow: look at the newest once more.
  read_names(log, log.list(cancel), before.newest() + 1, names, cancel);
  for (const auto& [path, bytes] : candidates) {
    cancel.check();
    if (names.contains(path) || !files.remove(folder / path)) continue;
    ++result.removed;
    result.bytes += static_cast<std::uint64_t>(bytes);
  }
  return result;
}

}  // namespace tarn::lake::delta
