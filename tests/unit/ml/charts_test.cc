#include "ml/charts.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/error.h"

namespace tarn::ml {
namespace {

TEST(ChartsTest, ResidualsArePredictedLessTrue) {
  const std::vector<double> truth = {1, 2, 3, 4};
  const std::vector<double> predicted = {1, 2, 3, 24};
  const ResidualChart chart = residual_chart(truth, predicted);
  ASSERT_EQ(chart.edges.size(), kChartBins + 1);
  EXPECT_EQ(chart.edges.front(), 0);
  EXPECT_EQ(chart.edges.back(), 20);
  EXPECT_EQ(chart.counts.front(), 3);
  EXPECT_EQ(chart.counts.back(), 1);  // the last bin has its upper edge
  EXPECT_EQ(std::accumulate(chart.counts.begin(), chart.counts.end(), 0L), 4);
}

TEST(ChartsTest, PredictionsAreAveragedByTheTruth) {
  const std::vector<double> truth = {0, 0, 20};
  const std::vector<double> predicted = {1, 3, 15};
  const PredictedTrueChart chart = predicted_true_chart(truth, predicted);
  EXPECT_EQ(chart.counts.front(), 2);
  EXPECT_EQ(chart.averages.front(), 2);
  EXPECT_EQ(chart.errors.front(), 1);
  EXPECT_EQ(chart.counts[5], 0);
  EXPECT_EQ(chart.averages[5], 0);
  EXPECT_EQ(chart.averages.back(), 15);
  EXPECT_EQ(chart.errors.back(), 0);
}

TEST(ChartsTest, OneValueIsOneBin) {
  const std::vector<double> same = {5, 5, 5};
  EXPECT_EQ(residual_chart(same, same).counts, (std::vector<std::int64_t>{3}));
  EXPECT_EQ(predicted_true_chart(same, same).averages, (std::vector<double>{5}));
  EXPECT_THROW(residual_chart({}, {}), Error);
  EXPECT_THROW(predicted_true_chart(same, std::vector<double>{1}), Error);
}

}  // namespace
}  // namespace tarn::ml
