#include "detail/completion.h"

#include "base/fail_point.h"
#include "base/json.h"
#include "base/log.h"
#include "detail/job_events.h"
#include "detail/job_file.h"
#include "detail/model_folder.h"

namespace tarn::jobs::detail {
namespace {

track::RunStatus run_status(JobState state) {
  switch (state) {
    case JobState::kCompleted:
      return track::RunStatus::kFinished;
    case JobState::kCanceled:
      return track::RunStatus::kKilled;
    default:
      return track::RunStatus::kFailed;
  }
}

/// The tag by which MLflow's pages show that a run has a model.
std::string model_history(const std::string& run_id, Micros time) {
  std::string created = format_utc(time);
  created[10] = ' ';
  created.pop_back();
  return Json::array({{{"run_id", run_id},
                       {"artifact_path", kModelArtifactPath},
                       {"utc_time_created", created},
                       {"flavors",
                        {{"onnx", {{"data", "model.onnx"}}},
                         {"python_function",
                          {{"loader_module", "mlflow.onnx"}, {"data", "model.onnx"}}}}}}})
      .dump();
}

}  // namespace

void Completion::end_trials(const Job& job) {
  track::RunFilter filter;
  filter.parent_id = job.run_id;
  filter.status = track::RunStatus::kRunning;
  while (true) {
    const auto page = services_.tracking.runs(filter);
    if (page.items.empty()) return;
    for (const track::Run& run : page.items)
      services_.tracking.end_run(run.id, track::RunStatus::kKilled);
  }
}

std::filesystem::path Completion::place_model(const std::filesystem::path& folder,
                                              const std::string& name, const std::string& run_id) {
  const track::Run run = services_.tracking.run(run_id);
  const std::filesystem::path target = services_.tracking.artifact_folder(run) / kModelArtifactPath;
  // The rename is the last thing that can be half done: where the target is, it is whole.
  if (!std::filesystem::exists(target)) services_.files.rename(folder / name, target);
  return target;
}

assets::ModelVersion Completion::register_model(const Job& job, const AutoMlSpec& spec,
                                                const std::filesystem::path& folder,
                                                const std::string& run_id) {
  for (const assets::ModelVersion& version : services_.models.versions_of_run(run_id).items) {
    if (version.name == spec.model_name)
      return version;  // by a server that ended before it could say so
  }
  const JobFile file = read_job_file(folder / kJobFile);
  const track::Run run = services_.tracking.run(run_id);
  assets::VersionSpec version;
  version.name = spec.model_name;
  version.description = spec.description;
  version.main_file = "model.onnx";
  version.lineage = {.run_id = run_id,
                     .table = file.data.source,
                     .table_version = file.data.source_version,
                     .seed = std::to_string(spec.seed),
                     .code_version = file.code_version};
  version.tags = {{"job", job.name}, {"target", spec.target_column_name}};
  version.source = "runs:/" + run_id + "/" + std::string(kModelArtifactPath);
  version.created_by = job.created_by;
  return services_.models.register_folder(
      services_.tracking.artifact_folder(run) / kModelArtifactPath, version);
}

// What cannot be removed must not keep the job from its end.
void Completion::clear(const std::filesystem::path& folder) noexcept {
  try {
    for (const char* name : {kBestFolder, kFinalFolder, kTrialsFolder, kScratchFolder})
      services_.files.remove(folder / name);
    std::vector<std::filesystem::path> temporary;
    std::error_code none;
    for (std::filesystem::directory_iterator entry(folder, none), end; !none && entry != end;
         entry.increment(none)) {
      if (entry->path().filename().string().starts_with(kTemporaryPrefix))
        temporary.push_back(entry->path());
    }
    for (const std::filesystem::path& path : temporary) services_.files.remove(path);
  } catch (const std::exception& error) {
    log::warn("the job's folder cannot be cleared",
              {{"folder", folder.string()}, {"error", error.what()}});
  }
}

Job Completion::complete(const Job& job, const std::filesystem::path& folder) {
  const AutoMlSpec spec = parse_automl(job.spec, job.name).spec;
  Json result = Json::parse(job.result);
  const std::string run_id = result.at("run_id");
  end_trials(job);
  place_model(folder, result.at("folder"), run_id);
  fail_point("jobs.complete.placed");
  result["best_child_run_id"] = run_id;
  result["artifact_path"] = kModelArtifactPath;
  if (!result.contains("ended_by")) result["ended_by"] = "timeout";
  if (!spec.model_name.empty()) {
    const assets::ModelVersion version = register_model(job, spec, folder, run_id);
    result["model"] = {
        {"name", version.name}, {"version", version.version}, {"uri", version.uri()}};
    services_.tracking.link(job.run_id, {track::Link::Relation::kOutput, "model", version.name,
                                         std::to_string(version.version)});
  }
  fail_point("jobs.complete.registered");
  track::Batch child;
  child.tags.emplace_back("mlflow.log-model.history", model_history(run_id, services_.clock.now()));
  services_.tracking.log(run_id, child);
  clear(folder);
  return end(job, JobState::kCompleted, {}, result.dump());
}

Job Completion::fail(const Job& job, const std::filesystem::path& folder, const JobError& error) {
  end_trials(job);
  clear(folder);
  return end(job, JobState::kFailed, error, job.result);
}

Job Completion::cancel(const Job& job, const std::filesystem::path& folder) {
  end_trials(job);
  clear(folder);
  return end(job, JobState::kCanceled, {}, job.result);
}

Job Completion::end(const Job& job, JobState state, const std::optional<JobError>& error,
                    const std::string& text) {
  track::Batch batch;
  batch.status = run_status(state);
  batch.end_time = services_.clock.now();
  if (state == JobState::kCompleted) {
    const Json result = Json::parse(text);
    // Azure ML's links from an AutoML run to its best trial.
    batch.tags.emplace_back("automl_best_child_run_id", result.at("run_id").get<std::string>());
    if (!result.at("score").is_null())
      batch.tags.emplace_back("best_score", result.at("score").dump());
    batch.tags.emplace_back("best_pipeline", result.at("algorithm").get<std::string>());
    for (const auto& [key, value] : result.at("metrics").items()) {
      batch.metrics.push_back(
          {key, value.get<double>(), *batch.end_time, result.at("trial").get<std::int64_t>()});
    }
  }
  return services_.store.write([&](meta::Transaction& tx) {
    Job fresh = jobs_.load(tx, job.id);
    if (ended(fresh.state)) return fresh;
    fresh.state = state;
    fresh.error = error;
    fresh.result = text;
    fresh.ended_at = batch.end_time;
    fresh.worker.reset();
    jobs_.update(tx, fresh);
    services_.tracking.log(tx, fresh.run_id, run_sequence(fresh.journal_sequence + 1), batch);
    return fresh;
  });
}

}  // namespace tarn::jobs::detail
