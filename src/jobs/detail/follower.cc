#include "detail/follower.h"

#include <signal.h>

#include <fstream>

#include "base/fail_point.h"
#include "base/log.h"
#include "base/text.h"
#include "detail/job_file.h"
#include "detail/resumption.h"

namespace tarn::jobs::detail {
namespace {

constexpr int kExitTemporaryFailure = 75;

/// Whether trying again later may help.
bool passing(const Error& error) {
  return error.code() == Code::kUnavailable || error.code() == Code::kResourceExhausted;
}

std::string tail_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) return {};
  const auto size = static_cast<std::size_t>(stream.tellg());
  std::string text(std::min(size, kLogTailBytes), '\0');
  stream.seekg(static_cast<std::streamoff>(size - text.size()));
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  return std::string(trim(text));
}

}  // namespace

Follower::Follower(SchedulerServices& services, const SchedulerOptions& options, JobStore& jobs,
                   Servers& servers)
    : services_(services),
      options_(options),
      jobs_(jobs),
      servers_(servers),
      workers_(options),
      events_(services.store, jobs, services.tracking),
      completion_(services, jobs, options.code_version) {}

std::filesystem::path Follower::folder_of(const Job& job) const {
  return services_.catalog.lake().root() / "artifacts" / job.folder;
}

Micros Follower::deadline_of(const Job& job) {
  const AutoMlSpec spec = parse_automl(job.spec, job.name).spec;
  return job.started_at.value_or(services_.clock.now()) + static_cast<Micros>(spec.timeout_s * 1e6);
}

std::optional<Job> Follower::set_starting(const Job& job) {
  return services_.store.write([&](meta::Transaction& tx) -> std::optional<Job> {
    Job fresh = jobs_.load(tx, job.id);
    if (fresh.state != JobState::kQueued) return std::nullopt;
    fresh.state = JobState::kStarting;
    fresh.server_id = servers_.own_id();
    fresh.started_at = services_.clock.now();
    jobs_.update(tx, fresh);
    return fresh;
  });
}

Job Follower::set_running(const Job& job, const ProcessId& worker) {
  return services_.store.write([&](meta::Transaction& tx) {
    Job fresh = jobs_.load(tx, job.id);
    fresh.worker = worker;
    if (fresh.state == JobState::kStarting) fresh.state = JobState::kRunning;
    jobs_.update(tx, fresh);
    return fresh;
  });
}

void Follower::start(const Job& queued) {
  std::optional<ProcessId> worker;
  try {
    const std::optional<Job> job = set_starting(queued);
    if (!job) return;
    worker = workers_.start(*job, folder_of(*job), deadline_of(*job));
    fail_point("jobs.start.spawned");
    set_running(*job, *worker);
    log::info("job started", {{"job", job->name}, {"pid", worker->pid}});
  } catch (const Error& error) {
    // Somebody else changed the job meanwhile: it is looked at again.
    if (!worker && error.code() == Code::kConflict) return;
    if (worker) signal_group(*worker, SIGKILL);
    give_up(queued, error);
  }
}

bool Follower::take_up(const Job& job) {
  const Servers::Standing standing = servers_.standing(job.server_id);
  if (standing == Servers::Standing::kOurs) return true;
  if (standing == Servers::Standing::kAlive) return false;
  const bool elsewhere = standing == Servers::Standing::kGoneElsewhere;
  const bool taken = services_.store.write([&](meta::Transaction& tx) {
    Job fresh = jobs_.load(tx, job.id);
    if (ended(fresh.state) || fresh.server_id != job.server_id) return false;
    fresh.server_id = servers_.own_id();
    if (elsewhere) fresh.worker.reset();  // what runs there cannot be seen from here
    jobs_.update(tx, fresh);
    return true;
  });
  if (!taken) return false;
  log::warn("a job of a server that is gone is taken up",
            {{"job", job.name}, {"server", servers_.describe(job.server_id)}});
  if (elsewhere) losses_[job.id] = servers_.describe(job.server_id);
  return false;  // as it is now it is seen at the next look
}

bool Follower::is_ours_still(const Job& job) {
  const auto fresh = jobs_.find(job.id);
  return fresh && !ended(fresh->state) &&
         servers_.standing(fresh->server_id) == Servers::Standing::kOurs;
}

bool Follower::follow(const Job& job) {
  try {
    return look(job);
  } catch (const Error& error) {
    if (error.code() == Code::kConflict && !is_ours_still(job)) {
      log::warn("job belongs to another server now", {{"job", job.name}});
      return false;
    }
    if (passing(error)) {
      log::warn("job cannot be followed now", {{"job", job.name}, {"error", error.what()}});
      return false;
    }
    give_up(job, error);
    return true;
  } catch (const std::exception& error) {
    give_up(job, Error(Code::kInternal,
                       "The job's state is damaged: " + std::string(error.what()) + "."));
    return true;
  }
}

// A server may have ended between "Starting" and the worker's first event. A worker that is there
// nevertheless holds the lock of the job's folder: the new one then leaves, and the old one's first
// event makes it known.
bool Follower::requeue_if_never_started(const Job& job) {
  if (job.worker || job.journal_sequence > 0 || job.state != JobState::kStarting) return false;
  services_.store.write([&](meta::Transaction& tx) {
    Job fresh = jobs_.load(tx, job.id);
    if (fresh.state != JobState::kStarting) return;
    fresh.state = JobState::kQueued;
    fresh.server_id.clear();
    jobs_.update(tx, fresh);
  });
  return true;
}

