#pragma once
// The mean of a Gaussian process over standardised features of the linear view, for small tables:
// every training row becomes a part of the model.
//
// The covariance of two rows is k(|u - v|) + linear * u·v, and the noise is added to its diagonal;
// u and v are the rows with each feature scaled by its relevance. The hyperparameters are chosen by
// validation, like those of any other learner. Source: C. Rasmussen, C. Williams, Gaussian
// Processes for Machine Learning, 2006, algorithm 2.1 and section 4.2.

#include <span>
#include <vector>

#include "detail/linear.h"
#include "detail/matrix.h"
#include "detail/stop.h"

namespace tarn::ml::detail {

/// Above these, Gaussian processes are not tried: time grows with rows³, a model with rows ×
/// features.
inline constexpr std::size_t kGaussianProcessRowsMax = 2'000;
inline constexpr std::size_t kGaussianProcessFeaturesMax = 1'000;

enum class Covariance { kGaussian, kMatern52 };

struct GaussianProcessParams {
  Covariance covariance = Covariance::kGaussian;
  double length_scale = 1;  // in units of the usual distance between two rows
  double noise = 0.1;       // variance, relative to that of k
  double linear = 0.3;      // variance of the linear part, relative to that of k
  /// Features are scaled by this power of their correlation with the target: 0 takes all alike.
  double relevance = 1;
};

struct GaussianProcessModel {
  Standardiser standardiser;
  std::vector<double> scales;  // by feature, of the standardised values
  Covariance covariance = Covariance::kGaussian;
  std::size_t points = 0;
  std::vector<double> positions;  // of the training rows, scaled; points × features, by feature
  std::vector<double> weights;    // one per point
  std::vector<double> linear;     // one per feature, of the scaled values
  double bias = 0;

  std::vector<double> predict(const Matrix& features) const;
};

/// Throws Error(kInvalidArgument) above the limits, and what `stop` throws.
GaussianProcessModel fit_gaussian_process(const GaussianProcessParams& params,
                                          const Matrix& features, std::span<const double> target,
                                          const Stop& stop);

}  // namespace tarn::ml::detail
