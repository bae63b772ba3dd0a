#include "ml/metrics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace tarn::ml {
namespace {

TEST(MetricsTest, ValuesComputedByHand) {
  const std::vector<double> truth = {1, 2, 3, 4};
  const std::vector<double> predicted = {1, 3, 2, 6};
  const Metrics m = regression_metrics(truth, predicted, 10);
  // Errors 0, -1, 1, -2.
  EXPECT_DOUBLE_EQ(m[Metric::kMeanAbsoluteError], 1.0);
  EXPECT_DOUBLE_EQ(m[Metric::kNormalizedMeanAbsoluteError], 0.1);
  EXPECT_DOUBLE_EQ(m[Metric::kMedianAbsoluteError], 1.0);
  EXPECT_DOUBLE_EQ(m[Metric::kNormalizedMedianAbsoluteError], 0.1);
  EXPECT_DOUBLE_EQ(m[Metric::kRootMeanSquaredError], std::sqrt(1.5));
  EXPECT_DOUBLE_EQ(m[Metric::kNormalizedRootMeanSquaredError], std::sqrt(1.5) / 10);
  // The sum of squares is 6, the total 5.
  EXPECT_DOUBLE_EQ(m[Metric::kR2Score], 1 - 6.0 / 5.0);
  // Mean error -0.5: the variance's sum is 6 - 4 * 0.25 = 5.
  EXPECT_DOUBLE_EQ(m[Metric::kExplainedVariance], 0.0);
  // Ranks 1 3 2 4: the sum of squared differences is 2, 1 - 6 * 2 / (4 * 15).
  EXPECT_DOUBLE_EQ(m[Metric::kSpearmanCorrelation], 0.8);
  EXPECT_DOUBLE_EQ(m[Metric::kMeanAbsolutePercentageError], 100 * (0.0 + 0.5 + 1.0 / 3 + 0.5) / 4);
  const double log_squares = std::pow(std::log(3.0 / 4.0), 2) + std::pow(std::log(4.0 / 3.0), 2) +
                             std::pow(std::log(5.0 / 7.0), 2);
  EXPECT_NEAR(m[Metric::kRootMeanSquaredLogError], std::sqrt(log_squares / 4), 1e-15);
  EXPECT_NEAR(m[Metric::kNormalizedRootMeanSquaredLogError], std::sqrt(log_squares / 4) / 10,
              1e-15);
}

TEST(MetricsTest, EqualValuesShareARank) {
  // Ranks of the truth 1.5 1.5 3, of the predictions 1 2.5 2.5.
  const Metrics m =
      regression_metrics(std::vector<double>{5, 5, 7}, std::vector<double>{1, 2, 2}, 2);
  EXPECT_NEAR(m[Metric::kSpearmanCorrelation], 0.5, 1e-12);
}

TEST(MetricsTest, UndefinedValuesAreNaN) {
  const Metrics constant =
      regression_metrics(std::vector<double>{3, 3}, std::vector<double>{1, 2}, 0);
  EXPECT_TRUE(std::isnan(constant[Metric::kSpearmanCorrelation]));
  EXPECT_TRUE(std::isnan(constant[Metric::kR2Score]));
  EXPECT_TRUE(std::isnan(constant[Metric::kNormalizedRootMeanSquaredError]));
  const Metrics negative =
      regression_metrics(std::vector<double>{-2, 1}, std::vector<double>{1, 2}, 3);
  EXPECT_TRUE(std::isnan(negative[Metric::kRootMeanSquaredLogError]));
  const Metrics zeros = regression_metrics(std::vector<double>{0, 0}, std::vector<double>{1, 2}, 3);
  EXPECT_TRUE(std::isnan(zeros[Metric::kMeanAbsolutePercentageError]));
}

TEST(MetricsTest, R2IsClippedAtMinusOne) {
  const Metrics m =
      regression_metrics(std::vector<double>{1, 2}, std::vector<double>{100, -100}, 1);
  EXPECT_DOUBLE_EQ(m[Metric::kR2Score], -1);
}

TEST(MetricsTest, MedianOfAnEvenAndAnOddNumber) {
  const std::vector<double> zeros(5, 0.0);
  const std::vector<double> errors = {9, 1, 4, 2, 100};
  EXPECT_DOUBLE_EQ(regression_metrics(zeros, errors, 1)[Metric::kMedianAbsoluteError], 4);
  const std::span<const double> four(errors.data(), 4);
  EXPECT_DOUBLE_EQ(regression_metrics({zeros.data(), 4}, four, 1)[Metric::kMedianAbsoluteError], 3);
}

TEST(MetricsTest, MeanOverFoldsLeavesOutUndefinedOnes) {
  Metrics a;
  Metrics b;
  a[Metric::kR2Score] = 0.5;
  a[Metric::kMeanAbsoluteError] = 1;
  b[Metric::kMeanAbsoluteError] = 3;
  const Metrics mean = mean_metrics(std::vector<Metrics>{a, b});
  EXPECT_DOUBLE_EQ(mean[Metric::kR2Score], 0.5);
  EXPECT_DOUBLE_EQ(mean[Metric::kMeanAbsoluteError], 2);
  EXPECT_TRUE(std::isnan(mean[Metric::kSpearmanCorrelation]));
}

TEST(MetricsTest, BetterFollowsTheMetric) {
  Metrics a;
  Metrics b;
  EXPECT_FALSE(a.better_than(b, Metric::kR2Score));
  a[Metric::kR2Score] = 0.5;
  a[Metric::kRootMeanSquaredError] = 5;
  EXPECT_TRUE(a.better_than(b, Metric::kR2Score));
  EXPECT_FALSE(b.better_than(a, Metric::kR2Score));
  b[Metric::kR2Score] = 0.4;
  b[Metric::kRootMeanSquaredError] = 6;
  EXPECT_TRUE(a.better_than(b, Metric::kR2Score));
  EXPECT_TRUE(a.better_than(b, Metric::kRootMeanSquaredError));
  EXPECT_FALSE(a.better_than(a, Metric::kRootMeanSquaredError));
}

TEST(MetricsTest, NamesGoBothWaysAndErrorsHelp) {
  for (std::size_t i = 0; i < kMetricCount; ++i) {
    EXPECT_EQ(parse_metric(name_of(static_cast<Metric>(i))), static_cast<Metric>(i));
  }
  EXPECT_EQ(parse_primary_metric("Spearman_Correlation"), Metric::kSpearmanCorrelation);
  try {
    parse_metric("spearman_corelation");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kInvalidArgument);
    EXPECT_NE(e.hint().find("spearman_correlation"), std::string::npos);
  }
  EXPECT_THROW(parse_primary_metric("median_absolute_error"), Error);
}

TEST(MetricsTest, WrongLengthsAreRefused) {
  EXPECT_THROW(regression_metrics(std::vector<double>{1}, std::vector<double>{}, 1), Error);
  EXPECT_THROW(regression_metrics(std::vector<double>{}, std::vector<double>{}, 1), Error);
}

}  // namespace
}  // namespace tarn::ml
