#include "detail/native/trees.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "detail/native/descent.h"
#include "detail/native/masks.h"
#include "detail/native/ranked_trees.h"
#include "detail/native/ranks.h"

namespace tarn::onnx::native {
namespace {

/// What masks may take; larger ensembles go by descent.
constexpr std::size_t kMaskBytesMax = 64u << 20;

/// The largest T that is not above `value`: for an x of type T, x <= value is x <= this.
template <typename T>
T round_down(double value) {
  const T rounded = static_cast<T>(value);
  if (static_cast<double>(rounded) <= value) return rounded;
  return std::nextafter(rounded, -std::numeric_limits<T>::infinity());
}

/// The cuts of each feature that the trees use, sorted.
template <typename T>
std::map<std::int32_t, std::vector<T>> cuts_of(const std::vector<Tree>& trees) {
  std::map<std::int32_t, std::vector<T>> cuts;
  for (const Tree& tree : trees) {
    for (const Tree::Node& node : tree.nodes) {
      if (node.feature < 0) continue;
      auto& list = cuts[node.feature];
      if (!node.never && !node.always) list.push_back(round_down<T>(node.cut));
    }
  }
  for (auto& [feature, list] : cuts) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  return cuts;
}

/// Nodes from the top down, level by level, inner ones before leaves.
std::vector<std::int32_t> inner_first(const Tree& tree) {
  std::vector<std::int32_t> inner, leaves, level = {0};
  while (!level.empty()) {
    std::vector<std::int32_t> below;
    for (const std::int32_t index : level) {
      const Tree::Node& node = tree.nodes[static_cast<std::size_t>(index)];
      if (node.feature < 0) {
        leaves.push_back(index);
        continue;
      }
      inner.push_back(index);
      below.push_back(node.left);
      below.push_back(node.right);
    }
    level = std::move(below);
  }
  inner.insert(inner.end(), leaves.begin(), leaves.end());
  return inner;
}

template <typename T>
RankedTree ranked(const Tree& tree, const std::map<std::int32_t, std::vector<T>>& cuts,
                  const std::map<std::int32_t, std::uint32_t>& columns) {
  const std::vector<std::int32_t> order = inner_first(tree);
  std::vector<std::uint32_t> position(tree.nodes.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    position[static_cast<std::size_t>(order[i])] = static_cast<std::uint32_t>(i);
  RankedTree result;
  for (const std::int32_t index : order) {
    const Tree::Node& node = tree.nodes[static_cast<std::size_t>(index)];
    if (node.feature < 0) {
      result.leaves.push_back(node.weights);
      continue;
    }
    const std::vector<T>& list = cuts.at(node.feature);
    std::size_t ranks_left = 0;
    if (node.always) {
      ranks_left = list.size() + 1;
    } else if (!node.never) {
      const auto cut = std::lower_bound(list.begin(), list.end(), round_down<T>(node.cut));
      ranks_left = static_cast<std::size_t>(cut - list.begin()) + 1;
    }
    result.inner.push_back({columns.at(node.feature), static_cast<std::uint32_t>(ranks_left),
                            position[static_cast<std::size_t>(node.left)],
                            position[static_cast<std::size_t>(node.right)], node.missing_left});
  }
  return result;
}

/// Finds ranks of features of type F, then leaves by one way or the other, then sums in T.
template <typename F, typename T>
class Forest final : public Step {
 public:
  Forest(std::vector<int> in, std::vector<int> out, std::vector<Ranks<F>> ranks,
         const Ensemble& shape, std::optional<MaskedTrees<T>> masks,
         std::optional<DescendedTrees<T>> descent, bool wide)
      : Step(std::move(in), std::move(out)),
        ranks_(std::move(ranks)),
        base_(shape.base.begin(), shape.base.end()),
        divisor_(shape.average ? static_cast<T>(shape.trees.size()) : T{1}),
        masks_(std::move(masks)),
        descent_(std::move(descent)),
        wide_(wide) {}

  std::size_t scratch_bytes() const override {
    const std::size_t columns = masks_ ? ranks_.size() : descent_->columns();
    return columns * kTileRows * sizeof(std::uint32_t);
  }

  void run(const Tile& tile) const override {
    auto* ranks = reinterpret_cast<std::uint32_t*>(tile.scratch);
    for (std::size_t f = 0; f < ranks_.size(); ++f)
      ranks_[f].find(tile.at<F>(inputs()[f]), tile.rows, ranks + f * kTileRows, wide_);
    T* sums[kTargetsMax];
    for (std::size_t t = 0; t < outputs().size(); ++t) {
      sums[t] = tile.at<T>(outputs()[t]);
      std::fill_n(sums[t], tile.rows, T{0});
    }
    if (masks_) {
      masks_->add(ranks, tile.rows, sums, wide_);
    } else {
      descent_->add(ranks, tile.rows, sums);
    }
    for (std::size_t t = 0; t < outputs().size(); ++t) finish(sums[t], t, tile.rows);
  }

 private:
  void finish(T* sums, std::size_t target, std::size_t rows) const {
    if (divisor_ != T{1}) {
      for (std::size_t i = 0; i < rows; ++i) sums[i] /= divisor_;
    }
    if (base_.empty()) return;
    for (std::size_t i = 0; i < rows; ++i) sums[i] += base_[target];
  }

  std::vector<Ranks<F>> ranks_;
  std::vector<T> base_;
  T divisor_;
  std::optional<MaskedTrees<T>> masks_;
  std::optional<DescendedTrees<T>> descent_;
  bool wide_;  // AVX2
};

template <typename F, typename T>
StepPtr make(const Ensemble& ensemble, const std::vector<int>& in, std::vector<int> out,
             const TreeOptions& options) {
  const auto cuts = cuts_of<F>(ensemble.trees);
  std::map<std::int32_t, std::uint32_t> columns;
  std::vector<Ranks<F>> ranks;
  std::vector<std::uint32_t> sizes;
  std::vector<int> used;
  for (const auto& [feature, list] : cuts) {
    columns[feature] = static_cast<std::uint32_t>(ranks.size());
    ranks.emplace_back(list);
    sizes.push_back(ranks.back().size());
    used.push_back(in.at(static_cast<std::size_t>(feature)));
  }
  std::vector<RankedTree> trees;
  for (const Tree& tree : ensemble.trees) trees.push_back(ranked<F>(tree, cuts, columns));

  const auto targets = static_cast<std::size_t>(ensemble.targets);
  std::optional<MaskedTrees<T>> masks;
  if (options.way != TreeWay::kDescent) {
    const MaskCost cost = mask_cost(trees);
    const bool faster = options.way == TreeWay::kMasks || cost.work <= descent_work(trees);
    if (cost.possible && faster && cost.bytes <= kMaskBytesMax)
      masks.emplace(trees, sizes, targets);
  }
  if (options.way == TreeWay::kMasks && !masks) return nullptr;
  std::optional<DescendedTrees<T>> descent;
  if (!masks) descent.emplace(trees, sizes, targets);
  return std::make_unique<Forest<F, T>>(std::move(used), std::move(out), std::move(ranks), ensemble,
                                        std::move(masks), std::move(descent),
                                        !options.portable && has_avx2());
}

}  // namespace

StepPtr tree_ensemble(const Ensemble& ensemble, ElementType features, ElementType sums,
                      const std::vector<int>& in, std::vector<int> out,
                      const TreeOptions& options) {
  const bool float_features = features == ElementType::kFloat;
  if (float_features && sums == ElementType::kFloat)
    return make<float, float>(ensemble, in, std::move(out), options);
  if (float_features && sums == ElementType::kDouble)
    return make<float, double>(ensemble, in, std::move(out), options);
  if (features == ElementType::kDouble && sums == ElementType::kDouble)
    return make<double, double>(ensemble, in, std::move(out), options);
  return nullptr;
}

}  // namespace tarn::onnx::native
