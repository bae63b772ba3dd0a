#include "ml/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "base/text.h"

namespace tarn::ml {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct MetricName {
  std::string_view name;
  bool higher_is_better;
};

constexpr std::array<MetricName, kMetricCount> kMetrics = {{
    {"spearman_correlation", true},
    {"r2_score", true},
    {"explained_variance", true},
    {"mean_absolute_error", false},
    {"normalized_mean_absolute_error", false},
    {"median_absolute_error", false},
    {"normalized_median_absolute_error", false},
    {"root_mean_squared_error", false},
    {"normalized_root_mean_squared_error", false},
    {"root_mean_squared_log_error", false},
    {"normalized_root_mean_squared_log_error", false},
    {"mean_absolute_percentage_error", false},
}};

constexpr std::array<Metric, 4> kPrimaryMetrics = {
    Metric::kSpearmanCorrelation, Metric::kNormalizedRootMeanSquaredError, Metric::kR2Score,
    Metric::kNormalizedMeanAbsoluteError};

std::string names_of(std::span<const Metric> metrics) {
  std::vector<std::string> names;
  for (const Metric metric : metrics) names.emplace_back(name_of(metric));
  return join(names, ", ");
}

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Ranks from 1; equal values share the mean of their ranks.
std::vector<double> ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return values[a] != values[b] ? values[a] < values[b] : a < b;
  });
  std::vector<double> rank(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
    const double shared = 1 + 0.5 * static_cast<double>(first + last);
    for (std::size_t i = first; i <= last; ++i) rank[order[i]] = shared;
    first = last + 1;
  }
  return rank;
}

double correlation(std::span<const double> a, std::span<const double> b) {
  const double mean_a = mean(a);
  const double mean_b = mean(b);
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  if (aa == 0 || bb == 0) return kNaN;
  return ab / std::sqrt(aa * bb);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

double root_mean_squared_log_error(std::span<const double> truth,
                                   std::span<const double> predicted) {
  double sum = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] <= -1) return kNaN;
    const double difference = std::log1p(truth[i]) - std::log1p(std::max(predicted[i], 0.0));
    sum += difference * difference;
  }
  return std::sqrt(sum / static_cast<double>(truth.size()));
}

double mean_absolute_percentage_error(std::span<const double> truth,
                                      std::span<const double> predicted) {
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] == 0) continue;
    sum += std::abs((truth[i] - predicted[i]) / truth[i]);
    ++count;
  }
  return count == 0 ? kNaN : 100 * sum / static_cast<double>(count);
}

}  // namespace

std::string_view name_of(Metric metric) { return kMetrics[static_cast<std::size_t>(metric)].name; }

Metric parse_metric(std::string_view name) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    if (equal_ignoring_case(kMetrics[i].name, name)) return static_cast<Metric>(i);
    names.emplace_back(kMetrics[i].name);
  }
  std::string hint = did_you_mean(name, names);
  if (hint.empty()) hint = "The metrics are " + join(names, ", ") + ".";
  throw Error(Code::kInvalidArgument, "unknown regression metric: " + std::string(name),
              std::move(hint));
}

bool higher_is_better(Metric metric) {
  return kMetrics[static_cast<std::size_t>(metric)].higher_is_better;
}

std::span<const Metric> primary_metrics() { return kPrimaryMetrics; }

Metric parse_primary_metric(std::string_view name) {
  const Metric metric = parse_metric(name);
  if (std::find(kPrimaryMetrics.begin(), kPrimaryMetrics.end(), metric) == kPrimaryMetrics.end()) {
    throw Error(Code::kInvalidArgument,
                "a regression cannot be optimised for this metric: " + std::string(name),
                "Choose one of " + names_of(kPrimaryMetrics) + ".");
  }
  return metric;
}

Metrics::Metrics() { values_.fill(kNaN); }

bool Metrics::better_than(const Metrics& other, Metric metric) const {
  const double mine = (*this)[metric];
  const double theirs = other[metric];
  if (std::isnan(mine)) return false;
  if (std::isnan(theirs)) return true;
  return higher_is_better(metric) ? mine > theirs : mine < theirs;
}

Metrics regression_metrics(std::span<const double> truth, std::span<const double> predicted,
                           double target_range) {
  if (truth.empty() || truth.size() != predicted.size()) {
    throw Error(Code::kInvalidArgument,
                "metrics need as many predictions as true values, and one "
                "at least: " +
                    std::to_string(truth.size()));
  }
  const std::size_t rows = truth.size();
  const double rows_d = static_cast<double>(rows);
  std::vector<double> errors(rows);
  std::vector<double> absolute(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    errors[i] = truth[i] - predicted[i];
    absolute[i] = std::abs(errors[i]);
  }
  const double mean_truth = mean(truth);
  const double mean_error = mean(errors);
  double squares = 0;
  double total = 0;
  double error_variance = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    squares += errors[i] * errors[i];
    total += (truth[i] - mean_truth) * (truth[i] - mean_truth);
    error_variance += (errors[i] - mean_error) * (errors[i] - mean_error);
  }
  const auto normalised = [&](double value) {
    return target_range > 0 ? value / target_range : kNaN;
  };

  Metrics metrics;
  metrics[Metric::kSpearmanCorrelation] = correlation(ranks(truth), ranks(predicted));
  metrics[Metric::kR2Score] = total > 0 ? std::max(-1.0, 1 - squares / total) : kNaN;
  metrics[Metric::kExplainedVariance] =
      total > 0 ? std::max(-1.0, 1 - error_variance / total) : kNaN;
  metrics[Metric::kMeanAbsoluteError] = mean(absolute);
  metrics[Metric::kMedianAbsoluteError] = median(absolute);
  metrics[Metric::kRootMeanSquaredError] = std::sqrt(squares / rows_d);
  metrics[Metric::kRootMeanSquaredLogError] = root_mean_squared_log_error(truth, predicted);
  metrics[Metric::kMeanAbsolutePercentageError] = mean_absolute_percentage_error(truth, predicted);
  metrics[Metric::kNormalizedMeanAbsoluteError] = normalised(metrics[Metric::kMeanAbsoluteError]);
  metrics[Metric::kNormalizedMedianAbsoluteError] =
      normalised(metrics[Metric::kMedianAbsoluteError]);
  metrics[Metric::kNormalizedRootMeanSquaredError] =
      normalised(metrics[Metric::kRootMeanSquaredError]);
  metrics[Metric::kNormalizedRootMeanSquaredLogError] =
      normalised(metrics[Metric::kRootMeanSquaredLogError]);
  return metrics;
}

Metrics mean_metrics(std::span<const Metrics> folds) {
  Metrics mean;
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    const auto metric = static_cast<Metric>(i);
    double sum = 0;
    int count = 0;
    for (const Metrics& fold : folds) {
      if (std::isnan(fold[metric])) continue;
      sum += fold[metric];
      ++count;
    }
    if (count > 0) mean[metric] = sum / count;
  }
  return mean;
}

}  // namespace tarn::ml
