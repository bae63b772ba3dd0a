#pragma once
// Which columns a model leans on. Source: L. Breiman, Random Forests, 2001, section 10: a column's
// values are shuffled, and the metric looked at again.

#include <cstdint>
#include <vector>

#include "detail/stop.h"
#include "ml/regression.h"

namespace tarn::ml::detail {

/// `rows` are raw rows that `model` was not fitted on, with their true values. Most important
/// first. Throws what `stop` throws.
std::vector<ColumnImportance> permutation_importance(const Model& model, const Frame& rows,
                                                     std::span<const double> truth,
                                                     double target_range, Metric primary,
                                                     std::uint64_t seed, const Stop& stop);

}  // namespace tarn::ml::detail
