#include "assets/reference.h"

#include <gtest/gtest.h>

namespace tarn::assets {
namespace {

TEST(ReferenceTest, TextsAreReadBack) {
  for (const char* text :
       {"models:/a/1", "models:/a b@champion", "models:/a/Production", "models:/a/latest"}) {
    EXPECT_EQ(parse_model_reference(text).text(), text);
    EXPECT_EQ(parse_model_reference(parse_model_reference(text).text()),
              parse_model_reference(text));
  }
  EXPECT_EQ(parse_model_reference("azureml:a:12").text(), "models:/a/12");
  EXPECT_EQ(parse_model_reference("a").text(), "models:/a/latest");
}

TEST(ReferenceTest, OtherTextsAreRefused) {
  for (const char* text :
       {"", "models:/", "models:/a/", "models:/a@", "models:/a/1/2", "models:/a@b@c", "models:/a:1",
        "models://a/1", "a:", "a@", "a:0", "a/1", "azureml:", "azureml:a:1:2", "models:/@b",
        "a:99999999999999999999", "models:/a/0", "models:/a/99999999999999999999"}) {
    try {
      parse_model_reference(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kInvalidArgument) << text;
    }
  }
}

TEST(ReferenceTest, SchemesAreRecognised) {
  EXPECT_TRUE(has_model_scheme("models:/a/1"));
  EXPECT_TRUE(has_model_scheme("azureml:a:1"));
  EXPECT_FALSE(has_model_scheme("a:1"));
  EXPECT_FALSE(has_model_scheme("0x08"));
}

}  // namespace
}  // namespace tarn::assets
