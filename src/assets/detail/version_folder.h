#pragma once
// The folders of model versions, and how they and their rows come and go together.
//
// A folder on its way in or out bears the marker file kMarker; the row decides what it is. With a
// row, the version is there and the marker may go. Without one, a registration was cut off before
// its commit, or a removal after it, and the folder may go. A folder without a marker is never
// removed: where it has no row, it is somebody's own.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "assets/models.h"
#include "base/clock.h"
#include "base/files.h"
#include "detail/content.h"

namespace tarn::assets::detail {

inline constexpr std::string_view kMarker = kPendingFile;

/// Whether a version's row names this folder ("<name>/<number>").
using HasRow = std::function<bool(const std::string& folder)>;

/// A version's files under a temporary name: durable, marked, and gone with this object unless
/// kept.
class StagedVersion {
 public:
  StagedVersion(std::filesystem::path root, FileSystem& files);
  StagedVersion(const StagedVersion&) = delete;
  ~StagedVersion();

  void copy(const std::filesystem::path& folder);
  void write(std::string_view bytes, const std::string& path);
  const Content& content() const { return content_; }

  /// Moves it to "<name>/<number>" below the root, and says where it lies: a folder there that is
  /// somebody's own stays, and this one gets a longer name. Call it within the transaction that
  /// adds the row; again after that was rolled back, it moves on from there.
  std::string move_to(const std::string& name, std::int64_t number, const HasRow& has_row);

  /// The row is committed.
  void keep();

 private:
  void mark();

  std::filesystem::path root_;
  FileSystem& files_;
  std::filesystem::path place_;  // where it lies now
  Content content_;
  bool kept_ = false;
};

/// Marks a version's folder before its row goes; the mark is taken back where the row stayed after
/// all.
class LeavingVersions {
 public:
  LeavingVersions(std::filesystem::path root, FileSystem& files);
  LeavingVersions(const LeavingVersions&) = delete;
  ~LeavingVersions();

  /// Within the transaction that removes the row.
  void mark(const std::string& folder);
  /// After its commit, within another: what has no row meanwhile gets a temporary name.
  void move_aside(const HasRow& has_row);
  /// Removes those.
  void remove();

 private:
  std::filesystem::path root_;
  FileSystem& files_;
  std::vector<std::string> marked_;
  std::vector<std::filesystem::path> aside_;
};

/// Ends what a crash left halfway: at most `entries_max` folders are looked at, and those whose
/// temporary name or mark is from `until` or later stay: somebody is at work there. The number of
/// folders removed.
int sweep(const std::filesystem::path& root, FileSystem& files, const HasRow& has_row,
          int entries_max, Micros until);

}  // namespace tarn::assets::detail
