#include "detail/log_cleanup.h"

#include <algorithm>
#include <charconv>

#include "base/log.h"
#include "lake/delta_log.h"

namespace tarn::lake::delta::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;

/// The version that a file of the log belongs to: NNN.json, NNN.crc, NNN.checkpoint…; of a log
/// compaction (NNN.MMM.compacted.json) its first.
std::optional<std::int64_t> version_of(const std::string& name) {
  if (name.size() <= kVersionDigits || name[kVersionDigits] != '.') return std::nullopt;
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kVersionDigits, version);
  if (error != std::errc() || end != name.data() + kVersionDigits) return std::nullopt;
  return version;
}

}  // namespace

std::size_t clean_log(const LogFolder& log, std::int64_t cutoff_ms) {
  const LogListing listing = log.list({});
  const std::int64_t day_ms = cutoff_ms / kDayMs * kDayMs;
  std::int64_t kept = -1;  // the checkpoint that the oldest readable version comes from
  for (const Checkpoint& checkpoint : listing.checkpoints) {
    const auto stamp = log.stamp(checkpoint.version);
    if (stamp && stamp->modified() / 1000 <= day_ms) kept = std::max(kept, checkpoint.version);
  }
  if (kept < 0) return 0;
  std::vector<std::pair<std::int64_t, fs::path>> doomed;
  std::error_code error;
  for (fs::directory_iterator entry(log.path(), error), end; !error && entry != end;
       entry.increment(error)) {
    const auto version = version_of(entry->path().filename().string());
    if (version && *version < kept) doomed.emplace_back(*version, entry->path());
  }
  // Oldest first: a crash in between leaves a log that still ends in whole versions.
  std::sort(doomed.begin(), doomed.end());
  if (doomed.size() > kLogFilesRemovedMax) doomed.resize(kLogFilesRemovedMax);
  std::size_t removed = 0;
  for (const auto& [version, path] : doomed) {
    std::error_code ignored;
    if (fs::remove(path, ignored)) ++removed;
  }
  if (removed > 0) {
    log::info("delta.log.cleaned",
              {{"log", log.path().string()}, {"files", removed}, {"oldest_version", kept}});
  }
  return removed;
}

}  // namespace tarn::lake::delta::detail
