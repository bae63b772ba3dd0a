#pragma once
// AutoML regression: from a frame and the name of its target to a fitted, exportable model.
//
// train() featurises per fold, tries a portfolio of configurations and then searches from what it
// has learned, builds a voting ensemble, and fits the best on all rows. It does no I/O, reads no
// clock but the one that it is given, and is deterministic: same frame, same settings but for
// `concurrency` and `timeout_s`, same number of trials – the same model, bit for bit. A time budget
// only cuts the list of trials: a run cut after n trials gives what trials_max = n gives.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "ml/frame.h"
#include "ml/metrics.h"

namespace tarn::ml {

inline constexpr int kTrialsMax = 10'000;
inline constexpr int kConcurrencyMax = 64;
inline constexpr int kFoldsMax = 50;
inline constexpr double kHoldoutPartMin = 0.01;
inline constexpr double kHoldoutPartMax = 0.9;

enum class Algorithm {
  kLightGbm,
  kXGBoostRegressor,
  kExtremeRandomTrees,
  kRandomForest,
  kElasticNet,
  kKnn,
  kDecisionTree,
  kGradientBoosting,
  kLassoLars,
  kSgd,
  kGaussianProcess,
};

/// Azure's name: "LightGBM", "XGBoostRegressor", "ExtremeRandomTrees", "RandomForest",
/// "ElasticNet", "KNN", "DecisionTree", "GradientBoosting", "LassoLars", "SGD"; and
/// "GaussianProcess", which Azure does not have.
std::string_view name_of(Algorithm algorithm);
/// Azure's names in either spelling ("XGBoostRegressor", "xgboost_regressor"). Throws
/// Error(kUnsupported) for one of Azure's that is not here, Error(kInvalidArgument) with the
/// nearest name for any other text.
Algorithm parse_algorithm(std::string_view name);
std::vector<Algorithm> all_algorithms();

struct Settings {
  Metric primary_metric = Metric::kSpearmanCorrelation;
  std::uint64_t seed = 0;
  int trials_max = 1000;
  /// Wall time for everything, the final fits included, from the call of train(); by `clock`. None:
  /// only trials_max.
  std::optional<double> timeout_s;
  /// Trials at a time. Each trial computes in one thread.
  int concurrency = 1;
  /// Cross-validation folds. None: 10 up to 1,000 rows, 3 up to 20,000, else a holdout of a tenth.
  std::optional<int> folds;
  /// Instead of folds: this part of the rows is held out, drawn at random. The final model is
  /// fitted on all rows.
  std::optional<double> holdout_part;
  /// Instead of both: rows of their own to judge trials on, with the columns of the training data
  /// (found by name). No model is fitted on them. Borrowed.
  const Frame* validation = nullptr;
  /// Columns that are left out.
  std::vector<std::string> dropped_columns;
  /// Empty: all.
  std::vector<Algorithm> allowed_algorithms;
  std::vector<Algorithm> blocked_algorithms;
  bool vote_ensemble = true;
  bool stack_ensemble = true;
  /// From the 20th trial on, a trial ends after the first folds when it is so much worse on them
  /// than those before that it cannot win (Azure's early termination).
  bool early_termination = true;
  /// Whether the importance of the columns is computed, when time is left for it at the end.
  bool importance = false;
  /// Ends the search when this many trials in a row brought no better one. 0: never.
  int trials_without_progress_max = 0;
  /// What TrialListener::on_trial_record() got in an earlier run on the same data with the same
  /// settings: those trials are not run again, and their listener is not called. Bytes that do not
  /// belong here are passed over.
  std::vector<std::string> records;
  const Clock* clock = &Clock::system();
};

/// What became of a raw column, and why.
struct ColumnReport {
  std::string column;
  ColumnType type = ColumnType::kDouble;
  bool kept = false;
  /// When dropped: "left out, as asked", "constant", "all values are missing", "looks like an
  /// identifier: ...". Else how it is featurised.
  std::string reason;
  std::size_t missing = 0;
  std::size_t features = 0;  // features made of it
};

struct FeatureReport {
  std::vector<ColumnReport> columns;
  std::size_t rows = 0;
  std::size_t rows_without_target = 0;  // left out
};

using Params = std::vector<std::pair<std::string, std::string>>;

struct TrialInfo {
  int index = 0;              // from 0, in the order of proposal
  std::string algorithm;      // "LightGBM", ..., "VotingEnsemble", "StackEnsemble"
  std::string preprocessing;  // for instance "target=log"
  Params params;
};

struct TrialResult {
  TrialInfo info;
  Metrics metrics;             // mean over the folds
  std::vector<Metrics> folds;  // one per fold
  double duration_s = 0;       // of this trial, by the clock
  std::string error;           // why it failed; empty when it did not
  std::string ended_early;     // "after 3 of 10 folds: ..."; then `folds` are those
  bool succeeded() const { return error.empty() && ended_early.empty(); }
};

/// A raw column as the model wants it. The exported graph has one input of this name each; see
/// export_onnx().
struct ModelInput {
  std::string name;
  ColumnType type = ColumnType::kDouble;
};

struct Pipeline;  // detail/pipeline.h

/// A fitted model: featurisation, learners and target transform. Immutable and cheap to copy.
class Model {
 public:
  explicit Model(std::shared_ptr<const Pipeline> pipeline);

