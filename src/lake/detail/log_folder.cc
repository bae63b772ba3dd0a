#include "detail/log_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/error.h"
#include "base/fail_point.h"
#include "base/log.h"
#include "base/text.h"
#include "lake/delta_table.h"

namespace tarn::lake::delta::detail {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPartDigits = 10;

std::optional<std::int64_t> number(std::string_view text, std::size_t digits) {
  std::int64_t value = 0;
  if (text.size() != digits) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The parts of one checkpoint found so far; the same version may be there in one part and in
// several.
using PartsByCount = std::map<std::int64_t, std::map<std::int64_t, fs::path>>;

void add_checkpoints(const std::map<std::int64_t, PartsByCount>& found, LogListing& listing) {
  for (const auto& [version, by_count] : found) {
    for (const auto& [count, parts] : by_count) {
      if (static_cast<std::int64_t>(parts.size()) < count) continue;  // its writer has not finished
      Checkpoint checkpoint{.version = version, .parts = {}};
      for (const auto& [part, path] : parts) {
        checkpoint.parts.push_back(path);
        if (static_cast<std::int64_t>(checkpoint.parts.size()) == count) break;
      }
      listing.checkpoints.push_back(std::move(checkpoint));
      break;
    }
  }
}

bool same_file(const fs::path& a, const fs::path& b) {
  struct stat first {};
  struct stat second {};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 &&
         first.st_ino == second.st_ino && first.st_dev == second.st_dev;
}

}  // namespace

std::int64_t LogListing::newest() const {
  std::int64_t version = -1;
  if (!commits.empty()) version = commits.back();
  if (!checkpoints.empty()) version = std::max(version, checkpoints.back().version);
  return version;
}

LogListing LogFolder::list(const CancelToken& cancel) const {
  LogListing listing;
  std::map<std::int64_t, PartsByCount> checkpoints;
  std::error_code error;
  std::size_t seen = 0;
  for (fs::directory_iterator entry(path_, error), end; !error && entry != end;
       entry.increment(error)) {
    if (++seen % 1024 == 0) cancel.check();
    if (seen > kFilesMax)
      throw Error(Code::kTooLarge, "The Delta log has too many files: " + path_.string() + ".");
    const std::string name = entry->path().filename().string();
    const auto version = number(std::string_view(name).substr(0, kVersionDigits), kVersionDigits);
    if (!version) continue;
    const std::vector<std::string> parts = split(name, '.');
    if (parts.size() == 2 && parts[1] == "json") {
      listing.commits.push_back(*version);
    } else if (parts.size() == 3 && parts[1] == "checkpoint" && parts[2] == "parquet") {
      checkpoints[*version][1][1] = entry->path();
    } else if (parts.size() == 5 && parts[1] == "checkpoint" && parts[4] == "parquet") {
      const auto part = number(parts[2], kPartDigits);
      const auto count = number(parts[3], kPartDigits);
      if (part && count && *part >= 1 && *part <= *count)
        checkpoints[*version][*count][*part] = entry->path();
    } else if (parts.size() == 4 && parts[1] == "checkpoint" &&
               (parts[3] == "json" || parts[3] == "parquet")) {
      // Named by a UUID; every one of a version says the same.
      auto& named = checkpoints[*version][1];
      named[static_cast<std::int64_t>(named.size()) + 2] = entry->path();
    }
  }
  std::sort(listing.commits.begin(), listing.commits.end());
  add_checkpoints(checkpoints, listing);
  return listing;
}

std::optional<FileStamp> LogFolder::stamp(std::int64_t version) const {
  struct stat status {};
  if (::stat(commit_path(version).c_str(), &status) != 0) return std::nullopt;
  return FileStamp{.inode = status.st_ino,
                   .modified_ns = status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec,
                   .size = static_cast<std::uint64_t>(status.st_size)};
}

std::vector<Action> LogFolder::read_commit(std::int64_t version) const {
  std::vector<Action> actions = parse_commit(
      read_file(commit_path(version), Table::kCommitBytesMax), commit_file_name(version));
  if (actions.empty()) {
    throw Error(
        Code::kDataLoss, "A commit of the Delta log is empty: " + commit_file_name(version) + ".",
        "It was cut off by a crash of its writer. Restore it, or delete it if it is the newest.");
  }
  return actions;
}

CommitInfo LogFolder::read_commit_info(std::int64_t version) const {
  const std::string text = read_file(commit_path(version), Table::kCommitBytesMax);
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = std::string_view(text).substr(start, end - start);
    start = end + 1;
    if (!trim(line).starts_with("{\"commitInfo\"")) continue;
    for (Action& action : parse_commit(line, commit_file_name(version))) {
      if (auto* info = std::get_if<CommitInfo>(&action)) return std::move(*info);
    }
  }
  return {};
}

bool LogFolder::write_commit(std::int64_t version, std::string_view lines, std::int64_t time_ms) {
  const fs::path target = commit_path(version);
  const auto pending = files_.create(target);
  pending->write(lines);
  // The file's time is the commit's time for every reader of Delta, so it is the one that
  // commitInfo has.
  const timespec time{.tv_sec = time_ms / 1000, .tv_nsec = (time_ms % 1000) * 1'000'000};
  const timespec times[] = {time, time};
  if (::utimensat(AT_FDCWD, pending->path().c_str(), times, 0) != 0) {
    throw Error(Code::kUnavailable, "Cannot set the time of a commit: " + target.string() + ".");
  }
  const FileDescriptor descriptor(::open(pending->path().c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor || ::fsync(descriptor.get()) != 0) {
    throw Error(Code::kUnavailable, "Cannot sync a commit: " + target.string() + ".");
  }
  fail_point("delta.commit.after_fsync");
  fail_point("delta.commit.before_link");
  try {
    if (!pending->publish_if_absent()) return false;
  } catch (...) {
    // The link may be there while its folder could not be synced. Nobody was told of this version:
    // take it back, so that the caller may remove its data files.
    if (same_file(pending->path(), target)) ::unlink(target.c_str());
    throw;
  }
  fail_point("delta.commit.after_link");
  return true;
}

}  // namespace tarn::lake::delta::detail
