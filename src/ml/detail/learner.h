#pragma once
// One door to all learners: a configuration and features in, something that predicts on the
// learner's target scale out.

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "detail/configuration.h"
#include "detail/features.h"
#include "detail/gaussian_process.h"
#include "detail/linear.h"
#include "detail/matrix.h"
#include "detail/stop.h"
#include "detail/training_set.h"
#include "detail/tree_ensemble.h"

namespace tarn::ml::detail {

using Learner = std::variant<TreeEnsemble, LinearModel, KnnModel, GaussianProcessModel>;

View view_of(Algorithm algorithm);
/// `rounds` is the number of trees of a boosted algorithm; others ignore it.
Learner fit_learner(const Configuration& configuration, int rounds, const TrainingSet& rows,
                    std::span<const double> target, std::uint64_t seed, const Stop& stop);
std::vector<double> predict(const Learner& learner, const Matrix& features);

}  // namespace tarn::ml::detail
