#include "detail/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/ids.h"

namespace tarn::identity::detail {

namespace {

constexpr std::size_t kBytesMax = 4096;

[[noreturn]] void throw_errno(const std::string& what, const std::filesystem::path& file) {
  const int error = errno;
  throw Error(error == EACCES || error == EPERM ? Code::kPermissionDenied : Code::kUnavailable,
              what + " " + file.string() + ": " + std::strerror(error) + ".");
}

void check_private(int fd, const std::filesystem::path& file) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw_errno("Cannot stat", file);
  if (!S_ISREG(status.st_mode)) {
    throw Error(Code::kPermissionDenied, "Not a plain file: " + file.string() + ".", "Remove it.");
  }
  if (status.st_uid != ::geteuid()) {
    throw Error(Code::kPermissionDenied,
                "The file belongs to another user: " + file.string() + ".");
  }
  if ((status.st_mode & 077) != 0) {
    throw Error(Code::kPermissionDenied,
                "Others than its owner may read or write the file: " + file.string() + ".",
                "Remove it (a new one is made) or run chmod 600 on it.");
  }
}

/// Empty when there is no such file.
FileDescriptor open_existing(const std::filesystem::path& file) {
  FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd && errno != ENOENT) throw_errno("Cannot open", file);
  return fd;
}

void write_new(const std::filesystem::path& file, const std::string& content) {
  const std::filesystem::path temporary =
      file.parent_path() / (std::string(kTemporaryPrefix) + new_id());
  // Mode 0600 from the first moment: a file that is narrowed later could have been opened before.
  const FileDescriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd) throw_errno("Cannot make", temporary);
  const bool written =
      ::write(fd.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size());
  const bool durable = written && ::fsync(fd.get()) == 0;
  const bool linked = durable && (::link(temporary.c_str(), file.c_str()) == 0 || errno == EEXIST);
  const int error = errno;
  ::unlink(temporary.c_str());
  errno = error;
  if (!linked) throw_errno("Cannot write", file);
  FileSystem::system().sync_directory(file.parent_path());
}

}  // namespace

std::string read_or_make_private(const std::filesystem::path& file,
                                 const std::function<std::string()>& make) {
  FileDescriptor fd = open_existing(file);
  if (!fd) {
    write_new(file, make());
    fd = open_existing(file);
    if (!fd) throw_errno("Cannot open", file);
  }
  check_private(fd.get(), file);
  std::array<char, kBytesMax + 1> buffer;
  const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
  if (size < 0) throw_errno("Cannot read", file);
  if (static_cast<std::size_t>(size) > kBytesMax) {
    throw Error(Code::kDataLoss, "The file is larger than it can be: " + file.string() + ".");
  }
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

}  // namespace tarn::identity::detail
