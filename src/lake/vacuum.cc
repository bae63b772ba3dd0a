#include "lake/vacuum.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "detail/old_files.h"
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

  const detail::OldFiles doomed = detail::old_files(
      table.folder(), cutoff_ms, [&](const std::string& path) { return needed.contains(path); },
      cancel);
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
