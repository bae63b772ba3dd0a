#pragma once
// Whether a Delta table is whole.

#include <filesystem>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "lake/delta_table.h"

namespace tarn::lake::delta {

struct TableCheck {
  std::int64_t version = -1;
  std::size_t files = 0;              // of the newest version
  std::vector<std::string> problems;  // a sentence each
};

/// Looks for gaps in the log, replays it, and looks for every file of the newest version and its
/// size. At most `problems_max` problems are named. A table that Tarn cannot read for its features
/// is a problem too.
TableCheck check_table(const std::filesystem::path& folder, const EngineProvider& engine,
                       std::size_t problems_max, const CancelToken& cancel = {});

/// The folders below `root` that have a _delta_log, by path; what lies within a table is not looked
/// into.
std::vector<std::filesystem::path> find_tables(const std::filesystem::path& root,
                                               const CancelToken& cancel = {});

}  // namespace tarn::lake::delta
