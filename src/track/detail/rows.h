#pragma once
// Reading and writing the rows of experiments and runs, within a transaction.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "track/tracking.h"

namespace tarn::track::detail {

/// The columns of experiment_of and run_of, in their order.
inline constexpr std::string_view kExperimentColumns =
    "experiment_id, name, artifact_location, lifecycle_stage, created_at, modified_at, etag";
inline constexpr std::string_view kRunColumns =
    "run_id, experiment_id, parent_run_id, name, user_name, status, start_time, end_time, "
    "lifecycle_stage, "
    "artifact_uri, last_sequence, etag";

/// With its tags.
Experiment experiment_of(meta::Transaction& tx, const std::string& workspace_id,
                         const meta::Row& row);
/// With their params, latest metrics and tags.
std::vector<Run> runs_of(meta::Transaction& tx, const std::string& workspace_id,
                         std::span<const meta::Row> rows);
/// With params, latest metrics and tags.
Run run_of(meta::Transaction& tx, const std::string& workspace_id, const meta::Row& row);

/// A metric's value in two columns: neither SQLite nor an index keeps a NaN.
struct StoredValue {
  double value;
  bool is_nan;
};
StoredValue stored(double value);
double restored(double value, bool is_nan);

/// Adds the default experiment where it is missing.
void ensure_default_experiment(meta::Transaction& tx, const std::string& workspace_id, Micros now);

/// What a new run must belong to: an active experiment. Throws Error(kNotFound), kConflict.
void require_active_experiment(meta::Transaction& tx, const std::string& workspace_id,
                               std::string_view id);

[[noreturn]] void throw_no_experiment(std::string_view id);
[[noreturn]] void throw_no_run(std::string_view id);

/// The state that decides whether a run takes a change. Throws Error(kNotFound), and kConflict
/// where it is deleted.
struct RunState {
  RunStatus status;
  std::int64_t last_sequence;
};
RunState require_active_run(meta::Transaction& tx, const std::string& workspace_id,
                            std::string_view id);

/// Inserts or replaces a tag, and what a run's row repeats of it (name, parent).
void put_run_tag(meta::Transaction& tx, const std::string& workspace_id, std::string_view run_id,
                 std::string_view key, std::string_view value);

}  // namespace tarn::track::detail
