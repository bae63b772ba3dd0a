#pragma once
// Runs jobs: queues them, starts a worker process for each, follows its journal into `track`, ends
// it when it is cancelled or its time is over, and registers what it made with `assets`.
//
// One Scheduler serves one workspace, in a thread of its own. It never trains. Workers outlive it:
// a new one takes up those that still run, and completes those that ended meanwhile from their
// journals. Where several servers share a store, a job belongs to the one that started it; those of
// a server that is gone are taken up by one on the same machine, else ended. Thread-safe.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "assets/models.h"
#include "base/cancel.h"
#include "base/cgroup.h"
#include "base/clock.h"
#include "base/files.h"
#include "jobs/automl_spec.h"
#include "jobs/job.h"
#include "jobs/worker_limits.h"
#include "lake/catalog.h"
#include "meta/store.h"
#include "track/tracking.h"

namespace tarn::jobs {

namespace detail {
struct JobFile;
}

struct SchedulerOptions {
  /// Starts the worker: the program and its first arguments; "--job FILE --deadline MICROS"
  /// is added, and "--memory BYTES" where there is a limit. Empty: this program's `worker`.
  std::vector<std::string> worker_command;
  /// Beside PATH, LANG, TZ and OMP_WAIT_POLICY.
  std::vector<std::pair<std::string, std::string>> worker_environment;
  int jobs_max = 2;              // running at a time
  std::size_t queue_max = 1000;  // jobs that have not ended
  WorkerLimits worker_limits = {};
  /// Where workers get groups of their own with these limits; else they are limits of a process.
  std::optional<Cgroups> cgroups = {};
  double poll_s = 0.05;      // between two looks at a running worker
  double grace_s = 1.0;      // that a worker gets beyond its time limit
  std::string code_version;  // of Tarn, for lineage
  /// This server, the same after a restart; empty: a new one each time.
  std::string server_id = {};
  /// Its home folder, for the others to show.
  std::string home = {};
  /// Other servers may be on the same store: see docs/store.md, "Several servers".
  bool shared = false;
};

/// The modules that a job's outcome goes to, and those that its data come from.
struct SchedulerServices {
  meta::Store& store;
  std::string workspace_id;
  track::Tracking& tracking;
  assets::Models& models;
  lake::Catalog& catalog;
  lake::delta::EngineProvider engine;  // to see the columns of files
  FileSystem& files = FileSystem::system();
  const Clock& clock = Clock::system();
};

class Scheduler {
 public:
  Scheduler(SchedulerServices services, SchedulerOptions options);
  /// Ends the thread; workers run on.
  ~Scheduler();

  /// Takes up what an earlier server left, then begins to start jobs. Before it, submit() only
  /// queues.
  void start();
  void stop();

  /// Checks the data, pins the table's version, makes the run and queues the job. When it returns
  /// the job is durable. Throws Error: kNotFound for the table, file or target column (with the
  /// nearest name), kAlreadyExists for the name, kResourceExhausted when the queue is full.
  Job submit(const AutoMlSpec& spec, std::string_view created_by);
  /// Does all of submit()'s checks, and nothing else.
  void validate(const AutoMlSpec& spec);
  /// The folders of the lake that its data lie in. Throws what submit() does for data that are not
  /// there.
  std::vector<lake::LakePath> input_folders(const AutoMlSpec& spec);

  /// Ends the job at once: when it returns the worker is gone or being killed. A job that has ended
  /// stays as it is.
  Job cancel(std::string_view id_or_name);

  /// Waits until the job has ended, or `timeout_s` is over (0: only a look). Returns the job as it
  /// is then.
  Job wait(std::string_view id_or_name, double timeout_s, const CancelToken& cancel = {});

  JobStore& jobs() { return jobs_; }
  /// The job's folder, with worker.log and journal.ndjson.
  std::filesystem::path folder(const Job& job) const;
  /// The log from `offset` on, at most `size_max` bytes; empty where there is none yet.
  std::string read_log(const Job& job, std::uint64_t offset, std::size_t size_max) const;

 private:
  /// Makes the job durable: its file, then its rows.
  void submit(Job& job, const AutoMlSpec& spec, const detail::JobFile& file);
  void forget_folder(const Job& job) noexcept;

  struct Impl;
  SchedulerServices services_;
  JobStore jobs_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::jobs
