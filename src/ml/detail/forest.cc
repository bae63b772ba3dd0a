#include "detail/forest.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "detail/random.h"

namespace tarn::ml::detail {

namespace {

/// Nodes with at most this many rows sort them instead of filling a histogram.
constexpr std::size_t kSortRowsMax = 24;
constexpr std::size_t kStopCheckRows = 200'000;

/// Features as bins: bin 0 is missing, the others are ascending. A split "bin <= b" is "value <=
/// upper[b]".
struct Bins {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<std::uint8_t> values;            // column-major
  std::vector<std::vector<float>> thresholds;  // by column, by bin

  const std::uint8_t* column(std::size_t c) const { return values.data() + c * rows; }
};

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
  constexpr std::size_t kBins = kForestBinsMax;
  if (distinct.size() <= kBins) return distinct;
  std::vector<float> ends;
  for (std::size_t b = 1; b <= kBins; ++b) {
    const float end = sorted[b * sorted.size() / kBins - 1];
    if (ends.empty() || end > ends.back()) ends.push_back(end);
  }
  return ends;
}

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

struct Split {
  double gain = -1;  // sum² / count of both sides; larger is better
  std::size_t feature = 0;
  std::uint8_t bin = 0;  // rows with at most this bin go left
};

class TreeGrower {
 public:
  TreeGrower(const ForestParams& params, const Bins& bins, std::span<const double> target,
             const Stop& stop)
      : params_(params), bins_(bins), target_(target), stop_(stop), features_(bins.columns) {}

  /// Appends one tree to `ensemble`; leaves are multiplied by `scale`.
  void grow(Random& random, double scale, TreeEnsemble& ensemble) {
    draw_rows(random);
    ensemble.roots.push_back(static_cast<std::int32_t>(ensemble.nodes.size()));
    struct Open {
      std::size_t first;
      std::size_t last;
      std::size_t node;
    };
    std::vector<Open> open;
    const auto add_node = [&] {
      ensemble.nodes.emplace_back();
      return ensemble.nodes.size() - 1;
    };
    open.push_back({0, rows_.size(), add_node()});
    while (!open.empty()) {
      const Open next = open.back();
      open.pop_back();
      count_work(next.last - next.first);
      const Split split = find_split(next.first, next.last, random);
      if (split.gain < 0) {
        ensemble.nodes[next.node].value =
            scale * sum(next.first, next.last) / static_cast<double>(next.last - next.first);
        continue;
      }
      const std::size_t middle = partition(next.first, next.last, split);
      const std::size_t left = add_node();
      const std::size_t right = add_node();
      TreeNode& node = ensemble.nodes[next.node];
      node.feature = static_cast<std::int32_t>(split.feature);
      node.threshold = bins_.thresholds[split.feature][split.bin];
      node.missing_left = true;
      node.left = static_cast<std::int32_t>(left);
      node.right = static_cast<std::int32_t>(right);
      open.push_back({middle, next.last, right});
      open.push_back({next.first, middle, left});
    }
  }

 private:
  void draw_rows(Random& random) {
    rows_.resize(bins_.rows);
    if (!params_.bootstrap) {
      std::iota(rows_.begin(), rows_.end(), 0u);
      return;
    }
    for (std::uint32_t& row : rows_) row = static_cast<std::uint32_t>(random.below(bins_.rows));
    std::sort(rows_.begin(), rows_.end());
  }

  void count_work(std::size_t rows) {
    work_ += rows;
    if (work_ < kStopCheckRows) return;
    work_ = 0;
    stop_.check();
  }

  double sum(std::size_t first, std::size_t last) const {
    double total = 0;
    for (std::size_t i = first; i < last; ++i) total += target_[rows_[i]];
    return total;
  }

  std::size_t partition(std::size_t first, std::size_t last, const Split& split) {
    const std::uint8_t* const bins = bins_.column(split.feature);
    // Stable, so that the order of the rows does not depend on the standard library.
    spare_.clear();
    std::size_t to = first;
    for (std::size_t i = first; i < last; ++i) {
      if (bins[rows_[i]] <= split.bin) {
        rows_[to++] = rows_[i];
      } else {
        spare_.push_back(rows_[i]);
      }
    }
    std::copy(spare_.begin(), spare_.end(), rows_.begin() + static_cast<std::ptrdiff_t>(to));
    return to;
  }

  bool constant_target(std::size_t first, std::size_t last) const {
    for (std::size_t i = first + 1; i < last; ++i) {
      if (target_[rows_[i]] != target_[rows_[first]]) return false;
    }
    return true;
  }

  /// Looks at features in random order until enough of them could be split.
  Split find_split(std::size_t first, std::size_t last, Random& random) {
    Split best;
    const auto leaf_min = static_cast<std::size_t>(params_.min_samples_leaf);
    if (last - first < 2 * leaf_min || last - first < 2 || constant_target(first, last))
      return best;
    const double wanted_d = std::round(params_.max_features * static_cast<double>(bins_.columns));
    const std::size_t wanted =
        std::clamp<std::size_t>(static_cast<std::size_t>(wanted_d), 1, bins_.columns);
    std::iota(features_.begin(), features_.end(), 0u);
    std::size_t looked_at = 0;
    for (std::size_t i = 0; i < features_.size() && looked_at < wanted; ++i) {
      std::swap(features_[i], features_[i + random.below(features_.size() - i)]);
      const std::size_t feature = features_[i];
      const auto [low, high] = bin_range(first, last, feature);
      if (low == high) continue;
      ++looked_at;
      Split split;
      split.feature = feature;
      if (params_.extremely_random) {
        random_split(first, last, low, high, random, split);
      } else {
        best_split(first, last, low, high, split);
      }
      if (split.gain > best.gain) best = split;
    }
    return best;
  }

