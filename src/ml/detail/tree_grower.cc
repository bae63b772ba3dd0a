#include "detail/tree_grower.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

namespace tarn::ml::detail {

namespace {

/// Nodes with at most this many rows sort them instead of filling a histogram.
constexpr std::size_t kSortRowsMax = 24;
constexpr std::size_t kStopCheckRows = 200'000;

struct Split {
  double gain = -1;  // sum² / count of both sides; larger is better
  std::size_t feature = 0;
  std::uint8_t bin = 0;  // rows with at most this bin go left
};

}  // namespace

class TreeGrower::Impl {
 public:
  Impl(const TreeParams& params, const Bins& bins, std::span<const double> target, const Stop& stop)
      : params_(params), bins_(bins), target_(target), stop_(stop), features_(bins.columns) {}

  /// Appends one tree to `ensemble`; leaves are multiplied by `scale`.
  void grow(Random& random, double scale, TreeEnsemble& ensemble) {
    draw_rows(random);
    ensemble.roots.push_back(static_cast<std::int32_t>(ensemble.nodes.size()));
    struct Open {
      std::size_t first;
      std::size_t last;
      std::size_t node;
      int depth;
    };
    std::vector<Open> open;
    const auto add_node = [&] {
      ensemble.nodes.emplace_back();
      return ensemble.nodes.size() - 1;
    };
    open.push_back({0, rows_.size(), add_node(), 0});
    while (!open.empty()) {
      const Open next = open.back();
      open.pop_back();
      count_work(next.last - next.first);
      const bool deep = params_.max_depth > 0 && next.depth >= params_.max_depth;
      const Split split = deep ? Split{} : find_split(next.first, next.last, random);
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
      open.push_back({middle, next.last, right, next.depth + 1});
      open.push_back({next.first, middle, left, next.depth + 1});
    }
  }

 private:
  void draw_rows(Random& random) {
    rows_.resize(bins_.rows);
    if (!params_.bootstrap) {
      std::iota(rows_.begin(), rows_.end(), 0u);
      if (params_.subsample < 1) draw_part(random);
      return;
    }
    for (std::uint32_t& row : rows_) row = static_cast<std::uint32_t>(random.below(bins_.rows));
    std::sort(rows_.begin(), rows_.end());
  }

  /// So many of the rows, each at most once, in their order.
  void draw_part(Random& random) {
    const double wanted = std::round(params_.subsample * static_cast<double>(bins_.rows));
    std::size_t left = std::max<std::size_t>(1, static_cast<std::size_t>(wanted));
    std::size_t kept = 0;
    for (std::size_t row = 0; row < bins_.rows && left > 0; ++row) {
      if (random.below(bins_.rows - row) >= left) continue;
      rows_[kept++] = static_cast<std::uint32_t>(row);
      --left;
    }
    rows_.resize(kept);
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

  const TreeParams& params_;
  const Bins& bins_;
  std::span<const double> target_;
  const Stop& stop_;
  std::size_t work_ = 0;
  std::vector<std::uint32_t> rows_;
  std::vector<std::uint32_t> spare_;
  std::vector<std::size_t> features_;
  std::array<double, kTreeBinsMax + 1> sums_ = {};
  std::array<double, kTreeBinsMax + 1> counts_ = {};
  std::array<std::pair<std::uint8_t, double>, kSortRowsMax> sorted_ = {};
};

TreeGrower::TreeGrower(const TreeParams& params, const Bins& bins, std::span<const double> target,
                       const Stop& stop)
    : impl_(std::make_unique<Impl>(params, bins, target, stop)) {}

TreeGrower::~TreeGrower() = default;

void TreeGrower::grow(Random& random, double scale, TreeEnsemble& ensemble) {
  impl_->grow(random, scale, ensemble);
}

}  // namespace tarn::ml::detail
