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
  params.tree.extremely_random = c.algorithm == Algorithm::kExtremeRandomTrees;
  params.tree.bootstrap = c.algorithm == Algorithm::kRandomForest;
  params.tree.min_samples_leaf = static_cast<int>(c.value("min_samples_leaf"));
  params.tree.max_features = c.value("max_features");
  params.trees = static_cast<int>(c.value("n_estimators"));
  return params;
}

ForestParams decision_tree_params(const Configuration& c) {
  ForestParams params;
  params.tree.extremely_random = false;
  params.tree.max_depth = static_cast<int>(c.value("max_depth"));
  params.tree.min_samples_leaf = static_cast<int>(c.value("min_samples_leaf"));
  params.tree.max_features = c.value("max_features");
  params.trees = 1;
  return params;
}

GradientBoostingParams gradient_boosting_params(const Configuration& c, int rounds) {
  GradientBoostingParams params;
  params.tree.max_depth = static_cast<int>(c.value("max_depth"));
  params.tree.min_samples_leaf = static_cast<int>(c.value("min_samples_leaf"));
  params.tree.max_features = c.value("max_features");
  params.tree.subsample = c.value("subsample");
  params.trees = rounds;
  params.learning_rate = c.value("learning_rate");
  return params;
}

GaussianProcessParams gaussian_process_params(const Configuration& c) {
  GaussianProcessParams params;
  params.covariance = c.value("matern") != 0 ? Covariance::kMatern52 : Covariance::kGaussian;
  params.length_scale = c.value("length_scale");
  params.noise = c.value("noise");
  params.linear = c.value("linear");
  params.relevance = c.value("relevance");
  return params;
}

SgdParams sgd_params(const Configuration& c) {
  return {c.value("alpha"), c.value("l1_ratio"), c.value("eta0"), c.value("huber") != 0};
}

}  // namespace

View view_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kElasticNet:
    case Algorithm::kLassoLars:
    case Algorithm::kSgd:
    case Algorithm::kKnn:
    case Algorithm::kGaussianProcess:
      return View::kLinear;
    default:
      return View::kTree;
  }
}

Learner fit_learner(const Configuration& configuration, int rounds, const TrainingSet& rows,
                    std::span<const double> target, std::uint64_t seed, const Stop& stop) {
  stop.check();
  const Configuration& c = configuration;
  const Matrix& features = rows.features();
  switch (c.algorithm) {
    case Algorithm::kLightGbm:
      return fit_lightgbm(lightgbm_params(c, rounds), rows.lightgbm(), target, seed, stop);
    case Algorithm::kXGBoostRegressor:
      return fit_xgboost(xgboost_params(c, rounds), features, target, seed, stop);
    case Algorithm::kExtremeRandomTrees:
    case Algorithm::kRandomForest:
      return fit_forest(forest_params(c), rows.bins(), target, seed, stop);
    case Algorithm::kElasticNet:
      return fit_elastic_net({c.value("alpha"), c.value("l1_ratio")}, features, target, stop);
    case Algorithm::kKnn:
      return fit_knn(
          {static_cast<int>(c.value("n_neighbors")), c.value("weights_by_distance") != 0}, features,
          target);
    case Algorithm::kDecisionTree:
      return fit_forest(decision_tree_params(c), rows.bins(), target, seed, stop);
    case Algorithm::kGradientBoosting:
      return fit_gradient_boosting(gradient_boosting_params(c, rounds), rows.bins(), features,
                                   target, seed, stop);
    case Algorithm::kLassoLars:
      return fit_lasso_lars({c.value("alpha")}, features, target, stop);
    case Algorithm::kSgd:
      return fit_sgd(sgd_params(c), features, target, seed, stop);
    case Algorithm::kGaussianProcess:
      return fit_gaussian_process(gaussian_process_params(c), features, target, stop);
  }
  throw Error(Code::kInternal, "an algorithm without a learner");
}

std::vector<double> predict(const Learner& learner, const Matrix& features) {
  return std::visit([&](const auto& model) { return model.predict(features); }, learner);
}

}  // namespace tarn::ml::detail