  std::pair<std::uint8_t, std::uint8_t> bin_range(std::size_t first, std::size_t last,
                                                  std::size_t feature) const {
    const std::uint8_t* const bins = bins_.column(feature);
    std::uint8_t low = bins[rows_[first]];
    std::uint8_t high = low;
    for (std::size_t i = first + 1; i < last; ++i) {
      const std::uint8_t bin = bins[rows_[i]];
      low = std::min(low, bin);
      high = std::max(high, bin);
    }
    return {low, high};
  }

  double gain_of(double left_sum, double left_count, double all_sum, double all_count) const {
    const double right_count = all_count - left_count;
    if (left_count < params_.min_samples_leaf || right_count < params_.min_samples_leaf) return -1;
    const double right_sum = all_sum - left_sum;
    return left_sum * left_sum / left_count + right_sum * right_sum / right_count;
  }

  /// A threshold drawn evenly between the lowest and the highest value, as in the paper, not
  /// between bins.
  void random_split(std::size_t first, std::size_t last, std::uint8_t low, std::uint8_t high,
                    Random& random, Split& split) const {
    const auto& thresholds = bins_.thresholds[split.feature];
    const double from = thresholds[low];
    const double to = thresholds[high - 1];
    const double drawn = from + random.uniform() * (to - from);
    const auto found = std::upper_bound(thresholds.begin() + low, thresholds.begin() + high,
                                        static_cast<float>(drawn));
    const auto above = static_cast<std::size_t>(found - thresholds.begin());
    split.bin = static_cast<std::uint8_t>(
        std::clamp<std::size_t>(above - (above > low ? 1 : 0), low, high - 1u));
    const std::uint8_t* const bins = bins_.column(split.feature);
    double left_sum = 0;
    double all_sum = 0;
    std::size_t left_count = 0;
    for (std::size_t i = first; i < last; ++i) {
      const double value = target_[rows_[i]];
      const bool left = bins[rows_[i]] <= split.bin;
      all_sum += value;
      left_sum += left ? value : 0.0;
      left_count += left ? 1 : 0;
    }
    split.gain = gain_of(left_sum, static_cast<double>(left_count), all_sum,
                         static_cast<double>(last - first));
  }

  void best_split(std::size_t first, std::size_t last, std::uint8_t low, std::uint8_t high,
                  Split& split) {
    if (last - first <= kSortRowsMax) {
      best_of_sorted(first, last, split);
      return;
    }
    const std::uint8_t* const bins = bins_.column(split.feature);
    std::fill(sums_.begin() + low, sums_.begin() + high + 1, 0.0);
    std::fill(counts_.begin() + low, counts_.begin() + high + 1, 0.0);
    double all_sum = 0;
    for (std::size_t i = first; i < last; ++i) {
      const std::uint8_t bin = bins[rows_[i]];
      const double value = target_[rows_[i]];
      sums_[bin] += value;
      counts_[bin] += 1;
      all_sum += value;
    }
    const auto count = static_cast<double>(last - first);
    double left_sum = 0;
    double left_count = 0;
    for (std::size_t bin = low; bin < high; ++bin) {
      if (counts_[bin] == 0) continue;
      left_sum += sums_[bin];
      left_count += counts_[bin];
      const double gain = gain_of(left_sum, left_count, all_sum, count);
      if (gain > split.gain) {
        split.gain = gain;
        split.bin = static_cast<std::uint8_t>(bin);
      }
    }
  }

  void best_of_sorted(std::size_t first, std::size_t last, Split& split) {
    const std::uint8_t* const bins = bins_.column(split.feature);
    const std::size_t count = last - first;
    double all_sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::pair<std::uint8_t, double> item = {bins[rows_[first + i]],
                                                    target_[rows_[first + i]]};
      all_sum += item.second;
      std::size_t at = i;
      for (; at > 0 && sorted_[at - 1].first > item.first; --at) sorted_[at] = sorted_[at - 1];
      sorted_[at] = item;
    }
    double left_sum = 0;
    for (std::size_t i = 0; i + 1 < count; ++i) {
      left_sum += sorted_[i].second;
      if (sorted_[i].first == sorted_[i + 1].first) continue;
      const double gain =
          gain_of(left_sum, static_cast<double>(i + 1), all_sum, static_cast<double>(count));
      if (gain > split.gain) {
        split.gain = gain;
        split.bin = sorted_[i].first;
      }
    }
  }

  const ForestParams& params_;
  const Bins& bins_;
  std::span<const double> target_;
  const Stop& stop_;
  std::size_t work_ = 0;
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint32_t> spare_;
  std::vector<std::size_t> features_;
  std::array<double, kForestBinsMax + 1> sums_ = {};
  std::array<double, kForestBinsMax + 1> counts_ = {};
  std::array<std::pair<std::uint8_t, double>, kSortRowsMax> sorted_ = {};
};

}  // namespace

TreeEnsemble fit_forest(const ForestParams& params, const Matrix& features,
                        std::span<const double> target, std::uint64_t seed, const Stop& stop) {
  double mean = 0;
  for (const double value : target) mean += value;
  mean /= static_cast<double>(target.size());
  std::vector<double> centred(target.begin(), target.end());
  for (double& value : centred) value -= mean;

  TreeEnsemble ensemble;
  ensemble.test = TreeEnsemble::Test::kLessEqual;
  ensemble.bias = mean;
  const Bins bins = make_bins(features);
  TreeGrower grower(params, bins, centred, stop);
  for (int tree = 0; tree < params.trees; ++tree) {
    stop.check();
    Random random(seed, {static_cast<std::uint64_t>(tree)});
    grower.grow(random, 1.0 / params.trees, ensemble);
  }
  return ensemble;
}

}  // namespace tarn::ml::detail
