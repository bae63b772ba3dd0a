#pragma once
// What learners see: float32 features, column by column. NaN is a missing value.

#include <cstddef>
#include <span>
#include <vector>

namespace tarn::ml::detail {

struct Matrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;  // column-major

  Matrix() = default;
  Matrix(std::size_t row_count, std::size_t column_count)
      : rows(row_count), columns(column_count), values(row_count * column_count) {}

  std::span<float> column(std::size_t c) { return {values.data() + c * rows, rows}; }
  std::span<const float> column(std::size_t c) const { return {values.data() + c * rows, rows}; }
};

}  // namespace tarn::ml::detail
