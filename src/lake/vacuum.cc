#include "lake/vacuum.h"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "lake/table_properties.h"

namespace tarn::lake::delta {
namespace {

namespace fs = std::filesystem;

constexpr double kHourMs = 3'600'000;

std::string hours_text(double hours) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", hours);
  return text;
}

struct Doomed {
  std::vector<std::pair<std::string, std::int64_t>> files;  // path and bytes
  std::vector<std::string> folders;                         // the deepest first
};

class Walk {
 public:
  Walk(const fs::path& root, const std::set<std::string, std::less<>>& needed,
       std::int64_t cutoff_ms, const CancelToken& cancel)
      : root_(root), needed_(needed), cutoff_ms_(cutoff_ms), cancel_(cancel) {}

  Doomed run() {
    visit("");
    return std::move(doomed_);
  }

 private:
  // What begins with '_' or '.' is not the table's data, except for the folders of a partition
  // column whose name begins so.
  static bool hidden(const std::string& name, bool folder) {
    if (name.starts_with('.')) return true;
    return name.starts_with('_') && !(folder && name.find('=') != std::string::npos);
  }

  bool old(const struct stat& status) const {
    return status.st_mtim.tv_sec * 1000LL + status.st_mtim.tv_nsec / 1'000'000 < cutoff_ms_;
  }

  // True where nothing stays in the folder.
  bool visit(const std::string& prefix) {
    bool empty = true;
    std::error_code error;
    for (fs::directory_iterator entry(root_ / prefix, error), end; !error && entry != end;
         entry.increment(error)) {
      if (++seen_ > kVacuumFilesMax)
        throw Error(Code::kTooLarge,
                    "The table's folder has too many files: " + root_.string() + ".");
      if (seen_ % 1024 == 0) cancel_.check();
      const std::string name = entry->path().filename().string();
      const std::string path = (fs::path(prefix) / name).string();
      struct stat status {};
      if (::lstat(entry->path().c_str(), &status) != 0) continue;
      const bool folder = S_ISDIR(status.st_mode);
      if (hidden(name, folder)) {
        empty = false;
      } else if (folder) {
        if (visit(path) && old(status)) {
          doomed_.folders.push_back(path);
        } else {
          empty = false;
        }
      } else if (S_ISREG(status.st_mode) && old(status) && !needed_.contains(path)) {
        doomed_.files.emplace_back(path, status.st_size);
      } else {
        empty = false;  // symbolic links are nobody's data: neither followed nor removed
      }
    }
    return empty && !error;
  }

  const fs::path& root_;
  const std::set<std::string, std::less<>>& needed_;
  std::int64_t cutoff_ms_;
  const CancelToken& cancel_;
  std::size_t seen_ = 0;
  Doomed doomed_;
};

double checked_retention(const Metadata& metadata, const VacuumOptions& options) {
  const double least = static_cast<double>(deleted_file_retention_ms(metadata)) / kHourMs;
  const double hours = options.retention_hours.value_or(least);
  if (!std::isfinite(hours) || hours < 0 || hours > kVacuumRetentionHoursMax) {
    throw Error(Code::kInvalidArgument, "A retention is a number of hours that is not negative.");
  }
  if (hours >= least || options.force) return hours;
  throw Error(
      Code::kInvalidArgument,
      "A retention of " + hours_text(hours) + " hours is below the table's " + hours_text(least) +
          " hours: files that readers and other writers still need could be deleted.",
      "Lower delta.deletedFileRetentionDuration, or force it when nobody else uses the table.");
}

void note(Table& table, const VacuumOptions& options, std::string operation, const Json& parameters,
          const Json& metrics, const CancelToken& cancel) {
  const SnapshotPtr newest = table.snapshot({}, cancel);
  table.commit({.kind = Change::Kind::kAppend,
                .read_version = newest->version,
                .table_id = newest->metadata.id,
                .actions = {},
                .operation = std::move(operation),
                .parameters = parameters.dump(),
                .metrics = metrics.dump(),
                .user = options.user},
               cancel);
}

}  // namespace

VacuumResult vacuum(Table& table, const VacuumOptions& options, const CancelToken& cancel) {
  const SnapshotPtr snapshot = table.snapshot({}, cancel);
  check_writable(snapshot->protocol, snapshot->metadata);
  VacuumResult result;
  result.retention_hours = checked_retention(snapshot->metadata, options);
  const std::int64_t cutoff_ms =
      table.now() / 1000 - static_cast<std::int64_t>(result.retention_hours * kHourMs);

  // The tombstones first: a file that is removed between the two looks is in one of them.
  std::set<std::string, std::less<>> needed;
  for (const auto& add : snapshot->files) needed.insert(add->path);
  for (const auto& remove : table.tombstones(cancel)) {
    if (remove->deleted_ms >= cutoff_ms) needed.insert(remove->path);
  }
  for (const auto& add : table.snapshot({}, cancel)->files) needed.insert(add->path);

  const Doomed doomed = Walk(table.folder(), needed, cutoff_ms, cancel).run();
  result.folder_count = static_cast<std::int64_t>(doomed.folders.size());
  for (const auto& [path, bytes] : doomed.files) {
    ++result.file_count;
    result.bytes += bytes;
    if (result.files.size() < kVacuumListMax) result.files.push_back(path);
  }
  std::sort(result.files.begin(), result.files.end());
  if (options.dry_run) return result;

  Json parameters;
  parameters["retentionCheckEnabled"] = options.force ? "false" : "true";
  parameters["specifiedRetentionMillis"] =
      std::to_string(static_cast<std::int64_t>(result.retention_hours * kHourMs));
  Json metrics;
  metrics["numFilesToDelete"] = std::to_string(result.file_count);
  metrics["sizeOfDataToDelete"] = std::to_string(result.bytes);
  note(table, options, "VACUUM START", parameters, metrics, cancel);
  std::int64_t deleted = 0;
  for (const auto& [path, bytes] : doomed.files) {
    if (cancel.cancelled()) break;
    std::error_code ignored;
    if (fs::remove(table.folder() / path, ignored)) ++deleted;
  }
  for (const std::string& folder : doomed.folders) {
    std::error_code ignored;
    fs::remove(table.folder() / folder, ignored);  // only where it is still empty
  }
  note(table, options, "VACUUM END",
       Json{{"status", deleted == result.file_count ? "COMPLETED" : "FAILED"}},
       Json{{"numDeletedFiles", std::to_string(deleted)}}, {});
  log::info("delta.vacuumed", {{"table", table.folder().string()}, {"files", deleted}});
  cancel.check();
  result.file_count = deleted;
  return result;
}

}  // namespace tarn::lake::delta
