#pragma once
// Decision trees in one form, whoever grew them. This is what is validated, kept and exported: the
// libraries that grow trees are not needed to score them.
//
// Thresholds are float32 like the features. Leaves are summed in double, tree by tree.

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "detail/matrix.h"

namespace tarn::ml::detail {

struct TreeNode {
  std::int32_t feature = -1;  // -1: a leaf
  float threshold = 0;
  std::int32_t left = -1;  // indexes into TreeEnsemble::nodes
  std::int32_t right = -1;
  bool missing_left = false;
  double value = 0;  // of a leaf
};

struct TreeEnsemble {
  /// Which comparison sends a row to the left.
  enum class Test { kLessEqual, kLess };

  Test test = Test::kLessEqual;
  double bias = 0;                  // added to the sum of the leaves
  std::vector<std::int32_t> roots;  // one per tree
  std::vector<TreeNode> nodes;

  std::vector<double> predict(const Matrix& features) const;
  /// The predictions with only the first checkpoints[i] trees, for each i; ascending.
  std::vector<std::vector<double>> predict_at(const Matrix& features,
                                              std::span<const int> checkpoints) const;
  /// Leaves only the first `count` trees.
  void truncate(std::size_t count);
};

/// The largest float that is not above `threshold`: for a float x, x <= threshold is the same as x
/// <= this.
float round_down(double threshold);

}  // namespace tarn::ml::detail
