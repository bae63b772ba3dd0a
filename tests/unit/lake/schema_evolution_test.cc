#include "lake/schema_evolution.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "expect_error.h"

namespace tarn::lake {
namespace {

using delta::Field;
using delta::Schema;
using delta::Type;
using Kind = Type::Kind;

Type type(Kind kind, int precision = 0, int scale = 0) {
  Type result;
  result.kind = kind;
  result.precision = precision;
  result.scale = scale;
  return result;
}
Type structure(std::vector<Field> fields) {
  Type result = type(Kind::kStruct);
  result.children = std::move(fields);
  return result;
}
Schema one(Type column, const std::string& name = "c") {
  return {.fields = {{.name = name, .type = std::move(column)}}};
}
std::string merged(const Type& table, const Type& incoming) {
  try {
    return name_of(delta::merged_schema(one(table), one(incoming)).fields.front().type);
  } catch (const Error& error) {
    return std::string(name_of(error.code()));
  }
}

TEST(SchemaEvolution, NewColumnsComeLastAndMayBeNull) {
  Schema table = one(type(Kind::kLong), "a");
  table.fields[0].nullable = false;
  Schema incoming = one(type(Kind::kString), "B");
  incoming.fields[0].nullable = false;
  incoming.fields.push_back({.name = "A", .type = type(Kind::kInteger)});
  const Schema schema = delta::merged_schema(table, incoming);
  ASSERT_EQ(schema.fields.size(), 2u);
  EXPECT_EQ(schema.fields[0].name, "a");
  EXPECT_FALSE(schema.fields[0].nullable);
  EXPECT_EQ(schema.fields[1].name, "B");
  EXPECT_TRUE(schema.fields[1].nullable);
  EXPECT_EQ(delta::merged_schema(table, table), table);
}

TEST(SchemaEvolution, Widening) {
  // What Parquet stores alike.
  EXPECT_EQ(merged(type(Kind::kByte), type(Kind::kShort)), "short");
  EXPECT_EQ(merged(type(Kind::kShort), type(Kind::kInteger)), "integer");
  // What the table's type holds.
  EXPECT_EQ(merged(type(Kind::kLong), type(Kind::kByte)), "long");
  EXPECT_EQ(merged(type(Kind::kDouble), type(Kind::kInteger)), "double");
  EXPECT_EQ(merged(type(Kind::kDecimal, 12, 2), type(Kind::kInteger)), "decimal(12,2)");
  EXPECT_EQ(merged(type(Kind::kDecimal, 10, 2), type(Kind::kDecimal, 9, 1)), "decimal(10,2)");
  EXPECT_EQ(merged(type(Kind::kTimestampNtz), type(Kind::kTimestamp)), "timestamp_ntz");
  // What needs the feature typeWidening.
  EXPECT_EQ(merged(type(Kind::kInteger), type(Kind::kLong)), "Unsupported");
  EXPECT_EQ(merged(type(Kind::kFloat), type(Kind::kDouble)), "Unsupported");
  EXPECT_EQ(merged(type(Kind::kDecimal, 10, 2), type(Kind::kDecimal, 12, 2)), "Unsupported");
  EXPECT_EQ(merged(type(Kind::kInteger), type(Kind::kDouble)), "Unsupported");
  // What does not go together.
  EXPECT_EQ(merged(type(Kind::kInteger), type(Kind::kString)), "InvalidArgument");
  EXPECT_EQ(merged(type(Kind::kLong), type(Kind::kDouble)), "InvalidArgument");
  EXPECT_EQ(merged(type(Kind::kInteger), structure({})), "InvalidArgument");
}

TEST(SchemaEvolution, StructsGrowInside) {
  const Type table = structure({{.name = "x", .type = type(Kind::kByte)}});
  const Type incoming = structure(
      {{.name = "y", .type = type(Kind::kString)}, {.name = "X", .type = type(Kind::kShort)}});
  EXPECT_EQ(merged(table, incoming), "struct<x:short,y:string>");
  try {
    delta::merged_schema(one(table), one(structure({{.name = "x", .type = type(Kind::kLong)}})));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(),
              "The column 'c.x' would be widened from byte to long, which needs what Tarn cannot "
              "write: typeWidening.");
  }
}

TEST(SchemaEvolution, ColumnsAreCheckedWhereTheSchemaStays) {
  Schema table = one(type(Kind::kLong), "rentals");
  table.fields[0].nullable = false;
  try {
    delta::check_columns(table, one(type(Kind::kLong), "rental"));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "The table has no column 'rental'.");
    EXPECT_EQ(error.hint(), "Did you mean 'rentals'? To add it, ask for merge_schema.");
  }
  table.fields.push_back({.name = "b", .type = type(Kind::kLong)});
  EXPECT_ERROR(kInvalidArgument, delta::check_columns(table, one(type(Kind::kLong), "b")));
  delta::check_columns(table, one(type(Kind::kLong), "RENTALS"));
}

}  // namespace
}  // namespace tarn::lake
