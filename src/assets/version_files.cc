#include "assets/version_files.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "detail/version_folder.h"

namespace tarn::assets {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void unreadable(const fs::path& folder, const std::string& why) {
  throw Error(Code::kDataLoss,
              "The folder of a model's version cannot be read: " + folder.string() + ": " + why,
              "Restore the lake's container 'models', or register the model again.");
}

}  // namespace

std::vector<VersionFile> version_files(const fs::path& folder) {
  std::vector<VersionFile> files;
  if (folder.empty()) return files;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!fs::is_regular_file(entry->symlink_status())) continue;
    if (entry->path().filename() == detail::kMarker) continue;
    files.push_back(
        {entry->path().lexically_relative(folder).generic_string(), entry->file_size()});
  }
  if (error) unreadable(folder, error.message());
  std::sort(files.begin(), files.end(),
            [](const VersionFile& a, const VersionFile& b) { return a.path < b.path; });
  return files;
}

FileDescriptor open_version_file(const fs::path& folder, std::string_view path) {
  const std::vector<VersionFile> files = version_files(folder);
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const VersionFile& file) { return file.path == path; });
  if (found == files.end()) {
    throw Error(Code::kNotFound, "The version has no such file: '" + std::string(path) + "'.");
  }
  FileDescriptor file(::open((folder / found->path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file) unreadable(folder, std::strerror(errno));
  return file;
}

}  // namespace tarn::assets
