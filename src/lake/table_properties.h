#pragma once
// Table properties: Delta's own ("delta.…"), which change what readers and writers do, and the
// user's, which are only kept.
//
// Owns the list of those that Tarn honours. Source: Delta protocol, "Table Properties", and Delta
// Lake's "Table properties reference".

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "lake/delta_table.h"

namespace tarn::lake::delta {

/// delta.logRetentionDuration: how long commits are kept for time travel. 30 days.
std::int64_t log_retention_ms(const Metadata& metadata);
/// delta.deletedFileRetentionDuration: how long removed files are kept. 7 days.
std::int64_t deleted_file_retention_ms(const Metadata& metadata);
/// delta.enableExpiredLogCleanup. True.
bool log_cleanup_enabled(const Metadata& metadata);
/// delta.checkpointInterval, in commits. 10.
std::int64_t checkpoint_interval(const Metadata& metadata);
/// delta.targetFileSize, in bytes ("104857600", "100mb"); nothing where it is not set.
std::optional<std::uint64_t> target_file_bytes(const Metadata& metadata);

/// "interval 30 days", "interval 1 week 2 hours", without regard to case; the first word may be
/// left out. Weeks to microseconds; nothing for anything else (months and years have no length).
std::optional<std::int64_t> parse_interval_ms(std::string_view text);

struct PropertyChange {
  std::map<std::string, std::string> set;
  std::vector<std::string> unset;  // each must be there
};

inline constexpr std::size_t kPropertiesMax = 1000;
inline constexpr std::size_t kPropertyBytesMax = 64 << 10;

/// Throws kInvalidArgument for a value that the property cannot have and for unknown "delta."
/// names, kUnsupported (by name) for those that need a table feature that Tarn does not write.
void check_property(const std::string& name, const std::string& value);

/// Commits the properties as they are after the change; nothing is committed where it changes none.
/// Throws also kNotFound (an unset property that is not there), kTooLarge. Returns the version.
std::int64_t change_properties(Table& table, const PropertyChange& change,
                               std::string_view user = {}, const CancelToken& cancel = {});

}  // namespace tarn::lake::delta
