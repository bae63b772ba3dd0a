#include "detail/configuration.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "detail/gaussian_process.h"
#include "detail/linear.h"

namespace tarn::ml::detail {

namespace {

using Scale = ParamRange::Scale;

constexpr std::array kLightGbmSpace = {
    ParamRange{"learning_rate", 0.01, 0.2, Scale::kLog},
    ParamRange{"num_leaves", 4, 256, Scale::kLogInteger},
    ParamRange{"min_child_samples", 2, 50, Scale::kLogInteger},
    ParamRange{"colsample_bytree", 0.3, 1, Scale::kLinear},
    ParamRange{"subsample", 0.4, 1, Scale::kLinear},
    ParamRange{"reg_lambda", 0.01, 30, Scale::kLog},
    ParamRange{"extra_trees", 0, 1, Scale::kSwitch},
};
constexpr std::array kXGBoostSpace = {
    ParamRange{"learning_rate", 0.01, 0.3, Scale::kLog},
    ParamRange{"max_depth", 2, 9, Scale::kInteger},
    ParamRange{"min_child_weight", 1, 30, Scale::kLog},
    ParamRange{"colsample_bynode", 0.3, 1, Scale::kLinear},
    ParamRange{"subsample", 0.4, 1, Scale::kLinear},
    ParamRange{"reg_lambda", 0.1, 30, Scale::kLog},
};
constexpr std::array kForestSpace = {
    ParamRange{"n_estimators", 50, 300, Scale::kLogInteger},
    ParamRange{"min_samples_leaf", 1, 12, Scale::kLogInteger},
    ParamRange{"max_features", 0.2, 1, Scale::kLinear},
};
constexpr std::array kElasticNetSpace = {
    ParamRange{"alpha", 1e-4, 1, Scale::kLog},
    ParamRange{"l1_ratio", 0, 1, Scale::kLinear},
};
constexpr std::array kKnnSpace = {
    ParamRange{"n_neighbors", 2, 40, Scale::kLogInteger},
    ParamRange{"weights_by_distance", 0, 1, Scale::kSwitch},
};
constexpr std::array kDecisionTreeSpace = {
    ParamRange{"max_depth", 2, 20, Scale::kLogInteger},
    ParamRange{"min_samples_leaf", 1, 50, Scale::kLogInteger},
    ParamRange{"max_features", 0.4, 1, Scale::kLinear},
};
constexpr std::array kGradientBoostingSpace = {
    ParamRange{"learning_rate", 0.02, 0.3, Scale::kLog},
    ParamRange{"max_depth", 2, 8, Scale::kInteger},
    ParamRange{"min_samples_leaf", 1, 30, Scale::kLogInteger},
    ParamRange{"max_features", 0.2, 1, Scale::kLinear},
    ParamRange{"subsample", 0.4, 1, Scale::kLinear},
};
constexpr std::array kLassoLarsSpace = {
    ParamRange{"alpha", 1e-4, 0.5, Scale::kLog},
};
constexpr std::array kSgdSpace = {
    ParamRange{"alpha", 1e-6, 0.1, Scale::kLog},
    ParamRange{"l1_ratio", 0, 1, Scale::kLinear},
    ParamRange{"eta0", 0.001, 0.1, Scale::kLog},
    ParamRange{"huber", 0, 1, Scale::kSwitch},
};
constexpr std::array kGaussianProcessSpace = {
    ParamRange{"length_scale", 0.4, 5, Scale::kLog}, ParamRange{"noise", 0.005, 2, Scale::kLog},
    ParamRange{"linear", 0.01, 5, Scale::kLog},      ParamRange{"relevance", 0, 2, Scale::kLinear},
    ParamRange{"matern", 0, 1, Scale::kSwitch},
};

/// Trees times learning rate: enough for the sum of the steps to arrive.
constexpr double kBoostingPath = 12;
constexpr int kBoostingRoundsMin = 60;
constexpr int kBoostingRoundsMax = 1000;

double mutation_step(Random& random) {
  // Box and Muller's normal deviate.
  const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
  return 0.2 * radius * std::cos(2 * std::numbers::pi * random.uniform());
}

TargetScale random_scale(const DataFacts& facts, Random& random) {
  const auto drawn = kTargetScales[random.below(std::size(kTargetScales))];
  return valid_for(drawn, facts.target_min) ? drawn : TargetScale::kRaw;
}

/// Leaves that this many rows can fill.
void bound(Configuration& configuration, const DataFacts& facts) {
  if (configuration.algorithm != Algorithm::kLightGbm) return;
  const double leaves_max = std::clamp(static_cast<double>(facts.rows) / 16, 8.0, 256.0);
  configuration.values[1] = std::min(configuration.values[1], std::floor(leaves_max));
}

}  // namespace

double ParamRange::to_unit(double value) const {
  const bool log = scale == Scale::kLog || scale == Scale::kLogInteger;
  const double unit =
      log ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
  return std::clamp(unit, 0.0, 1.0);
}

double ParamRange::from_unit(double unit) const {
  const double at = std::clamp(unit, 0.0, 1.0);
  switch (scale) {
    case Scale::kLinear:
      return low + at * (high - low);
    case Scale::kLog:
      return low * std::exp(at * std::log(high / low));
    case Scale::kInteger:
      return std::round(low + at * (high - low));
    case Scale::kLogInteger:
      return std::round(low * std::exp(at * std::log(high / low)));
    case Scale::kSwitch:
      return at < 0.5 ? 0 : 1;
  }
  return low;
}

double Configuration::value(std::string_view name) const {
  const auto space = space_of(algorithm);
  for (std::size_t i = 0; i < space.size(); ++i) {
    if (space[i].name == name) return values[i];
  }
  throw Error(Code::kInternal, "an algorithm has no such parameter: " + std::string(name));
}

bool suits(Algorithm algorithm, const DataFacts& facts) {
  switch (algorithm) {
    case Algorithm::kKnn:
      return facts.rows <= kKnnRowsMax;
    case Algorithm::kGaussianProcess:
      return facts.rows <= kGaussianProcessRowsMax &&
             facts.linear_features <= kGaussianProcessFeaturesMax;
    default:
      return true;
  }
}

std::span<const ParamRange> space_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kLightGbm:
      return kLightGbmSpace;
    case Algorithm::kXGBoostRegressor:
      return kXGBoostSpace;
    case Algorithm::kExtremeRandomTrees:
    case Algorithm::kRandomForest:
      return kForestSpace;
    case Algorithm::kElasticNet:
      return kElasticNetSpace;
    case Algorithm::kKnn:
      return kKnnSpace;
    case Algorithm::kDecisionTree:
      return kDecisionTreeSpace;
    case Algorithm::kGradientBoosting:
      return kGradientBoostingSpace;
    case Algorithm::kLassoLars:
      return kLassoLarsSpace;
    case Algorithm::kSgd:
      return kSgdSpace;
    case Algorithm::kGaussianProcess:
      return kGaussianProcessSpace;
  }
  return {};
}

