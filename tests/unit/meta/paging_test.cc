#include "meta/paging.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace tarn::meta {
namespace {

TEST(PagingTest, ATokenGivesItsKeyBackToItsListOnly) {
  const std::vector<std::string> key = {"1234", "a/b+ü?", ""};
  const std::string token = page_token("runs", key);
  EXPECT_EQ(parse_page_token("runs", token, 3), key);
  EXPECT_EQ(token.find_first_of("+/=&? "), std::string::npos);
  EXPECT_THROW(parse_page_token("models", token, 3), Error);
  EXPECT_THROW(parse_page_token("runs", token, 2), Error);
}

TEST(PagingTest, ForeignTokensAreRefused) {
  for (const std::string& bad :
       {std::string("x"), std::string("!!!!"), std::string("bnVsbA"), std::string("WzFd"),
        std::string("eyJhIjoxfQ"), std::string(10'000, 'A')}) {
    try {
      parse_page_token("runs", bad, 0);
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kInvalidArgument);
    }
  }
}

TEST(PagingTest, SizesAreCheckedAtTheLimitAndOnePastIt) {
  check_page_size({.size = 1, .token = {}}, 10);
  check_page_size({.size = 10, .token = {}}, 10);
  EXPECT_THROW(check_page_size({.size = 0, .token = {}}, 10), Error);
  EXPECT_THROW(check_page_size({.size = 11, .token = {}}, 10), Error);
  EXPECT_THROW(check_page_size({.size = -1, .token = {}}, 10), Error);
}

}  // namespace
}  // namespace tarn::meta
