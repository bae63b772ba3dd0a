#include "detail/job_events.h"

#include "base/json.h"
#include "detail/events.h"

namespace tarn::jobs::detail {
namespace {

/// As much of a text as a param may have.
std::string cut(std::string text, std::size_t size_max) {
  if (text.size() <= size_max) return text;
  std::size_t size = size_max;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
    --size;  // not within a character
  return text.substr(0, size);
}

Json result_of(const Job& job) {
  return job.result.empty() ? Json::object() : Json::parse(job.result);
}

}  // namespace

bool has_finished(const Job& job) { return result_of(job).contains("ended_by"); }
bool has_failed(const Job& job) { return job.error.has_value(); }
bool has_best(const Job& job) { return result_of(job).contains("folder"); }

bool JobEvents::catch_up(Job& job, const std::filesystem::path& journal) {
  const JournalPart part = read_journal(journal, job.journal_offset, job.journal_sequence);
  if (part.events.empty()) return false;
  // One transaction for a part: a crash within leaves nothing, and the same part is read again.
  bool applied = false;
  job = store_.write([&](meta::Transaction& tx) {
    Job fresh = jobs_.load(tx, job.id);
    // Another server took the job over, or ended it, because it did not see this one any more.
    applied = !ended(fresh.state) && fresh.server_id == job.server_id;
    if (!applied) return fresh;
    for (const Event& event : part.events) {
      if (event.sequence <= fresh.journal_sequence) continue;
      apply(tx, fresh, event);
      fresh.journal_sequence = event.sequence;
    }
    fresh.journal_offset = part.offset;
    jobs_.update(tx, fresh);
    return fresh;
  });
  return applied;
}

void JobEvents::apply(meta::Transaction& tx, Job& job, const Event& event) {
  track::Batch batch;  // for the job's own run
  Json result = result_of(job);
  if (event.kind == events::kWorker) {
    job.worker = read_worker(event.body).process;
    if (job.state == JobState::kStarting) job.state = JobState::kRunning;
    batch.status = track::RunStatus::kRunning;
  } else if (event.kind == events::kData) {
    const DataEvent data = read_data(event.body);
    batch.params = {{"rows", std::to_string(data.rows)}, {"columns", std::to_string(data.columns)}};
    result["rows"] = data.rows;
  } else if (event.kind == events::kFeatures) {
    result["features"] = Json::parse(event.body);
  } else if (event.kind == events::kNote) {
    result["notes"].push_back(Json::parse(event.body).value("text", ""));
  } else if (event.kind == events::kTrialStarted) {
    start_trial(tx, job, event);
  } else if (event.kind == events::kTrialFinished) {
    finish_trial(tx, job, event);
    result["trials"] = result.value("trials", 0) + 1;
  } else if (event.kind == events::kBest) {
    const ModelEvent model = read_model(event.body);
    if (model.score)
      batch.metrics.push_back({model.primary_metric, *model.score, event.time, model.trial});
    result.update(Json::parse(event.body));
    result.erase("ended_by");
  } else if (event.kind == events::kFinalizing) {
    if (job.state != JobState::kCancelRequested) job.state = JobState::kFinalizing;
  } else if (event.kind == events::kFinished) {
    result.update(Json::parse(event.body));
    if (job.state != JobState::kCancelRequested) job.state = JobState::kFinalizing;
  } else if (event.kind == events::kFailed) {
    const FailedEvent failed = read_failed(event.body);
    job.error = JobError{failed.code, failed.message, failed.hint};
  }
  job.result = result.dump();
  tracking_.log(tx, job.run_id, run_sequence(event.sequence), batch);
}

void JobEvents::start_trial(meta::Transaction& tx, const Job& job, const Event& event) {
  const TrialStartedEvent trial = read_trial_started(event.body);
  track::RunSpec spec;
  spec.experiment_id = job.experiment_id;
  spec.id = trial.run_id;
  spec.name = job.name + "_" + std::to_string(trial.trial);
  spec.user = job.created_by;
  spec.parent_id = job.run_id;
  spec.start_time = event.time;
  spec.tags = {{"run_algorithm", trial.algorithm},
               {"run_preprocessor", cut(trial.preprocessing, track::kTagValueCharactersMax)},
               {"iteration", std::to_string(trial.trial)}};
  tracking_.create_run(tx, spec);
  track::Batch batch;
  batch.params.emplace_back("algorithm", trial.algorithm);
  if (!trial.preprocessing.empty()) {
    batch.params.emplace_back("preprocessing",
                              cut(trial.preprocessing, track::kParamValueCharactersMax));
  }
  for (const auto& [key, value] : trial.params) {
    if (batch.params.size() == track::kBatchParamsMax) break;
    batch.params.emplace_back(cut(key, track::kKeyCharactersMax),
                              cut(value, track::kParamValueCharactersMax));
  }
  tracking_.log(tx, trial.run_id, run_sequence(event.sequence), batch);
}

void JobEvents::finish_trial(meta::Transaction& tx, const Job&, const Event& event) {
  const TrialFinishedEvent trial = read_trial_finished(event.body);
  track::Batch batch;
  for (const auto& [key, value] : trial.metrics)
    batch.metrics.push_back({key, value, event.time, 0});
  // Of the folds only the score that decides: with all metrics a run of a thousand trials would
  // have 10⁵ points.
  for (std::size_t fold = 0; fold < trial.fold_scores.size(); ++fold) {
    if (!trial.fold_scores[fold]) continue;
    batch.metrics.push_back({"fold_" + trial.primary_metric, *trial.fold_scores[fold], event.time,
                             static_cast<std::int64_t>(fold)});
  }
  batch.metrics.push_back({"fit_time", trial.duration_s, event.time, 0});
  batch.status = !trial.error.empty()         ? track::RunStatus::kFailed
                 : !trial.ended_early.empty() ? track::RunStatus::kKilled
                                              : track::RunStatus::kFinished;
  batch.end_time = event.time;
  if (!trial.error.empty())
    batch.tags.emplace_back("error", cut(trial.error, track::kTagValueCharactersMax));
  if (!trial.ended_early.empty()) batch.tags.emplace_back("ended_early", trial.ended_early);
  tracking_.log(tx, trial.run_id, run_sequence(event.sequence), batch);
}

}  // namespace tarn::jobs::detail
