#pragma once
// What happens to a job when its worker is gone: its model finds its place and is registered, its
// runs end, and it reaches its last state. Every step may be repeated after a crash.

#include <filesystem>
#include <string>

#include "jobs/job.h"
#include "jobs/scheduler.h"

namespace tarn::jobs::detail {

class Completion {
 public:
  Completion(SchedulerServices& services, JobStore& jobs, std::string code_version)
      : services_(services), jobs_(jobs), code_version_(std::move(code_version)) {}

  /// With the model that Job::result names; `folder` is the job's.
  Job complete(const Job& job, const std::filesystem::path& folder);
  Job fail(const Job& job, const std::filesystem::path& folder, const JobError& error);
  Job cancel(const Job& job, const std::filesystem::path& folder);

 private:
  Job end(const Job& job, JobState state, const std::optional<JobError>& error,
          const std::string& result);
  /// Ends the trials that still run, as killed.
  void end_trials(const Job& job);
  /// Removes the models on the way and the scratch files of a worker that is gone.
  void clear(const std::filesystem::path& folder) noexcept;
  /// Moves the model to the artifacts of its trial; returns where it lies.
  std::filesystem::path place_model(const std::filesystem::path& folder, const std::string& name,
                                    const std::string& run_id);
  assets::ModelVersion register_model(const Job& job, const AutoMlSpec& spec,
                                      const std::filesystem::path& folder,
                                      const std::string& run_id);

  SchedulerServices& services_;
  JobStore& jobs_;
  std::string code_version_;
};

}  // namespace tarn::jobs::detail
