#include "detail/version_folder.h"

#include <sys/stat.h>

#include <limits>

#include "base/error.h"
#include "base/ids.h"
#include "base/log.h"

namespace tarn::assets::detail {

namespace {

namespace fs = std::filesystem;

fs::path temporary_below(const fs::path& root) {
  return root / (std::string(kTemporaryPrefix) + new_id());
}

bool is_marked(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / kMarker, ignored);
}

void write_marker(const fs::path& folder, FileSystem& files) {
  files.create(folder / kMarker)->publish();
}

/// What could not be removed now is found again by the sweep at start.
void remove_quietly(const fs::path& path, FileSystem& files) noexcept {
  try {
    files.remove(path);
  } catch (const std::exception& error) {
    log::warn("assets.not_removed", {{"path", path.string()}, {"error", error.what()}});
  }
}

std::vector<fs::path> entries_of(const fs::path& folder, int entries_max) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (entries.size() == static_cast<std::size_t>(entries_max)) break;
    if (entry->is_directory() && !entry->is_symlink()) entries.push_back(entry->path());
  }
  return entries;
}

}  // namespace

StagedVersion::StagedVersion(fs::path root, FileSystem& files)
    : root_(std::move(root)), files_(files), place_(temporary_below(root_)) {}

StagedVersion::~StagedVersion() {
  if (!kept_) remove_quietly(place_, files_);
}

void StagedVersion::mark() { write_marker(place_, files_); }

void StagedVersion::copy(const fs::path& folder) {
  content_ = copy_folder(folder, place_, files_);
  mark();
}

void StagedVersion::write(std::string_view bytes, const std::string& path) {
  content_ = write_bytes(bytes, path, place_, files_);
  mark();
}

std::string StagedVersion::move_to(const std::string& name, std::int64_t number,
                                   const HasRow& has_row) {
  std::string folder = name + "/" + std::to_string(number);
  if (place_ == root_ / folder) return folder;
  if (fs::exists(root_ / folder)) {
    if (is_marked(root_ / folder) && !has_row(folder)) {
      files_.remove(root_ / folder);
    } else {
      folder += "-" + random_hex(4);
    }
  }
  const fs::path target = root_ / folder;
  fs::create_directories(target.parent_path());
  files_.sync_directory(root_);
  files_.rename(place_, target);
  place_ = target;
  files_.sync_directory(target.parent_path());
  return folder;
}

void StagedVersion::keep() {
  kept_ = true;
  remove_quietly(place_ / kMarker, files_);
}

LeavingVersions::LeavingVersions(fs::path root, FileSystem& files)
    : root_(std::move(root)), files_(files) {}

LeavingVersions::~LeavingVersions() {
  for (const std::string& folder : marked_) remove_quietly(root_ / folder / kMarker, files_);
}

void LeavingVersions::mark(const std::string& folder) {
  std::error_code ignored;
  if (!fs::is_directory(root_ / folder, ignored)) return;
  write_marker(root_ / folder, files_);
  marked_.push_back(folder);
}

void LeavingVersions::move_aside(const HasRow& has_row) {
  for (const std::string& folder : marked_) {
    if (has_row(folder) || !is_marked(root_ / folder)) continue;
    aside_.push_back(temporary_below(root_));
    files_.rename(root_ / folder, aside_.back());
  }
  marked_.clear();
}

void LeavingVersions::remove() {
  for (const fs::path& place : aside_) remove_quietly(place, files_);
}

namespace {

/// When a temporary folder got its name, or a mark was made; the end of time for what is gone.
Micros changed(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::numeric_limits<Micros>::max();
  return status.st_ctim.tv_sec * 1'000'000LL + status.st_ctim.tv_nsec / 1000;
}

}  // namespace

int sweep(const fs::path& root, FileSystem& files, const HasRow& has_row, int entries_max,
          Micros until) {
  int removed = 0;
  int left = entries_max;
  for (const fs::path& model : entries_of(root, left)) {
    --left;
    if (model.filename().string().starts_with(kTemporaryPrefix)) {
      if (changed(model) >= until) continue;
      files.remove(model);
      ++removed;
      continue;
    }
    for (const fs::path& version : entries_of(model, left)) {
      --left;
      if (!is_marked(version) || changed(version / kMarker) >= until) continue;
      if (has_row(version.lexically_relative(root).generic_string())) {
        files.remove(version / kMarker);
      } else {
        files.remove(version);
        ++removed;
      }
    }
  }
  return removed;
}

}  // namespace tarn::assets::detail
