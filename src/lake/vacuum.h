#pragma once
// VACUUM: deletes the files of a Delta table's folder that no version within the retention needs.
//
// Looks at what the newest version has and what was removed lately; anything else that is older
// than the retention goes, whoever wrote it. Versions that had those files can no longer be read.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "lake/delta_table.h"

namespace tarn::lake::delta {

struct VacuumOptions {
  /// Without: the property delta.deletedFileRetentionDuration (168 hours where it is not set).
  std::optional<double> retention_hours;
  bool dry_run = false;
  /// Allows a retention below the table's. Another writer's files that are not committed yet, and
  /// those that a reader is about to open, may then be lost.
  bool force = false;
  std::string user;
};

struct VacuumResult {
  std::vector<std::string> files;  // relative to the folder, the first kVacuumListMax
  std::int64_t file_count = 0;
  std::int64_t bytes = 0;
  std::int64_t folder_count = 0;  // empty ones
  double retention_hours = 0;
};

inline constexpr std::size_t kVacuumListMax = 1000;
inline constexpr double kVacuumRetentionHoursMax = 24.0 * 365 * 100;

/// Writes VACUUM START and VACUUM END into the history, except for a dry run. Throws
/// kInvalidArgument for a retention below the table's without `force`, kUnsupported where the table
/// may not be written.
VacuumResult vacuum(Table& table, const VacuumOptions& options = {},
                    const CancelToken& cancel = {});

}  // namespace tarn::lake::delta
