#include <gtest/gtest.h>

#include "base/error.h"
#include "sql/batch.h"
#include "sql/caret.h"

namespace tarn::sql {
namespace {

TEST(SplitBatches, AtLinesOfGo) {
  const auto batches = split_batches("SELECT 1\nGO\nSELECT 2\n  go  -- again\r\nSELECT 3");
  ASSERT_EQ(batches.size(), 3u);
  EXPECT_EQ(batches[0].text, "SELECT 1\n");
  EXPECT_EQ(batches[1].text, "SELECT 2\n");
  EXPECT_EQ(batches[1].first_line, 3);
  EXPECT_EQ(batches[2].text, "SELECT 3");
  EXPECT_EQ(batches[2].first_line, 5);
}

TEST(SplitBatches, RepeatsWithACount) {
  const auto batches = split_batches("SELECT 1\nGO 5\n");
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].count, 5);
  EXPECT_THROW(split_batches("SELECT 1\nGO 1000001"), Error);
  EXPECT_NO_THROW(split_batches("SELECT 1\nGO 1000000"));
  EXPECT_THROW(split_batches("SELECT 1\nGO away"), Error);
}

TEST(SplitBatches, NotInsideLiteralsAndComments) {
  EXPECT_EQ(split_batches("SELECT 'a\nGO\n'").size(), 1u);
  EXPECT_EQ(split_batches("SELECT 'it''s\nGO\n'").size(), 1u);
  EXPECT_EQ(split_batches("SELECT [a\nGO\n]").size(), 1u);
  EXPECT_EQ(split_batches("/* /* */\nGO\n*/ SELECT 1").size(), 1u);
  EXPECT_EQ(split_batches("SELECT 1 -- it's\nGO\nSELECT 2").size(), 2u);
}

TEST(SplitBatches, LeavesOutEmptyOnes) {
  EXPECT_TRUE(split_batches("").empty());
  EXPECT_TRUE(split_batches("GO\nGO\n \n").empty());
  EXPECT_EQ(split_batches("SELECT 1 AS GOAL\nGOAL").size(), 1u);
}

TEST(RenderCaret, PointsBelowTheLine) {
  EXPECT_EQ(render_caret("SELECT 1\nSELECT x FROM t", {{}, 2, 8}), "SELECT x FROM t\n       ^");
  EXPECT_EQ(render_caret("\tx", {{}, 1, 2}), "\tx\n\t^");
  EXPECT_EQ(render_caret("äöü x", {{}, 1, 5}), "äöü x\n    ^");
  EXPECT_EQ(render_caret("a\r\nb", {{}, 2, 1}), "b\n^");
}

TEST(RenderCaret, CutsLongLines) {
  const std::string text = std::string(300, 'a') + "X" + std::string(300, 'b');
  const std::string rendered = render_caret(text, {{}, 1, 301});
  const std::size_t end = rendered.find('\n');
  EXPECT_EQ(rendered.substr(0, 3), "...");
  EXPECT_EQ(rendered.substr(end - 3, 3), "...");
  EXPECT_EQ(rendered[rendered.size() - 1 - (end + 1)], 'X');
  EXPECT_LE(end, static_cast<std::size_t>(kCaretWidthMax) + 6);
}

TEST(RenderCaret, IsEmptyWithoutAPlace) {
  EXPECT_EQ(render_caret("SELECT 1", {}), "");
  EXPECT_EQ(render_caret("SELECT 1", {{}, 5, 1}), "");
}

}  // namespace
}  // namespace tarn::sql
