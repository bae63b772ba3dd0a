#pragma once
// Symmetric positive definite systems, solved by A. Cholesky's factorisation, block by block.

#include <cstddef>
#include <vector>

#include "detail/stop.h"

namespace tarn::ml::detail {

/// A square matrix, row by row; only the part on and below the diagonal counts.
struct SymmetricMatrix {
  explicit SymmetricMatrix(std::size_t rows) : size(rows), values(rows * rows) {}

  double* row(std::size_t i) { return values.data() + i * size; }
  const double* row(std::size_t i) const { return values.data() + i * size; }

  std::size_t size;
  std::vector<double> values;
};

/// Replaces the matrix by its factor. False when it is not positive definite. Throws what `stop`
/// throws.
bool factorise(SymmetricMatrix& matrix, const Stop& stop);
/// x of (L Lᵀ) x = right.
std::vector<double> solve(const SymmetricMatrix& factor, std::vector<double> right);

}  // namespace tarn::ml::detail
