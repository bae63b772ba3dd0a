#pragma once
// Brings a journal's events into the store: each once, in one transaction with the place up to
// which it was read.

#include <filesystem>
#include <string>

#include "jobs/job.h"
#include "jobs/journal.h"
#include "meta/store.h"
#include "track/tracking.h"

namespace tarn::jobs::detail {

/// The sequence number under which a run takes an event. The first number is that of the job's
/// submission.
inline constexpr std::int64_t kSubmitSequence = 1;
inline std::int64_t run_sequence(std::int64_t journal_sequence) {
  return journal_sequence + kSubmitSequence;
}

class JobEvents {
 public:
  JobEvents(meta::Store& store, JobStore& jobs, track::Tracking& tracking)
      : store_(store), jobs_(jobs), tracking_(tracking) {}

  /// Applies what the journal has beyond `job`, and brings `job` up to date. True when there was
  /// something.
  bool catch_up(Job& job, const std::filesystem::path& journal);

 private:
  void apply(meta::Transaction& tx, Job& job, const Event& event);
  void start_trial(meta::Transaction& tx, const Job& job, const Event& event);
  void finish_trial(meta::Transaction& tx, const Job& job, const Event& event);

  meta::Store& store_;
  JobStore& jobs_;
  track::Tracking& tracking_;
};

/// The members of Job::result, a JSON object (docs/jobs.md), that say how far the job is.
bool has_finished(const Job& job);  // the worker's last word was `finished`
bool has_failed(const Job& job);    // ... or `failed`
bool has_best(const Job& job);      // a model is on disk

}  // namespace tarn::jobs::detail
