#include "detail/gaussian_process.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "detail/centred.h"
#include "detail/cholesky.h"

namespace tarn::ml::detail {

namespace {

/// No feature counts as wholly irrelevant: it may matter together with others.
constexpr double kRelevanceFloor = 0.05;
constexpr int kNoiseDoublingsMax = 40;

/// By feature; the mean of the squares is 1.
std::vector<double> relevances(const Centred& centred, double power) {
  const double target_squares = dot(centred.target, centred.target) / centred.rows;
  std::vector<double> result;
  double squares = 0;
  for (std::size_t c = 0; c < centred.columns.size(); ++c) {
    const double product = std::abs(dot(centred.columns[c], centred.target)) / centred.rows;
    const double size = std::sqrt(centred.squares[c] * target_squares);
    const double correlation = size > 0 ? std::min(product / size, 1.0) : 0;
    result.push_back(std::pow(correlation + kRelevanceFloor, power));
    squares += result.back() * result.back();
  }
  const double scale = std::sqrt(static_cast<double>(result.size()) / squares);
  for (double& value : result) value *= scale;
  return result;
}

/// Squared distances to covariances, in place.
void covary(Covariance covariance, std::span<double> distances) {
  if (covariance == Covariance::kGaussian) {
    for (double& value : distances) value = std::exp(-0.5 * value);
    return;
  }
  for (double& value : distances) {
    const double far = std::sqrt(5 * value);
    value = (1 + far + far * far * (1.0 / 3)) * std::exp(-far);
  }
}

/// Standardised and scaled, by feature.
std::vector<double> positions_of(const Matrix& standardised, const std::vector<double>& scales) {
  std::vector<double> positions(standardised.values.size());
  for (std::size_t c = 0; c < standardised.columns; ++c) {
    const auto column = standardised.column(c);
    for (std::size_t r = 0; r < column.size(); ++r)
      positions[c * column.size() + r] = scales[c] * column[r];
  }
  return positions;
}

/// Of one row with each of the first `count` points: squared distances and inner products.
class Neighbourhood {
 public:
  explicit Neighbourhood(const std::vector<double>& positions, std::size_t points)
      : positions_(positions), points_(points) {}

  template <typename Row>
  void look(const Row& value_of, std::size_t features, std::size_t count, double* distances,
            double* products) const {
    std::fill_n(distances, count, 0.0);
    if (products != nullptr) std::fill_n(products, count, 0.0);
    for (std::size_t c = 0; c < features; ++c) {
      const double value = value_of(c);
      const double* const at = positions_.data() + c * points_;
      for (std::size_t p = 0; p < count; ++p) distances[p] += (at[p] - value) * (at[p] - value);
      if (products == nullptr) continue;
      for (std::size_t p = 0; p < count; ++p) products[p] += at[p] * value;
    }
  }

 private:
  const std::vector<double>& positions_;
  std::size_t points_;
};

SymmetricMatrix covariances(const GaussianProcessModel& model, double linear, const Stop& stop) {
  SymmetricMatrix matrix(model.points);
  const Neighbourhood near(model.positions, model.points);
  std::vector<double> products(model.points);
  for (std::size_t i = 0; i < model.points; ++i) {
    if (i % 64 == 0) stop.check();
    double* const row = matrix.row(i);
    near.look([&](std::size_t c) { return model.positions[c * model.points + i]; },
              model.scales.size(), i + 1, row, products.data());
    covary(model.covariance, {row, i + 1});
    for (std::size_t p = 0; p <= i; ++p) row[p] += linear * products[p];
  }
  return matrix;
}

/// The weights of the points. More noise is taken where the matrix is numerically singular.
std::vector<double> weights_of(const SymmetricMatrix& covariances, double noise,
                               const std::vector<double>& target, const Stop& stop) {
  for (int attempt = 0; attempt < kNoiseDoublingsMax; ++attempt, noise *= 2) {
    SymmetricMatrix matrix = covariances;
    for (std::size_t i = 0; i < matrix.size; ++i) matrix.row(i)[i] += noise;
    if (factorise(matrix, stop)) return solve(matrix, target);
  }
  throw Error(Code::kInternal, "the covariances of a Gaussian process cannot be solved");
}

}  // namespace

GaussianProcessModel fit_gaussian_process(const GaussianProcessParams& params,
                                          const Matrix& features, std::span<const double> target,
                                          const Stop& stop) {
  if (features.rows > kGaussianProcessRowsMax || features.columns > kGaussianProcessFeaturesMax) {
    throw Error(Code::kInvalidArgument,
                "a Gaussian process is for at most " + std::to_string(kGaussianProcessRowsMax) +
                    " rows and " + std::to_string(kGaussianProcessFeaturesMax) + " features");
  }
  const Centred centred(features, target);
  GaussianProcessModel model;
  model.standardiser = centred.standardiser;
  model.covariance = params.covariance;
  model.points = features.rows;
  // Standardised rows lie about √(2 · features) apart.
  const double unit = 1 / (params.length_scale * std::sqrt(static_cast<double>(features.columns)));
  model.scales = relevances(centred, params.relevance);
  for (double& scale : model.scales) scale *= unit;
  model.positions = positions_of(model.standardiser.transform(features), model.scales);
  const double linear = params.linear * params.length_scale * params.length_scale;
  model.weights = weights_of(covariances(model, linear, stop), params.noise, centred.target, stop);
  model.bias = centred.target_mean;
  for (std::size_t c = 0; c < features.columns; ++c) {
    const double* const at = model.positions.data() + c * model.points;
    model.linear.push_back(linear * dot({at, model.points}, model.weights));
  }
  return model;
}

std::vector<double> GaussianProcessModel::predict(const Matrix& features) const {
  const std::vector<double> scaled = positions_of(standardiser.transform(features), scales);
  const Neighbourhood near(positions, points);
  std::vector<double> covered(points);
  std::vector<double> predictions(features.rows, bias);
  for (std::size_t r = 0; r < features.rows; ++r) {
    near.look([&](std::size_t c) { return scaled[c * features.rows + r]; }, scales.size(), points,
              covered.data(), nullptr);
    covary(covariance, covered);
    predictions[r] += dot(covered, weights);
    for (std::size_t c = 0; c < scales.size(); ++c)
      predictions[r] += linear[c] * scaled[c * features.rows + r];
  }
  return predictions;
}

}  // namespace tarn::ml::detail