bool Follower::look(Job job) {
  const std::filesystem::path journal = folder_of(job) / kJournalFile;
  while (events_.catch_up(job, journal)) {
  }
  if (requeue_if_never_started(job)) return false;
  if (job.worker && is_running(*job.worker)) {
    end_worker_if_due(job);
    return false;
  }
  // After the look: one that ends between the two is looked at again, and its status is not missed.
  if (job.worker) {
    if (const auto status = try_reap(*job.worker)) exits_[job.id] = *status;
  }
  // It may have written between the look at the journal and its end.
  while (events_.catch_up(job, journal)) {
  }
  if (job.worker && is_running(*job.worker)) return false;
  // As it is now: who cancelled it has also ended its worker.
  job = services_.store.read([&](meta::Transaction& tx) { return jobs_.load(tx, job.id); });
  const auto exit = exits_.find(job.id);
  if (exit != exits_.end() && exit->second.code == kExitTemporaryFailure &&
      job.journal_sequence == 0) {
    exits_.erase(exit);
    services_.store.write([&](meta::Transaction& tx) {
      Job fresh = jobs_.load(tx, job.id);
      fresh.worker.reset();
      if (fresh.state == JobState::kRunning) fresh.state = JobState::kQueued;
      fresh.server_id.clear();
      jobs_.update(tx, fresh);
    });
    return false;
  }
  if (start_again(job)) return false;
  conclude(job);
  workers_.clear(job, folder_of(job));
  exits_.erase(job.id);
  losses_.erase(job.id);
  return true;
}

// Each worker must get further than the one before, so that a trial that kills its worker ends the
// job and not for ever.
bool Follower::start_again(const Job& job) {
  if (job.state == JobState::kCancelRequested || ended(job.state)) return false;
  if (has_finished(job) || has_failed(job) || losses_.contains(job.id)) return false;
  if (workers_.was_out_of_memory(job, folder_of(job))) return false;
  if (services_.clock.now() >= deadline_of(job) || !last_worker_got_further(folder_of(job)))
    return false;
  const ProcessId worker = workers_.start(job, folder_of(job), deadline_of(job));
  try {
    set_running(job, worker);
  } catch (...) {
    signal_group(worker, SIGKILL);
    throw;
  }
  exits_.erase(job.id);
  log::warn("a job's worker died; another one goes on", {{"job", job.name}, {"pid", worker.pid}});
  return true;
}

void Follower::end_worker_if_due(const Job& job) {
  if (job.state == JobState::kCancelRequested) {
    signal_group(*job.worker, SIGKILL);
    return;
  }
  const Micros due = deadline_of(job) + static_cast<Micros>(options_.grace_s * 1e6);
  if (services_.clock.now() < due) return;
  log::info("job is out of time", {{"job", job.name}});
  signal_group(*job.worker, SIGKILL);
}

Job Follower::conclude(const Job& job) {
  if (job.state == JobState::kCancelRequested) return completion_.cancel(job, folder_of(job));
  if (has_finished(job)) return completion_.complete(job, folder_of(job));
  if (has_failed(job)) return completion_.fail(job, folder_of(job), *job.error);
  if (services_.clock.now() >= deadline_of(job)) {
    if (has_best(job)) return completion_.complete(job, folder_of(job));
    return completion_.fail(
        job, folder_of(job),
        {std::string(name_of(Code::kDeadlineExceeded)),
         "The time was over before the first trial ended.", "Give the job more time."});
  }
  return completion_.fail(job, folder_of(job), crash_of(job));
}

JobError Follower::crash_of(const Job& job) {
  JobError error;
  if (const auto loss = losses_.find(job.id); loss != losses_.end()) {
    error.code = name_of(Code::kUnavailable);
    error.message = "The server that ran the job is gone: " + loss->second + ".";
    error.hint =
        "Its worker was on that machine and cannot be followed from another. Submit the "
        "job again.";
    return error;
  }
  if (workers_.was_out_of_memory(job, folder_of(job))) {
    const Error memory = out_of_memory(options_.worker_limits.memory_bytes_max);
    return {std::string(name_of(memory.code())), memory.message(), memory.hint()};
  }
  error.code = name_of(Code::kInternal);
  error.message = "The worker ended without a result";
  if (const auto exit = exits_.find(job.id); exit != exits_.end()) {
    error.message += exit->second.signal != 0
                         ? " (signal " + std::to_string(exit->second.signal) + ")"
                         : " (exit code " + std::to_string(exit->second.code) + ")";
  }
  error.message += ".";
  if (const std::string tail = tail_of(folder_of(job) / kLogFile); !tail.empty()) {
    error.hint = "The end of its log: " + log::redact(tail);
  }
  if (workers_.may_have_been_out_of_memory())
    error.hint =
        "It may have needed more memory than tarn serve --job-memory-gb gives. " + error.hint;
  return error;
}

void Follower::give_up(const Job& job, const Error& error) {
  log::error("job failed", {{"job", job.name}, {"error", error.what()}});
  if (job.worker) signal_group(*job.worker, SIGKILL);
  try {
    completion_.fail(job, folder_of(job),
                     {std::string(name_of(error.code())), error.message(), error.hint()});
  } catch (const Error& second) {
    log::error("job's failure cannot be stored", {{"job", job.name}, {"error", second.what()}});
  }
}

}  // namespace tarn::jobs::detail
