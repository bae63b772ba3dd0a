#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/yaml.h"

namespace tarn {
namespace {

std::string error_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Error, RendersPlaceMessageAndHint) {
  const Error error =
      Error(Code::kInvalidArgument, "unknown key 'comand'.", "Did you mean 'command'?")
          .at({"job.yml", 12, 3});
  EXPECT_STREQ(error.what(), "job.yml:12:3: unknown key 'comand'. Did you mean 'command'?");
}

TEST(Error, TheInnermostPlaceStays) {
  Error error(Code::kInternal, "m");
  error.set_place({"inner", 1, 2});
  error.set_place({"outer", 3, 4});
  EXPECT_EQ(error.place()->source, "inner");
}

TEST(Clock, UtcRoundTrip) {
  for (const Micros time :
       {Micros(0), Micros(1'763'647'387'123'456), Micros(-62'135'596'800'000'000)}) {
    EXPECT_EQ(parse_utc(format_utc(time)), time);
  }
  EXPECT_EQ(format_utc(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(parse_utc("2026-11-20T14:03:07+02:00"), parse_utc("2026-11-20T12:03:07Z"));
  EXPECT_EQ(parse_utc("2026-11-20"), parse_utc("2026-11-20 00:00"));
}

TEST(Clock, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2026", "2026-13-01", "2026-02-30", "2026-11-20T25:00", "2026-11-20T10:00Zx",
        "2026-11-20T10:00:00.", "2026-11-20T10:00+99:00"}) {
    EXPECT_THROW(parse_utc(text), Error) << text;
  }
}

TEST(Clock, Durations) {
  EXPECT_EQ(parse_duration_s("90"), 90);
  EXPECT_EQ(parse_duration_s("20s"), 20);
  EXPECT_EQ(parse_duration_s("1h30m"), 5400);
  EXPECT_EQ(parse_duration_s("PT15M"), 900);
  EXPECT_EQ(parse_duration_s("500ms"), 0.5);
  for (const char* text : {"", "m", "-5s", "5 parsecs", "PT", "1x", "nan"}) {
    EXPECT_THROW(parse_duration_s(text), Error) << text;
  }
}

TEST(Ids, SortByTimeAndNeverRepeat) {
  std::set<std::string> seen;
  std::string last;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = new_id();
    EXPECT_LT(last, id);
    last = id;
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 10'000u);
  EXPECT_EQ(last.size(), 36u);
  EXPECT_EQ(last[14], '7');
  EXPECT_EQ(hex_of(last).size(), 32u);
}

TEST(Digest, KnownValues) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_base64("any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
  for (const std::string bytes : {"", "a", "ab", "abc", "abcd"}) {
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
    EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
  }
  EXPECT_THROW(from_hex("abc"), Error);
  EXPECT_THROW(from_hex("zz"), Error);
  EXPECT_THROW(from_base64("abc"), Error);
}

TEST(Json, ErrorsPointAtThePlace) {
  EXPECT_EQ(parse_json(R"({"b": 1, "a": 2})").dump(), R"({"b":1,"a":2})");
  EXPECT_THAT(error_of([] { parse_json("{\n  \"a\": nope}", "body.json"); }),
              testing::StartsWith("body.json:2:"));
  const std::string deep(kJsonDepthMax + 1, '[');
  EXPECT_THAT(error_of([&] { parse_json(deep); }), testing::HasSubstr("nested deeper than 200"));
}

TEST(Yaml, KeepsPositions) {
  const Yaml document =
      Yaml::parse("limits:\n  max_trials: 20\n  rate: 1.5\non: true\nempty:\n", "job.yml");
  EXPECT_EQ(document.find("limits")->find("max_trials")->as_int(), 20);
  EXPECT_EQ(document.find("limits")->find("rate")->as_double(), 1.5);
  EXPECT_TRUE(document.find("on")->as_bool());
  EXPECT_TRUE(document.find("empty")->is_null());
  EXPECT_EQ(document.find("nothing"), nullptr);
  EXPECT_EQ(error_of([&] { document.find("limits")->find("rate")->as_int(); }),
            "job.yml:3:9: Expected a whole number, found '1.5'.");
}

TEST(Yaml, RefusesDuplicatesAndBrokenText) {
  EXPECT_EQ(error_of([] { Yaml::parse("a: 1\na: 2\n", "x.yml"); }),
            "x.yml:2:1: The key 'a' is there twice. Remove one of them.");
  EXPECT_THAT(error_of([] { Yaml::parse("a: [1, 2\n", "x.yml"); }), testing::StartsWith("x.yml:"));
}

TEST(Yaml, AliasesCannotBlowUp) {
  std::string text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) text += (k ? "," : "") + before;
    text += "]\n";
  }
  EXPECT_THAT(error_of([&] { Yaml::parse(text, "bomb.yml"); }), testing::HasSubstr("too large"));
}

TEST(Yaml, MergeKeysAddWhatIsMissing) {
  const Yaml document = Yaml::parse("base: &b {x: 1, y: 2}\njob:\n  <<: *b\n  y: 3\n", "m.yml");
  EXPECT_EQ(document.find("job")->find("x")->as_int(), 1);
  EXPECT_EQ(document.find("job")->find("y")->as_int(), 3);
}

}  // namespace
}  // namespace tarn
