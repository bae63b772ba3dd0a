#pragma once
// Durable files: what was acknowledged survives kill -9 and power loss, what was not leaves no
// trace.
//
// All writing of state goes through FileSystem, so that a test can fail the third fsync, drop
// unsynced bytes, or end the process at a named point (see fail_point.h).

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tarn {

/// A file being written under a temporary name beside its target. Destroyed without publish(), it
/// is removed.
class PendingFile {
 public:
  virtual ~PendingFile() = default;
  virtual void write(std::string_view bytes) = 0;
  virtual std::uint64_t size() const = 0;
  /// The temporary path, for a library that writes by itself.
  virtual const std::filesystem::path& path() const = 0;
  /// fsync, rename over the target, fsync of its directory.
  virtual void publish() = 0;
  /// As publish(), but only where no file has the target's name (link(2)); false where one has.
  virtual bool publish_if_absent() = 0;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  /// A new file that will become `target`. Missing parent directories are made, and synced. Throws
  /// Error (kResourceExhausted when the disk is full).
  virtual std::unique_ptr<PendingFile> create(const std::filesystem::path& target) = 0;
  /// Appends to `file` (made when absent) and syncs.
  virtual void append(const std::filesystem::path& file, std::string_view bytes) = 0;
  virtual void rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  /// Removes a file or a whole folder; false where there was none.
  virtual bool remove(const std::filesystem::path& path) = 0;
  virtual void sync_directory(const std::filesystem::path& directory) = 0;

  static FileSystem& system();
};

/// The prefix of temporary files' names: whatever bears it may be removed once its writer is gone.
inline constexpr std::string_view kTemporaryPrefix = ".tarn-tmp-";

/// The whole file. Throws Error(kNotFound), or kTooLarge above `size_max`.
std::string read_file(const std::filesystem::path& path, std::uint64_t size_max = 1ull << 30);
/// create, write, publish.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// A POSIX file descriptor that closes itself.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release();
  void reset();

 private:
  int fd_ = -1;
};

/// An advisory lock on a file (flock), held until destroyed. The holder's pid and start time are
/// written into it.
class FileLock {
 public:
  enum class Mode { kShared, kExclusive };
  /// Waits up to `wait_s`; empty when somebody else still holds it.
  static std::optional<FileLock> acquire(const std::filesystem::path& path, Mode mode,
                                         double wait_s);
  /// "pid 1234", as the holder wrote it; empty when unknown.
  static std::string holder(const std::filesystem::path& path);

 private:
  FileDescriptor file_;
};

}  // namespace tarn
