#pragma once
// What one trial tries: an algorithm, its hyperparameters and the target's scale. The space of each
// algorithm is a table.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detail/random.h"
#include "detail/target.h"
#include "ml/regression.h"

namespace tarn::ml::detail {

struct ParamRange {
  enum class Scale { kLinear, kLog, kInteger, kLogInteger, kSwitch };
  std::string_view name;
  double low;
  double high;
  Scale scale;

  /// In [0, 1].
  double to_unit(double value) const;
  double from_unit(double unit) const;
};

/// Facts of the data that bound the spaces.
struct DataFacts {
  std::size_t rows = 0;
  double target_min = 0;
  std::size_t linear_features = 0;  // of the linear view
};

struct Configuration {
  Algorithm algorithm = Algorithm::kLightGbm;
  TargetScale scale = TargetScale::kRaw;
  std::vector<double> values;  // in the order of the algorithm's space

  double value(std::string_view name) const;
  bool operator==(const Configuration&) const = default;
};

/// Whether the algorithm is for so much data. Those that keep all rows in the model are not for
/// many.
bool suits(Algorithm algorithm, const DataFacts& facts);
std::span<const ParamRange> space_of(Algorithm algorithm);
Params params_of(const Configuration& configuration);
/// Whether trees are added one after the other, so that fewer of them are a model too.
bool is_boosted(Algorithm algorithm);
/// Trees to grow at most; fewer are chosen by validation.
int boosting_rounds(const Configuration& configuration);

/// The configurations that are tried first, best bets first, of the algorithms `allowed`.
std::vector<Configuration> portfolio(const DataFacts& facts, std::span<const Algorithm> allowed);
Configuration random_configuration(Algorithm algorithm, const DataFacts& facts, Random& random);
/// A neighbour of `parent`.
Configuration mutate(const Configuration& parent, const DataFacts& facts, Random& random);

}  // namespace tarn::ml::detail
