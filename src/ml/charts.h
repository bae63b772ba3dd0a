#pragma once
// Predictions beside the truth, binned for a chart, as Azure AutoML has them for a regression.

#include <cstdint>
#include <span>
#include <vector>

namespace tarn::ml {

inline constexpr std::size_t kChartBins = 20;

/// Equal bins; the last one has its upper edge. One bin where all values are equal.
struct ResidualChart {
  std::vector<double> edges;  // one more than there are bins
  std::vector<std::int64_t> counts;
};
/// Residuals are predicted - true. Throws Error(kInvalidArgument) when empty or of different
/// lengths.
ResidualChart residual_chart(std::span<const double> truth, std::span<const double> predicted);

struct PredictedTrueChart {
  std::vector<double> edges;     // of the truth
  std::vector<double> averages;  // of the predictions in a bin; 0 in an empty one
  std::vector<double> errors;    // their standard deviation
  std::vector<std::int64_t> counts;
};
PredictedTrueChart predicted_true_chart(std::span<const double> truth,
                                        std::span<const double> predicted);

}  // namespace tarn::ml
