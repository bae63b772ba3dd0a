#pragma once
// The regression metrics of Azure AutoML, under its names and definitions.
//
// Source: "Evaluate automated machine learning experiment results", section Regression/forecasting
// metrics. Normalised metrics are divided by the range of the target. r2_score is clipped at -1 as
// there. mean_absolute_percentage_error is in percent and leaves out rows whose target is 0. The
// logarithmic metrics are NaN ("not defined") when a target is at or below -1; predictions below 0
// count as 0 in them.

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::ml {

enum class Metric {
  kSpearmanCorrelation,
  kR2Score,
  kExplainedVariance,
  kMeanAbsoluteError,
  kNormalizedMeanAbsoluteError,
  kMedianAbsoluteError,
  kNormalizedMedianAbsoluteError,
  kRootMeanSquaredError,
  kNormalizedRootMeanSquaredError,
  kRootMeanSquaredLogError,
  kNormalizedRootMeanSquaredLogError,
  kMeanAbsolutePercentageError,
};
inline constexpr std::size_t kMetricCount = 12;

/// "spearman_correlation", "normalized_root_mean_squared_error", ...
std::string_view name_of(Metric metric);
/// By name, ASCII case ignored. Throws Error(kInvalidArgument) with the nearest name.
Metric parse_metric(std::string_view name);
bool higher_is_better(Metric metric);
/// The metrics that a search may optimise: spearman_correlation,
/// normalized_root_mean_squared_error, r2_score and normalized_mean_absolute_error.
std::span<const Metric> primary_metrics();
/// As parse_metric, but only those of primary_metrics().
Metric parse_primary_metric(std::string_view name);

/// All metrics of one set of predictions. NaN where a metric is not defined (for instance a
/// correlation of a constant).
class Metrics {
 public:
  Metrics();
  double operator[](Metric metric) const { return values_[static_cast<std::size_t>(metric)]; }
  double& operator[](Metric metric) { return values_[static_cast<std::size_t>(metric)]; }
  /// Whether this is better in `metric`; a value is always better than NaN.
  bool better_than(const Metrics& other, Metric metric) const;

 private:
  std::array<double, kMetricCount> values_;
};

/// `target_range` is max - min of the whole target (not of these rows). Throws
/// Error(kInvalidArgument) when empty or of different lengths.
Metrics regression_metrics(std::span<const double> truth, std::span<const double> predicted,
                           double target_range);
/// The mean over folds, metric by metric, leaving out NaN.
Metrics mean_metrics(std::span<const Metrics> folds);

}  // namespace tarn::ml
