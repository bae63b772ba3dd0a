#include "ml/charts.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace tarn::ml {

namespace {

void check_lengths(std::span<const double> truth, std::span<const double> predicted) {
  if (!truth.empty() && truth.size() == predicted.size()) return;
  throw Error(Code::kInvalidArgument, "a chart needs one prediction for each true value");
}

std::vector<double> edges_of(std::span<const double> values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (*low == *high) return {*low, *high};
  std::vector<double> edges;
  for (std::size_t i = 0; i <= kChartBins; ++i) {
    const double part = static_cast<double>(i) / kChartBins;
    edges.push_back(*low * (1 - part) + *high * part);
  }
  edges.back() = *high;
  return edges;
}

std::size_t bin_of(double value, const std::vector<double>& edges) {
  const auto above = std::upper_bound(edges.begin(), edges.end(), value) - edges.begin();
  return static_cast<std::size_t>(
      std::clamp<std::ptrdiff_t>(above - 1, 0, static_cast<std::ptrdiff_t>(edges.size()) - 2));
}

}  // namespace

ResidualChart residual_chart(std::span<const double> truth, std::span<const double> predicted) {
  check_lengths(truth, predicted);
  std::vector<double> residuals;
  for (std::size_t i = 0; i < truth.size(); ++i) residuals.push_back(predicted[i] - truth[i]);
  ResidualChart chart;
  chart.edges = edges_of(residuals);
  chart.counts.resize(chart.edges.size() - 1);
  for (const double residual : residuals) ++chart.counts[bin_of(residual, chart.edges)];
  return chart;
}

PredictedTrueChart predicted_true_chart(std::span<const double> truth,
                                        std::span<const double> predicted) {
  check_lengths(truth, predicted);
  PredictedTrueChart chart;
  chart.edges = edges_of(truth);
  const std::size_t bins = chart.edges.size() - 1;
  chart.averages.resize(bins);
  chart.errors.resize(bins);
  chart.counts.resize(bins);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const std::size_t bin = bin_of(truth[i], chart.edges);
    ++chart.counts[bin];
    chart.averages[bin] += predicted[i];
  }
  const auto mean = [&](std::vector<double>& sums) {
    for (std::size_t bin = 0; bin < bins; ++bin)
      sums[bin] /= static_cast<double>(std::max<std::int64_t>(chart.counts[bin], 1));
  };
  mean(chart.averages);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const std::size_t bin = bin_of(truth[i], chart.edges);
    chart.errors[bin] +=
        (predicted[i] - chart.averages[bin]) * (predicted[i] - chart.averages[bin]);
  }
  mean(chart.errors);
  for (double& error : chart.errors) error = std::sqrt(error);
  return chart;
}

}  // namespace tarn::ml
