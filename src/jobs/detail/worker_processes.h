#pragma once
// The processes that jobs run in, and their limits: by cgroup where this server may make groups,
// else by the kernel's limits of a process. Used by the scheduler's one thread only.

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/process.h"
#include "jobs/job.h"
#include "jobs/scheduler.h"

namespace tarn::jobs::detail {

/// In a job's folder: its worker found no memory within its limit. Empty.
inline constexpr const char* kOutOfMemoryFile = "worker.out-of-memory";
/// A job's cgroup is this and the job's id.
inline constexpr const char* kGroupPrefix = "tarn-job-";

class WorkerProcesses {
 public:
  explicit WorkerProcesses(const SchedulerOptions& options) : options_(options) {}

  ProcessId start(const Job& job, const std::filesystem::path& folder, Micros deadline);
  /// Whether the job's worker, which is gone, ended because of its memory limit.
  bool was_out_of_memory(const Job& job, const std::filesystem::path& folder) const;
  /// Whether it may have, and nobody can tell: a library that does not look whether it got memory
  /// crashes.
  bool may_have_been_out_of_memory() const;
  /// Removes what start() made beside the process, which is gone.
  void clear(const Job& job, const std::filesystem::path& folder) const noexcept;
  /// What former lives left.
  void sweep() const noexcept;

 private:
  bool join_group(const Job& job, const ProcessId& worker) const;

  const SchedulerOptions& options_;
  int started_ = 0;
};

}  // namespace tarn::jobs::detail
