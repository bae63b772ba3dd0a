#include "detail/cholesky.h"

#include <algorithm>
#include <cmath>

namespace tarn::ml::detail {

namespace {

constexpr std::size_t kBlock = 64;

/// Columns first to last of the factor, whose rows before are done.
bool factorise_block(SymmetricMatrix& matrix, std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < matrix.size; ++i) {
    double* const row = matrix.row(i);
    for (std::size_t j = first; j < std::min(i + 1, last); ++j) {
      const double* const other = matrix.row(j);
      double value = row[j];
      for (std::size_t k = first; k < j; ++k) value -= row[k] * other[k];
      if (i == j) {
        if (!(value > 0)) return false;
        row[j] = std::sqrt(value);
      } else {
        row[j] = value / other[j];
      }
    }
  }
  return true;
}

/// Takes the products of the block's columns off everything right of it. `panel` is the block,
/// column by column, so that the innermost loop runs along rows.
void update_rest(SymmetricMatrix& matrix, std::size_t first, std::size_t last,
                 std::vector<double>& panel) {
  const std::size_t size = matrix.size;
  panel.resize(kBlock * size);
  for (std::size_t i = last; i < size; ++i) {
    for (std::size_t k = first; k < last; ++k) panel[(k - first) * size + i] = matrix.row(i)[k];
  }
  for (std::size_t i = last; i < size; ++i) {
    double* const row = matrix.row(i);
    std::size_t k = first;
    for (; k + 4 <= last; k += 4) {
      const double a = row[k], b = row[k + 1], c = row[k + 2], d = row[k + 3];
      const double* const p = panel.data() + (k - first) * size;
      for (std::size_t j = last; j <= i; ++j)
        row[j] -= (a * p[j] + b * p[size + j]) + (c * p[2 * size + j] + d * p[3 * size + j]);
    }
    for (; k < last; ++k) {
      const double* const p = panel.data() + (k - first) * size;
      for (std::size_t j = last; j <= i; ++j) row[j] -= row[k] * p[j];
    }
  }
}

}  // namespace

bool factorise(SymmetricMatrix& matrix, const Stop& stop) {
  std::vector<double> panel;
  for (std::size_t first = 0; first < matrix.size; first += kBlock) {
    stop.check();
    const std::size_t last = std::min(first + kBlock, matrix.size);
    if (!factorise_block(matrix, first, last)) return false;
    update_rest(matrix, first, last, panel);
  }
  return true;
}

std::vector<double> solve(const SymmetricMatrix& factor, std::vector<double> right) {
  for (std::size_t i = 0; i < factor.size; ++i) {
    const double* const row = factor.row(i);
    for (std::size_t k = 0; k < i; ++k) right[i] -= row[k] * right[k];
    right[i] /= row[i];
  }
  for (std::size_t i = factor.size; i-- > 0;) {
    const double* const row = factor.row(i);
    right[i] /= row[i];
    for (std::size_t k = 0; k < i; ++k) right[k] -= row[k] * right[i];
  }
  return right;
}

}  // namespace tarn::ml::detail
