#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "detail/centred.h"
#include "detail/linear.h"
#include "detail/random.h"

namespace tarn::ml::detail {

namespace {

constexpr double kStepPower = 0.25;
/// An error counts at most so many standard deviations of the target: one row must not throw the
/// weights away.
constexpr double kErrorMax = 10;

double soft_threshold(double value, double by) {
  if (value > by) return value - by;
  if (value < -by) return value + by;
  return 0;
}

/// Row by row, with a leading 1 for the bias.
std::vector<float> row_major(const Centred& centred) {
  const std::size_t width = centred.columns.size() + 1;
  std::vector<float> rows(centred.target.size() * width, 1.0f);
  for (std::size_t c = 0; c + 1 < width; ++c) {
    const std::vector<double>& column = centred.columns[c];
    for (std::size_t r = 0; r < column.size(); ++r)
      rows[r * width + c + 1] = static_cast<float>(column[r]);
  }
  return rows;
}

}  // namespace

LinearModel fit_sgd(const SgdParams& params, const Matrix& features, std::span<const double> target,
                    std::uint64_t seed, const Stop& stop) {
  const Centred centred(features, target);
  const std::size_t count = centred.target.size();
  const std::size_t width = centred.columns.size() + 1;
  const std::vector<float> rows = row_major(centred);
  const double deviation = std::sqrt(dot(centred.target, centred.target) / centred.rows);
  const double unit = deviation > 0 ? deviation : 1;
  const int epochs = std::clamp(static_cast<int>(kSgdStepsMax / count), 2, kSgdEpochsMax);
  const double error_max = params.huber ? 1 : kErrorMax;

  std::vector<double> weights(width, 0.0);
  std::vector<double> sums(width, 0.0);
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  // A step along a row is at most half the way to its target, however many features it has.
  const double step_max = 0.5 / static_cast<double>(width);
  std::size_t step = 0;
  std::size_t averaged = 0;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    stop.check();
    Random random(seed, {static_cast<std::uint64_t>(epoch)});
    for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    for (const std::uint32_t row : order) {
      const float* const x = rows.data() + row * width;
      double predicted = 0;
      for (std::size_t c = 0; c < width; ++c) predicted += weights[c] * x[c];
      const double error =
          std::clamp(predicted - centred.target[row] / unit, -error_max, error_max);
      const double rate =
          std::min(step_max, params.eta0 / std::pow(static_cast<double>(++step), kStepPower));
      const double shrink = 1 - rate * params.alpha * (1 - params.l1_ratio);
      const double cut = rate * params.alpha * params.l1_ratio;
      weights[0] -= rate * error;
      for (std::size_t c = 1; c < width; ++c)
        weights[c] = soft_threshold(shrink * weights[c] - rate * error * x[c], cut);
    }
    if (epoch < epochs / 2) continue;
    ++averaged;
    for (std::size_t c = 0; c < width; ++c) sums[c] += weights[c];
  }
  LinearModel model;
  for (std::size_t c = 1; c < width; ++c)
    model.weights.push_back(unit * sums[c] / static_cast<double>(averaged));
  model = centred.finish(std::move(model));
  model.bias += unit * sums[0] / static_cast<double>(averaged);
  return model;
}

}  // namespace tarn::ml::detail
