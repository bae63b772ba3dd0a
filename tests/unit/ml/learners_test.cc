#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "detail/boosting.h"
#include "detail/cholesky.h"
#include "detail/forest.h"
#include "detail/gaussian_process.h"
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
    const TrainingSet training(data.training);
    const Learner learner =
        fit_learner(configuration, rounds, training, transform.forward(data.target), 1, Stop());
    const double error = rmse(data.test_target, transform.backward(predict(learner, data.test)));
    // Twenty streets as one number among indicators: distances make the least of that.
    const double part = algorithm == Algorithm::kKnn ? 0.95 : 0.75;
    EXPECT_LT(error, part * rmse_of_mean(data)) << ml::name_of(algorithm);
  }
}

TEST(LearnersTest, SameSeedSameModelOtherSeedOtherModel) {
  for (const Algorithm algorithm :
       {Algorithm::kLightGbm, Algorithm::kXGBoostRegressor, Algorithm::kExtremeRandomTrees,
        Algorithm::kRandomForest, Algorithm::kGradientBoosting, Algorithm::kSgd}) {
    const Data data = make_data(view_of(algorithm));
    const Algorithm allowed[] = {algorithm};
    const Configuration configuration = portfolio({300, -1}, allowed).front();
    const TrainingSet training(data.training);
    const auto predictions = [&](std::uint64_t seed) {
      return predict(fit_learner(configuration, 50, training, data.target, seed, Stop()),
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
    params.tree.extremely_random = random;
    params.trees = 10;
    EXPECT_LT(
        rmse(target, fit_forest(params, make_bins(features), target, 1, Stop()).predict(features)),
        1e-9);
    params.tree.min_samples_leaf = 50;
    for (const double value :
         fit_forest(params, make_bins(features), target, 1, Stop()).predict(features)) {
      EXPECT_GT(value, *std::min_element(target.begin(), target.end()) + 1);
    }
  }
}

TEST(LearnersTest, ForestOnOneConstantFeatureIsTheMean) {
  const Matrix features(20, 1);
  std::vector<double> target(20);
  std::iota(target.begin(), target.end(), 0.0);
  const TreeEnsemble forest = fit_forest({}, make_bins(features), target, 1, Stop());
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

/// y = 5 + 10 a - 4 b + noise, c is noise, d is a again.
struct Lines {
  Lines() : features(300, 4), target(300) {
    Random random(7, {});
    for (std::size_t i = 0; i < 300; ++i) {
      for (std::size_t c = 0; c < 3; ++c)
        features.column(c)[i] = static_cast<float>(random.uniform());
      features.column(3)[i] = features.column(0)[i];
      target[i] = 5 + 10 * features.column(0)[i] - 4 * features.column(1)[i] +
                  0.1 * (random.uniform() - 0.5);
    }
  }
  Matrix features;
  std::vector<double> target;
};

TEST(LearnersTest, LassoLarsEndsWhereCoordinateDescentDoes) {
  const Lines lines;
  for (const double alpha : {0.5, 0.1, 0.01}) {
    const LinearModel path = fit_lasso_lars({alpha}, lines.features, lines.target, Stop());
    const LinearModel descent = fit_elastic_net({alpha, 1}, lines.features, lines.target, Stop());
    const std::vector<double> a = path.predict(lines.features);
    const std::vector<double> b = descent.predict(lines.features);
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 0.01) << alpha;
  }
  const LinearModel sparse = fit_lasso_lars({0.3}, lines.features, lines.target, Stop());
  EXPECT_EQ(sparse.weights[2], 0);
  const LinearModel none = fit_lasso_lars({1}, lines.features, lines.target, Stop());
  for (const double weight : none.weights) EXPECT_NEAR(weight, 0, 1e-9);
}

TEST(LearnersTest, GradientDescentFindsTheLine) {
  const Lines lines;
  for (const bool huber : {false, true}) {
    const LinearModel model =
        fit_sgd({1e-6, 0.15, 0.05, huber}, lines.features, lines.target, 1, Stop());
    EXPECT_LT(rmse(lines.target, model.predict(lines.features)), 0.1);
  }
  // One wild row must not throw the weights away.
  std::vector<double> wild = lines.target;
  wild[0] = 1e12;
  for (const double value :
       fit_sgd({1e-6, 0.15, 0.05, true}, lines.features, wild, 1, Stop()).predict(lines.features))
    EXPECT_TRUE(std::isfinite(value));
}

TEST(LearnersTest, GaussianProcessFollowsACurve) {
  Matrix features(200, 2);
  std::vector<double> target(200);
  Random random(3, {});
  for (std::size_t i = 0; i < 200; ++i) {
    features.column(0)[i] = static_cast<float>(random.uniform());
    features.column(1)[i] = static_cast<float>(random.uniform());
    target[i] = 100 + std::sin(6 * features.column(0)[i]);
  }
  for (const Covariance covariance : {Covariance::kGaussian, Covariance::kMatern52}) {
    GaussianProcessParams params;
    params.covariance = covariance;
    params.length_scale = 0.5;
    params.noise = 1e-3;
    const auto model = fit_gaussian_process(params, features, target, Stop());
    EXPECT_LT(rmse(target, model.predict(features)), 0.03);
    // Far from all rows only the linear part is left.
    Matrix far(1, 2);
    far.column(0)[0] = 1e6f;
    EXPECT_TRUE(std::isfinite(model.predict(far)[0]));
  }
}

TEST(LearnersTest, GaussianProcessOfEqualRowsWithoutNoiseIsSolvedAllTheSame) {
  const Matrix features(20, 1);  // all rows alike: a singular matrix
  std::vector<double> target(20, 3.0);
  target[0] = 5;
  GaussianProcessParams params;
  params.noise = 0;
  EXPECT_THROW(fit_gaussian_process(params, features, target, Stop()), Error);
  params.noise = 1e-12;
  EXPECT_NEAR(fit_gaussian_process(params, features, target, Stop()).predict(features)[1], 3.1,
              1e-3);
}

TEST(LearnersTest, GaussianProcessKeepsItsLimit) {
  Matrix features(kGaussianProcessRowsMax + 1, 1);
  const std::vector<double> target(features.rows, 1.0);
  try {
    fit_gaussian_process({}, features, target, Stop());
    ADD_FAILURE() << "no error";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kInvalidArgument);
    EXPECT_STREQ(e.what(), "a Gaussian process is for at most 2000 rows and 1000 features");
  }
  EXPECT_TRUE(suits(Algorithm::kGaussianProcess, {.rows = kGaussianProcessRowsMax}));
  EXPECT_FALSE(suits(Algorithm::kGaussianProcess, {.rows = kGaussianProcessRowsMax + 1}));
  EXPECT_FALSE(suits(Algorithm::kGaussianProcess,
                     {.rows = 10, .linear_features = kGaussianProcessFeaturesMax + 1}));
}

TEST(CholeskyTest, SolvesMoreThanABlock) {
  constexpr std::size_t kSize = 150;
  SymmetricMatrix matrix(kSize);
  Random random(5, {});
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t j = 0; j < i; ++j) matrix.row(i)[j] = random.uniform() - 0.5;
    matrix.row(i)[i] = 60;
  }
  std::vector<double> x(kSize);
  for (double& value : x) value = random.uniform();
  std::vector<double> right(kSize, 0.0);
  for (std::size_t i = 0; i < kSize; ++i) {
    for (std::size_t j = 0; j < kSize; ++j)
      right[i] += matrix.row(std::max(i, j))[std::min(i, j)] * x[j];
  }
  ASSERT_TRUE(factorise(matrix, Stop()));
  const std::vector<double> solved = solve(matrix, right);
  for (std::size_t i = 0; i < kSize; ++i) EXPECT_NEAR(solved[i], x[i], 1e-10);
  SymmetricMatrix indefinite(2);
  indefinite.values = {1, 0, 2, 1};
  EXPECT_FALSE(factorise(indefinite, Stop()));
}

