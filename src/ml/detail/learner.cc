#include "detail/learner.h"

#include "detail/boosting.h"
#include "detail/forest.h"

namespace tarn::ml::detail {

namespace {

LightGbmParams lightgbm_params(const Configuration& c, int rounds) {
  LightGbmParams params;
  params.iterations = rounds;
  params.learning_rate = c.value("learning_rate");
  params.num_leaves = static_cast<int>(c.value("num_leaves"));
  params.min_child_samples = static_cast<int>(c.value("min_child_samples"));
  params.colsample_bytree = c.value("colsample_bytree");
  params.subsample = c.value("subsample");
  params.reg_lambda = c.value("reg_lambda");
  params.extra_trees = c.value("extra_trees") != 0;
  return params;
}

XGBoostParams xgboost_params(const Configuration& c, int rounds) {
  XGBoostParams params;
  params.iterations = rounds;
  params.learning_rate = c.value("learning_rate");
  params.max_depth = static_cast<int>(c.value("max_depth"));
  params.min_child_weight = c.value("min_child_weight");
  params.colsample_bynode = c.value("colsample_bynode");
  params.subsample = c.value("subsample");
  params.reg_lambda = c.value("reg_lambda");
  return params;
}

ForestParams forest_params(const Configuration& c) {
  ForestParams params;
  params.extremely_random = c.algorithm == Algorithm::kExtremeRandomTrees;
  params.bootstrap = c.algorithm == Algorithm::kRandomForest;
  params.trees = static_cast<int>(c.value("n_estimators"));
  params.min_samples_leaf = static_cast<int>(c.value("min_samples_leaf"));
  params.max_features = c.value("max_features");
  return params;
}

}  // namespace

View view_of(Algorithm algorithm) {
  const bool linear = algorithm == Algorithm::kElasticNet || algorithm == Algorithm::kKnn;
  return linear ? View::kLinear : View::kTree;
}

Learner fit_learner(const Configuration& configuration, int rounds, const Matrix& features,
                    std::span<const double> target, std::uint64_t seed, const Stop& stop) {
  stop.check();
  switch (configuration.algorithm) {
    case Algorithm::kLightGbm:
      return fit_lightgbm(lightgbm_params(configuration, rounds), features, target, seed, stop);
    case Algorithm::kXGBoostRegressor:
      return fit_xgboost(xgboost_params(configuration, rounds), features, target, seed, stop);
    case Algorithm::kExtremeRandomTrees:
    case Algorithm::kRandomForest:
      return fit_forest(forest_params(configuration), features, target, seed, stop);
    case Algorithm::kElasticNet:
      return fit_elastic_net({configuration.value("alpha"), configuration.value("l1_ratio")},
                             features, target, stop);
    case Algorithm::kKnn:
      return fit_knn({static_cast<int>(configuration.value("n_neighbors")),
                      configuration.value("weights_by_distance") != 0},
                     features, target);
  }
  throw Error(Code::kInternal, "an algorithm without a learner");
}

std::vector<double> predict(const Learner& learner, const Matrix& features) {
  return std::visit([&](const auto& model) { return model.predict(features); }, learner);
}

}  // namespace tarn::ml::detail
