#include "lake/delta_schema.h"

#include <gtest/gtest.h>

#include "expect_error.h"

namespace tarn::lake::delta {
namespace {

constexpr const char* kAllTypes =
    R"({"type":"struct","fields":[)"
    R"({"name":"s","type":"string","nullable":true,"metadata":{}},)"
    R"({"name":"l","type":"long","nullable":false,"metadata":{"comment":"key"}},)"
    R"({"name":"i","type":"integer","nullable":true,"metadata":{}},)"
    R"({"name":"h","type":"short","nullable":true,"metadata":{}},)"
    R"({"name":"b","type":"byte","nullable":true,"metadata":{}},)"
    R"({"name":"f","type":"float","nullable":true,"metadata":{}},)"
    R"({"name":"d","type":"double","nullable":true,"metadata":{}},)"
    R"j({"name":"m","type":"decimal(38,10)","nullable":true,"metadata":{}},)j"
    R"({"name":"t","type":"boolean","nullable":true,"metadata":{}},)"
    R"({"name":"x","type":"binary","nullable":true,"metadata":{}},)"
    R"({"name":"day","type":"date","nullable":true,"metadata":{}},)"
    R"({"name":"at","type":"timestamp","nullable":true,"metadata":{}},)"
    R"({"name":"local","type":"timestamp_ntz","nullable":true,"metadata":{}},)"
    R"({"name":"st","type":{"type":"struct","fields":[{"name":"a b","type":"integer","nullable":true,"metadata":{}}]},"nullable":true,"metadata":{}},)"
    R"({"name":"ar","type":{"type":"array","elementType":"string","containsNull":false},"nullable":true,"metadata":{}},)"
    R"({"name":"mp","type":{"type":"map","keyType":"string","valueType":"double","valueContainsNull":true},"nullable":true,"metadata":{}}]})";

TEST(DeltaSchema, RoundTripsAllTypes) {
  const Schema schema = schema_from_json(kAllTypes);
  ASSERT_EQ(schema.fields.size(), 16u);
  EXPECT_EQ(schema_to_json(schema), kAllTypes);
  EXPECT_EQ(schema_from_json(schema_to_json(schema)), schema);
}

TEST(DeltaSchema, Names) {
  const Schema schema = schema_from_json(kAllTypes);
  EXPECT_EQ(name_of(schema.find("m")->type), "decimal(38,10)");
  EXPECT_EQ(name_of(schema.find("st")->type), "struct<a b:integer>");
  EXPECT_EQ(name_of(schema.find("mp")->type), "map<string,double>");
  EXPECT_EQ(engine_type(schema.find("m")->type), "DECIMAL(38,10)");
  EXPECT_EQ(engine_type(schema.find("st")->type), "STRUCT(\"a b\" INTEGER)");
  EXPECT_EQ(engine_type(schema.find("ar")->type), "VARCHAR[]");
  EXPECT_EQ(engine_type(schema.find("mp")->type), "MAP(VARCHAR, DOUBLE)");
  EXPECT_EQ(engine_type(schema.find("at")->type), "TIMESTAMP");
}

TEST(DeltaSchema, FindsInAnyCaseButTheExactOneFirst) {
  const Schema schema = schema_from_json(
      R"({"type":"struct","fields":[{"name":"A","type":"long","nullable":true,"metadata":{}},)"
      R"({"name":"a","type":"string","nullable":true,"metadata":{}}]})");
  EXPECT_EQ(schema.find("a")->type.kind, Type::Kind::kString);
  EXPECT_EQ(schema.find("A")->type.kind, Type::Kind::kLong);
  EXPECT_EQ(schema.find("b"), nullptr);
}

TEST(DeltaSchema, Refusals) {
  EXPECT_ERROR(kDataLoss, schema_from_json("{"));
  EXPECT_ERROR(kDataLoss, schema_from_json("{}"));
  EXPECT_ERROR(kDataLoss, schema_from_json("[]"));
  EXPECT_ERROR(kDataLoss, schema_from_json(R"("string")"));
  EXPECT_ERROR(kDataLoss, schema_from_json(R"({"type":"struct","fields":[{"type":"string"}]})"));
  EXPECT_ERROR(
      kDataLoss,
      schema_from_json(R"j({"type":"struct","fields":[{"name":"a","type":"decimal(99,1)"}]})j"));
  EXPECT_ERROR(kUnsupported,
               schema_from_json(R"({"type":"struct","fields":[{"name":"a","type":"variant"}]})"));
  std::string deep = "\"string\"";
  for (int i = 0; i < 60; ++i)
    deep = R"({"type":"array","elementType":)" + deep + R"(,"containsNull":true})";
  EXPECT_ERROR(kDataLoss, schema_from_json(R"({"type":"struct","fields":[{"name":"a","type":)" +
                                           deep + "}]}"));
}

TEST(DeltaSchema, WhatATableCannotHave) {
  const auto field = [](const char* name) {
    Field result;
    result.name = name;
    return result;
  };
  EXPECT_ERROR(kInvalidArgument, check_schema({}));
  EXPECT_ERROR(kInvalidArgument, check_schema({.fields = {field("a"), field("A")}}));
  EXPECT_ERROR(kInvalidArgument, check_schema({.fields = {field("")}}));
  Field decimal = field("d");
  decimal.type = {.kind = Type::Kind::kDecimal, .precision = 39, .scale = 0, .children = {}};
  EXPECT_ERROR(kInvalidArgument, check_schema({.fields = {decimal}}));
  check_schema({.fields = {field("a b"), field("ä.ö")}});
}

}  // namespace
}  // namespace tarn::lake::delta
