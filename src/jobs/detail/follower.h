#pragma once
// Starts workers and sees each job through to its end. Used by the scheduler's one thread only.

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "detail/completion.h"
#include "detail/job_events.h"
#include "detail/servers.h"
#include "detail/worker_processes.h"
#include "jobs/scheduler.h"

namespace tarn::jobs::detail {

inline constexpr std::size_t kLogTailBytes = 2000;  // of a crashed worker's log, in the job's error

class Follower {
 public:
  Follower(SchedulerServices& services, const SchedulerOptions& options, JobStore& jobs,
           Servers& servers);

  /// Whether a job that has started is ours to follow: it is, or it becomes ours because its server
  /// is gone.
  bool take_up(const Job& job);

  /// Starts the worker of a queued job. What goes wrong is the job's error.
  void start(const Job& job);
  /// Removes what workers of former lives left beside their jobs' folders.
  void sweep() const noexcept { workers_.sweep(); }
  /// One look at a job that has started: applies its events, ends its worker when its time is over,
  /// and completes it when the worker is gone. True when the job has ended.
  bool follow(const Job& job);

 private:
  /// Empty where it is not queued any more: another server was first, or it was cancelled.
  std::optional<Job> set_starting(const Job& job);
  Job set_running(const Job& job, const ProcessId& worker);
  bool requeue_if_never_started(const Job& job);
  bool look(Job job);
  void end_worker_if_due(const Job& job);
  /// Starts another worker for a job whose last one died on the way. False where that is of no use.
  bool start_again(const Job& job);
  /// The worker is gone, and everything that it wrote is applied.
  Job conclude(const Job& job);
  bool is_ours_still(const Job& job);
  JobError crash_of(const Job& job);
  void give_up(const Job& job, const Error& error);

  Micros deadline_of(const Job& job);
  std::filesystem::path folder_of(const Job& job) const;

  SchedulerServices& services_;
  const SchedulerOptions& options_;
  JobStore& jobs_;
  Servers& servers_;
  WorkerProcesses workers_;
  JobEvents events_;
  Completion completion_;
  std::map<std::string, ExitStatus> exits_;    // of workers that are our children, by job
  std::map<std::string, std::string> losses_;  // servers on other machines that left a job, by job
};

}  // namespace tarn::jobs::detail
