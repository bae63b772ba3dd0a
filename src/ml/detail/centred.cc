#include "detail/centred.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tarn::ml::detail {

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

Centred::Centred(const Matrix& features, std::span<const double> goal)
    : standardiser(Standardiser::fit(features)),
      rows(static_cast<double>(features.rows)),
      target(goal.begin(), goal.end()) {
  const Matrix standardised = standardiser.transform(features);
  target_mean = std::accumulate(goal.begin(), goal.end(), 0.0) / rows;
  for (double& value : target) value -= target_mean;
  for (std::size_t c = 0; c < features.columns; ++c) {
    const auto values = standardised.column(c);
    std::vector<double> column(values.begin(), values.end());
    const double mean = std::accumulate(column.begin(), column.end(), 0.0) / rows;
    for (double& value : column) value -= mean;
    squares.push_back(dot(column, column) / rows);
    means.push_back(mean);
    columns.push_back(std::move(column));
  }
}

double Centred::largest_correlation() const {
  double largest = 0;
  for (const auto& column : columns)
    largest = std::max(largest, std::abs(dot(column, target)) / rows);
  return largest;
}

LinearModel Centred::finish(LinearModel model) const {
  model.standardiser = standardiser;
  model.bias = target_mean;
  for (std::size_t c = 0; c < columns.size(); ++c) model.bias -= model.weights[c] * means[c];
  return model;
}

}  // namespace tarn::ml::detail
