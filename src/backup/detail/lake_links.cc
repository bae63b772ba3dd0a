#include "detail/lake_links.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <set>

#include "base/disk_full.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"

namespace tarn::backup::detail {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLog = "_delta_log";
constexpr int kLooks = 3;  // at what changes meanwhile
constexpr std::size_t kVersionDigits = 20;
constexpr std::uint64_t kLastCheckpointBytesMax = 1 << 20;

std::vector<fs::path> names_in(const fs::path& folder) {
  std::vector<fs::path> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    names.push_back(entry->path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The version that a log file's name begins with, whatever its kind.
std::optional<std::int64_t> version_of(const std::string& name) {
  std::int64_t version = 0;
  if (name.size() <= kVersionDigits || name[kVersionDigits] != '.') return std::nullopt;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kVersionDigits, version);
  if (error != std::errc() || end != name.data() + kVersionDigits) return std::nullopt;
  return version;
}

bool is_commit(const std::string& name) {
  return name.size() == kVersionDigits + 5 && name.ends_with(".json");
}

/// The newest version without a gap before it: a folder that is being written may show a later
/// entry and not yet an earlier one. A log with a gap that stays is damaged, and is taken as it is.
std::int64_t newest_whole_version(const fs::path& log) {
  constexpr int kBetweenLooksUs = 20'000;
  std::int64_t newest = -1;
  for (int look = 0; look < kLooks; ++look) {
    std::set<std::int64_t> commits;
    for (const fs::path& name : names_in(log)) {
      const auto version = version_of(name.string());
      if (version && is_commit(name.string())) commits.insert(*version);
    }
    if (commits.empty()) return -1;
    newest = *commits.rbegin();
    if (newest - *commits.begin() + 1 == static_cast<std::int64_t>(commits.size())) break;
    ::usleep(kBetweenLooksUs);
  }
  return newest;
}

class Linker {
 public:
  Linker(fs::path from, fs::path to, const CancelToken& cancel)
      : from_(std::move(from)), to_(std::move(to)), cancel_(cancel) {}

  LakeLinks run() {
    for (const fs::path& name : names_in(from_)) {
      // What is not a container is the servers' own: locks, the lake's id, this stage.
      if (!name.string().starts_with('.') && fs::is_directory(from_ / name)) folder(name);
    }
    return std::move(links_);
  }

 private:
  void folder(const fs::path& path) {
    cancel_.check();
    if (!fs::is_directory(from_ / path)) return;
    fs::create_directories(to_ / path);
    links_.files.push_back({.path = path.generic_string(), .folder = true, .mode = 0755});
    if (inode(path / kLog) != 0) return table(path);
    for (const fs::path& name : names_in(from_ / path)) child(path, name);
  }

  /// A table may be dropped, or made anew under its name, between its log and its data: then it is
  /// looked at again.
  void table(const fs::path& path) {
    const std::size_t files = links_.files.size();
    const std::size_t tables = links_.tables.size();
    for (int look = 0; look < kLooks; ++look) {
      const ino_t before = inode(path / kLog);
      if (before == 0) break;
      log(path);
      // After the log: what its versions name was there before them.
      for (const fs::path& name : names_in(from_ / path)) child(path, name);
      if (inode(path / kLog) == before) return;
      links_.files.resize(files);
      links_.tables.resize(tables);
      fs::remove_all(to_ / path);
      fs::create_directories(to_ / path);
    }
    links_.files.resize(files - 1);
    fs::remove_all(to_ / path);
  }

  void child(const fs::path& folder, const fs::path& name) {
    if (name != kLog && !name.string().starts_with(kTemporaryPrefix)) entry(folder / name);
  }

  /// 0 where there is nothing.
  ino_t inode(const fs::path& path) const {
    struct stat status {};
    return ::lstat((from_ / path).c_str(), &status) == 0 ? status.st_ino : 0;
  }

  void entry(const fs::path& path) {
    struct stat status {};
    if (::lstat((from_ / path).c_str(), &status) != 0) return;
    if (S_ISDIR(status.st_mode)) return folder(path);
    if (S_ISREG(status.st_mode)) file(path);
  }

  void log(const fs::path& table) {
    const fs::path path = table / kLog;
    const std::int64_t newest = newest_whole_version(from_ / path);
    fs::create_directories(to_ / path);
    links_.files.push_back({.path = path.generic_string(), .folder = true, .mode = 0755});
    for (const fs::path& name : names_in(from_ / path)) {
      const std::string text = name.string();
      if (text.starts_with(kTemporaryPrefix)) continue;
      const auto version = version_of(text);
      if (version && *version > newest) continue;
      if (text == "_last_checkpoint" && last_checkpoint(from_ / path / name) > newest) continue;
      entry(path / name);
    }
    links_.tables.push_back({table.generic_string(), newest});
  }

  /// The version that the hint names; one that cannot be read is no hint.
  static std::int64_t last_checkpoint(const fs::path& file) {
    try {
      return parse_json(read_file(file, kLastCheckpointBytesMax), "_last_checkpoint")
          .at("version")
          .get<std::int64_t>();
    } catch (const std::exception&) {
      return std::numeric_limits<std::int64_t>::max();
    }
  }

  void file(const fs::path& path) {
    const fs::path target = to_ / path;
    if (::link((from_ / path).c_str(), target.c_str()) != 0) {
      if (errno == ENOENT) return;
      // A file system without links, or with too many of one file.
      std::error_code error;
      fs::copy_file(from_ / path, target, error);
      if (error == std::errc::no_such_file_or_directory) return;
      if (error) {
        const std::string message =
            "A file of the lake cannot be copied: " + path.generic_string() + ": " +
            error.message() + ".";
        if (is_disk_full(error.value())) throw disk_full(message);
        throw Error(Code::kUnavailable, message, "Repair the file's rights.");
      }
    }
    struct stat status {};
    if (::lstat(target.c_str(), &status) != 0) return;
    links_.files.push_back(
        {.path = path.generic_string(),
         .folder = false,
         .size = static_cast<std::uint64_t>(status.st_size),
         .modified_ns = status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec,
         .mode = static_cast<std::uint32_t>(status.st_mode & 0777)});
  }

  fs::path from_;
  fs::path to_;
  const CancelToken& cancel_;
  LakeLinks links_;
};

}  // namespace

LakeLinks link_lake(const fs::path& from, const fs::path& to, const CancelToken& cancel) {
  return Linker(from, to, cancel).run();
}

}  // namespace tarn::backup::detail
