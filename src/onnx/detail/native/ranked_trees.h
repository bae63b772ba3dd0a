#pragma once
// Trees whose tests compare ranks, and the leaf values in a form that can be summed fast.

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace tarn::onnx::native {

/// Inner nodes first, the root first of all; then the leaves. Children count on from inner nodes
/// to leaves: a child c is a leaf when c >= inner.size().
struct RankedTree {
  struct Inner {
    std::uint32_t column;      // of ranks
    std::uint32_t ranks_left;  // ranks below this go to the left
    std::uint32_t left, right;
    bool missing_left;
  };
  std::vector<Inner> inner;
  std::vector<std::vector<std::pair<std::int32_t, double>>> leaves;  // (target, value)s

  std::size_t size() const { return inner.size() + leaves.size(); }
};

/// What the leaves add. With one target each leaf has one value; with more, a list.
template <typename T>
class LeafValues {
 public:
  LeafValues() = default;
  LeafValues(std::size_t leaves, std::size_t targets) : one_(targets == 1), leaves_(leaves) {
    if (one_) values_.resize(leaves);
  }

  /// Leaves are set in ascending order; those left out add nothing. finish() after the last.
  void set(std::size_t leaf, const std::vector<std::pair<std::int32_t, double>>& weights) {
    if (one_) {
      if (!weights.empty()) values_[leaf] = static_cast<T>(weights.front().second);
      return;
    }
    pad(leaf + 1);
    for (const auto& [target, value] : weights) {
      targets_.push_back(static_cast<std::uint32_t>(target));
      values_.push_back(static_cast<T>(value));
    }
  }
  void finish() {
    if (!one_) pad(leaves_ + 1);
  }

  bool one() const { return one_; }
  const T* values() const { return values_.data(); }
  void add(std::size_t leaf, std::size_t row, T* const* sums) const {
    for (std::uint32_t i = first_[leaf]; i < first_[leaf + 1]; ++i)
      sums[targets_[i]][row] += values_[i];
  }

 private:
  void pad(std::size_t size) {
    first_.resize(std::max(size, first_.size()), static_cast<std::uint32_t>(values_.size()));
  }

  bool one_ = true;
  std::size_t leaves_ = 0;
  std::vector<T> values_;
  std::vector<std::uint32_t> targets_;
  std::vector<std::uint32_t> first_;
};

}  // namespace tarn::onnx::native
