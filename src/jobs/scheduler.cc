#include "jobs/scheduler.h"

#include <signal.h>

#include <condition_variable>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "base/disk_full.h"
#include "base/fail_point.h"
#include "base/ids.h"
#include "base/log.h"
#include "detail/follower.h"
#include "detail/job_file.h"
#include "detail/servers.h"
#include "detail/training_data.h"
#include "engine/database.h"

namespace tarn::jobs {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr double kIdleS = 1.0;      // a look at the store when nothing is to be done
constexpr double kWaitPollS = 0.2;  // a job may be ended by another process

}  // namespace

struct Scheduler::Impl {
  SchedulerServices& services;
  JobStore& jobs;
  SchedulerOptions options;
  detail::Servers servers;
  detail::Follower follower;
  std::map<std::string, ProcessId> followed;  // the workers of the jobs that were ours at last look

  std::mutex mutex;
  std::condition_variable changed;  // something is to be done, or a job has ended
  bool stopping = false;
  bool woken = false;
  std::thread thread;

  Impl(SchedulerServices& s, JobStore& j, SchedulerOptions o)
      : services(s),
        jobs(j),
        options(std::move(o)),
        servers(services.store, services.workspace_id,
                options.server_id.empty() ? new_id() : options.server_id, options.home,
                !options.shared, services.clock),
        follower(services, options, jobs, servers) {}

  void wake() {
    const std::lock_guard lock(mutex);
    woken = true;
    changed.notify_all();
  }

  /// One look at all jobs. True while some need another look soon.
  bool tick() {
    const std::vector<Job> open = jobs.open_jobs();
    int running = 0;
    bool ended_one = false;
    std::map<std::string, ProcessId> workers;
    for (const Job& job : open) {
      if (job.state <= JobState::kQueued || !follower.take_up(job)) continue;
      if (job.worker) workers.emplace(job.id, *job.worker);
      const bool gone = follower.follow(job);
      ended_one |= gone;
      running += !gone;
    }
    end_lost_workers(workers);
    for (const Job& job : open) {
      if (job.state > JobState::kQueued || running >= options.jobs_max) continue;
      follower.start(job);
      ++running;
    }
    if (ended_one) changed.notify_all();
    return running > 0 || ended_one;
  }

  /// Another server ended a job of ours, or took it over, while it did not see this one: nobody
  /// waits for its worker any more.
  void end_lost_workers(std::map<std::string, ProcessId>& workers) {
    for (const auto& [id, worker] : followed) {
      if (workers.contains(id) || !is_running(worker)) continue;
      const auto job = jobs.find(id);
      if (job && !ended(job->state) && job->worker == worker) continue;
      signal_group(worker, SIGKILL);
    }
    followed = std::move(workers);
  }

  void run() {
    follower.sweep();
    while (true) {
      bool busy = false;
      try {
        busy = tick();
      } catch (const std::exception& error) {
        log::error("the scheduler could not look at its jobs", {{"error", error.what()}});
      }
      std::unique_lock lock(mutex);
      if (!stopping && !woken) changed.wait_for(lock, Seconds(busy ? options.poll_s : kIdleS));
      woken = false;
      if (stopping) return;
    }
  }
};

Scheduler::Scheduler(SchedulerServices services, SchedulerOptions options)
    : services_(std::move(services)),
      jobs_(services_.store, services_.workspace_id),
      impl_(std::make_unique<Impl>(services_, jobs_, std::move(options))) {}

Scheduler::~Scheduler() { stop(); }

void Scheduler::start() {
  check(!impl_->thread.joinable(), "the scheduler is started twice");
  impl_->stopping = false;
  impl_->servers.join();
  impl_->thread = std::thread([this] { impl_->run(); });
}

void Scheduler::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
    impl_->changed.notify_all();
  }
  if (impl_->thread.joinable()) impl_->thread.join();
  impl_->servers.leave();
}

std::filesystem::path Scheduler::folder(const Job& job) const {
  return services_.catalog.lake().root() / "artifacts" / job.folder;
}

namespace {

detail::TrainingData resolve_data(const DataInput& input, SchedulerServices& services) {
  detail::TrainingData data = detail::resolve(input, services.catalog);
  if (data.columns.empty()) {
    try {
      engine::Connection connection = services.engine().connect();
      for (const engine::ColumnInfo& column : connection.describe(data.query))
        data.columns.push_back(column.name);
    } catch (Error& error) {
      if (input.place.line > 0) error.set_place(input.place);
      throw;
    }
  }
  return data;
}

struct JobData {
  detail::TrainingData training;
  std::optional<detail::TrainingData> validation;
};

JobData resolve_checked(const AutoMlSpec& spec, SchedulerServices& services) {
  jobs::validate(spec);
  JobData data{resolve_data(spec.training_data, services), {}};
  detail::require_columns(data.training.columns, spec.training_data, spec);
  if (spec.validation_data) {
    data.validation = resolve_data(*spec.validation_data, services);
    detail::require_columns(data.validation->columns, *spec.validation_data, spec);
  }
  return data;
}

}  // namespace

void Scheduler::validate(const AutoMlSpec& spec) {
  resolve_checked(spec, services_);
  if (!spec.name.empty() && jobs_.find(spec.name)) {
    throw Error(Code::kAlreadyExists, "There is a job of this name already: '" + spec.name + "'.",
                "Leave the name out to have one made up.");
  }
}

std::vector<lake::LakePath> Scheduler::input_folders(const AutoMlSpec& spec) {
  std::vector<lake::LakePath> folders;
  for (const auto& folder : detail::resolve(spec.training_data, services_.catalog).folders) {
    if (auto path = services_.catalog.lake().lake_path(folder)) folders.push_back(std::move(*path));
  }
  return folders;
}

