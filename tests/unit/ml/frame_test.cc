#include "ml/frame.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"

namespace tarn::ml {
namespace {

TEST(FrameTest, HoldsWhatWasAppended) {
  FrameBuilder builder(
      {{"n", ColumnType::kInt64}, {"x", ColumnType::kDouble}, {"s", ColumnType::kString}});
  builder.append_integer(0, 4);
  builder.append_double(1, 2.5);
  builder.append_string(2, "b");
  builder.append_null(0);
  builder.append_double(1, std::numeric_limits<double>::quiet_NaN());
  builder.append_string(2, "");
  builder.append_integer(0, -1);
  builder.append_integer(1, 7);
  builder.append_string(2, "b");
  const Frame frame = builder.finish();
  ASSERT_EQ(frame.rows(), 3u);
  EXPECT_EQ(frame.column("n").number(0), 4);
  EXPECT_TRUE(frame.column("n").missing(1));
  EXPECT_TRUE(std::isnan(frame.column("n").number(1)));
  EXPECT_TRUE(frame.column("x").missing(1));
  EXPECT_EQ(frame.column("x").number(2), 7);
  EXPECT_TRUE(frame.column("s").missing(1));
  EXPECT_EQ(frame.column("s").text(1), "");
  EXPECT_EQ(frame.column("s").text(2), "b");
  EXPECT_EQ(frame.column("s").dictionary.size(), 1u);
}

TEST(FrameTest, FindsColumnsByNameAndHelpsWithWrongOnes) {
  FrameBuilder builder({{"rentals", ColumnType::kInt64}});
  const Frame frame = builder.finish();
  EXPECT_NE(frame.find("Rentals"), nullptr);
  EXPECT_EQ(frame.find("rental"), nullptr);
  try {
    frame.column("rental");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kNotFound);
    EXPECT_NE(e.hint().find("rentals"), std::string::npos);
  }
}

TEST(FrameTest, SelectsRowsAndColumns) {
  FrameBuilder builder({{"a", ColumnType::kInt64}, {"b", ColumnType::kString}});
  for (int i = 0; i < 4; ++i) {
    builder.append_integer(0, i);
    builder.append_string(1, std::string(1, static_cast<char>('p' + i)));
  }
  const Frame frame = builder.finish();
  const Frame selected = frame.select({3, 0, 3});
  ASSERT_EQ(selected.rows(), 3u);
  EXPECT_EQ(selected.column("a").number(0), 3);
  EXPECT_EQ(selected.column("b").text(1), "p");
  EXPECT_EQ(frame.without("A").columns().size(), 1u);
  EXPECT_EQ(frame.only({"b", "a"}).columns()[0].name, "b");
  EXPECT_THROW(frame.select({4}), Error);
}

TEST(FrameTest, RefusesWhatIsNoTable) {
  EXPECT_THROW(FrameBuilder({{"", ColumnType::kInt64}}), Error);
  EXPECT_THROW(FrameBuilder({{"a", ColumnType::kInt64}, {"A", ColumnType::kInt64}}), Error);
  EXPECT_THROW(FrameBuilder(std::vector<FrameBuilder::ColumnSpec>(kFrameColumnsMax + 1)), Error);
  FrameBuilder uneven({{"a", ColumnType::kInt64}, {"b", ColumnType::kInt64}});
  uneven.append_integer(0, 1);
  EXPECT_THROW(uneven.finish(), Error);
  FrameBuilder builder({{"a", ColumnType::kString}});
  EXPECT_THROW(builder.append_integer(0, 1), Error);
  EXPECT_THROW(builder.append_null(1), Error);
}

TEST(FrameTest, TypeNamesGoBothWays) {
  for (const auto type : {ColumnType::kInt64, ColumnType::kDouble, ColumnType::kBool,
                          ColumnType::kString, ColumnType::kDate, ColumnType::kDatetime}) {
    EXPECT_EQ(parse_column_type(name_of(type)), type);
  }
  EXPECT_THROW(parse_column_type("blob"), Error);
}

}  // namespace
}  // namespace tarn::ml
