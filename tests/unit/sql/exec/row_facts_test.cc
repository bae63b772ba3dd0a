#include "detail/exec/row_facts.h"

#include <gtest/gtest.h>

#include <memory>

#include "sql/session.h"

namespace tarn::sql {
namespace {

using Text = RowFacts::Text;

class RowFactsTest : public testing::Test {
 protected:
  RowFactsTest() { facts_->register_with(*database_); }

  std::vector<Text> values(const std::string& sql) {
    std::vector<Text> result;
    for (const auto& row : database_->connect().rows(sql)) result.push_back(row.at(0));
    return result;
  }

  std::unique_ptr<engine::Database> database_ = engine::Database::open({});
  std::shared_ptr<RowFacts> facts_ = make_row_facts();
};

std::string call(const RowFacts::Slot& slot, const std::string& arguments) {
  return "tarn_row_fact(" + std::to_string(slot.number()) + ", " + arguments + ")";
}

TEST_F(RowFactsTest, CallsOnceForEqualArgumentsAndTellsNullFromText) {
  int calls = 0;
  const auto slot = facts_->add(2, [&](std::span<const Text> arguments) -> Text {
    ++calls;
    if (!arguments[0]) return std::nullopt;
    return *arguments[0] + arguments[1].value_or("?");
  });
  EXPECT_EQ(values("SELECT " + call(slot, "a, b, NULL, NULL, NULL") +
                   " FROM (VALUES ('x', 'y'), ('x', 'y'), ('xy', ''), ('x', NULL), (NULL, 'y'))"
                   " AS v(a, b)"),
            (std::vector<Text>{"xy", "xy", "xy", "x?", std::nullopt}));
  EXPECT_EQ(calls, 4);
}

TEST_F(RowFactsTest, WhatItThrowsIsTheQuerysError) {
  const auto slot = facts_->add(1, [](std::span<const Text>) -> Text {
    throw Error(Code::kNotFound, "There is no such thing.");
  });
  try {
    values("SELECT " + call(slot, "a, NULL, NULL, NULL, NULL") + " FROM (VALUES ('x')) AS v(a)");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "There is no such thing.");
  }
}

TEST_F(RowFactsTest, KeepsABoundedNumberOfValues) {
  std::size_t calls = 0;
  const auto slot = facts_->add(1, [&](std::span<const Text> arguments) {
    ++calls;
    return arguments[0];
  });
  const std::size_t rows = kRowFactsKeptMax + 1;
  EXPECT_EQ(values("SELECT count(" + call(slot, "CAST(i AS VARCHAR), NULL, NULL, NULL, NULL") +
                   ") FROM range(" + std::to_string(rows) + ") AS r(i)"),
            (std::vector<Text>{std::to_string(rows)}));
  EXPECT_EQ(calls, rows);
}

}  // namespace
}  // namespace tarn::sql
