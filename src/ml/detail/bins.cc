#include "detail/bins.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace tarn::ml::detail {

namespace {

/// A float t with low <= t < high, near the middle.
float between(float low, float high) {
  const float middle = low + 0.5f * (high - low);
  return middle >= low && middle < high ? middle : low;
}

/// The last value of each bin: all different values, or as many quantiles.
std::vector<float> bin_ends(std::span<const float> column) {
  std::vector<float> sorted;
  sorted.reserve(column.size());
  for (const float value : column) {
    if (!std::isnan(value)) sorted.push_back(value);
  }
  std::sort(sorted.begin(), sorted.end());
  std::vector<float> distinct = sorted;
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  constexpr std::size_t kBins = kTreeBinsMax;
  if (distinct.size() <= kBins) return distinct;
  std::vector<float> ends;
  for (std::size_t b = 1; b <= kBins; ++b) {
    const float end = sorted[b * sorted.size() / kBins - 1];
    if (ends.empty() || end > ends.back()) ends.push_back(end);
  }
  return ends;
}

}  // namespace

Bins make_bins(const Matrix& features) {
  Bins bins;
  bins.rows = features.rows;
  bins.columns = features.columns;
  bins.values.resize(features.values.size());
  bins.thresholds.resize(features.columns);
  for (std::size_t c = 0; c < features.columns; ++c) {
    const auto column = features.column(c);
    const std::vector<float> ends = bin_ends(column);
    auto& thresholds = bins.thresholds[c];
    thresholds.assign(ends.size() + 1, 0);
    // Before the first value, so that "missing or nothing" can be split from the rest.
    if (!ends.empty())
      thresholds[0] = std::nextafter(ends[0], -std::numeric_limits<float>::infinity());
    // Between the end of a bin and the first value of the next.
    std::vector<float> next(ends.size(), std::numeric_limits<float>::infinity());
    std::uint8_t* const out = bins.values.data() + c * bins.rows;
    for (std::size_t r = 0; r < column.size(); ++r) {
      if (std::isnan(column[r])) {
        out[r] = 0;
        continue;
      }
      const auto bin = static_cast<std::size_t>(
          std::lower_bound(ends.begin(), ends.end(), column[r]) - ends.begin());
      out[r] = static_cast<std::uint8_t>(bin + 1);
      if (bin > 0) next[bin - 1] = std::min(next[bin - 1], column[r]);
    }
    for (std::size_t b = 0; b < ends.size(); ++b) {
      thresholds[b + 1] = std::isinf(next[b]) ? ends[b] : between(ends[b], next[b]);
    }
  }
  return bins;
}

}  // namespace tarn::ml::detail
