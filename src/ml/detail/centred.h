#pragma once
// What fits of linear models begin with and end with: standardised features and a target, both with
// mean 0, in double.

#include <span>
#include <vector>

#include "detail/linear.h"

namespace tarn::ml::detail {

double dot(std::span<const double> a, std::span<const double> b);

struct Centred {
  Centred(const Matrix& features, std::span<const double> goal);

  /// The largest |correlation| of a column with the target: with an l1 penalty of that size all
  /// weights are 0.
  double largest_correlation() const;
  /// `model` has the weights for these columns; gives it the standardiser and the bias.
  LinearModel finish(LinearModel model) const;

  Standardiser standardiser;
  double rows = 0;
  std::vector<std::vector<double>> columns;
  std::vector<double> means;    // of the standardised columns: rounding and cutting move them a bit
  std::vector<double> squares;  // mean of the squares, by column
  std::vector<double> target;
  double target_mean = 0;
};

}  // namespace tarn::ml::detail
