#pragma once
// The rows that trials are fitted and judged on, and their features: made once, shared by all
// trials and threads.

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "detail/features.h"
#include "detail/matrix.h"
#include "detail/training_set.h"
#include "ml/frame.h"
#include "ml/metrics.h"

namespace tarn::ml::detail {

inline constexpr std::size_t kRowsMin = 10;
inline constexpr std::size_t kRowsToJudgeMin = 2;  // of validation data
/// Azure's rule for the validation type, by the number of rows.
inline constexpr std::size_t kTenFoldsRowsMax = 1'000;
inline constexpr std::size_t kThreeFoldsRowsMax = 20'000;
inline constexpr int kHoldoutPart = 10;  // one row in so many

/// Folds for so many rows; 0 is a holdout.
int folds_for(std::size_t rows, std::optional<int> wanted);

/// How rows are parted into those to fit on and those to judge on.
struct Parting {
  int folds = 0;                // 0: a holdout
  double holdout_part = 0;      // of a holdout; 0: one row in kHoldoutPart
  std::size_t rows_to_fit = 0;  // those from here on are only judged on, and no others; 0: none are
};

/// Positions count the rows with a target, from 0.
struct Fold {
  std::vector<std::size_t> training;
  std::vector<std::size_t> validation;
};

class Validation {
 public:
  /// `rows` are the frame's rows with a target, `target` its values there.
  Validation(const Frame& frame, FeaturePlan plan, std::vector<std::size_t> rows,
             std::vector<double> target, const Parting& parting, std::uint64_t seed);

  struct FoldFeatures {
    std::shared_ptr<const FeatureSet> set;
    std::optional<TrainingSet> training;
    Matrix validation;
  };
  struct AllFeatures {
    std::shared_ptr<const FeatureSet> set;
    std::optional<TrainingSet> training;
  };

  const std::vector<Fold>& folds() const { return folds_; }
  const std::vector<double>& target() const { return target_; }
  /// Of the rows that a final model is fitted on.
  std::span<const double> target_to_fit() const { return {target_.data(), rows_to_fit_}; }
  double target_range() const { return target_range_; }
  /// Positions that are in some fold's validation part, ascending: out-of-fold predictions are in
  /// this order.
  const std::vector<std::size_t>& validated() const { return validated_; }
  /// Where a fold's validation rows stand in validated().
  const std::vector<std::size_t>& slots(std::size_t fold) const { return slots_[fold]; }
  /// One of so many parts for each of validated(): folds together, or rows in turn of a holdout.
  std::vector<std::size_t> parts(std::size_t count) const;
  std::vector<double> training_target(std::size_t fold) const;
  std::vector<double> validated_target() const;

  /// Fitted on first use; all_features() on the rows that a final model is fitted on. Thread-safe.
  const FoldFeatures& features(std::size_t fold, View view) const;
  const AllFeatures& all_features(View view) const;

  /// The raw rows of a fold's validation part, the first `rows_max` of them.
  Frame validation_rows(std::size_t fold, std::size_t rows_max) const;
  /// Metrics of predictions in the order of validated(), fold by fold.
  std::vector<Metrics> fold_metrics(std::span<const double> predicted) const;
  const FeaturePlan& plan() const { return plan_; }

 private:
  std::vector<std::size_t> rows_of(std::span<const std::size_t> positions) const;

  const Frame& frame_;
  FeaturePlan plan_;
  std::vector<std::size_t> rows_;
  std::vector<double> target_;
  std::size_t rows_to_fit_;
  double target_range_ = 0;
  std::vector<Fold> folds_;
  std::vector<std::size_t> validated_;
  std::vector<std::vector<std::size_t>> slots_;

  template <typename T>
  struct Lazy {
    std::once_flag once;
    T value;
  };
  mutable std::vector<std::array<Lazy<FoldFeatures>, kViewCount>> fold_features_;
  mutable std::array<Lazy<AllFeatures>, kViewCount> all_features_;
};

}  // namespace tarn::ml::detail