  /// Columns that the model reads, in the order of the frame that it was trained on. Dropped
  /// columns are not among them.
  std::vector<ModelInput> inputs() const;
  /// One prediction a row. Columns are found by name; a numeric column of another numeric type is
  /// converted. Throws Error(kNotFound) for a missing column, Error(kInvalidArgument) for one of
  /// another type.
  std::vector<double> predict(const Frame& frame) const;
  /// "LightGBM", ..., "VotingEnsemble", "StackEnsemble".
  const std::string& algorithm() const;
  /// Parts of the model: (algorithm with its parameters in short, weight). One entry for a single
  /// learner.
  std::vector<std::pair<std::string, double>> members() const;

  const Pipeline& pipeline() const { return *pipeline_; }

 private:
  std::shared_ptr<const Pipeline> pipeline_;
};

/// Callbacks come one at a time, but from any thread of the search; in order of finishing, not of
/// index. What they throw ends train() with that exception.
class TrialListener {
 public:
  virtual ~TrialListener() = default;
  /// Once, before the first trial.
  virtual void on_features(const FeatureReport&) {}
  virtual void on_trial_started(const TrialInfo&) {}
  virtual void on_trial_finished(const TrialResult&) {}
  /// Before on_trial_finished(), unless the trial was cut off: what Settings::records takes to go
  /// on after a crash.
  virtual void on_trial_record(const TrialResult&, std::string_view) {}
  /// Before on_trial_finished() of one that succeeded, or after on_ensemble(): what is true, and
  /// what it predicts for rows that it was not fitted on.
  virtual void on_predictions(const TrialInfo&, std::span<const double>, std::span<const double>) {}
  /// A better trial, with a model to keep as the best so far: fitted on all rows or, with a
  /// holdout, on the rows that the trial was fitted on.
  virtual void on_best(const TrialResult&, const Model&) {}
  /// An ensemble of what was tried, as a trial of its own, before its members are fitted on all
  /// rows. Its metrics are those of weights that were chosen without the rows that they are judged
  /// on. VotingEnsemble comes before StackEnsemble.
  virtual void on_ensemble(const TrialResult&) {}
};

/// By how much the primary metric gets worse when the column's values are shuffled among rows that
/// the model was not fitted on.
struct ColumnImportance {
  std::string column;
  double mean = 0;
  double deviation = 0;  // standard deviation over kImportanceRepeats
};
inline constexpr int kImportanceRepeats = 5;
inline constexpr std::size_t kImportanceRowsMax = 1'000;

struct TrainResult {
  Model model;
  /// The trial that `model` comes from; ensembles have the indexes after the last trial.
  TrialResult best;
  std::vector<TrialResult> trials;  // by index; those cut by the deadline are not among them
  std::vector<TrialResult> ensembles;
  FeatureReport features;
  int folds = 0;  // 0: a holdout, or rows of their own
  /// Why the search ended: "trials", "timeout" or "no progress".
  std::string ended_by;
  /// Of a model like this one that was fitted on the first fold's training rows, on rows of its
  /// validation part; most important first. Empty where it was not asked for or the time was over.
  std::vector<ColumnImportance> importance;
};

/// Throws Error(kInvalidArgument) for data or settings that cannot be trained on (each with its own
/// message), Error(kNotFound) for an unknown target, Error(kCancelled) when cancelled,
/// Error(kDeadlineExceeded) when the time was over before the first trial ended.
TrainResult train(const Frame& frame, std::string_view target, const Settings& settings,
                  TrialListener& listener, const CancelToken& cancel = {});

}  // namespace tarn::ml
