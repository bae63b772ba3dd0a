#pragma once
// Random forests and extremely randomised trees, grown over binned features.
//
// Features are cut into at most kForestBinsMax bins once; nodes then work on bytes. Each tree has
// its own random stream. Sources: L. Breiman, Random Forests, 2001; P. Geurts, D. Ernst, L.
// Wehenkel, Extremely randomized trees, 2006.

#include <cstdint>
#include <span>

#include "detail/matrix.h"
#include "detail/stop.h"
#include "detail/tree_ensemble.h"

namespace tarn::ml::detail {

inline constexpr int kForestBinsMax = 255;

struct ForestParams {
  bool extremely_random = true;  // one random threshold a feature instead of the best one
  bool bootstrap = false;
  int trees = 100;
  int min_samples_leaf = 1;
  double max_features = 1;  // fraction of the features looked at in each node
};

/// Leaves are already divided by the number of trees. A missing value goes to the left.
TreeEnsemble fit_forest(const ForestParams& params, const Matrix& features,
                        std::span<const double> target, std::uint64_t seed, const Stop& stop);

}  // namespace tarn::ml::detail
