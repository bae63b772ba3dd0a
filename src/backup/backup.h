#pragma once
// backup: a consistent copy of a home that is in use, and its restoration (docs/backup.md).
//
// It owns the layout of a backup. It never stops a writer: the metadata are copied first, then
// every file of the lake gets a second link in a stage, each Delta table's log before its data and
// only up to the newest version seen; what the copy of the metadata names must be in the stage,
// else it is done again. From the stage the archive is streamed at leisure.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"

namespace tarn::meta {
class Store;
}
namespace tarn::pools {
class Pools;
}

namespace tarn::backup {

inline constexpr int kBackupFormat = 1;
inline constexpr int kStageAttemptsMax = 5;  // while models come and go

struct Source {
  meta::Store& store;
  std::filesystem::path lake;
  pools::Pools& pools;
  std::string version;  // of Tarn
};

struct BackupSummary {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t tables = 0;
  std::uint64_t pools = 0;
  std::vector<std::string> pools_left_out;  // of other servers or workspaces
  std::string made_at;
};

/// A stage: links to everything as it is at one time, and copies of the SQL pools. Removed at its
/// end.
class Stage {
 public:
  /// Throws Error: kUnavailable where models or pools change faster than they can be copied,
  /// kResourceExhausted when the disk is full.
  Stage(const Source& source, const CancelToken& cancel);
  ~Stage();
  Stage(const Stage&) = delete;

  /// The archive: FORMAT, tarn.db, lake/…, pools/…, SHA256SUMS, and backup.json as the last, which
  /// says that it is whole.
  BackupSummary write_tar(const std::function<void(std::string_view bytes)>& sink,
                          const CancelToken& cancel);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Unpacks an archive into a folder, which must be empty or absent; it appears whole. Fed as it
/// comes.
class Unpacker {
 public:
  explicit Unpacker(const std::filesystem::path& folder);
  ~Unpacker();
  Unpacker(const Unpacker&) = delete;

  void feed(std::string_view bytes);
  /// Checks that the archive was whole and every file is what SHA256SUMS says, makes it durable,
  /// and gives the folder its name. Throws Error(kDataLoss).
  BackupSummary finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct RestoreTarget {
  std::filesystem::path home;  // empty or absent
  std::string store;           // an empty store elsewhere; empty: in the home
  std::filesystem::path lake;  // an empty or absent folder; empty: in the home
};

/// A new home of a backup: an archive, or the folder that one was unpacked to. Jobs that ran when
/// the backup was made are failed; those in the queue stay there. Throws Error: kAlreadyExists for
/// a target that is not empty, kDataLoss for a backup that is not whole.
BackupSummary restore(const std::filesystem::path& backup, const RestoreTarget& target);

}  // namespace tarn::backup
