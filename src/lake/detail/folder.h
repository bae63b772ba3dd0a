#pragma once
// Folders of the lake by file descriptor: opened component by component without following a
// symbolic link.

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "lake/lake.h"

namespace tarn::lake::detail {

/// What lies under a name.
struct Entry {
  std::string name;
  bool folder = false;
};

class Folder {
 public:
  Folder() = default;
  explicit Folder(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}

  /// The lake's root; a link there is the owner's own choice and is followed.
  static Folder open_root(const std::filesystem::path& root);

  /// The folder `name` in this one; empty when there is none or when it is a file. Throws
  /// kInvalidArgument for a symbolic link, kPermissionDenied.
  std::optional<Folder> child(const std::string& name) const;
  /// What lies under `name`; empty when nothing does. Throws kInvalidArgument for a symbolic link
  /// or a special file.
  std::optional<struct stat> status(const std::string& name) const;
  /// The file `name`, for reading; empty when it is not there.
  std::optional<FileDescriptor> file(const std::string& name) const;
  /// All files and folders that a path can name, unordered; links, special files and temporaries
  /// are passed over. With `after`, only names greater than it; with `limit`, only the least ones.
  /// With `prefix`, only names that begin so. Sorted.
  std::vector<Entry> entries(std::string_view after = {}, std::size_t limit = 0,
                             std::string_view prefix = {}) const;

  explicit operator bool() const { return static_cast<bool>(descriptor_); }

 private:
  FileDescriptor descriptor_;
};

/// The folder that holds `path`'s last component; empty when a folder on the way is missing.
std::optional<Folder> open_parent(const Folder& root, const LakePath& path);
/// The folder that `path` is; empty when there is none.
std::optional<Folder> open_folder(const Folder& root, const LakePath& path);

FileInfo info_of(const LakePath& path, const struct stat& status);

/// Renames a file or a folder on disk in one step; false where something has the name already.
bool rename_if_absent(const std::filesystem::path& from, const std::filesystem::path& to);

/// `path` and one more component.
LakePath join(const LakePath& folder, std::string_view name);

}  // namespace tarn::lake::detail
