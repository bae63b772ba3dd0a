#include "detail/linear.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "detail/centred.h"

namespace tarn::ml::detail {

namespace {

constexpr int kDescentRoundsMax = 300;
constexpr double kDescentTolerance = 1e-5;  // of the target's standard deviation

double soft_threshold(double value, double by) {
  if (value > by) return value - by;
  if (value < -by) return value + by;
  return 0;
}

}  // namespace

Standardiser Standardiser::fit(const Matrix& features) {
  Standardiser standardiser;
  const auto rows = static_cast<double>(features.rows);
  for (std::size_t c = 0; c < features.columns; ++c) {
    double sum = 0;
    for (const float value : features.column(c)) sum += value;
    const double mean = sum / rows;
    double squares = 0;
    for (const float value : features.column(c)) squares += (value - mean) * (value - mean);
    const double deviation = std::sqrt(squares / rows);
    const auto scale = static_cast<float>(1 / deviation);
    standardiser.mean.push_back(static_cast<float>(mean));
    standardiser.scale.push_back(deviation > 0 && std::isfinite(scale) ? scale : 0.0f);
  }
  return standardiser;
}

Matrix Standardiser::transform(const Matrix& features) const {
  Matrix result(features.rows, features.columns);
  for (std::size_t c = 0; c < features.columns; ++c) {
    const auto from = features.column(c);
    const auto to = result.column(c);
    for (std::size_t r = 0; r < features.rows; ++r) {
      const float scaled = (from[r] - mean[c]) * scale[c];
      const float cut = std::clamp(scaled, -kStandardisedMax, kStandardisedMax);
      to[r] = std::nearbyint(cut * kStandardisedSteps) * (1 / kStandardisedSteps);
    }
  }
  return result;
}

std::vector<double> LinearModel::predict(const Matrix& features) const {
  const Matrix standardised = standardiser.transform(features);
  std::vector<double> predictions(features.rows, 0.0);
  for (std::size_t c = 0; c < features.columns; ++c) {
    if (weights[c] == 0) continue;
    const auto column = standardised.column(c);
    for (std::size_t r = 0; r < features.rows; ++r) predictions[r] += weights[c] * column[r];
  }
  for (double& prediction : predictions) prediction += bias;
  return predictions;
}

LinearModel fit_elastic_net(const ElasticNetParams& params, const Matrix& features,
                            std::span<const double> target, const Stop& stop) {
  LinearModel model;
  Centred centred(features, target);
  const auto& columns = centred.columns;
  const auto& squares = centred.squares;
  std::vector<double>& residual = centred.target;
  const double rows = centred.rows;
  const double deviation = std::sqrt(dot(residual, residual) / rows);
  model.weights.assign(columns.size(), 0.0);
  const double l1 = params.alpha * centred.largest_correlation() * params.l1_ratio;
  const double l2 = params.alpha * (1 - params.l1_ratio);

  for (int round = 0; round < kDescentRoundsMax; ++round) {
    stop.check();
    double change_max = 0;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      if (squares[c] <= 0) continue;
      const double old = model.weights[c];
      const double gradient = dot(columns[c], residual) / rows + squares[c] * old;
      const double weight = soft_threshold(gradient, l1) / (squares[c] + l2);
      const double change = weight - old;
      if (change == 0) continue;
      model.weights[c] = weight;
      for (std::size_t r = 0; r < residual.size(); ++r) residual[r] -= change * columns[c][r];
      change_max = std::max(change_max, std::abs(change));
    }
    if (change_max <= kDescentTolerance * deviation) break;
  }
  return centred.finish(std::move(model));
}

std::vector<double> KnnModel::predict(const Matrix& features) const {
  const Matrix standardised = standardiser.transform(features);
  std::vector<double> predictions;
  predictions.reserve(features.rows);
  std::vector<double> distances(points.rows);
  std::vector<std::uint32_t> order(points.rows);
  const auto count = static_cast<std::ptrdiff_t>(neighbours);
  for (std::size_t r = 0; r < features.rows; ++r) {
    std::fill(distances.begin(), distances.end(), 0.0);
    for (std::size_t c = 0; c < points.columns; ++c) {
      const double value = standardised.column(c)[r];
      const auto column = points.column(c);
      for (std::size_t p = 0; p < points.rows; ++p)
        distances[p] += (column[p] - value) * (column[p] - value);
    }
    std::iota(order.begin(), order.end(), 0u);
    std::partial_sort(order.begin(), order.begin() + count, order.end(),
                      [&](std::uint32_t a, std::uint32_t b) {
                        return distances[a] != distances[b] ? distances[a] < distances[b] : a < b;
                      });
    double sum = 0;
    double weights = 0;
    for (std::ptrdiff_t n = 0; n < count; ++n) {
      const std::uint32_t point = order[static_cast<std::size_t>(n)];
      const double weight = by_distance ? 1 / (kKnnDistanceFloor + distances[point]) : 1;
      sum += weight * targets[point];
      weights += weight;
    }
    predictions.push_back(sum / weights);
  }
  return predictions;
}

KnnModel fit_knn(const KnnParams& params, const Matrix& features, std::span<const double> target) {
  KnnModel model;
  model.standardiser = Standardiser::fit(features);
  model.points = model.standardiser.transform(features);
  model.targets.assign(target.begin(), target.end());
  model.neighbours = std::min(params.neighbours, static_cast<int>(features.rows));
  model.by_distance = params.by_distance;
  return model;
}

}  // namespace tarn::ml::detail
