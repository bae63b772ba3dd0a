#include "router/message.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "router/url.h"

namespace tarn::router {
namespace {

TEST(Headers, CompareWithoutCase) {
  Headers headers = {{"Content-Type", "a"}, {"X", "1"}, {"x", "2"}};
  EXPECT_EQ(headers.get("content-type"), "a");
  EXPECT_EQ(headers.get("X"), "1");
  EXPECT_EQ(headers.get("none", "otherwise"), "otherwise");
  headers.set("x", "3");
  EXPECT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers.get("X"), "3");
}

TEST(Parameters, ReadTypedValues) {
  const Parameters parameters = {
      {"n", "-5"}, {"big", "9223372036854775808"}, {"yes", ""}, {"no", "false"}, {"m", "maybe"}};
  EXPECT_EQ(parameters.get_int("n", 0), -5);
  EXPECT_EQ(parameters.get_int("none", 7), 7);
  EXPECT_THROW(parameters.get_int("n", 0, 0, 10), Error);
  EXPECT_THROW(parameters.get_int("big", 0), Error);
  EXPECT_THROW(parameters.get_int("m", 0), Error);
  EXPECT_TRUE(parameters.get_bool("yes", false));
  EXPECT_FALSE(parameters.get_bool("no", true));
  EXPECT_THROW(parameters.get_bool("m", true), Error);
  EXPECT_THROW(parameters.require("none"), Error);
}

TEST(Body, IsReadUpToItsLimit) {
  StringBody fits("12345");
  EXPECT_EQ(read_all(fits, 5), "12345");
  StringBody over("123456");
  EXPECT_THROW(read_all(over, 5), Error);
  Response streamed;
  streamed.stream = [](BodySink& sink) {
    sink.write("a");
    sink.write("b");
  };
  EXPECT_EQ(collect_body(streamed), "ab");
}

TEST(Url, EncodesWhatItDecodes) {
  std::string all;
  for (int c = 1; c < 128; ++c) all.push_back(static_cast<char>(c));
  all += "\xC3\xA4\xF0\x9F\x9A\xB2";
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
  EXPECT_EQ(percent_encode("a/b c", true), "a/b%20c");
  EXPECT_EQ(percent_encode("a/b"), "a%2Fb");
}

TEST(Url, SplitsTargets) {
  const Target target = parse_target("/a//b%2F/?x=1&y=a+b%2B&flag&x=2&&#f");
  EXPECT_EQ(target.path, "/a//b%2F/");
  EXPECT_THAT(target.segments, testing::ElementsAre("a", "", "b/", ""));
  EXPECT_EQ(target.query.get("y"), "a b+");
  EXPECT_TRUE(target.query.contains("flag"));
  EXPECT_THAT(target.query.all("x"), testing::ElementsAre("1", "2"));
  EXPECT_THROW(parse_target("/" + std::string(2 * kPathSegmentsMax, '/')), Error);
  std::string query = "/?";
  for (std::size_t i = 0; i <= kQueryParametersMax; ++i) query += "a=1&";
  EXPECT_THROW(parse_target(query), Error);
}

}  // namespace
}  // namespace tarn::router
