#include "detail/automl_worker.h"

#include <algorithm>

#include "base/digest.h"
#include "base/ids.h"
#include "detail/frame_reader.h"
#include "detail/model_folder.h"

namespace tarn::jobs::detail {
namespace {

/// Of the time limit, what is kept for the export, its verification and writing.
double reserve_s(double timeout_s) { return std::clamp(timeout_s * 0.03, 0.2, 3.0); }

}  // namespace

AutoMlWorker::AutoMlWorker(JobFile job, std::filesystem::path folder, JournalWriter& journal,
                           Micros deadline, FileSystem& files, const Clock& clock)
    : job_(std::move(job)),
      folder_(std::move(folder)),
      journal_(journal),
      deadline_(deadline),
      files_(files),
      clock_(clock) {}

ml::Frame AutoMlWorker::read_data() {
  engine::Settings settings;
  settings.temp_directory = folder_ / kScratchFolder;
  settings.allowed_directories = job_.data.folders;
  const auto database = engine::Database::open(settings);
  engine::Connection connection = database->connect();
  ReadFrame read = read_frame(connection, job_.data.query);
  for (const auto& [column, reason] : read.left_out) {
    journal_.append(events::kNote,
                    note("The column '" + column + "' is left out: " + reason + "."));
  }
  journal_.append(events::kData,
                  to_json(DataEvent{read.frame.rows(), read.frame.columns().size()}));
  return std::move(read.frame);
}

ml::Settings AutoMlWorker::settings() const {
  const AutoMlSpec& spec = job_.spec;
  ml::Settings settings;
  settings.primary_metric = spec.primary_metric;
  settings.seed = spec.seed;
  settings.trials_max = spec.max_trials;
  settings.concurrency = spec.max_concurrent_trials;
  settings.folds = spec.n_cross_validations;
  settings.allowed_algorithms = spec.allowed_training_algorithms;
  settings.blocked_algorithms = spec.blocked_training_algorithms;
  settings.vote_ensemble = spec.enable_vote_ensemble;
  settings.trials_without_progress_max =
      spec.enable_early_termination ? kTrialsWithoutProgressMax : 0;
  settings.clock = &clock_;
  settings.timeout_s =
      static_cast<double>(deadline_ - clock_.now()) / 1e6 - reserve_s(spec.timeout_s);
  if (*settings.timeout_s <= 0) {
    throw Error(Code::kDeadlineExceeded, "The time was over before the data were read.",
                "Give the job more time.");
  }
  return settings;
}

void AutoMlWorker::run() {
  frame_ = read_data();
  std::optional<ml::TrainResult> result;
  try {
    result = ml::train(frame_, job_.spec.target_column_name, settings(), *this, stop_.token());
  } catch (const Error& error) {
    // A reached exit score ends the search; a deadline may come while the best is refitted once
    // more.
    if (!best_ || (error.code() != Code::kCancelled && error.code() != Code::kDeadlineExceeded))
      throw;
    return finish_with_best(error.code() == Code::kCancelled ? "exit score" : "timeout");
  }
  finish(*result);
}

int AutoMlWorker::trial_of(const ml::TrialInfo& info) const {
  return ensemble_ && ensemble_->algorithm == info.algorithm ? ensemble_trial_ : info.index;
}

const std::string& AutoMlWorker::run_of(int trial) {
  std::string& run = runs_[trial];
  if (run.empty()) run = hex_of(new_id());
  return run;
}

void AutoMlWorker::on_features(const ml::FeatureReport& report) {
  features_ = report;
  journal_.append(events::kFeatures, to_json(report));
}

void AutoMlWorker::on_trial_started(const ml::TrialInfo& info) {
  journal_.append(events::kTrialStarted,
                  to_json(TrialStartedEvent{trial_of(info), run_of(trial_of(info)), info.algorithm,
                                            info.preprocessing, info.params}));
}

void AutoMlWorker::on_trial_finished(const ml::TrialResult& result) {
  TrialFinishedEvent event;
  event.trial = trial_of(result.info);
  event.run_id = run_of(event.trial);
  event.primary_metric = ml::name_of(job_.spec.primary_metric);
  if (result.succeeded()) event.metrics = defined(result.metrics);
  for (const ml::Metrics& fold : result.folds)
    event.fold_scores.push_back(score_of(fold, job_.spec.primary_metric));
  event.duration_s = result.duration_s;
  event.error = result.error;
  journal_.append(events::kTrialFinished, to_json(event));
}

void AutoMlWorker::on_ensemble(const ml::TrialResult& result) {
  ensemble_trial_ = runs_.empty() ? result.info.index : runs_.rbegin()->first + 1;
  ensemble_ = result.info;
  on_trial_started(result.info);
  on_trial_finished(result);
  journal_.append(events::kFinalizing, "{}");
}

void AutoMlWorker::on_best(const ml::TrialResult& result, const ml::Model& model) {
  const std::string before = best_ ? best_->folder : std::string();
  try {
    best_ = keep_model(result, model,
                       std::string(kBestFolder) + "/" + std::to_string(result.info.index),
                       kVerifiedRowsOnTheWay);
  } catch (const Error& error) {
    if (error.code() == Code::kResourceExhausted) throw;
    journal_.append(events::kNote, note("Trial " + std::to_string(result.info.index) +
                                        " cannot be exported: " + error.message()));
    return;
  }
  journal_.append(events::kBest, to_json(*best_));
  if (!before.empty() && before != best_->folder) files_.remove(folder_ / before);
  if (!job_.spec.exit_score || !best_->score) return;
  const bool reached = ml::higher_is_better(job_.spec.primary_metric)
                           ? *best_->score >= *job_.spec.exit_score
                           : *best_->score <= *job_.spec.exit_score;
  if (reached) stop_.cancel("the exit score is reached");
}

// Rows spread evenly over the frame.
ml::Frame AutoMlWorker::sample(std::size_t rows) const {
  const std::size_t count = std::min(rows, frame_.rows());
  std::vector<std::size_t> picked;
  for (std::size_t i = 0; i < count; ++i) picked.push_back(i * frame_.rows() / count);
  return frame_.select(picked);
}

ModelEvent AutoMlWorker::keep_model(const ml::TrialResult& trial, const ml::Model& model,
                                    const std::string& name, std::size_t verified_rows) {
  const ml::Frame example = sample(kExampleRows);
  ModelFolder folder;
  folder.onnx = ml::export_onnx(model);
  folder.verification = ml::verify_onnx(folder.onnx, model, sample(verified_rows));
  folder.run_id = run_of(trial_of(trial.info));
  folder.job = &job_;
  folder.model = &model;
  folder.trial = &trial;
  folder.features = &features_;
  folder.example = &example;
  folder.time = clock_.now();
  write_model_folder(folder, folder_ / name, files_);

  ModelEvent event;
  event.trial = trial_of(trial.info);
  event.run_id = folder.run_id;
  event.algorithm = model.algorithm();
  event.preprocessing = trial.info.preprocessing;
  event.metrics = defined(trial.metrics);
  event.primary_metric = ml::name_of(job_.spec.primary_metric);
  event.score = score_of(trial.metrics, job_.spec.primary_metric);
  event.folder = name;
  event.sha256 = sha256_hex(folder.onnx);
  event.verified_rows = folder.verification.rows;
  event.difference_max = folder.verification.difference_max;
  event.members = model.members();
  return event;
}

void AutoMlWorker::finish(const ml::TrainResult& result) {
  features_ = result.features;
  ModelEvent event;
  try {
    event = keep_model(result.best, result.model, kFinalFolder, kVerifiedRowsAtEnd);
  } catch (const Error& error) {
    if (!best_) throw;
    journal_.append(events::kNote,
                    note("The final model cannot be exported, the best single one is kept: " +
                         error.message()));
    return finish_with_best(result.ended_by);
  }
  event.ended_by = result.ended_by;
  journal_.append(events::kFinished, to_json(event));
}

void AutoMlWorker::finish_with_best(const std::string& ended_by) {
  ModelEvent event = *best_;
  event.ended_by = ended_by;
  journal_.append(events::kFinished, to_json(event));
}

}  // namespace tarn::jobs::detail
