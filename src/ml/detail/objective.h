#pragma once
// What search and ensemble minimise for a primary metric, on out-of-fold predictions.

#include <span>
#include <vector>

#include "ml/metrics.h"

namespace tarn::ml::detail {

/// Above this many rows a loss is computed on evenly spaced rows: it is computed thousands of
/// times.
inline constexpr std::size_t kLossRowsMax = 10'000;

/// A rank correlation says nothing of the scale, so half of its loss is that of r2: the models that
/// it leads to order rows well and are right on average too. The other metrics are their own loss.
class Objective {
 public:
  Objective(Metric primary, std::vector<double> truth);

  /// Lower is better; finite for finite predictions.
  double loss(std::span<const double> predicted) const;
  std::span<const double> truth() const { return truth_; }
  Metric primary() const { return primary_; }

 private:
  double rank_loss(const std::vector<double>& predicted) const;

  Metric primary_;
  std::vector<double> truth_;
  std::vector<std::size_t> rows_;    // those that count
  std::vector<double> truth_ranks_;  // of rows_, centred
  double truth_squares_ = 0;         // of the deviations from the mean
  double ranks_squares_ = 0;
};

}  // namespace tarn::ml::detail
