#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "backup/backup.h"
#include "backup/tar.h"
#include "base/digest.h"
#include "base/disk_full.h"
#include "base/error.h"
#include "base/files.h"
#include "base/ids.h"
#include "detail/verify.h"

namespace tarn::backup {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void cannot(const std::string& what, const fs::path& path) {
  const int error = errno;
  const std::string message =
      "Cannot " + what + " " + path.string() + ": " + std::strerror(error) + ".";
  const std::string hint = "Free some space, or choose another folder.";
  if (is_disk_full(error)) throw disk_full(message, hint);
  throw Error(Code::kUnavailable, message, hint);
}

void require_free(const fs::path& folder) {
  if (!fs::exists(folder)) return;
  if (fs::is_directory(folder) && fs::is_empty(folder)) return;
  throw Error(Code::kAlreadyExists, "There is something already at " + folder.string() + ".",
              "Name a new or empty folder.");
}

}  // namespace

struct Unpacker::Impl {
  fs::path target;
  fs::path pending;
  detail::Digests digests;
  FileDescriptor file;
  TarEntry entry;
  std::optional<Sha256> digest;
  TarReader reader{{.begin = [this](const TarEntry& e) { begin(e); },
                    .data = [this](std::string_view bytes) { data(bytes); },
                    .end = [this] { end(); }}};
  bool finished = false;

  void begin(const TarEntry& next) {
    entry = next;
    const fs::path path = pending / entry.path;
    if (entry.folder) {
      fs::create_directories(path);
      return;
    }
    fs::create_directories(path.parent_path());
    file = FileDescriptor(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, entry.mode));
    if (!file) cannot("write", path);
    digest.emplace();
  }

  void data(std::string_view bytes) {
    if (entry.folder) return;
    digest->update(bytes);
    while (!bytes.empty()) {
      const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) cannot("write", pending / entry.path);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  void end() {
    if (entry.folder) return;
    const timespec time{.tv_sec = entry.modified_ns / 1'000'000'000,
                        .tv_nsec = entry.modified_ns % 1'000'000'000};
    const timespec times[] = {time, time};
    ::futimens(file.get(), times);  // the time of a commit is its file's
    file.reset();
    digests[entry.path] = digest->hex();
  }

  void discard() {
    std::error_code ignored;
    fs::remove_all(pending, ignored);
  }
};

Unpacker::Unpacker(const fs::path& folder) : impl_(std::make_unique<Impl>()) {
  impl_->target = fs::absolute(folder).lexically_normal();
  if (!impl_->target.has_filename()) impl_->target = impl_->target.parent_path();
  require_free(impl_->target);
  impl_->pending = impl_->target.parent_path() / (std::string(kTemporaryPrefix) + new_id());
  fs::create_directories(impl_->pending);
  fs::permissions(impl_->pending, fs::perms::owner_all);
}

Unpacker::~Unpacker() {
  if (!impl_->finished) impl_->discard();
}

void Unpacker::feed(std::string_view bytes) { impl_->reader.feed(bytes); }

BackupSummary Unpacker::finish() {
  if (!impl_->reader.complete()) {
    throw Error(Code::kDataLoss, "The backup is not whole: the archive ends too early.",
                "Use another copy of it, or make it again.");
  }
  const BackupSummary summary = detail::verify(impl_->pending, impl_->digests);
  // All of it at once is far cheaper than each file by itself.
  const FileDescriptor folder(::open(impl_->pending.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::syncfs(folder.get()) != 0) cannot("sync", impl_->pending);
  require_free(impl_->target);
  std::error_code error;
  fs::rename(impl_->pending, impl_->target, error);
  if (error) {
    errno = error.value();
    cannot("make", impl_->target);
  }
  impl_->finished = true;
  FileSystem::system().sync_directory(impl_->target.parent_path());
  return summary;
}

}  // namespace tarn::backup
