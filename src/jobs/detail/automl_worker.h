#pragma once
// What an AutoML worker does between its job file and its last event.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/files.h"
#include "detail/events.h"
#include "detail/job_file.h"
#include "detail/resumption.h"
#include "jobs/journal.h"
#include "ml/regression.h"

namespace tarn::jobs::detail {

/// Rows that a model of the way is verified on, and the final one.
inline constexpr std::size_t kVerifiedRowsOnTheWay = 32;
inline constexpr std::size_t kVerifiedRowsAtEnd = 500;
inline constexpr std::size_t kExampleRows = 3;  // of the data, beside the model

class AutoMlWorker final : public ml::TrialListener {
 public:
  /// `deadline`: when everything has to be on disk. What the journal and the records in the folder
  /// say to be done is not done again.
  AutoMlWorker(JobFile job, std::filesystem::path folder, JournalWriter& journal, Micros deadline,
               FileSystem& files = FileSystem::system(), const Clock& clock = Clock::system());

  /// What the process may hold, the engine's part of it included; 0: no limit.
  void limit_memory(std::uint64_t bytes_max) { memory_bytes_max_ = bytes_max; }

  /// Trains, and ends the journal with `finished`. Throws Error when there is no model.
  void run();

  void on_features(const ml::FeatureReport& report) override;
  void on_trial_started(const ml::TrialInfo& info) override;
  void on_trial_record(const ml::TrialResult& result, std::string_view record) override;
  void on_trial_finished(const ml::TrialResult& result) override;
  void on_predictions(const ml::TrialInfo& info, std::span<const double> truth,
                      std::span<const double> predicted) override;
  void on_best(const ml::TrialResult& result, const ml::Model& model) override;
  void on_ensemble(const ml::TrialResult& result) override;

 private:
  ml::Frame read_data(const TrainingData& data);
  ml::Settings settings() const;
  /// Exports, verifies and writes a model into `name` below the folder.
  ModelEvent keep_model(const ml::TrialResult& trial, const ml::Model& model,
                        const std::string& name, std::size_t verified_rows);
  /// Ends with the final model, or with the best on the way when the final one cannot be exported.
  void finish(const ml::TrainResult& result);
  void finish_with_best(const std::string& ended_by);
  ml::Frame sample(std::size_t rows) const;
  /// Takes up what earlier workers of the job have done.
  void resume();
  bool reached_exit_score() const;
  /// A trial's index in the journal: the search's own, but for an ensemble, whose index a trial
  /// that was cut off at the deadline may have had before.
  int trial_of(const ml::TrialInfo& info);
  const std::string& run_of(int trial);
  /// A file among the artifacts of a trial's run.
  void put_artifact(int trial, const char* name, const std::string& text);
  void tell_started(const ml::TrialInfo& info);
  void tell_finished(const ml::TrialResult& result);

  JobFile job_;
  std::filesystem::path folder_;
  JournalWriter& journal_;
  Micros deadline_;
  std::uint64_t memory_bytes_max_ = 0;
  FileSystem& files_;
  const Clock& clock_;

  CancelSource stop_;  // for the exit score
  ml::Frame frame_;
  std::optional<ml::Frame> validation_;
  ml::FeatureReport features_;
  std::map<int, std::string> runs_;       // of trials, by index
  std::map<std::string, int> ensembles_;  // their indexes, by algorithm
  Resumption before_;
  bool search_over_ = false;
  std::optional<ModelEvent> best_;
};

}  // namespace tarn::jobs::detail
