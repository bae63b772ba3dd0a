#pragma once
// Ensembles of trees of our own: random forests, extremely randomised trees, gradient boosting, and
// the single tree.
//
// Each tree has its own random stream. Sources: L. Breiman, Random Forests, 2001; P. Geurts, D.
// Ernst, L. Wehenkel, Extremely randomized trees, 2006; J. Friedman, Stochastic gradient boosting,
// 2002.

#include <cstdint>
#include <span>

#include "detail/bins.h"
#include "detail/matrix.h"
#include "detail/stop.h"
#include "detail/tree_ensemble.h"
#include "detail/tree_grower.h"

namespace tarn::ml::detail {

struct ForestParams {
  TreeParams tree = {.extremely_random = true};
  int trees = 100;
};

/// Leaves are already divided by the number of trees.
TreeEnsemble fit_forest(const ForestParams& params, const Bins& bins,
                        std::span<const double> target, std::uint64_t seed, const Stop& stop);

struct GradientBoostingParams {
  TreeParams tree = {.max_depth = 3};
  int trees = 100;
  double learning_rate = 0.1;
};

/// Each tree is grown on what those before leave of the target. `bins` are those of `features`.
TreeEnsemble fit_gradient_boosting(const GradientBoostingParams& params, const Bins& bins,
                                   const Matrix& features, std::span<const double> target,
                                   std::uint64_t seed, const Stop& stop);

}  // namespace tarn::ml::detail
