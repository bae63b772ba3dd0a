#include "detail/tree_ensemble.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tarn::ml::detail {

namespace {

/// Rows are scored in blocks, so that a block's rows stay in the cache while all trees pass over
/// it.
constexpr std::size_t kBlockRows = 256;

/// A block of rows, row by row.
class Block {
 public:
  explicit Block(std::size_t columns) : columns_(columns), values_(kBlockRows * columns) {}

  void load(const Matrix& features, std::size_t first, std::size_t count) {
    for (std::size_t c = 0; c < columns_; ++c) {
      const auto column = features.column(c);
      for (std::size_t i = 0; i < count; ++i) values_[i * columns_ + c] = column[first + i];
    }
  }
  const float* row(std::size_t i) const { return values_.data() + i * columns_; }

 private:
  std::size_t columns_;
  std::vector<float> values_;
};

template <TreeEnsemble::Test kTest>
double leaf_of(const TreeNode* nodes, std::int32_t root, const float* row) {
  const TreeNode* node = nodes + root;
  while (node->feature >= 0) {
    const float value = row[node->feature];
    const bool below =
        kTest == TreeEnsemble::Test::kLess ? value < node->threshold : value <= node->threshold;
    const bool left = below || (node->missing_left && std::isnan(value));
    node = nodes + (left ? node->left : node->right);
  }
  return node->value;
}

template <TreeEnsemble::Test kTest>
void add_trees(const TreeEnsemble& ensemble, std::size_t first, std::size_t last,
               const Block& block, std::size_t count, double* sums) {
  for (std::size_t tree = first; tree < last; ++tree) {
    for (std::size_t i = 0; i < count; ++i) {
      sums[i] += leaf_of<kTest>(ensemble.nodes.data(), ensemble.roots[tree], block.row(i));
    }
  }
}

}  // namespace

std::vector<double> TreeEnsemble::predict(const Matrix& features) const {
  const int all = static_cast<int>(roots.size());
  return std::move(predict_at(features, {&all, 1}).front());
}

std::vector<std::vector<double>> TreeEnsemble::predict_at(const Matrix& features,
                                                          std::span<const int> checkpoints) const {
  std::vector<std::vector<double>> predictions(checkpoints.size(),
                                               std::vector<double>(features.rows));
  Block block(features.columns);
  std::vector<double> sums(kBlockRows);
  for (std::size_t first = 0; first < features.rows; first += kBlockRows) {
    const std::size_t count = std::min(kBlockRows, features.rows - first);
    block.load(features, first, count);
    std::fill(sums.begin(), sums.end(), 0.0);
    std::size_t tree = 0;
    for (std::size_t c = 0; c < checkpoints.size(); ++c) {
      const std::size_t last = std::min(roots.size(), static_cast<std::size_t>(checkpoints[c]));
      if (test == Test::kLess) {
        add_trees<Test::kLess>(*this, tree, last, block, count, sums.data());
      } else {
        add_trees<Test::kLessEqual>(*this, tree, last, block, count, sums.data());
      }
      tree = std::max(tree, last);
      for (std::size_t i = 0; i < count; ++i) predictions[c][first + i] = bias + sums[i];
    }
  }
  return predictions;
}

void TreeEnsemble::truncate(std::size_t count) {
  if (count >= roots.size()) return;
  nodes.resize(static_cast<std::size_t>(roots[count]));  // nodes lie tree by tree
  roots.resize(count);
}

float round_down(double threshold) {
  const float nearest = static_cast<float>(threshold);
  if (static_cast<double>(nearest) <= threshold) return nearest;
  return std::nextafter(nearest, -std::numeric_limits<float>::infinity());
}

}  // namespace tarn::ml::detail
