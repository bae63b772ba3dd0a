#include "detail/forest.h"

#include <numeric>
#include <vector>

#include "detail/mean.h"

namespace tarn::ml::detail {

namespace {

std::vector<double> less(std::span<const double> values, double by) {
  std::vector<double> result(values.begin(), values.end());
  for (double& value : result) value -= by;
  return result;
}

/// Adds what the last tree of `ensemble` predicts, and takes it off the residual.
void apply_last_tree(const TreeEnsemble& ensemble, const Matrix& features,
                     std::vector<double>& residual) {
  for (std::size_t row = 0; row < residual.size(); ++row) {
    std::int32_t at = ensemble.roots.back();
    for (const TreeNode* node = &ensemble.nodes[static_cast<std::size_t>(at)]; node->feature >= 0;
         node = &ensemble.nodes[static_cast<std::size_t>(at)]) {
      const float value = features.column(static_cast<std::size_t>(node->feature))[row];
      at = !(value > node->threshold) ? node->left : node->right;  // a missing value goes left
    }
    residual[row] -= ensemble.nodes[static_cast<std::size_t>(at)].value;
  }
}

}  // namespace

TreeEnsemble fit_forest(const ForestParams& params, const Bins& bins,
                        std::span<const double> target, std::uint64_t seed, const Stop& stop) {
  TreeEnsemble ensemble;
  ensemble.test = TreeEnsemble::Test::kLessEqual;
  ensemble.bias = mean_of(target);
  const std::vector<double> centred = less(target, ensemble.bias);
  TreeGrower grower(params.tree, bins, centred, stop);
  for (int tree = 0; tree < params.trees; ++tree) {
    stop.check();
    Random random(seed, {static_cast<std::uint64_t>(tree)});
    grower.grow(random, 1.0 / params.trees, ensemble);
  }
  return ensemble;
}

TreeEnsemble fit_gradient_boosting(const GradientBoostingParams& params, const Bins& bins,
                                   const Matrix& features, std::span<const double> target,
                                   std::uint64_t seed, const Stop& stop) {
  TreeEnsemble ensemble;
  ensemble.test = TreeEnsemble::Test::kLessEqual;
  ensemble.bias = mean_of(target);
  std::vector<double> residual = less(target, ensemble.bias);
  TreeGrower grower(params.tree, bins, residual, stop);
  for (int tree = 0; tree < params.trees; ++tree) {
    stop.check();
    Random random(seed, {static_cast<std::uint64_t>(tree)});
    grower.grow(random, params.learning_rate, ensemble);
    apply_last_tree(ensemble, features, residual);
  }
  return ensemble;
}

}  // namespace tarn::ml::detail
