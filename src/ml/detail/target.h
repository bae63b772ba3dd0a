#pragma once
// The scale that a learner sees the target on, and the way back.

#include <span>
#include <string_view>
#include <vector>

namespace tarn::ml::detail {

/// y, √y or log(1 + y).
enum class TargetScale { kRaw, kSquareRoot, kLog };
inline constexpr TargetScale kTargetScales[] = {TargetScale::kRaw, TargetScale::kSquareRoot,
                                                TargetScale::kLog};
/// "raw", "sqrt", "log".
std::string_view name_of(TargetScale scale);
/// The root and the logarithm want a target without negative values.
bool valid_for(TargetScale scale, double target_min);

/// Predictions on the learner's scale may leave the range of the training targets by this part of
/// it, on each side.
inline constexpr double kTargetMargin = 0.5;

struct TargetTransform {
  TargetScale scale = TargetScale::kRaw;
  double low = 0;  // what a learner predicts is cut to [low, high] before the way back
  double high = 0;
  /// Going back from the root or logarithm gives a median-like value, too low for a mean. Added on
  /// the root scale's way back (the variance of the residuals), multiplied on the logarithm's.
  double shift = 0;
  double factor = 1;

  /// Fits the cut to these targets.
  static TargetTransform fit(TargetScale scale, std::span<const double> target);
  /// Fits the correction to out-of-fold predictions on the learner's scale.
  void correct(std::span<const double> target, std::span<const double> predicted);

  double forward(double target) const;
  double backward(double predicted) const;
  std::vector<double> forward(std::span<const double> targets) const;
  std::vector<double> backward(std::span<const double> predicted) const;
};

}  // namespace tarn::ml::detail
