#include "detail/objective.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace tarn::ml::detail {

namespace {

/// Ranks minus their mean; equal values share a rank.
std::vector<double> centred_ranks(const std::vector<double>& values) {
  std::vector<std::uint32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return values[a] != values[b] ? values[a] < values[b] : a < b;
  });
  std::vector<double> ranks(values.size());
  const double mean = 0.5 * static_cast<double>(values.size() - 1);
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
    for (std::size_t i = first; i <= last; ++i)
      ranks[order[i]] = 0.5 * static_cast<double>(first + last) - mean;
    first = last + 1;
  }
  return ranks;
}

}  // namespace

Objective::Objective(Metric primary, std::vector<double> truth)
    : primary_(primary), truth_(std::move(truth)) {
  const std::size_t step = (truth_.size() + kLossRowsMax - 1) / kLossRowsMax;
  for (std::size_t row = 0; row < truth_.size(); row += step) rows_.push_back(row);
  std::vector<double> counted;
  for (const std::size_t row : rows_) counted.push_back(truth_[row]);
  const double mean =
      std::accumulate(counted.begin(), counted.end(), 0.0) / static_cast<double>(counted.size());
  for (const double value : counted) truth_squares_ += (value - mean) * (value - mean);
  truth_ranks_ = centred_ranks(counted);
  for (const double rank : truth_ranks_) ranks_squares_ += rank * rank;
}

double Objective::loss(std::span<const double> predicted) const {
  double absolute = 0;
  double squares = 0;
  std::vector<double> counted;
  counted.reserve(rows_.size());
  for (const std::size_t row : rows_) {
    const double error = truth_[row] - predicted[row];
    absolute += std::abs(error);
    squares += error * error;
    counted.push_back(predicted[row]);
  }
  if (!std::isfinite(squares)) return std::numeric_limits<double>::max();
  if (primary_ == Metric::kNormalizedMeanAbsoluteError)
    return absolute / static_cast<double>(rows_.size());
  const double unexplained = truth_squares_ > 0 ? squares / truth_squares_ : squares;
  if (primary_ != Metric::kSpearmanCorrelation) return unexplained;
  return 0.5 * (rank_loss(counted) + unexplained);
}

double Objective::rank_loss(const std::vector<double>& predicted) const {
  const std::vector<double> ranks = centred_ranks(predicted);
  double both = 0;
  double squares = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    both += ranks[i] * truth_ranks_[i];
    squares += ranks[i] * ranks[i];
  }
  return squares > 0 && ranks_squares_ > 0 ? 1 - both / std::sqrt(squares * ranks_squares_) : 1;
}

}  // namespace tarn::ml::detail
