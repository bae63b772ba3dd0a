// Azure's names of algorithms.

#include <array>

#include "base/error.h"
#include "base/text.h"
#include "ml/regression.h"

namespace tarn::ml {

namespace {

struct AlgorithmName {
  std::string_view camel;
  std::string_view snake;
};

constexpr std::array<AlgorithmName, 11> kHere = {{
    {"LightGBM", "light_gbm"},
    {"XGBoostRegressor", "xgboost_regressor"},
    {"ExtremeRandomTrees", "extreme_random_trees"},
    {"RandomForest", "random_forest"},
    {"ElasticNet", "elastic_net"},
    {"KNN", "knn"},
    {"DecisionTree", "decision_tree"},
    {"GradientBoosting", "gradient_boosting"},
    {"LassoLars", "lasso_lars"},
    {"SGD", "sgd"},
    {"GaussianProcess", "gaussian_process"},
}};
constexpr std::array<AlgorithmName, 2> kNotHere = {{
    {"FastLinearRegressor", "fast_linear_regressor"},
    {"OnlineGradientDescentRegressor", "online_gradient_descent_regressor"},
}};

bool is_named(const AlgorithmName& algorithm, std::string_view name) {
  return equal_ignoring_case(algorithm.camel, name) || equal_ignoring_case(algorithm.snake, name);
}

}  // namespace

std::string_view name_of(Algorithm algorithm) {
  return kHere[static_cast<std::size_t>(algorithm)].camel;
}

Algorithm parse_algorithm(std::string_view name) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kHere.size(); ++i) {
    if (is_named(kHere[i], name)) return static_cast<Algorithm>(i);
    names.emplace_back(kHere[i].camel);
  }
  const std::string list = "The algorithms are " + join(names, ", ") + ".";
  for (const AlgorithmName& algorithm : kNotHere) {
    if (is_named(algorithm, name)) {
      throw Error(Code::kUnsupported,
                  "this regression algorithm is not available: " + std::string(name), list);
    }
  }
  for (const AlgorithmName& algorithm : kHere) names.emplace_back(algorithm.snake);
  const std::string hint = did_you_mean(name, names);
  throw Error(Code::kInvalidArgument, "unknown regression algorithm: " + std::string(name),
              hint.empty() ? list : hint);
}

std::vector<Algorithm> all_algorithms() {
  std::vector<Algorithm> all;
  for (std::size_t i = 0; i < kHere.size(); ++i) all.push_back(static_cast<Algorithm>(i));
  return all;
}

}  // namespace tarn::ml
