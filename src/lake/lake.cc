#include "lake/lake.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <mutex>

#include "base/error.h"
#include "base/fail_point.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/text.h"
#include "detail/folder.h"
#include "detail/lake_impl.h"
#include "detail/names.h"

namespace tarn::lake {

namespace fs = std::filesystem;
using detail::Folder;
using detail::quoted;

namespace {

// Where workers write, which outlive the server.
constexpr std::string_view kWorkersContainer = "artifacts";

constexpr std::array<const char*, 3> kBuiltInContainers = {"files", "artifacts", "models"};

constexpr std::size_t kBufferBytes = 1 << 20;

}  // namespace

ByteSource source_of(std::string_view bytes) {
  return [bytes](std::span<char> buffer) mutable {
    const std::size_t count = bytes.copy(buffer.data(), buffer.size());
    bytes.remove_prefix(count);
    return count;
  };
}

std::size_t LakeFile::read(std::uint64_t offset, std::span<char> buffer) const {
  std::size_t done = 0;
  while (done < buffer.size()) {
    const ssize_t count = ::pread(file_.get(), buffer.data() + done, buffer.size() - done,
                                  static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      throw Error(Code::kUnavailable,
                  "Cannot read " + quoted(info_.path) + ": " + std::strerror(errno) + ".");
    }
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Lake::Lake(fs::path root, FileSystem& files, bool shared)
    : root_(std::move(root)), files_(files), shared_(shared), impl_(std::make_unique<Impl>()) {
  for (const char* container : kBuiltInContainers) {
    fs::create_directories(root_ / container);
  }
  impl_->root = Folder::open_root(root_);
  if (shared_) {
    impl_->locks = root_ / ".locks";
    fs::create_directories(impl_->locks);
  }
}

Lake::~Lake() = default;

std::vector<std::string> Lake::containers() const {
  std::vector<std::string> names;
  for (const detail::Entry& entry : impl_->root.entries()) {
    if (entry.folder && valid_container_name(entry.name)) names.push_back(entry.name);
  }
  return names;
}

void Lake::create_container(const std::string& name) {
  if (!valid_container_name(name)) {
    throw Error(Code::kInvalidArgument,
                "Invalid name of a container: '" + detail::printable(name) + "'.",
                "Use 3 to 63 lower-case letters, digits and single hyphens.");
  }
  if (::mkdir((root_ / name).c_str(), 0755) != 0) {
    if (errno == EEXIST)
      throw Error(Code::kAlreadyExists, "The container exists already: '" + name + "'.");
    throw Error(Code::kUnavailable,
                "Cannot make the container '" + name + "': " + std::strerror(errno) + ".");
  }
  files_.sync_directory(root_);
}

void Lake::remove_container(const std::string& name) {
  const LakePath path{.container = name, .path = {}, .folder = true};
  if (!valid_container_name(name) || !find(path)) {
    throw Error(Code::kNotFound,
                "There is no container '" + detail::printable(name) + "' in the lake.",
                did_you_mean(name, containers()));
  }
  if (std::ranges::find(kBuiltInContainers, std::string_view(name)) != kBuiltInContainers.end()) {
    throw Error(Code::kConflict, "This container belongs to every lake: '" + name + "'.",
                "Delete what is in it instead.");
  }
  const fs::path doomed = root_ / (std::string(kTemporaryPrefix) + new_id());
  files_.rename(root_ / name, doomed);
  if (observer_) observer_->removed(path);
  files_.remove(doomed);
}

std::optional<FileInfo> Lake::find(const LakePath& path) const {
  if (path.path.empty()) {
    const auto status = impl_->root.status(path.container);
    if (!status || !S_ISDIR(status->st_mode)) return std::nullopt;
    return detail::info_of(path, *status);
  }
  const auto parent = detail::open_parent(impl_->root, path);
  if (!parent) return std::nullopt;
  const auto status = parent->status(std::string(path.name()));
  if (!status) return std::nullopt;
  return detail::info_of(path, *status);
}

FileInfo Lake::stat(const LakePath& path) const {
  if (auto info = find(path)) return *info;
  constexpr std::size_t kCandidatesMax = 1000;
  std::vector<std::string> names;
  if (!impl_->root.child(path.container)) {
    throw Error(Code::kNotFound, "There is no container '" + path.container + "' in the lake.",
                did_you_mean(path.container, containers()));
  }
  if (const auto parent = detail::open_parent(impl_->root, path)) {
    for (const detail::Entry& entry : parent->entries({}, kCandidatesMax))
      names.push_back(entry.name);
  }
  throw Error(Code::kNotFound, "There is no file or folder " + quoted(path) + " in the lake.",
              did_you_mean(path.name(), names));
}

std::unique_ptr<LakeFile> Lake::open(const LakePath& path) const {
  if (!path.path.empty()) {
    if (const auto parent = detail::open_parent(impl_->root, path)) {
      if (auto file = parent->file(std::string(path.name()))) {
        struct stat status {};
        if (::fstat(file->get(), &status) == 0 && S_ISREG(status.st_mode)) {
          return std::make_unique<LakeFile>(detail::info_of(path, status), std::move(*file));
        }
      }
    }
  }
  if (stat(path).folder)
    throw Error(Code::kInvalidArgument, "A folder cannot be read as a file: " + quoted(path) + ".");
  throw Error(Code::kNotFound, "There is no file " + quoted(path) + " in the lake.");
}

std::string Lake::read(const LakePath& path, std::uint64_t size_max) const {
  const auto file = open(path);
  if (file->info().size > size_max) {
    throw Error(Code::kTooLarge, "The file is too large to be read at once: " + quoted(path) + ".");
  }
  std::string bytes(file->info().size, '\0');
  bytes.resize(file->read(0, bytes));
  return bytes;
}

FileInfo Lake::put(const LakePath& path, std::string_view bytes, const Conditions& conditions) {
  return put(path, source_of(bytes), conditions);
}

void detail::require_etag(const std::optional<FileInfo>& existing, const LakePath& path,
                          const Conditions& conditions) {
  if (conditions.if_none_match && existing) {
    throw Error(Code::kAlreadyExists, "There is something already at " + quoted(path) + ".");
  }
  if (conditions.check) conditions.check(existing);
  if (!conditions.if_match) return;
  if (!existing || (*conditions.if_match != "*" && existing->etag != *conditions.if_match)) {
    throw Error(
        Code::kConflict,
        "The file is not the one that was expected (its ETag differs): " + quoted(path) + ".",
        "Read it again and repeat the change.");
  }
}

namespace {

FileInfo info_of_local(const LakePath& path, const fs::path& local) {
  struct stat status {};
  if (::lstat(local.c_str(), &status) != 0) {
    throw Error(Code::kUnavailable,
                "Cannot look at " + quoted(path) + ": " + std::strerror(errno) + ".");
  }
  return detail::info_of(path, status);
}

}  // namespace

FileInfo Lake::put(const LakePath& path, const ByteSource& source, const Conditions& conditions,
                   const CancelToken& cancel, const BeforePublish& before_publish) {
  if (path.path.empty() || path.folder) {
    throw Error(Code::kInvalidArgument, "A file's name is missing: " + quoted(path) + ".");
  }
  // What can be refused is refused before the first byte is read.
  const fs::path local = local_path(path);
  const auto existing = find(path);
  if (existing && existing->folder) {
    throw Error(Code::kAlreadyExists, "A folder has this name already: " + quoted(path) + ".");
  }
  detail::require_etag(existing, path, conditions);

  const std::unique_ptr<PendingFile> pending = files_.create(local);
  std::string buffer(kBufferBytes, '\0');
  while (const std::size_t count = source(buffer)) {
    cancel.check();
    if (pending->size() + count > kFileBytesMax) {
      throw Error(Code::kTooLarge, "The file is larger than the lake takes: " + quoted(path) + ".");
    }
    pending->write(std::string_view(buffer).substr(0, count));
  }
  cancel.check();

  const auto lock = impl_->hold(path);
  detail::require_etag(find(path), path, conditions);
  if (before_publish) before_publish(info_of_local(path, pending->path()));
  fail_point("lake.put.before_rename");
  if (conditions.if_none_match) {
    if (!pending->publish_if_absent()) {
      throw Error(Code::kAlreadyExists, "There is something already at " + quoted(path) + ".");
    }
  } else {
    pending->publish();
  }
  fail_point("lake.put.after_rename");
  return stat(path);
}

void Lake::make_folder(const LakePath& path) {
  const fs::path local = local_path(path);
  if (const auto existing = find(path)) {
    if (existing->folder) return;
    throw Error(Code::kAlreadyExists, "A file has this name already: " + quoted(path) + ".");
  }
  fs::create_directories(local);
  files_.sync_directory(local.parent_path());
}

FileInfo Lake::touch(const LakePath& path, const Conditions& conditions,
                     const BeforePublish& before_publish) {
  const fs::path local = local_path(path);
  const auto lock = impl_->hold(path);
  const FileInfo existing = stat(path);
  detail::require_etag(existing, path, conditions);
  struct stat status {};
  const FileDescriptor file(::open(local.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file || ::fstat(file.get(), &status) != 0) {
    throw Error(Code::kUnavailable,
                "Cannot open " + quoted(path) + ": " + std::strerror(errno) + ".");
  }
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  status.st_mtim = now;
  const FileInfo touched = detail::info_of(path, status);
  if (before_publish) before_publish(touched);
  const timespec times[] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, now};
  if (::futimens(file.get(), times) != 0 || ::fsync(file.get()) != 0) {
    throw Error(Code::kUnavailable,
                "Cannot change " + quoted(path) + ": " + std::strerror(errno) + ".");
  }
  return stat(path);
}

void Lake::rename(const LakePath& from, const LakePath& to, bool replace) {
  if (from.path.empty() || to.path.empty()) {
    throw Error(Code::kInvalidArgument,
                "A container cannot be renamed: " + quoted(from.path.empty() ? from : to) + ".");
  }
  const FileInfo source = stat(from);
  if (source.folder && (to.text() + "/").starts_with(from.text() + "/")) {
    throw Error(Code::kInvalidArgument, "A folder cannot move into itself: " + quoted(to) + ".");
  }
  const fs::path origin = local_path(from);
  const fs::path target = local_path(to);
  const auto lock = impl_->hold(to);
  const auto refuse = [&to] {
    throw Error(Code::kAlreadyExists, "There is something already at " + quoted(to) + ".");
  };
  if (const auto existing = find(to); existing && (!replace || existing->folder || source.folder)) {
    refuse();
  }
  if (observer_) observer_->renaming(from, to);
  if (replace && !source.folder) {
    files_.rename(origin, target);
  } else {
    fs::create_directories(target.parent_path());
    if (!detail::rename_if_absent(origin, target)) refuse();
    files_.sync_directory(target.parent_path());
    if (origin.parent_path() != target.parent_path()) files_.sync_directory(origin.parent_path());
  }
  if (observer_) observer_->renamed(from, to);
}

bool Lake::remove(const LakePath& path, bool recursive, const Conditions& conditions) {
  if (path.path.empty()) {
    throw Error(Code::kInvalidArgument,
                "A container cannot be deleted by this: " + quoted(path) + ".");
  }
  const fs::path local = local_path(path);
  const auto lock = impl_->hold(path);
  const auto existing = find(path);
  detail::require_etag(existing, path, conditions);
  if (!existing) return false;
  if (!existing->folder) {
    const bool removed = files_.remove(local);
    if (observer_) observer_->removed(path);
    return removed;
  }
  if (!recursive && !detail::open_folder(impl_->root, path)->entries({}, 1).empty()) {
    throw Error(Code::kConflict, "The folder is not empty: " + quoted(path) + ".",
                "Delete it recursively.");
  }
  const fs::path doomed = local.parent_path() / (std::string(kTemporaryPrefix) + new_id());
  files_.rename(local, doomed);  // gone for everybody at once; what follows may be interrupted
  if (observer_) observer_->removed(path);
  files_.remove(doomed);
  return true;
}

fs::path Lake::local_path(const LakePath& path) const {
  const auto container = impl_->root.child(path.container);
  if (!container) {
    throw Error(Code::kNotFound, "There is no container '" + path.container + "' in the lake.",
                did_you_mean(path.container, containers()));
  }
  fs::path local = root_ / path.container;
  if (path.path.empty()) return local;
  const std::vector<std::string> components = split(path.path, '/');
  std::optional<Folder> opened;
  const Folder* folder = &*container;
  for (std::size_t i = 0; i < components.size(); ++i) {
    local /= components[i];
    if (!folder) continue;
    const auto status = folder->status(components[i]);  // throws for a link
    if (status && !S_ISDIR(status->st_mode) && i + 1 < components.size()) {
      throw Error(Code::kInvalidArgument, "A file lies where a folder is needed: '" +
                                              components[i] + "' in " + quoted(path) + ".");
    }
    if (!status || !S_ISDIR(status->st_mode)) {
      folder = nullptr;
      continue;
    }
    std::optional<Folder> next = folder->child(components[i]);
    opened = std::move(next);
    folder = opened ? &*opened : nullptr;
  }
  return local;
}

std::optional<LakePath> Lake::lake_path(const fs::path& local) const {
  const fs::path relative = local.lexically_normal().lexically_relative(root_.lexically_normal());
  if (relative.empty() || relative.begin()->string() == ".." || relative.begin()->string() == ".")
    return std::nullopt;
  return parse_path(relative.generic_string());
}

// The container that a place below the root is in.
std::string Lake::lake_container(const fs::path& local) const {
  return local.lexically_relative(root_).begin()->string();
}

namespace {

/// When somebody last had to do with it. A folder's is that of its last renaming: a table that is
/// being dropped is old, and its temporary name new.
Micros touched(const struct stat& status) {
  const timespec& time = S_ISDIR(status.st_mode) ? status.st_ctim : status.st_mtim;
  return time.tv_sec * 1'000'000LL + time.tv_nsec / 1000;
}

}  // namespace

std::size_t Lake::sweep(std::optional<Micros> began, const CancelToken& cancel) {
  constexpr std::size_t kVisitedMax = 1'000'000;
  const Micros start = began.value_or(Clock::system().now());
  std::size_t visited = 0;
  std::size_t removed = 0;
  std::error_code error;
  fs::recursive_directory_iterator walk(root_, fs::directory_options::skip_permission_denied,
                                        error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    cancel.check();
    if (++visited > kVisitedMax || removed >= kSweptMax) {
      log::warn("lake.sweep.stopped", {{"visited", visited}, {"removed", removed}});
      break;
    }
    if (!walk->path().filename().string().starts_with(kTemporaryPrefix)) continue;
    walk.disable_recursion_pending();
    struct stat status {};
    if (::lstat(walk->path().c_str(), &status) != 0) continue;
    double age_min_s = shared_ ? kSharedSweptAgeMinS : 0;
    if (!shared_ && lake_container(walk->path()) == kWorkersContainer) age_min_s = kSweptAgeMinS;
    if (touched(status) >= start - static_cast<Micros>(age_min_s * 1e6)) continue;
    if (files_.remove(walk->path())) ++removed;
  }
  if (removed > 0) log::info("lake.sweep", {{"removed", removed}, {"visited", visited}});
  return removed;
}

}  // namespace tarn::lake
