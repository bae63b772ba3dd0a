// The stack ensemble, from sums of products alone: what is left out is subtracted, no row is looked
// at twice.

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "detail/ensemble.h"

namespace tarn::ml::detail {

namespace {

/// Of the penalty, the part on the absolute weights, as in Azure's meta learner.
constexpr double kL1Ratio = 0.5;
/// Penalties that are tried, relative to the target's variance.
constexpr std::array kPenalties = {1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001};
constexpr int kDescentRoundsMax = 1'000;
constexpr double kDescentTolerance = 1e-7;

/// Sums over rows of products of predictions, of predictions with the target, and of each with 1.
struct Moments {
  explicit Moments(std::size_t width) : products(width * width), with_target(width), sums(width) {}

  void add(const Moments& other, double sign) {
    const auto combine = [&](std::vector<double>& to, const std::vector<double>& from) {
      for (std::size_t i = 0; i < to.size(); ++i) to[i] += sign * from[i];
    };
    combine(products, other.products);
    combine(with_target, other.with_target);
    combine(sums, other.sums);
    target += sign * other.target;
    target_squares += sign * other.target_squares;
    rows += sign * other.rows;
  }

  std::size_t width() const { return sums.size(); }

  std::vector<double> products;
  std::vector<double> with_target;
  std::vector<double> sums;
  double target = 0;
  double target_squares = 0;
  double rows = 0;
};

struct Weights {
  std::vector<double> values;
  double bias = 0;
};

/// Means of products of deviations from the means.
struct Covariances {
  explicit Covariances(const Moments& moments) : width(moments.width()) {
    for (std::size_t a = 0; a < width; ++a) {
      const double mean = moments.sums[a] / moments.rows;
      for (std::size_t b = 0; b < width; ++b) {
        products.push_back(moments.products[a * width + b] / moments.rows -
                           mean * moments.sums[b] / moments.rows);
      }
      with_target.push_back(moments.with_target[a] / moments.rows -
                            mean * moments.target / moments.rows);
    }
    const double mean = moments.target / moments.rows;
    variance = moments.target_squares / moments.rows - mean * mean;
  }

