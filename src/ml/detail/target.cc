#include "detail/target.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace tarn::ml::detail {

namespace {

/// A correction beyond this is no correction but a sign of bad predictions.
constexpr double kFactorMin = 0.8;
constexpr double kFactorMax = 1.25;

}  // namespace

std::string_view name_of(TargetScale scale) {
  constexpr std::array<std::string_view, 3> names = {"raw", "sqrt", "log"};
  return names[static_cast<std::size_t>(scale)];
}

bool valid_for(TargetScale scale, double target_min) {
  return scale == TargetScale::kRaw || target_min >= 0;
}

TargetTransform TargetTransform::fit(TargetScale scale, std::span<const double> target) {
  TargetTransform transform;
  transform.scale = scale;
  const auto [low, high] = std::minmax_element(target.begin(), target.end());
  const double scaled_low = transform.forward(*low);
  const double scaled_high = transform.forward(*high);
  const double margin = kTargetMargin * (scaled_high - scaled_low);
  transform.low = scaled_low - margin;
  transform.high = scaled_high + margin;
  if (scale != TargetScale::kRaw) transform.low = std::max(transform.low, 0.0);
  return transform;
}

void TargetTransform::correct(std::span<const double> target, std::span<const double> predicted) {
  shift = 0;
  factor = 1;
  if (scale == TargetScale::kRaw || target.empty()) return;
  double sum_target = 0;
  double sum_predicted = 0;
  for (std::size_t i = 0; i < target.size(); ++i) {
    sum_target += target[i];
    sum_predicted += backward(predicted[i]);
  }
  if (sum_predicted <= 0) return;
  if (scale == TargetScale::kSquareRoot) {
    shift = std::max(0.0, (sum_target - sum_predicted) / static_cast<double>(target.size()));
    return;
  }
  factor = std::clamp(sum_target / sum_predicted, kFactorMin, kFactorMax);
}

double TargetTransform::forward(double target) const {
  switch (scale) {
    case TargetScale::kSquareRoot:
      return std::sqrt(target);
    case TargetScale::kLog:
      return std::log1p(target);
    default:
      return target;
  }
}

double TargetTransform::backward(double predicted) const {
  const double cut = std::clamp(predicted, low, high);
  switch (scale) {
    case TargetScale::kSquareRoot:
      return cut * cut + shift;
    case TargetScale::kLog:
      return (std::exp(cut) - 1) * factor;
    default:
      return cut;
  }
}

std::vector<double> TargetTransform::forward(std::span<const double> targets) const {
  std::vector<double> result;
  result.reserve(targets.size());
  for (const double target : targets) result.push_back(forward(target));
  return result;
}

std::vector<double> TargetTransform::backward(std::span<const double> predicted) const {
  std::vector<double> result;
  result.reserve(predicted.size());
  for (const double value : predicted) result.push_back(backward(value));
  return result;
}

}  // namespace tarn::ml::detail
