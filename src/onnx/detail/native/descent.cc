#include "detail/native/descent.h"

#include <algorithm>
#include <map>

#include "detail/native/step.h"

namespace tarn::onnx::native {
namespace {

constexpr double kStepWork = 2.5;  // a row's step down, measured
constexpr std::size_t kRowsAtOnce = 8;
constexpr std::uint32_t kStepsBetweenLooks = 4;  // before it is asked whether all are at a leaf

/// Steps from the root to each inner node; children come after their parent.
std::vector<std::uint32_t> depths(const RankedTree& tree) {
  std::vector<std::uint32_t> depth(tree.size(), 0);
  for (std::size_t n = 0; n < tree.inner.size(); ++n) {
    depth[tree.inner[n].left] = depth[n] + 1;
    depth[tree.inner[n].right] = depth[n] + 1;
  }
  return depth;
}

}  // namespace

double descent_work(std::span<const RankedTree> trees) {
  double work = 0;
  for (const RankedTree& tree : trees) {
    double sum = 0;
    const std::vector<std::uint32_t> depth = depths(tree);
    for (std::size_t n = tree.inner.size(); n < depth.size(); ++n) sum += depth[n];
    work += kStepWork * sum / static_cast<double>(tree.leaves.size());
  }
  return work;
}

template <typename T>
DescendedTrees<T>::DescendedTrees(std::span<const RankedTree> trees,
                                  std::span<const std::uint32_t> ranks, std::size_t targets)
    : plain_columns_(ranks.size()) {
  std::size_t leaf_count = 0;
  for (const RankedTree& tree : trees) leaf_count += tree.leaves.size();
  leaves_ = LeafValues<T>(leaf_count, targets);
  std::map<std::uint32_t, std::uint32_t> lowered;
  const auto lowered_column = [&](std::uint32_t column) {
    const auto [found, is_new] =
        lowered.emplace(column, static_cast<std::uint32_t>(plain_columns_ + lowered_.size()));
    if (is_new) lowered_.push_back({column, ranks[column] + 1});
    return found->second;
  };
  std::size_t leaf = 0;
  for (const RankedTree& tree : trees) {
    const auto first = static_cast<std::uint32_t>(nodes_.size());
    const auto inner = static_cast<std::uint32_t>(tree.inner.size());
    for (const RankedTree::Inner& node : tree.inner) {
      const std::uint32_t column = node.missing_left ? lowered_column(node.column) : node.column;
      nodes_.push_back({node.ranks_left + (node.missing_left ? 1 : 0),
                        column * static_cast<std::uint32_t>(kTileRows), first + node.left,
                        first + node.right});
    }
    const std::vector<std::uint32_t> depth = depths(tree);
    roots_.push_back({first, first + inner, static_cast<std::uint32_t>(leaf) - (first + inner),
                      *std::max_element(depth.begin(), depth.end())});
    for (const auto& weights : tree.leaves) {
      const auto self = static_cast<std::uint32_t>(nodes_.size());
      nodes_.push_back({0, 0, self, self});
      leaves_.set(leaf++, weights);
    }
  }
  leaves_.finish();
}

template <typename T>
void DescendedTrees<T>::lower(std::uint32_t* ranks, std::size_t rows) const {
  for (std::size_t c = 0; c < lowered_.size(); ++c) {
    const std::uint32_t* from = ranks + lowered_[c].from * kTileRows;
    std::uint32_t* to = ranks + (plain_columns_ + c) * kTileRows;
    const std::uint32_t missing = lowered_[c].missing;
    for (std::size_t i = 0; i < rows; ++i) to[i] = from[i] == missing ? 0 : from[i] + 1;
  }
}

template <typename T>
template <std::size_t kRows>
void DescendedTrees<T>::go_down(const Root& root, const std::uint32_t* ranks, std::size_t row,
                                T* const* sums) const {
  const Node* nodes = nodes_.data();
  std::uint32_t at[kRows];
  std::fill_n(at, kRows, root.node);
  for (std::uint32_t depth = 0; depth < root.depth; depth += kStepsBetweenLooks) {
    for (std::uint32_t step = 0; step < kStepsBetweenLooks; ++step) {
#pragma GCC unroll 8
      for (std::size_t k = 0; k < kRows; ++k) {
        const Node& node = nodes[at[k]];
        at[k] = ranks[node.column + row + k] < node.ranks_left ? node.left : node.right;
      }
    }
    std::uint32_t highest_up = at[0];
    for (std::size_t k = 1; k < kRows; ++k) highest_up = std::min(highest_up, at[k]);
    if (highest_up >= root.first_leaf) break;
  }
  for (std::size_t k = 0; k < kRows; ++k) {
    const std::uint32_t leaf = root.leaf_offset + at[k];
    if (leaves_.one()) {
      sums[0][row + k] += leaves_.values()[leaf];
    } else {
      leaves_.add(leaf, row + k, sums);
    }
  }
}

template <typename T>
void DescendedTrees<T>::add(std::uint32_t* ranks, std::size_t rows, T* const* sums) const {
  lower(ranks, rows);
  for (const Root& root : roots_) {
    std::size_t row = 0;
    for (; row + kRowsAtOnce <= rows; row += kRowsAtOnce)
      go_down<kRowsAtOnce>(root, ranks, row, sums);
    for (; row < rows; ++row) go_down<1>(root, ranks, row, sums);
  }
}

template class DescendedTrees<float>;
template class DescendedTrees<double>;

}  // namespace tarn::onnx::native
