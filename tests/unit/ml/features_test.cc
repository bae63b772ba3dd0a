#include "detail/features.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "test_data.h"

namespace tarn::ml::detail {
namespace {

std::vector<std::size_t> all_rows(const Frame& frame) {
  std::vector<std::size_t> rows(frame.rows());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

FeaturePlan plan_of(const Frame& frame, const std::string& target) {
  return plan_features(frame, frame.column(target), all_rows(frame));
}

FittedFeatures fit_of(const Frame& frame, const std::string& target, View view) {
  return fit_features(plan_of(frame, target), view, frame, all_rows(frame),
                      numbers_of(frame.column(target)));
}

const ColumnReport& report_of(const FeaturePlan& plan, const std::string& name) {
  for (const ColumnReport& report : plan.report) {
    if (report.column == name) return report;
  }
  throw std::runtime_error("no report for " + name);
}

TEST(FeaturesTest, DropsColumnsThatSayNothingAndTellsWhy) {
  FrameBuilder builder({{"constant", ColumnType::kInt64},
                        {"empty", ColumnType::kDouble},
                        {"instant", ColumnType::kInt64},
                        {"uuid", ColumnType::kString},
                        {"customer_id", ColumnType::kInt64},
                        {"x", ColumnType::kDouble},
                        {"y", ColumnType::kDouble}});
  Random random(1, {});
  for (int i = 0; i < 100; ++i) {
    builder.append_integer(0, 5);
    builder.append_null(1);
    builder.append_integer(2, i + 1);
    builder.append_string(3, std::to_string(i).append("u"));
    builder.append_integer(4, 1000 + i * 17);
    builder.append_double(5, random.uniform());
    builder.append_double(6, random.uniform());
  }
  const FeaturePlan plan = plan_of(builder.finish(), "y");
  ASSERT_EQ(plan.columns.size(), 1u);
  EXPECT_EQ(plan.columns[0].name, "x");
  EXPECT_EQ(report_of(plan, "constant").reason, "constant");
  EXPECT_EQ(report_of(plan, "empty").reason, "all values are missing");
  EXPECT_EQ(report_of(plan, "empty").missing, 100u);
  for (const char* name : {"instant", "uuid", "customer_id"}) {
    EXPECT_FALSE(report_of(plan, name).kept) << name;
    EXPECT_TRUE(report_of(plan, name).reason.starts_with("looks like an identifier")) << name;
  }
  EXPECT_TRUE(report_of(plan, "x").kept);
}

TEST(FeaturesTest, KeepsAnIdentifierWhenThereIsNothingElse) {
  FrameBuilder builder({{"t", ColumnType::kInt64}, {"y", ColumnType::kDouble}});
  for (int i = 0; i < 100; ++i) {
    builder.append_integer(0, i);
    builder.append_double(1, i * 0.5);
  }
  EXPECT_EQ(plan_of(builder.finish(), "y").columns.size(), 1u);
}

TEST(FeaturesTest, OnlyConstantColumnsIsAnError) {
  FrameBuilder builder({{"k", ColumnType::kInt64}, {"y", ColumnType::kDouble}});
  for (int i = 0; i < 20; ++i) {
    builder.append_integer(0, 1);
    builder.append_double(1, i);
  }
  try {
    plan_of(builder.finish(), "y");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kInvalidArgument);
    EXPECT_NE(e.message().find("k (constant)"), std::string::npos) << e.message();
  }
}

TEST(FeaturesTest, MissingNumbersStayForTreesAndAreFilledForDistances) {
  FrameBuilder builder({{"x", ColumnType::kDouble}, {"y", ColumnType::kDouble}});
  for (const double x : {1.5, 2.5, 30.5}) {
    builder.append_double(0, x);
    builder.append_double(1, x);
  }
  builder.append_null(0);
  builder.append_double(1, 9);
  const Frame frame = builder.finish();
  const FittedFeatures trees = fit_of(frame, "y", View::kTree);
  ASSERT_EQ(trees.matrix.columns, 1u);
  EXPECT_TRUE(std::isnan(trees.matrix.column(0)[3]));
  const FittedFeatures linear = fit_of(frame, "y", View::kLinear);
  ASSERT_EQ(linear.matrix.columns, 2u);
  EXPECT_EQ(linear.matrix.column(0)[3], 2.5);  // the median
  EXPECT_EQ(linear.matrix.column(1)[3], 1);    // the indicator
  EXPECT_EQ(linear.matrix.column(1)[0], 0);
}

TEST(FeaturesTest, ExtremeNumbersStayFinite) {
  FrameBuilder builder({{"x", ColumnType::kDouble}, {"y", ColumnType::kDouble}});
  for (const double x : {1e300, -1e300, 0.0, std::numeric_limits<double>::infinity()}) {
    builder.append_double(0, x);
    builder.append_double(1, 1);
  }
  const FittedFeatures fitted = fit_of(builder.finish(), "y", View::kTree);
  for (const float value : fitted.matrix.column(0)) EXPECT_TRUE(std::isfinite(value));
}

TEST(FeaturesTest, UnseenCategoriesHaveNoIndicatorOrTheMeanOfAll) {
  const Frame frame = mixed_frame({.rows = 200, .missing = false});
  const FittedFeatures fitted = fit_of(frame, "price", View::kTree);
  FrameBuilder builder({{"size", ColumnType::kDouble},
                        {"rooms", ColumnType::kInt64},
                        {"garden", ColumnType::kBool},
                        {"colour", ColumnType::kString},
                        {"street", ColumnType::kString},
                        {"built", ColumnType::kDate},
                        {"sold at", ColumnType::kDatetime}});
  builder.append_double(0, 1);
  builder.append_integer(1, 1);
  builder.append_integer(2, 1);
  builder.append_string(3, "purple");
  builder.append_string(4, "nowhere");
  builder.append_integer(5, 1);
  builder.append_integer(6, 1);
  const Matrix matrix = fitted.set.transform(builder.finish(), std::vector<std::size_t>{0});
  std::size_t at = 0;
  for (const ColumnEncoder& encoder : fitted.set.encoders) {
    if (encoder.column == "colour") {
      ASSERT_EQ(encoder.width(), 3u);
      for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(matrix.column(at + i)[0], 0);
    }
    if (encoder.column == "street") {
      const auto prices = numbers_of(frame.column("price"));
      const double mean = std::accumulate(prices.begin(), prices.end(), 0.0) / 200;
      EXPECT_FLOAT_EQ(matrix.column(at)[0], static_cast<float>(mean));
      EXPECT_EQ(matrix.column(at + 1)[0], 0);
    }
    at += encoder.width();
  }
}

TEST(FeaturesTest, TargetMeansOfFittedRowsLeaveOutTheirOwnPart) {
  FrameBuilder builder({{"who", ColumnType::kString}, {"y", ColumnType::kDouble}});
  Random random(1, {});
  for (int i = 0; i < 100; ++i) {
    builder.append_string(0, std::to_string(i % 30).append("p"));
    builder.append_double(1, i % 30 == 7 && i < 30 ? 1000 : 0);
  }
  const Frame frame = builder.finish();
  const FittedFeatures fitted = fit_of(frame, "y", View::kTree);
  // Row 7 is the only one with a target: its own must not be in its feature.
  EXPECT_EQ(fitted.matrix.column(0)[7], 0);
  const Matrix scored = fitted.set.transform(frame, std::vector<std::size_t>{7});
  EXPECT_GT(scored.column(0)[0], 50);
}

TEST(FeaturesTest, PartsOfDates) {
  struct Case {
    std::int64_t days;
    double year, month, day, weekday, day_of_year;
  };
  const Case cases[] = {
      {0, 1970, 1, 1, 4, 1},           {-1, 1969, 12, 31, 3, 365},    {11016, 2000, 2, 29, 2, 60},
      {11322, 2000, 12, 31, 0, 366},   {20778, 2026, 11, 21, 6, 325}, {-719162, 1, 1, 1, 1, 1},
      {2932896, 9999, 12, 31, 5, 365},
  };
  DoubleOps ops;
  for (const Case& c : cases) {
    const auto days = static_cast<double>(c.days);
    EXPECT_EQ(date_part(ops, days, 0.0, DatePart::kYear), c.year) << c.days;
    EXPECT_EQ(date_part(ops, days, 0.0, DatePart::kMonth), c.month) << c.days;
    EXPECT_EQ(date_part(ops, days, 0.0, DatePart::kDay), c.day) << c.days;
    EXPECT_EQ(date_part(ops, days, 0.0, DatePart::kWeekday), c.weekday) << c.days;
    EXPECT_EQ(date_part(ops, days, 0.0, DatePart::kDayOfYear), c.day_of_year) << c.days;
  }
  const double micros = -86400e6 + (13 * 3600 + 45 * 60 + 59) * 1e6 + 999'999;
  const double days = days_of_micros(ops, micros);
  const double seconds = seconds_of_micros(ops, micros, days);
  EXPECT_EQ(days, -1);
  EXPECT_EQ(date_part(ops, days, seconds, DatePart::kHour), 13);
  EXPECT_EQ(date_part(ops, days, seconds, DatePart::kMinute), 45);
}

TEST(FeaturesTest, FewWholeNumbersAreCategoriesForDistances) {
  const Frame frame = mixed_frame({.rows = 200, .missing = false});
  const FittedFeatures fitted = fit_of(frame.only({"rooms", "price"}), "price", View::kLinear);
  EXPECT_EQ(fitted.matrix.columns, 7u);  // the number and six indicators
}

}  // namespace
}  // namespace tarn::ml::detail
