#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "detail/boosting.h"
#include "detail/forest.h"
#include "detail/learner.h"
#include "test_data.h"

namespace tarn::ml::detail {
namespace {

struct Data {
  Matrix training;
  std::vector<double> target;
  Matrix test;
  std::vector<double> test_target;
};

Data make_data(View view, bool missing = true) {
  const Frame frame = mixed_frame({.rows = 400, .missing = missing});
  std::vector<std::size_t> training(300);
  std::iota(training.begin(), training.end(), std::size_t{0});
  std::vector<std::size_t> test(100);
  std::iota(test.begin(), test.end(), std::size_t{300});
  const std::vector<double> price = numbers_of(frame.column("price"));
  Data data;
  data.target.assign(price.begin(), price.begin() + 300);
  data.test_target.assign(price.begin() + 300, price.end());
  const FeaturePlan plan = plan_features(frame, frame.column("price"), training);
  FittedFeatures fitted = fit_features(plan, view, frame, training, data.target);
  data.test = fitted.set.transform(frame, test);
  data.training = std::move(fitted.matrix);
  return data;
}

double rmse(const std::vector<double>& truth, const std::vector<double>& predicted) {
  double squares = 0;
  for (std::size_t i = 0; i < truth.size(); ++i)
    squares += (truth[i] - predicted[i]) * (truth[i] - predicted[i]);
  return std::sqrt(squares / static_cast<double>(truth.size()));
}

double rmse_of_mean(const Data& data) {
  const double mean = std::accumulate(data.target.begin(), data.target.end(), 0.0) / 300;
  return rmse(data.test_target, std::vector<double>(data.test_target.size(), mean));
}

TEST(LearnersTest, EachBeatsTheMean) {
  for (const Algorithm algorithm : all_algorithms()) {
    const Data data = make_data(view_of(algorithm));
    const Algorithm allowed[] = {algorithm};
    const Configuration configuration = portfolio({300, 1}, allowed).front();
    const TargetTransform transform = TargetTransform::fit(configuration.scale, data.target);
    const int rounds = is_boosted(algorithm) ? 200 : 0;
    const Learner learner = fit_learner(configuration, rounds, data.training,
                                        transform.forward(data.target), 1, Stop());
    const double error = rmse(data.test_target, transform.backward(predict(learner, data.test)));
    // Twenty streets as one number among indicators: distances make the least of that.
    const double part = algorithm == Algorithm::kKnn ? 0.95 : 0.75;
    EXPECT_LT(error, part * rmse_of_mean(data)) << ml::name_of(algorithm);
  }
}

TEST(LearnersTest, SameSeedSameModelOtherSeedOtherModel) {
  for (const Algorithm algorithm : {Algorithm::kLightGbm, Algorithm::kXGBoostRegressor,
                                    Algorithm::kExtremeRandomTrees, Algorithm::kRandomForest}) {
    const Data data = make_data(View::kTree);
    const Algorithm allowed[] = {algorithm};
    const Configuration configuration = portfolio({300, -1}, allowed).front();
    const auto predictions = [&](std::uint64_t seed) {
      return predict(fit_learner(configuration, 50, data.training, data.target, seed, Stop()),
                     data.test);
    };
    EXPECT_EQ(predictions(1), predictions(1)) << ml::name_of(algorithm);
    EXPECT_NE(predictions(1), predictions(2)) << ml::name_of(algorithm);
  }
}

void expect_same(const BoosterCheck& check, const Matrix& scored) {
  const std::vector<double> ours = check.trees.predict(scored);
  ASSERT_EQ(ours.size(), check.own_predictions.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_NEAR(ours[i], check.own_predictions[i], 1e-4 + 1e-6 * std::abs(ours[i])) << i;
  }
}

TEST(LearnersTest, LightGbmTreesScoreAsTheLibraryDoes) {
  for (const bool missing : {true, false}) {
    const Data data = make_data(View::kTree, missing);
    const BoosterCheck check = check_lightgbm({.iterations = 60, .min_child_samples = 5},
                                              data.training, data.target, 1, data.test);
    EXPECT_EQ(check.trees.roots.size(), 60u);
    expect_same(check, data.test);
    // A missing value where there was none in training.
    Matrix holes = data.test;
    for (float& value : holes.column(0)) value = std::numeric_limits<float>::quiet_NaN();
    expect_same(check_lightgbm({.iterations = 60, .min_child_samples = 5}, data.training,
                               data.target, 1, holes),
                holes);
    // Values on the thresholds themselves: the training rows.
    expect_same(check_lightgbm({.iterations = 60, .min_child_samples = 5}, data.training,
                               data.target, 1, data.training),
                data.training);
  }
}

TEST(LearnersTest, XGBoostTreesScoreAsTheLibraryDoes) {
  const Data data = make_data(View::kTree);
  const XGBoostParams params{.iterations = 60, .max_depth = 5};
  const BoosterCheck check = check_xgboost(params, data.training, data.target, 1, data.test);
  EXPECT_EQ(check.trees.roots.size(), 60u);
  expect_same(check, data.test);
  expect_same(check_xgboost(params, data.training, data.target, 1, data.training), data.training);
}

TEST(LearnersTest, ForestsMemoriseWithoutLimitsAndRespectThem) {
  const Frame frame = plain_frame(100);
  Matrix features(100, 2);
  for (std::size_t i = 0; i < 100; ++i) {
    features.column(0)[i] = static_cast<float>(frame.column("a").number(i));
    features.column(1)[i] = static_cast<float>(frame.column("b").number(i));
  }
  const std::vector<double> target = numbers_of(frame.column("y"));
  for (const bool random : {true, false}) {
    ForestParams params;
    params.extremely_random = random;
    params.trees = 10;
    EXPECT_LT(rmse(target, fit_forest(params, features, target, 1, Stop()).predict(features)),
              1e-9);
    params.min_samples_leaf = 50;
    for (const double value : fit_forest(params, features, target, 1, Stop()).predict(features)) {
      EXPECT_GT(value, *std::min_element(target.begin(), target.end()) + 1);
    }
  }
}

TEST(LearnersTest, ForestOnOneConstantFeatureIsTheMean) {
  const Matrix features(20, 1);
  std::vector<double> target(20);
  std::iota(target.begin(), target.end(), 0.0);
  const TreeEnsemble forest = fit_forest({}, features, target, 1, Stop());
  for (const double value : forest.predict(features)) EXPECT_NEAR(value, 9.5, 1e-12);
}

TEST(LearnersTest, ElasticNetFindsALineAndDropsNoise) {
  Matrix features(200, 2);
  std::vector<double> target(200);
  Random random(4, {});
  for (std::size_t i = 0; i < 200; ++i) {
    features.column(0)[i] = static_cast<float>(random.uniform());
    features.column(1)[i] = static_cast<float>(random.uniform());
    target[i] = 5 + 10 * features.column(0)[i];
  }
  const LinearModel line = fit_elastic_net({1e-4, 1}, features, target, Stop());
  EXPECT_LT(rmse(target, line.predict(features)), 0.02);
  const LinearModel sparse = fit_elastic_net({0.3, 1}, features, target, Stop());
  EXPECT_NE(sparse.weights[0], 0);
  EXPECT_EQ(sparse.weights[1], 0);
}

TEST(LearnersTest, NearestNeighboursAreTheNearest) {
  Matrix features(5, 1);
  std::vector<double> target = {10, 20, 30, 40, 50};
  for (std::size_t i = 0; i < 5; ++i) features.column(0)[i] = static_cast<float>(i);
  Matrix scored(1, 1);
  scored.column(0)[0] = 0.9f;
  EXPECT_DOUBLE_EQ(fit_knn({1, false}, features, target).predict(scored)[0], 20);
  EXPECT_DOUBLE_EQ(fit_knn({2, false}, features, target).predict(scored)[0], 15);
  EXPECT_DOUBLE_EQ(fit_knn({99, false}, features, target).predict(scored)[0], 30);
  EXPECT_NEAR(fit_knn({5, true}, features, target).predict(features)[3], 40, 0.01);
}

TEST(LearnersTest, ThresholdsAreRoundedDown) {
  EXPECT_EQ(round_down(0.1), std::nextafter(0.1f, 0.0f));  // 0.1f is above 0.1
  EXPECT_EQ(round_down(0.5), 0.5f);
  EXPECT_LE(static_cast<double>(round_down(1.0 / 3)), 1.0 / 3);
}

TEST(LearnersTest, StopsWhenCancelled) {
  const Data data = make_data(View::kTree);
  CancelSource source;
  source.cancel();
  const std::atomic<Micros> deadline = kNoDeadline;
  const Stop stop(source.token(), Clock::system(), deadline);
  EXPECT_THROW(fit_lightgbm({}, data.training, data.target, 1, stop), Error);
  EXPECT_THROW(fit_xgboost({}, data.training, data.target, 1, stop), Error);
  EXPECT_THROW(fit_forest({}, data.training, data.target, 1, stop), Error);
}

TEST(TargetTransformTest, GoesThereAndBack) {
  const std::vector<double> target = {0, 1, 8, 100};
  for (const TargetScale scale : kTargetScales) {
    const TargetTransform transform = TargetTransform::fit(scale, target);
    for (const double value : target)
      EXPECT_NEAR(transform.backward(transform.forward(value)), value, 1e-9);
    EXPECT_LT(transform.backward(1e9), 1e5) << name_of(scale);
  }
  EXPECT_FALSE(valid_for(TargetScale::kLog, -0.5));
  EXPECT_TRUE(valid_for(TargetScale::kRaw, -0.5));
}

TEST(TargetTransformTest, CorrectionMakesTheMeanRight) {
  const std::vector<double> target = {1, 4, 9, 25, 36};
  for (const TargetScale scale : {TargetScale::kSquareRoot, TargetScale::kLog}) {
    TargetTransform transform = TargetTransform::fit(scale, target);
    std::vector<double> scaled = transform.forward(target);
    for (double& value : scaled) value *= 0.97;
    transform.correct(target, scaled);
    const std::vector<double> back = transform.backward(scaled);
    EXPECT_NEAR(std::accumulate(back.begin(), back.end(), 0.0), 75, 1e-9) << name_of(scale);
  }
}

}  // namespace
}  // namespace tarn::ml::detail
