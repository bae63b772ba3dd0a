#include "base/text.h"

#include <gtest/gtest.h>

namespace tarn {
namespace {

TEST(Text, CaseIsAsciiOnly) {
  EXPECT_EQ(to_lower("ÄbC"), "Äbc");
  EXPECT_EQ(to_upper("straße1"), "STRAßE1");
  EXPECT_TRUE(equal_ignoring_case("SELECT", "select"));
  EXPECT_FALSE(equal_ignoring_case("select", "selects"));
}

TEST(Text, TrimAndSplit) {
  EXPECT_EQ(trim(" \ta b\r\n"), "a b");
  EXPECT_EQ(trim("  "), "");
  EXPECT_EQ(split("a..b", '.'), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(split("", '.'), (std::vector<std::string>{""}));
}

TEST(Text, Utf8IsStrict) {
  EXPECT_TRUE(valid_utf8("aä€𝄞"));
  EXPECT_FALSE(valid_utf8("\xc0\xaf"));          // overlong '/'
  EXPECT_FALSE(valid_utf8("\xe0\x80\xaf"));      // overlong '/'
  EXPECT_FALSE(valid_utf8("\xed\xa0\x80"));      // a surrogate
  EXPECT_FALSE(valid_utf8("\xf4\x90\x80\x80"));  // above U+10FFFF
  EXPECT_FALSE(valid_utf8("\xe2\x82"));          // cut off
  EXPECT_FALSE(valid_utf8("\x80"));
}

TEST(Text, NearestForgivesAThirdOfTheLetters) {
  const std::vector<std::string> names{"command", "compute", "environment"};
  EXPECT_EQ(nearest("comand", names), "command");
  EXPECT_EQ(nearest("COMPUTE", names), "compute");
  EXPECT_EQ(nearest("copmute", names), "compute");
  EXPECT_EQ(nearest("zzz", names), "");
  EXPECT_EQ(nearest("", names), "");
  EXPECT_EQ(did_you_mean("comand", names), "Did you mean 'command'?");
  EXPECT_EQ(did_you_mean("zzz", names), "");
}

}  // namespace
}  // namespace tarn
