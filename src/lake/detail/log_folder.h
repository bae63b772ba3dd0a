#pragma once
// The files of a _delta_log: which versions and checkpoints are there, and reading and writing one
// of them.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/files.h"
#include "lake/delta_log.h"

namespace tarn::lake::delta::detail {

/// A checkpoint with all its parts (the sidecars of a V2 one are named inside it).
struct Checkpoint {
  std::int64_t version = 0;
  std::vector<std::filesystem::path> parts;
};

struct LogListing {
  std::vector<std::int64_t> commits;    // ascending
  std::vector<Checkpoint> checkpoints;  // complete ones, ascending

  bool empty() const { return commits.empty() && checkpoints.empty(); }
  std::int64_t newest() const;
};

/// What identifies a file: it changes when another file takes its name.
struct FileStamp {
  std::uint64_t inode = 0;
  std::int64_t modified_ns = 0;
  std::uint64_t size = 0;
  bool operator==(const FileStamp&) const = default;
  Micros modified() const { return modified_ns / 1000; }
};

class LogFolder {
 public:
  static constexpr std::size_t kFilesMax = 5'000'000;

  LogFolder(const std::filesystem::path& table, FileSystem& files)
      : path_(table / "_delta_log"), files_(files) {}

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path commit_path(std::int64_t version) const {
    return path_ / commit_file_name(version);
  }

  /// Empty where there is no folder.
  LogListing list(const CancelToken& cancel) const;
  /// Empty where there is no such commit.
  std::optional<FileStamp> stamp(std::int64_t version) const;
  /// Throws kNotFound, kDataLoss, kUnsupported.
  std::vector<Action> read_commit(std::int64_t version) const;
  /// Only its commitInfo, an empty one where there is none.
  CommitInfo read_commit_info(std::int64_t version) const;
  /// Writes the commit unless there is one; false then. `time_ms` becomes the file's time. Durable
  /// when true.
  bool write_commit(std::int64_t version, std::string_view lines, std::int64_t time_ms);

 private:
  std::filesystem::path path_;
  FileSystem& files_;
};

}  // namespace tarn::lake::delta::detail