Params params_of(const Configuration& configuration) {
  Params params;
  const auto space = space_of(configuration.algorithm);
  for (std::size_t i = 0; i < space.size(); ++i) {
    char text[40];
    const auto end = std::to_chars(text, text + sizeof text, configuration.values[i],
                                   std::chars_format::general, 4);
    params.emplace_back(space[i].name, std::string(text, end.ptr));
  }
  return params;
}

bool is_boosted(Algorithm algorithm) {
  return algorithm == Algorithm::kLightGbm || algorithm == Algorithm::kXGBoostRegressor ||
         algorithm == Algorithm::kGradientBoosting;
}

int boosting_rounds(const Configuration& configuration) {
  const double rounds = std::round(kBoostingPath / configuration.value("learning_rate"));
  return std::clamp(static_cast<int>(rounds), kBoostingRoundsMin, kBoostingRoundsMax);
}

std::vector<Configuration> portfolio(const DataFacts& facts, std::span<const Algorithm> allowed) {
  using enum Algorithm;
  constexpr auto kRoot = TargetScale::kSquareRoot;
  constexpr auto kLog = TargetScale::kLog;
  constexpr auto kRaw = TargetScale::kRaw;
  const Configuration candidates[] = {
      {kLightGbm, kRoot, {0.04, 8, 5, 0.7, 0.7, 1, 1}},
      {kGaussianProcess, kRoot, {1, 0.1, 0.3, 1, 0}},
      {kExtremeRandomTrees, kRoot, {150, 1, 1}},
      {kElasticNet, kRaw, {0.01, 0.5}},
      {kLightGbm, kLog, {0.04, 8, 5, 0.7, 0.7, 1, 0}},
      {kGaussianProcess, kRaw, {1.4, 0.15, 1, 1, 1}},
      {kXGBoostRegressor, kRoot, {0.04, 3, 5, 0.5, 0.6, 3}},
      {kKnn, kRoot, {10, 1}},
      {kLightGbm, kRaw, {0.04, 16, 5, 0.7, 0.7, 1, 1}},
      {kGaussianProcess, kLog, {1, 0.2, 1, 0.5, 0}},
      {kRandomForest, kRaw, {100, 2, 0.5}},
      {kGradientBoosting, kRoot, {0.06, 4, 4, 0.5, 0.6}},
      {kLightGbm, kRaw, {0.1, 31, 20, 0.8, 0.8, 0.1, 0}},
      {kElasticNet, kLog, {0.003, 0.5}},
      {kXGBoostRegressor, kLog, {0.03, 4, 5, 0.5, 0.6, 3}},
      {kGaussianProcess, kRoot, {2, 0.3, 0.3, 1.4, 1}},
      {kLassoLars, kRoot, {0.01}},
      {kSgd, kRaw, {1e-4, 0.15, 0.01, 0}},
      {kLightGbm, kRoot, {0.03, 16, 10, 0.5, 0.8, 3, 0}},
      {kExtremeRandomTrees, kRaw, {150, 2, 0.6}},
      {kXGBoostRegressor, kRaw, {0.05, 6, 3, 0.7, 0.8, 1}},
      {kDecisionTree, kRaw, {8, 5, 1}},
      {kRandomForest, kRoot, {100, 3, 0.4}},
      {kKnn, kRaw, {20, 0}},
  };
  std::vector<Configuration> chosen;
  for (Configuration configuration : candidates) {
    if (std::find(allowed.begin(), allowed.end(), configuration.algorithm) == allowed.end())
      continue;
    if (!suits(configuration.algorithm, facts)) continue;
    if (!valid_for(configuration.scale, facts.target_min)) configuration.scale = kRaw;
    bound(configuration, facts);
    if (std::find(chosen.begin(), chosen.end(), configuration) == chosen.end())
      chosen.push_back(configuration);
  }
  return chosen;
}