  std::size_t width;
  std::vector<double> products;
  std::vector<double> with_target;
  double variance = 0;
};

/// Coordinate descent; the ridge draws the weights to equal ones that add up to 1.
Weights fit(const Moments& moments, double penalty) {
  const Covariances covariances(moments);
  const std::size_t width = covariances.width;
  const double even = 1 / static_cast<double>(width);
  const double l1 = penalty * covariances.variance * kL1Ratio * even;
  const double l2 = penalty * covariances.variance * (1 - kL1Ratio);
  Weights weights{std::vector<double>(width, even), 0};
  for (int round = 0; round < kDescentRoundsMax; ++round) {
    double change_max = 0;
    for (std::size_t c = 0; c < width; ++c) {
      double& weight = weights.values[c];
      const double square = covariances.products[c * width + c];
      if (square + l2 <= 0) continue;
      double gradient = covariances.with_target[c] + square * weight;
      for (std::size_t other = 0; other < width; ++other)
        gradient -= covariances.products[c * width + other] * weights.values[other];
      const double next = std::max(0.0, (gradient - l1 + l2 * even) / (square + l2));
      change_max = std::max(change_max, std::abs(next - weight));
      weight = next;
    }
    if (change_max < kDescentTolerance) break;
  }
  weights.bias = moments.target;
  for (std::size_t c = 0; c < width; ++c) weights.bias -= weights.values[c] * moments.sums[c];
  weights.bias /= moments.rows;
  return weights;
}

/// The sum of squared errors.
double squared_error(const Moments& moments, const Weights& weights) {
  const std::size_t width = moments.width();
  double error = moments.target_squares - 2 * weights.bias * moments.target +
                 weights.bias * weights.bias * moments.rows;
  for (std::size_t a = 0; a < width; ++a) {
    const double weight = weights.values[a];
    error += 2 * weight * (weights.bias * moments.sums[a] - moments.with_target[a]);
    for (std::size_t b = 0; b < width; ++b)
      error += weight * weights.values[b] * moments.products[a * width + b];
  }
  return error;
}

/// With the penalty that does best on each part by weights from the others.
Weights fit_validated(const Moments& all, const std::vector<Moments>& parts) {
  double best = std::numeric_limits<double>::infinity();
  double chosen = kPenalties.front();
  for (const double penalty : kPenalties) {
    double error = 0;
    for (const Moments& part : parts) {
      if (part.rows == 0 || part.rows == all.rows) continue;
      Moments others = all;
      others.add(part, -1);
      error += squared_error(part, fit(others, penalty));
    }
    if (error >= best) continue;
    best = error;
    chosen = penalty;
  }
  return fit(all, chosen);
}

/// Of deviations from `origin`.
Moments moments_of(const Candidates& candidates, std::span<const double> truth, double origin,
                   std::span<const std::size_t> part_of, std::size_t part) {
  Moments moments(candidates.size());
  std::vector<double> row(candidates.size());
  for (std::size_t r = 0; r < truth.size(); ++r) {
    if (part_of[r] != part) continue;
    for (std::size_t c = 0; c < row.size(); ++c) row[c] = (*candidates[c])[r] - origin;
    const double target = truth[r] - origin;
    for (std::size_t a = 0; a < row.size(); ++a) {
      moments.sums[a] += row[a];
      moments.with_target[a] += row[a] * target;
      for (std::size_t b = 0; b < row.size(); ++b)
        moments.products[a * row.size() + b] += row[a] * row[b];
    }
    moments.target += target;
    moments.target_squares += target * target;
    moments.rows += 1;
  }
  return moments;
}

double predict(const Weights& weights, const Candidates& candidates, double origin,
               std::size_t row) {
  double sum = origin + weights.bias;
  for (std::size_t c = 0; c < candidates.size(); ++c)
    sum += weights.values[c] * ((*candidates[c])[row] - origin);
  return sum;
}

}  // namespace

Ensemble make_stack(const Candidates& candidates, const Objective& objective,
                    std::span<const std::size_t> part_of) {
  std::vector<std::size_t> order = best_candidates(candidates, objective);
  std::sort(order.begin(), order.end());
  Candidates chosen;
  for (const std::size_t candidate : order) chosen.push_back(candidates[candidate]);
  const std::span<const double> truth = objective.truth();
  const double origin =
      std::accumulate(truth.begin(), truth.end(), 0.0) / static_cast<double>(truth.size());
  std::vector<Moments> parts;
  Moments all(chosen.size());
  for (std::size_t part = 0; part < kEnsembleParts; ++part) {
    parts.push_back(moments_of(chosen, truth, origin, part_of, part));
    all.add(parts.back(), 1);
  }
  Ensemble ensemble;
  const Weights weights = fit_validated(all, parts);
  for (std::size_t c = 0; c < chosen.size(); ++c) {
    if (weights.values[c] > 0) ensemble.votes.push_back({order[c], weights.values[c]});
  }
  ensemble.bias = origin + weights.bias;
  for (const double weight : weights.values) ensemble.bias -= weight * origin;
  ensemble.predicted.resize(part_of.size());
  for (std::size_t part = 0; part < kEnsembleParts; ++part) {
    std::vector<Moments> others = parts;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(part));
    Moments of_others = all;
    of_others.add(parts[part], -1);
    const Weights without = of_others.rows > 0 ? fit_validated(of_others, others) : weights;
    for (std::size_t row = 0; row < part_of.size(); ++row) {
      if (part_of[row] == part) ensemble.predicted[row] = predict(without, chosen, origin, row);
    }
  }
  ensemble.loss = objective.loss(ensemble.predicted);
  return ensemble;
}

}  // namespace tarn::ml::detail
