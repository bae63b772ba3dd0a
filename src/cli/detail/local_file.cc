#include "detail/local_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace tarn::cli {

namespace {
constexpr std::uint64_t kTextBytesMax = 64ull << 20;  // of a script or a job file
}

LocalFileBody::LocalFileBody(const std::string& path)
    : path_(path == "-" ? "standard input" : path) {
  if (path == "-") {
    file_ = FileDescriptor(dup(STDIN_FILENO));
    return;
  }
  file_ = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!file_ || fstat(file_.get(), &status) != 0) {
    throw Error(errno == ENOENT ? Code::kNotFound : Code::kInvalidArgument,
                "Cannot read the local file " + path + ": " + std::strerror(errno) + ".");
  }
  if (S_ISDIR(status.st_mode)) {
    throw Error(Code::kInvalidArgument, "This is a folder, not a file: " + path + ".",
                "Name its files: " + path + "/*.");
  }
  if (S_ISREG(status.st_mode)) size_ = status.st_size;
}

std::size_t LocalFileBody::read(std::span<char> buffer) {
  while (true) {
    const ssize_t got = ::read(file_.get(), buffer.data(), buffer.size());
    if (got >= 0) return got;
    if (errno != EINTR) {
      throw Error(Code::kUnavailable, "Cannot read " + path_ + ": " + std::strerror(errno) + ".");
    }
  }
}

LocalFileSink::LocalFileSink(const std::string& path) {
  if (path != "-") file_ = FileSystem::system().create(std::filesystem::absolute(path));
}

void LocalFileSink::write(std::string_view bytes) {
  if (file_) {
    file_->write(bytes);
  } else if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size()) {
    throw Error(Code::kCancelled, "Nobody reads standard output any more.");
  }
}

void LocalFileSink::commit() {
  if (file_) file_->publish();
}

std::string read_local_text(const std::string& path) {
  LocalFileBody body(path);
  return router::read_all(body, kTextBytesMax);
}

}  // namespace tarn::cli