TEST(LearnersTest, GradientBoostingGoesOnWhereTheTreesBeforeLeftOff) {
  const Lines lines;
  const Bins bins = make_bins(lines.features);
  GradientBoostingParams params;
  params.trees = 1;
  const double one = rmse(
      lines.target, fit_gradient_boosting(params, bins, lines.features, lines.target, 1, Stop())
                        .predict(lines.features));
  params.trees = 200;
  TreeEnsemble many = fit_gradient_boosting(params, bins, lines.features, lines.target, 1, Stop());
  EXPECT_LT(rmse(lines.target, many.predict(lines.features)), 0.2 * one);
  many.truncate(1);
  EXPECT_DOUBLE_EQ(rmse(lines.target, many.predict(lines.features)), one);
}

TEST(LearnersTest, LightGbmIsTheSameOnSharedBins) {
  const Data data = make_data(View::kTree);
  const LightGbmData shared(data.training);
  std::vector<double> other = data.target;
  for (double& value : other) value = std::sqrt(value);
  const LightGbmParams params{.iterations = 20};
  const auto fitted = [&](const LightGbmData& features, const std::vector<double>& target) {
    return fit_lightgbm(params, features, target, 1, Stop()).predict(data.test);
  };
  EXPECT_EQ(fitted(shared, data.target), fitted(LightGbmData(data.training), data.target));
  EXPECT_EQ(fitted(shared, other), fitted(LightGbmData(data.training), other));
  EXPECT_EQ(fitted(shared, data.target), fitted(LightGbmData(data.training), data.target));
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
  EXPECT_THROW(fit_lightgbm({}, LightGbmData(data.training), data.target, 1, stop), Error);
  EXPECT_THROW(fit_xgboost({}, data.training, data.target, 1, stop), Error);
  EXPECT_THROW(fit_forest({}, make_bins(data.training), data.target, 1, stop), Error);
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
