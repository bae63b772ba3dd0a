#include "files.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <thread>

#include "disk_full.h"
#include "error.h"
#include "fail_point.h"
#include "ids.h"
#include "process.h"

namespace tarn {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& what, const fs::path& path, int error) {
  const std::string message = what + " " + path.string() + ": " + std::strerror(error) + ".";
  if (is_disk_full(error)) throw disk_full(message);
  switch (error) {
    case ENOENT:
      throw Error(Code::kNotFound, message);
    case EACCES:
    case EPERM:
    case EROFS:
      throw Error(Code::kPermissionDenied, message);
    default:
      throw Error(Code::kUnavailable, message);
  }
}

FileDescriptor open_file(const fs::path& path, int flags, mode_t mode = 0644) {
  FileDescriptor file(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!file) fail("Cannot open", path, errno);
  return file;
}

void write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("Cannot write", path, errno);
    }
    bytes.remove_prefix(written);
  }
}

void sync(const fs::path& directory) {
  const FileDescriptor file = open_file(directory, O_RDONLY | O_DIRECTORY);
  if (fsync(file.get()) != 0) fail("Cannot sync", directory, errno);
}

// Makes missing folders and syncs the ones that got a new entry.
void make_directories(const fs::path& directory) {
  std::error_code ignored;
  if (directory.empty() || fs::is_directory(directory, ignored)) return;
  make_directories(directory.parent_path());
  if (mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) {
    fail("Cannot make the folder", directory, errno);
  }
  sync(directory.parent_path());
}

class PosixPendingFile : public PendingFile {
 public:
  explicit PosixPendingFile(const fs::path& target)
      : target_(target),
        path_(target.parent_path() / (std::string(kTemporaryPrefix) + new_id())),
        file_(open_file(path_, O_CREAT | O_EXCL | O_WRONLY)) {}
  ~PosixPendingFile() override {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  void write(std::string_view bytes) override {
    write_all(file_.get(), bytes, path_);
    size_ += bytes.size();
  }
  std::uint64_t size() const override { return size_; }
  const fs::path& path() const override { return path_; }

  void publish() override {
    sync_content();
    if (::rename(path_.c_str(), target_.c_str()) != 0) fail("Cannot rename to", target_, errno);
    path_.clear();
    sync(target_.parent_path());
  }

  bool publish_if_absent() override {
    sync_content();
    if (::link(path_.c_str(), target_.c_str()) != 0) {
      if (errno == EEXIST) return false;
      fail("Cannot link to", target_, errno);
    }
    sync(target_.parent_path());
    return true;
  }

 private:
  void sync_content() {
    if (fsync(file_.get()) != 0) fail("Cannot sync", path_, errno);
  }

  fs::path target_;
  fs::path path_;
  FileDescriptor file_;
  std::uint64_t size_ = 0;
};

class PosixFileSystem : public FileSystem {
 public:
  std::unique_ptr<PendingFile> create(const fs::path& target) override {
    make_directories(target.parent_path());
    return std::make_unique<PosixPendingFile>(target);
  }

  void append(const fs::path& path, std::string_view bytes) override {
    make_directories(path.parent_path());
    const bool fresh = !fs::exists(path);
    const FileDescriptor file = open_file(path, O_CREAT | O_WRONLY | O_APPEND);
    struct stat before {};
    if (fstat(file.get(), &before) != 0) fail("Cannot append to", path, errno);
    try {
      write_all(file.get(), bytes, path);
      fail_point("files.append.before_sync");
      if (fsync(file.get()) != 0) fail("Cannot sync", path, errno);
    } catch (const Error&) {
      // Not a part of it: what is appended next would be taken for its end.
      if (ftruncate(file.get(), before.st_size) != 0) fail("Cannot undo an append to", path, errno);
      throw;
    }
    if (fresh) sync(path.parent_path());
  }

  void rename(const fs::path& from, const fs::path& to) override {
    make_directories(to.parent_path());
    if (::rename(from.c_str(), to.c_str()) != 0) fail("Cannot rename", from, errno);
    sync(to.parent_path());
    if (from.parent_path() != to.parent_path()) sync(from.parent_path());
  }

  bool remove(const fs::path& path) override {
    std::error_code error;
    const auto removed = fs::remove_all(path, error);
    if (error) fail("Cannot remove", path, error.value());
    if (removed > 0) sync(path.parent_path());
    return removed > 0;
  }

  void sync_directory(const fs::path& directory) override { sync(directory); }
};

}  // namespace

FileSystem& FileSystem::system() {
  static PosixFileSystem instance;
  return instance;
}

std::string read_file(const fs::path& path, std::uint64_t size_max) {
  const FileDescriptor file = open_file(path, O_RDONLY);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) fail("Cannot read", path, errno);
  if (S_ISDIR(status.st_mode)) {
    throw Error(Code::kInvalidArgument, "Expected a file, found a folder: " + path.string() + ".");
  }
  std::string bytes;
  if (status.st_size > 0) bytes.reserve(std::min<std::uint64_t>(status.st_size, size_max));
  char buffer[64 * 1024];
  while (true) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("Cannot read", path, errno);
    if (got == 0) return bytes;
    bytes.append(buffer, got);
    if (bytes.size() > size_max) {
      throw Error(Code::kTooLarge, "The file is larger than " + std::to_string(size_max) +
                                       " bytes: " + path.string() + ".");
    }
  }
}

void write_file(const fs::path& path, std::string_view bytes) {
  auto file = FileSystem::system().create(path);
  file->write(bytes);
  file->publish();
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int FileDescriptor::release() {
  const int fd = fd_;
  fd_ = -1;
  return fd;
}

void FileDescriptor::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::optional<FileLock> FileLock::acquire(const fs::path& path, Mode mode, double wait_s) {
  using namespace std::chrono;
  make_directories(path.parent_path());
  FileLock lock;
  lock.file_ = open_file(path, O_CREAT | O_RDWR, 0600);
  const int operation = (mode == Mode::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  const auto deadline = steady_clock::now() + duration<double>(wait_s);
  while (flock(lock.file_.get(), operation) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) fail("Cannot lock", path, errno);
    if (steady_clock::now() >= deadline) return std::nullopt;
    std::this_thread::sleep_for(milliseconds(10));
  }
  if (mode == Mode::kExclusive) {
    const auto self = process_id(getpid());
    const std::string text = "pid " + std::to_string(getpid()) + " started " +
                             std::to_string(self ? self->start_time : 0) + "\n";
    if (ftruncate(lock.file_.get(), 0) != 0 ||
        pwrite(lock.file_.get(), text.data(), text.size(), 0) != ssize_t(text.size())) {
      fail("Cannot write", path, errno);
    }
  }
  return lock;
}

std::string FileLock::holder(const fs::path& path) {
  std::ifstream file(path);
  std::string word, pid;
  if (!(file >> word >> pid) || word != "pid") return {};
  return "pid " + pid;
}

}  // namespace tarn