Configuration random_configuration(Algorithm algorithm, const DataFacts& facts, Random& random) {
  Configuration configuration;
  configuration.algorithm = algorithm;
  configuration.scale = random_scale(facts, random);
  for (const ParamRange& range : space_of(algorithm)) {
    configuration.values.push_back(range.from_unit(random.uniform()));
  }
  bound(configuration, facts);
  return configuration;
}

Configuration mutate(const Configuration& parent, const DataFacts& facts, Random& random) {
  constexpr double kScaleChange = 0.15;
  constexpr double kValueChange = 0.5;
  constexpr double kSwitchChange = 0.2;
  Configuration child = parent;
  if (random.uniform() < kScaleChange) child.scale = random_scale(facts, random);
  const auto space = space_of(parent.algorithm);
  const std::size_t always = random.below(space.size());
  for (std::size_t i = 0; i < space.size(); ++i) {
    if (space[i].scale == Scale::kSwitch) {
      if (random.uniform() < kSwitchChange) child.values[i] = 1 - child.values[i];
    } else if (i == always || random.uniform() < kValueChange) {
      child.values[i] =
          space[i].from_unit(space[i].to_unit(child.values[i]) + mutation_step(random));
    }
  }
  bound(child, facts);
  return child;
}

}  // namespace tarn::ml::detail
