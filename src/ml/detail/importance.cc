#include "detail/importance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "detail/random.h"

namespace tarn::ml::detail {

namespace {

constexpr std::uint64_t kShuffleStream = 0x1a9;

std::vector<std::size_t> shuffled(std::size_t rows, Random& random) {
  std::vector<std::size_t> order(rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = rows; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

}  // namespace

std::vector<ColumnImportance> permutation_importance(const Model& model, const Frame& rows,
                                                     std::span<const double> truth,
                                                     double target_range, Metric primary,
                                                     std::uint64_t seed, const Stop& stop) {
  const auto score = [&](const Frame& frame) {
    stop.check();
    const double value = regression_metrics(truth, model.predict(frame), target_range)[primary];
    // Predictions that are all alike have no rank correlation: as bad as none.
    return std::isfinite(value) ? value : 0;
  };
  const double sign = higher_is_better(primary) ? 1 : -1;
  const double whole = score(rows);
  std::vector<ColumnImportance> result;
  for (std::size_t column = 0; column < model.inputs().size(); ++column) {
    ColumnImportance importance;
    importance.column = model.inputs()[column].name;
    double squares = 0;
    for (std::uint64_t repeat = 0; repeat < kImportanceRepeats; ++repeat) {
      Random random(seed, {kShuffleStream, column, repeat});
      const Frame changed =
          rows.with_column_in_order(importance.column, shuffled(rows.rows(), random));
      const double loss = sign * (whole - score(changed));
      importance.mean += loss / kImportanceRepeats;
      squares += loss * loss / kImportanceRepeats;
    }
    importance.deviation = std::sqrt(std::max(0.0, squares - importance.mean * importance.mean));
    result.push_back(std::move(importance));
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const auto& a, const auto& b) { return a.mean > b.mean; });
  return result;
}

}  // namespace tarn::ml::detail
