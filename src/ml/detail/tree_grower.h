#pragma once
// Grows one regression tree over binned features; forests and gradient boosting are made of these.

#include <memory>
#include <span>

#include "detail/bins.h"
#include "detail/random.h"
#include "detail/stop.h"
#include "detail/tree_ensemble.h"

namespace tarn::ml::detail {

struct TreeParams {
  bool extremely_random = false;  // one random threshold a feature instead of the best one
  bool bootstrap = false;         // as many rows as there are, drawn with repetition
  double subsample = 1;           // without bootstrap: the part of the rows to grow on
  int max_depth = 0;              // 0: no limit
  int min_samples_leaf = 1;
  double max_features = 1;  // fraction of the features looked at in each node
};

/// Borrows all that it is given. Not thread-safe; the target's values may change between two trees.
class TreeGrower {
 public:
  TreeGrower(const TreeParams& params, const Bins& bins, std::span<const double> target,
             const Stop& stop);
  ~TreeGrower();

  /// Appends one tree to `ensemble`; leaves are multiplied by `scale`. A missing value goes to the
  /// left. Throws what `stop` throws.
  void grow(Random& random, double scale, TreeEnsemble& ensemble);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::ml::detail
