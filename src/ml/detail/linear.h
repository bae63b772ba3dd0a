#pragma once
// Linear models and k nearest neighbours, over standardised features of the linear view.

#include <cstdint>
#include <span>
#include <vector>

#include "detail/matrix.h"
#include "detail/stop.h"

namespace tarn::ml::detail {

/// Standardised features are cut here: an extreme value must not carry a linear model away.
inline constexpr float kStandardisedMax = 8;
/// Steps of standardised features. With kStandardisedMax they have 16 bits, so that sums of their
/// products are exact in double whatever the order of summing: distances, and with them the choice
/// of neighbours, are the same everywhere.
inline constexpr float kStandardisedSteps = 4096;
/// Above this many training rows k-NN is not tried: it keeps them all in the model.
inline constexpr std::size_t kKnnRowsMax = 10'000;

/// (x - mean) * scale in float32, cut to ±kStandardisedMax and rounded to 1/kStandardisedSteps.
struct Standardiser {
  std::vector<float> mean;
  std::vector<float> scale;  // 0 for a constant feature

  static Standardiser fit(const Matrix& features);
  Matrix transform(const Matrix& features) const;
};

struct LinearModel {
  Standardiser standardiser;
  std::vector<double> weights;
  double bias = 0;

  std::vector<double> predict(const Matrix& features) const;
};

struct ElasticNetParams {
  double alpha = 0.1;  // relative to the smallest that makes all weights 0 (for l1_ratio = 1)
  double l1_ratio = 0.5;
};
/// Coordinate descent. Source: Friedman, Hastie, Tibshirani, Regularization Paths for Generalized
/// Linear Models, 2010.
LinearModel fit_elastic_net(const ElasticNetParams& params, const Matrix& features,
                            std::span<const double> target, const Stop& stop);

struct LassoLarsParams {
  double alpha = 0.1;  // relative to the smallest that makes all weights 0
};
/// Steps of the path at most; it ends there with the weights that it has.
inline constexpr int kLarsStepsMax = 500;
/// The lasso by least angle regression. Source: Efron, Hastie, Johnstone, Tibshirani, Least Angle
/// Regression, 2004, section 3.1.
LinearModel fit_lasso_lars(const LassoLarsParams& params, const Matrix& features,
                           std::span<const double> target, const Stop& stop);

struct SgdParams {
  double alpha = 1e-4;     // the weight of the penalty
  double l1_ratio = 0.15;  // the part of it that is the sum of absolute weights
  double eta0 = 0.01;      // the first step; the t-th is eta0 / t^0.25
  bool huber = false;      // errors beyond one standard deviation of the target count linearly
};
/// Rows that are stepped over in all epochs together, about.
inline constexpr std::size_t kSgdStepsMax = 2'000'000;
inline constexpr int kSgdEpochsMax = 60;
/// Stochastic gradient descent, one row at a time in an order drawn for each epoch; the weights are
/// the mean over the ends of the last half of the epochs. Source: B. Polyak, A. Juditsky,
/// Acceleration of Stochastic Approximation by Averaging, 1992.
LinearModel fit_sgd(const SgdParams& params, const Matrix& features, std::span<const double> target,
                    std::uint64_t seed, const Stop& stop);

struct KnnModel {
  Standardiser standardiser;
  Matrix points;  // standardised
  std::vector<double> targets;
  int neighbours = 5;
  bool by_distance = false;  // weights 1 / (1e-6 + squared distance), else all equal

  /// Of equally near points those that come first count.
  std::vector<double> predict(const Matrix& features) const;
};
inline constexpr double kKnnDistanceFloor = 1e-6;

struct KnnParams {
  int neighbours = 5;
  bool by_distance = false;
};
KnnModel fit_knn(const KnnParams& params, const Matrix& features, std::span<const double> target);

}  // namespace tarn::ml::detail
