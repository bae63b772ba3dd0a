#include "lake/table_check.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/error.h"
#include "detail/log_folder.h"

namespace tarn::lake::delta {

namespace fs = std::filesystem;

namespace {

std::string gap_in(const detail::LogListing& listing) {
  for (std::size_t i = 1; i < listing.commits.size(); ++i) {
    if (listing.commits[i] == listing.commits[i - 1] + 1) continue;
    return "the log has a gap after version " + std::to_string(listing.commits[i - 1]);
  }
  return {};
}

std::string problem_of(const fs::path& folder, const Add& add) {
  // A path that is absolute or an address lies elsewhere: a shallow clone of another table.
  if (add.path.starts_with('/') || add.path.find("://") != std::string::npos) return {};
  struct stat status {};
  if (::lstat((folder / add.path).c_str(), &status) != 0) return "a file is missing: " + add.path;
  if (status.st_size != add.size) {
    return "a file has another size than the log says: " + add.path + " (" +
           std::to_string(status.st_size) + " bytes, not " + std::to_string(add.size) + ")";
  }
  return {};
}

}  // namespace

TableCheck check_table(const fs::path& folder, const EngineProvider& engine,
                       std::size_t problems_max, const CancelToken& cancel) {
  TableCheck result;
  const auto note = [&](std::string problem) {
    if (!problem.empty() && result.problems.size() < problems_max)
      result.problems.push_back(std::move(problem));
  };
  try {
    const detail::LogListing listing = detail::LogFolder(folder, FileSystem::system()).list(cancel);
    if (listing.empty()) {
      note("the log is empty");
      return result;
    }
    note(gap_in(listing));
    Table table(folder, engine);
    const SnapshotPtr snapshot = table.snapshot({}, cancel);
    result.version = snapshot->version;
    result.files = snapshot->files.size();
    for (const auto& add : snapshot->files) {
      cancel.check();
      note(problem_of(folder, *add));
    }
  } catch (const Error& error) {
    if (error.code() == Code::kCancelled) throw;
    note(error.what());
  }
  return result;
}

std::vector<fs::path> find_tables(const fs::path& root, const CancelToken& cancel) {
  std::vector<fs::path> tables;
  std::error_code error;
  fs::recursive_directory_iterator walk(root, fs::directory_options::skip_permission_denied, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    cancel.check();
    if (!walk->is_directory(error) || walk->is_symlink(error)) continue;
    if (walk->path().filename().string().starts_with(kTemporaryPrefix)) {
      walk.disable_recursion_pending();
    } else if (fs::is_directory(walk->path() / "_delta_log")) {
      tables.push_back(walk->path());
      walk.disable_recursion_pending();
    }
  }
  std::sort(tables.begin(), tables.end());
  return tables;
}

}  // namespace tarn::lake::delta
