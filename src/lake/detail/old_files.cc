#include "detail/old_files.h"

#include <sys/stat.h>

#include "base/error.h"

namespace tarn::lake::delta::detail {
namespace {

namespace fs = std::filesystem;

bool hidden(const std::string& name, bool folder) {
  if (name.starts_with('.')) return true;
  return name.starts_with('_') && !(folder && name.find('=') != std::string::npos);
}

class Walk {
 public:
  Walk(const fs::path& root, std::int64_t cutoff_ms,
       const std::function<bool(const std::string&)>& keep, const CancelToken& cancel)
      : root_(root), cutoff_ms_(cutoff_ms), keep_(keep), cancel_(cancel) {}

  OldFiles run() {
    visit("");
    return std::move(found_);
  }

 private:
  bool old(const struct stat& status) const {
    return status.st_mtim.tv_sec * 1000LL + status.st_mtim.tv_nsec / 1'000'000 < cutoff_ms_;
  }

  // True where nothing stays in the folder.
  bool visit(const std::string& prefix) {
    bool empty = true;
    std::error_code error;
    for (fs::directory_iterator entry(root_ / prefix, error), end; !error && entry != end;
         entry.increment(error)) {
      if (++seen_ > kTableFilesMax)
        throw Error(Code::kTooLarge,
                    "The table's folder has too many files: " + root_.string() + ".");
      if (seen_ % 1024 == 0) cancel_.check();
      const std::string name = entry->path().filename().string();
      const std::string path = (fs::path(prefix) / name).string();
      struct stat status {};
      if (::lstat(entry->path().c_str(), &status) != 0) continue;
      const bool folder = S_ISDIR(status.st_mode);
      if (hidden(name, folder)) {
        empty = false;
      } else if (folder) {
        if (visit(path) && old(status)) {
          found_.folders.push_back(path);
        } else {
          empty = false;
        }
      } else if (S_ISREG(status.st_mode) && old(status) && !keep_(path)) {
        found_.files.emplace_back(path, status.st_size);
      } else {
        empty = false;
      }
    }
    return empty && !error;
  }

  const fs::path& root_;
  std::int64_t cutoff_ms_;
  const std::function<bool(const std::string&)>& keep_;
  const CancelToken& cancel_;
  std::size_t seen_ = 0;
  OldFiles found_;
};

}  // namespace

OldFiles old_files(const fs::path& table, std::int64_t cutoff_ms,
                   const std::function<bool(const std::string&)>& keep, const CancelToken& cancel) {
  return Walk(table, cutoff_ms, keep, cancel).run();
}

}  // namespace tarn::lake::delta::detail
