#pragma once
// jobs: what runs outside the server, from its specification to its registered model.
//
// A Job is a row of the metadata store; its run (track) has the same id in hexadecimal. This header
// owns the row and its states; Scheduler (scheduler.h) moves it through them. Thread-safe.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/process.h"
#include "meta/paging.h"
#include "meta/store.h"

namespace tarn::jobs {

inline constexpr int kJobPageMax = 1000;

/// Azure ML's states. A job moves forward only.
enum class JobState {
  kNotStarted,
  kQueued,
  kStarting,
  kRunning,
  kFinalizing,
  kCancelRequested,
  kCompleted,
  kFailed,
  kCanceled,
};
/// "NotStarted", "Queued", ..., "Canceled".
std::string_view name_of(JobState state);
/// Throws Error(kInvalidArgument) with the nearest name.
JobState parse_job_state(std::string_view name);
inline bool ended(JobState state) { return state >= JobState::kCompleted; }

struct JobError {
  std::string code;  // as name_of(Code)
  std::string message;
  std::string hint;
};

struct Job {
  std::string id;    // UUIDv7
  std::string name;  // unique: "calm_meadow_7c1f03b9e2", or the user's
  std::string display_name;
  std::string type = "automl";
  JobState state = JobState::kNotStarted;
  std::string experiment_id;
  std::string run_id;  // 32 hex digits
  std::string spec;    // JSON: to_json() of the specification
  std::string result;  // JSON of what came out (docs/jobs.md); empty before the end
  std::string created_by;
  Micros created_at = 0;
  std::optional<Micros> started_at;
  std::optional<Micros> ended_at;
  std::optional<Micros> cancel_requested_at;
  std::string folder;  // in the container `artifacts`: "<experiment>/<run>"
  std::optional<ProcessId> worker;
  std::string server_id;              // whose job it is since it was started; empty: nobody's yet
  std::int64_t journal_sequence = 0;  // of the last event applied
  std::int64_t journal_offset = 0;    // bytes of the journal that were applied
  std::optional<JobError> error;
  std::string etag;
};

struct JobFilter {
  std::optional<JobState> state;
  std::optional<std::string> experiment_id;
};

/// Reads and writes rows; every write of a state goes through Scheduler.
class JobStore {
 public:
  JobStore(meta::Store& store, std::string workspace_id);

  /// By id, name or run id. Throws Error(kNotFound) with the nearest name.
  Job get(std::string_view id_or_name);
  std::optional<Job> find(std::string_view id_or_name);
  /// Newest first.
  meta::PageOf<Job> list(const JobFilter& filter = {}, const meta::Page& page = {});
  /// All that have not ended, oldest first.
  std::vector<Job> open_jobs();

  /// Throws Error(kAlreadyExists) when the name is taken.
  void insert(meta::Transaction& tx, const Job& job);
  Job load(meta::Transaction& tx, std::string_view id);
  /// Writes everything that changes in a job's life. Throws Error(kConflict) when somebody else did
  /// meanwhile.
  void update(meta::Transaction& tx, Job& job);
  /// An ended job's row; its run stays. Throws Error(kConflict) for one that has not ended.
  void remove(std::string_view id_or_name);

 private:
  meta::Store& store_;
  std::string workspace_id_;
};

/// A new name such as Azure ML makes them: two words and ten characters.
std::string new_job_name();

}  // namespace tarn::jobs
