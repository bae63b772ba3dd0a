#include "detail/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "base/text.h"
#include "detail/names.h"

namespace tarn::lake::detail {
namespace {

[[noreturn]] void fail(std::string_view what, std::string_view name, int error) {
  const Code code = error == EACCES || error == EPERM ? Code::kPermissionDenied
                    : error == ENAMETOOLONG           ? Code::kInvalidArgument
                                                      : Code::kUnavailable;
  throw Error(code,
              std::string(what) + " '" + printable(name) + "': " + std::strerror(error) + ".");
}

[[noreturn]] void refuse_link(std::string_view name) {
  throw Error(Code::kInvalidArgument, "A symbolic link is not followed: '" + printable(name) + "'.",
              "Put the file itself into the lake.");
}

}  // namespace

Folder Folder::open_root(const std::filesystem::path& root) {
  const int fd = ::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail("Cannot open the lake's folder", root.string(), errno);
  return Folder(FileDescriptor(fd));
}

std::optional<Folder> Folder::child(const std::string& name) const {
  const int fd =
      ::openat(descriptor_.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0) return Folder(FileDescriptor(fd));
  const int error = errno;
  if (error == ENOENT) return std::nullopt;
  if (error == ENOTDIR || error == ELOOP) {
    status(name);  // throws for a link
    return std::nullopt;
  }
  fail("Cannot open the folder", name, error);
}

std::optional<struct stat> Folder::status(const std::string& name) const {
  struct stat status {};
  if (::fstatat(descriptor_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    fail("Cannot look at", name, errno);
  }
  if (S_ISLNK(status.st_mode)) refuse_link(name);
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
    throw Error(Code::kInvalidArgument, "Neither a file nor a folder: '" + printable(name) + "'.");
  }
  return status;
}

std::optional<FileDescriptor> Folder::file(const std::string& name) const {
  const int fd =
      ::openat(descriptor_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd >= 0) return FileDescriptor(fd);
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  if (errno == ELOOP) refuse_link(name);
  fail("Cannot open", name, errno);
}

std::vector<Entry> Folder::entries(std::string_view after, std::size_t limit,
                                   std::string_view prefix) const {
  const int fd = ::openat(descriptor_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) fail("Cannot read the folder", ".", errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(fd), ::closedir);
  if (!directory) {
    const int error = errno;
    ::close(fd);
    fail("Cannot read the folder", ".", error);
  }
  const auto by_name = [](const Entry& a, const Entry& b) { return a.name < b.name; };
  std::vector<Entry> found;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name = entry->d_name;
    if (name <= after && !after.empty()) continue;
    if (!name.starts_with(prefix) || !refusal_of_component(name).empty()) continue;
    bool folder = entry->d_type == DT_DIR;
    if (entry->d_type == DT_UNKNOWN) {
      struct stat status {};
      if (::fstatat(descriptor_.get(), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
      folder = S_ISDIR(status.st_mode);
      if (!folder && !S_ISREG(status.st_mode)) continue;
    } else if (!folder && entry->d_type != DT_REG) {
      continue;
    }
    found.push_back({std::string(name), folder});
    if (limit > 0 && found.size() >= 2 * limit) {
      std::nth_element(found.begin(), found.begin() + limit, found.end(), by_name);
      found.resize(limit);
    }
  }
  std::sort(found.begin(), found.end(), by_name);
  if (limit > 0 && found.size() > limit) found.resize(limit);
  return found;
}

std::optional<Folder> open_folder(const Folder& root, const LakePath& path) {
  std::optional<Folder> folder = root.child(path.container);
  if (!folder || path.path.empty()) return folder;
  for (const std::string& component : split(path.path, '/')) {
    folder = folder->child(component);
    if (!folder) return std::nullopt;
  }
  return folder;
}

std::optional<Folder> open_parent(const Folder& root, const LakePath& path) {
  return open_folder(root, path.parent());
}

FileInfo info_of(const LakePath& path, const struct stat& status) {
  FileInfo info{
      .path = path, .folder = S_ISDIR(status.st_mode), .size = 0, .modified = 0, .etag = {}};
  info.path.folder = info.folder;
  info.modified = status.st_mtim.tv_sec * 1'000'000LL + status.st_mtim.tv_nsec / 1000;
  if (info.folder) return info;
  info.size = static_cast<std::uint64_t>(status.st_size);
  char text[64];
  std::snprintf(text, sizeof text, "%llx-%llx%08lx-%llx",
                static_cast<unsigned long long>(status.st_ino),
                static_cast<unsigned long long>(status.st_mtim.tv_sec),
                static_cast<unsigned long>(status.st_mtim.tv_nsec),
                static_cast<unsigned long long>(status.st_size));
  info.etag = text;
  return info;
}

bool rename_if_absent(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EINVAL) {
    // NFS and some others know no such flag. A second link is as good for a file; a folder goes
    // over an empty folder at most.
    struct stat status {};
    if (::lstat(from.c_str(), &status) != 0) fail("Cannot rename", from.string(), errno);
    const bool done = S_ISDIR(status.st_mode)
                          ? ::rename(from.c_str(), to.c_str()) == 0
                          : ::link(from.c_str(), to.c_str()) == 0 && ::unlink(from.c_str()) == 0;
    if (done) return true;
  }
  if (errno == EEXIST || errno == ENOTEMPTY) return false;
  fail("Cannot rename", from.string(), errno);
}

LakePath join(const LakePath& folder, std::string_view name) {
  return {.container = folder.container,
          .path = folder.path.empty() ? std::string(name) : folder.path + "/" + std::string(name),
          .folder = false};
}

}  // namespace tarn::lake::detail
