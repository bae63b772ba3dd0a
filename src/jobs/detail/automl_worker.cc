#include "detail/automl_worker.h"

#include <algorithm>

#include "base/digest.h"
#include "base/ids.h"
#include "detail/chart_files.h"
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

ml::Frame AutoMlWorker::read_data(const TrainingData& data) {
  engine::Settings settings;
  settings.temp_directory = folder_ / kScratchFolder;
  settings.allowed_directories = data.folders;
  // The other half is for the frame that is built of it.
  settings.memory_bytes_max = memory_bytes_max_ / 2;
  const auto database = engine::Database::open(settings);
  engine::Connection connection = database->connect();
  ReadFrame read = read_frame(connection, data.query);
  for (const auto& [column, reason] : read.left_out) {
    journal_.append(events::kNote,
                    note("The column '" + column + "' is left out: " + reason + "."));
  }
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
  settings.holdout_part = spec.validation_data_size;
  settings.validation = validation_ ? &*validation_ : nullptr;
  settings.dropped_columns = spec.drop_columns;
  settings.allowed_algorithms = spec.allowed_training_algorithms;
  settings.blocked_algorithms = spec.blocked_training_algorithms;
  settings.vote_ensemble = spec.enable_vote_ensemble;
  settings.stack_ensemble = spec.enable_stack_ensemble;
  settings.early_termination = spec.enable_early_termination;
  settings.importance = spec.enable_model_explainability;
  settings.trials_without_progress_max =
      spec.enable_early_termination ? kTrialsWithoutProgressMax : 0;
  settings.records = before_.records;
  // The list of trials was cut when an earlier worker had begun to conclude.
  if (before_.search_over) settings.trials_max = std::max(1, before_.recorded);
  settings.clock = &clock_;
  settings.timeout_s =
      static_cast<double>(deadline_ - clock_.now()) / 1e6 - reserve_s(spec.timeout_s);
  if (*settings.timeout_s <= 0) {
    throw Error(Code::kDeadlineExceeded, "The time was over before the data were read.",
                "Give the job more time.");
  }
  return settings;
}

void AutoMlWorker::resume() {
  before_ = read_resumption(folder_);
  runs_ = before_.runs;
  for (const auto& [algorithm, trial] : before_.ensemble_trials) {
    ensembles_[algorithm] = trial;
    runs_[trial] = before_.ensemble_runs.at(algorithm);
  }
  best_ = before_.best;
  if (before_.finished.empty()) return;
  journal_.append(events::kNote, note("A worker before this one ended early; its " +
                                      std::to_string(before_.finished.size()) +
                                      " finished trials are not run again."));
}

bool AutoMlWorker::reached_exit_score() const {
  if (!job_.spec.exit_score || !best_ || !best_->score) return false;
  return ml::higher_is_better(job_.spec.primary_metric) ? *best_->score >= *job_.spec.exit_score
                                                        : *best_->score <= *job_.spec.exit_score;
}

void AutoMlWorker::run() {
  resume();
  if (reached_exit_score()) return finish_with_best("exit score");
  frame_ = read_data(job_.data);
  if (job_.validation) validation_ = read_data(*job_.validation);
  journal_.append(events::kData, to_json(DataEvent{frame_.rows(), frame_.columns().size()}));
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

int AutoMlWorker::trial_of(const ml::TrialInfo& info) {
  const auto ensemble = ensembles_.find(info.algorithm);
  return ensemble != ensembles_.end() ? ensemble->second : info.index;
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
  if (!before_.runs.contains(info.index)) tell_started(info);
}

void AutoMlWorker::tell_started(const ml::TrialInfo& info) {
  journal_.append(events::kTrialStarted,
                  to_json(TrialStartedEvent{trial_of(info), run_of(trial_of(info)), info.algorithm,
                                            info.preprocessing, info.params}));
}

void AutoMlWorker::on_trial_record(const ml::TrialResult& result, std::string_view record) {
  auto pending = files_.create(record_file(folder_, result.info.index));
  pending->write(record);
  pending->publish();
}

void AutoMlWorker::on_trial_finished(const ml::TrialResult& result) {
  if (!before_.finished.contains(result.info.index)) tell_finished(result);
}

void AutoMlWorker::tell_finished(const ml::TrialResult& result) {
  TrialFinishedEvent event;
  event.trial = trial_of(result.info);
  event.run_id = run_of(event.trial);
  event.primary_metric = ml::name_of(job_.spec.primary_metric);
  if (result.succeeded()) event.metrics = defined(result.metrics);
  for (const ml::Metrics& fold : result.folds)
    event.fold_scores.push_back(score_of(fold, job_.spec.primary_metric));
  event.duration_s = result.duration_s;
  event.error = result.error;
  event.ended_early = result.ended_early;
  journal_.append(events::kTrialFinished, to_json(event));
}

void AutoMlWorker::put_artifact(int trial, const char* name, const std::string& text) {
  // Runs of one experiment lie side by side.
  auto pending = files_.create(folder_.parent_path() / run_of(trial) / kArtifactsFolder / name);
  pending->write(text);
  pending->publish();
}

void AutoMlWorker::on_predictions(const ml::TrialInfo& info, std::span<const double> truth,
                                  std::span<const double> predicted) {
  const int trial = trial_of(info);
  put_artifact(trial, kResidualsFile, to_json(ml::residual_chart(truth, predicted)));
  put_artifact(trial, kPredictedTrueFile, to_json(ml::predicted_true_chart(truth, predicted)));
}

void AutoMlWorker::on_ensemble(const ml::TrialResult& result) {
  const std::string& algorithm = result.info.algorithm;
  if (!ensembles_.contains(algorithm)) {
    ensembles_[algorithm] = runs_.empty() ? result.info.index : runs_.rbegin()->first + 1;
    tell_started(result.info);
  }
  if (!before_.finished_ensembles.contains(algorithm)) tell_finished(result);
  if (!search_over_ && !before_.search_over) journal_.append(events::kFinalizing, "{}");
  search_over_ = true;
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
  if (reached_exit_score()) stop_.cancel("the exit score is reached");
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
  if (!result.importance.empty()) {
    put_artifact(event.trial, kImportanceFile,
                 to_json(result.importance, ml::name_of(job_.spec.primary_metric)));
  } else if (job_.spec.enable_model_explainability) {
    journal_.append(events::kNote, note("No time was left for the importance of the columns."));
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