Job Scheduler::submit(const AutoMlSpec& spec, std::string_view created_by) {
  if (jobs_.open_jobs().size() >= impl_->options.queue_max) {
    throw Error(Code::kResourceExhausted,
                "The queue of jobs is full: " + std::to_string(impl_->options.queue_max) + ".",
                "Wait for a job to end, or cancel one.");
  }
  validate(spec);
  const track::Experiment experiment = services_.tracking.ensure_experiment(
      spec.experiment_name.empty() ? track::kDefaultExperimentName
                                   : std::string_view(spec.experiment_name));

  Job job;
  job.id = new_id();
  job.run_id = hex_of(job.id);
  job.name = spec.name.empty() ? new_job_name() : spec.name;
  job.display_name = spec.display_name.empty() ? job.name : spec.display_name;
  job.state = JobState::kQueued;
  job.experiment_id = experiment.id;
  job.spec = to_json(spec);
  job.created_by = created_by;
  job.created_at = services_.clock.now();
  job.folder = experiment.id + "/" + job.run_id;

  detail::JobFile file;
  file.job_id = job.id;
  file.job_name = job.name;
  file.run_id = job.run_id;
  file.code_version = impl_->options.code_version;
  file.spec = spec;
  JobData data = resolve_checked(spec, services_);
  file.data = std::move(data.training);
  file.validation = std::move(data.validation);
  try {
    submit(job, spec, file);
  } catch (const Error& error) {
    // Whatever else fails may have stored the job, or is followed by the end of this process: then
    // the next start looks. A full disk has stored nothing, and needs the room.
    if (is_disk_full(error)) forget_folder(job);
    throw;
  }
  impl_->wake();
  return jobs_.get(job.id);
}

void Scheduler::forget_folder(const Job& job) noexcept {
  try {
    services_.files.remove(folder(job));
  } catch (const std::exception& error) {
    log::warn("jobs.submit.left", {{"folder", folder(job).string()}, {"error", error.what()}});
  }
}

void Scheduler::submit(Job& job, const AutoMlSpec& spec, const detail::JobFile& file) {
  auto pending = services_.files.create(folder(job) / detail::kJobFile);
  pending->write(detail::to_json(file));
  pending->publish();
  fail_point("jobs.submit.written");

  track::RunSpec run;
  run.experiment_id = job.experiment_id;
  run.id = job.run_id;
  run.name = job.display_name;
  run.user = job.created_by;
  run.status = track::RunStatus::kScheduled;
  for (const auto& [key, value] : spec.tags) run.tags[key] = value;
  run.tags[std::string(track::kTagSourceType)] = "JOB";
  run.tags[std::string(track::kTagSourceName)] = job.name;
  track::Batch batch;
  batch.params = {{"task", "regression"},
                  {"target_column_name", spec.target_column_name},
                  {"primary_metric", std::string(ml::name_of(spec.primary_metric))},
                  {"training_data", file.data.source},
                  {"training_data_version", file.data.source_version},
                  {"seed", std::to_string(spec.seed)}};
  services_.store.write([&](meta::Transaction& tx) {
    services_.tracking.create_run(tx, run);
    services_.tracking.log(tx, job.run_id, detail::kSubmitSequence, batch);
    services_.tracking.link(tx, job.run_id,
                            {track::Link::Relation::kInput, file.data.source_kind, file.data.source,
                             file.data.source_version});
    if (file.validation) {
      services_.tracking.link(tx, job.run_id,
                              {track::Link::Relation::kInput, file.validation->source_kind,
                               file.validation->source, file.validation->source_version});
    }
    jobs_.insert(tx, job);
  });
}

Job Scheduler::cancel(std::string_view id_or_name) {
  const Job found = jobs_.get(id_or_name);
  bool queued = false;
  const Job job = services_.store.write([&](meta::Transaction& tx) {
    Job fresh = jobs_.load(tx, found.id);
    if (ended(fresh.state)) return fresh;
    queued = fresh.state <= JobState::kQueued;
    fresh.state = queued ? JobState::kCanceled : JobState::kCancelRequested;
    fresh.cancel_requested_at = services_.clock.now();
    if (queued) fresh.ended_at = fresh.cancel_requested_at;
    jobs_.update(tx, fresh);
    return fresh;
  });
  if (queued) services_.tracking.end_run(job.run_id, track::RunStatus::kKilled);
  // A worker on another machine is ended by its own server, which sees the request.
  if (job.state == JobState::kCancelRequested && job.worker &&
      impl_->servers.is_here(job.server_id)) {
    signal_group(*job.worker, SIGKILL);
  }
  impl_->wake();
  return job;
}

Job Scheduler::wait(std::string_view id_or_name, double timeout_s, const CancelToken& cancel) {
  const std::string id = jobs_.get(id_or_name).id;
  const auto until = std::chrono::steady_clock::now() + Seconds(timeout_s);
  const auto registration = cancel.on_cancel([this] { impl_->changed.notify_all(); });
  while (true) {
    const Job job = jobs_.get(id);
    if (ended(job.state) || std::chrono::steady_clock::now() >= until) return job;
    cancel.check();
    std::unique_lock lock(impl_->mutex);
    impl_->changed.wait_for(
        lock,
        Seconds(std::min(
            kWaitPollS, std::max(0.0, Seconds(until - std::chrono::steady_clock::now()).count()))));
  }
}

std::string Scheduler::read_log(const Job& job, std::uint64_t offset, std::size_t size_max) const {
  std::ifstream file(folder(job) / detail::kLogFile, std::ios::binary);
  if (!file) return {};
  file.seekg(static_cast<std::streamoff>(offset));
  std::string bytes(size_max, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(size_max));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

}  // namespace tarn::jobs
