#pragma once
// Features cut into at most kTreeBinsMax bins each, once: trees of our own are grown over bytes.

#include <cstdint>
#include <vector>

#include "detail/matrix.h"

namespace tarn::ml::detail {

inline constexpr int kTreeBinsMax = 255;

/// Features as bins: bin 0 is missing, the others are ascending. A split "bin <= b" is "value <=
/// upper[b]".
struct Bins {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<std::uint8_t> values;            // column-major
  std::vector<std::vector<float>> thresholds;  // by column, by bin

  const std::uint8_t* column(std::size_t c) const { return values.data() + c * rows; }
};

Bins make_bins(const Matrix& features);

}  // namespace tarn::ml::detail
