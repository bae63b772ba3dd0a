#include "lake/table_writer.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "delta_fixture.h"
#include "expect_error.h"

namespace tarn::lake {
namespace {

namespace fs = std::filesystem;
using Kind = delta::Type::Kind;

class TableWriterTest : public DeltaTest {
 protected:
  std::size_t files_in(const fs::path& folder) {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string path = entry.path().string();
      if (entry.is_regular_file() && path.find("_delta_log") == std::string::npos) ++count;
    }
    return count;
  }
};

TEST_F(TableWriterTest, RoundTripsEveryType) {
  const auto table = open();
  delta::Schema all = schema({{"s", Kind::kString},
                              {"l", Kind::kLong},
                              {"i", Kind::kInteger},
                              {"h", Kind::kShort},
                              {"b", Kind::kByte},
                              {"f", Kind::kFloat},
                              {"d", Kind::kDouble},
                              {"t", Kind::kBoolean},
                              {"x", Kind::kBinary},
                              {"day", Kind::kDate},
                              {"at", Kind::kTimestamp},
                              {"local", Kind::kTimestampNtz}});
  delta::Field decimal;
  decimal.name = "m";
  decimal.type = {.kind = Kind::kDecimal, .precision = 38, .scale = 10};
  all.fields.push_back(decimal);
  table->create(all);
  const std::string values =
      "'Größe', 9223372036854775807, -2147483648, 32767::SMALLINT, CAST('-128' AS TINYINT), "
      "0.1::REAL, "
      "1e300, true, '\\x00\\xFF'::BLOB, "
      "DATE '1969-12-31', TIMESTAMP '2026-11-20 14:03:07.123456', TIMESTAMP '1900-01-01 00:00:00', "
      "1234567890123456789012345678.0123456789::DECIMAL(38,10)";
  insert(*table, "SELECT " + values +
                     " UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
                     "NULL, NULL, NULL, NULL");
  const auto snapshot = table->snapshot();
  const auto back = rows(*table, *snapshot, "ORDER BY l NULLS LAST");
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(back[0], query("SELECT " + values)[0]);
  for (const auto& cell : back[1]) EXPECT_FALSE(cell);

  const Json stats = Json::parse(snapshot->files.at(0)->stats);
  EXPECT_EQ(stats["numRecords"], 2);
  EXPECT_EQ(stats["nullCount"]["m"], 1);
  EXPECT_EQ(stats["minValues"]["s"], "Größe");
  EXPECT_EQ(stats["maxValues"]["l"], 9223372036854775807);
  EXPECT_EQ(stats["minValues"]["day"], "1969-12-31");
  EXPECT_EQ(stats["minValues"]["at"], "2026-11-20T14:03:07.123456Z");
  EXPECT_EQ(stats["minValues"]["local"], "1900-01-01T00:00:00");
  EXPECT_FALSE(stats["minValues"].contains("x"));
  EXPECT_FALSE(stats["minValues"].contains("t"));
  EXPECT_NE(snapshot->files.at(0)->stats.find("\"m\":1234567890123456789012345678.0123456789"),
            std::string::npos)
      << snapshot->files.at(0)->stats;
}

TEST_F(TableWriterTest, StatisticsLeaveOutWhatHasNoBound) {
  const auto table = open();
  table->create(schema({{"nan", Kind::kDouble},
                        {"inf", Kind::kDouble},
                        {"long", Kind::kString},
                        {"none", Kind::kLong}}));
  insert(*table,
         "SELECT 'NaN'::DOUBLE, 'Infinity'::DOUBLE, repeat('x', 33), NULL UNION ALL SELECT 1, 1, "
         "'a', NULL");
  const Json stats = Json::parse(table->snapshot()->files.at(0)->stats);
  EXPECT_TRUE(stats["minValues"].empty()) << stats.dump();
  EXPECT_TRUE(stats["maxValues"].empty()) << stats.dump();
  EXPECT_EQ(stats["nullCount"]["none"], 2);
}

TEST_F(TableWriterTest, Partitions) {
  const auto table = open();
  table->create(schema({{"a", Kind::kLong},
                        {"place", Kind::kString},
                        {"day", Kind::kDate},
                        {"at", Kind::kTimestamp},
                        {"b", Kind::kLong}}),
                {"place", "DAY", "at"});
  insert(*table,
         "SELECT * FROM (VALUES (1, 'a/b c%', DATE '2026-01-02', TIMESTAMP '2026-01-02 "
         "03:04:05.678901', 10), "
         "(2, NULL, NULL, NULL, 20), (3, 'ä=&', DATE '2026-01-02', TIMESTAMP '2026-01-01 "
         "00:00:00', 30)) v");
  const auto snapshot = open()->snapshot();
  EXPECT_EQ(snapshot->files.size(), 3u);
  EXPECT_EQ(snapshot->metadata.partition_columns, (std::vector<std::string>{"place", "day", "at"}));
  const Rows expected = query(
      "SELECT * FROM (VALUES (1, 'a/b c%', DATE '2026-01-02', TIMESTAMP '2026-01-02 "
      "03:04:05.678901', 10), "
      "(2, NULL, NULL, NULL, 20), (3, 'ä=&', DATE '2026-01-02', TIMESTAMP '2026-01-01 00:00:00', "
      "30)) v ORDER BY 1");
  EXPECT_EQ(rows(*table, *snapshot, "ORDER BY a"), expected);
  EXPECT_EQ(query("SELECT typeof(day), typeof(\"at\") FROM " +
                  delta::scan_sql(*snapshot, table->folder()) + " LIMIT 1"),
            (Rows{{"DATE", "TIMESTAMP"}}));
  EXPECT_EQ(query("SELECT a FROM " + delta::scan_sql(*snapshot, table->folder(), {"a", "place"}) +
                  " WHERE place = 'a/b c%'"),
            (Rows{{"1"}}));
}

// So many combinations that they are joined instead of listed.
TEST_F(TableWriterTest, ManyPartitions) {
  const auto table = open();
  table->create(schema({{"a", Kind::kLong}, {"p", Kind::kInteger}}), {"p"});
  database_->connect().execute("COPY (SELECT 2 AS a) TO " +
                               engine::quote_text((table->folder() / "0.parquet").string()));
  std::vector<delta::Add> adds;
  for (int i = 0; i < 300; ++i) {
    delta::Add add;
    add.path = std::to_string(i) + ".parquet";
    add.partition_values["p"] = i == 7 ? std::nullopt : std::optional(std::to_string(i));
    if (i > 0) fs::create_hard_link(table->folder() / "0.parquet", table->folder() / add.path);
    adds.push_back(add);
  }
  table->append(*table->snapshot(), adds);
  const std::string scan = delta::scan_sql(*table->snapshot(), table->folder());
  EXPECT_EQ(query("SELECT count(*), sum(a), sum(p), count(p) FROM " + scan),
            (Rows{{"300", "600", "44843", "299"}}));
  EXPECT_EQ(query("SELECT a FROM " + scan + " WHERE p = 12"), (Rows{{"2"}}));
  EXPECT_EQ(query("SELECT a FROM " + scan + " WHERE p IS NULL"), (Rows{{"2"}}));
}

TEST_F(TableWriterTest, NewColumnsAreNullInOldFiles) {
  const auto table = open();
  table->create(schema({{"a", Kind::kInteger}}));
  insert(*table, "SELECT 1");
  const auto snapshot = table->snapshot();
  delta::Metadata metadata = snapshot->metadata;
  metadata.schema = schema({{"a", Kind::kLong}, {"b", Kind::kString}});
  table->commit({.kind = delta::Change::Kind::kMetadata,
                 .read_version = snapshot->version,
                 .actions = {metadata},
                 .operation = "ADD COLUMNS"});
  EXPECT_EQ(rows(*table, *table->snapshot()), (Rows{{"1", std::nullopt}}));
  insert(*table, "SELECT 2, 'x'");
  EXPECT_EQ(rows(*table, *table->snapshot(), "ORDER BY a"),
            (Rows{{"1", std::nullopt}, {"2", "x"}}));
}

TEST_F(TableWriterTest, AnEmptyTableHasItsTypes) {
  const auto table = open();
  table->create(schema({{"a", Kind::kShort}, {"b c", Kind::kDate}}));
  EXPECT_EQ(insert(*table, "SELECT 1, DATE '2026-01-01' WHERE false"), 1);
  EXPECT_EQ(files_in(table->folder()), 0u);
  engine::Connection connection = database_->connect();
  const auto columns =
      connection.describe("SELECT * FROM " + delta::scan_sql(*table->snapshot(), table->folder()));
  EXPECT_EQ(columns.at(0).type.kind, engine::Kind::kInt16);
  EXPECT_EQ(columns.at(1).name, "b c");
}

TEST_F(TableWriterTest, Nested) {
  const auto table = open();
  delta::Schema nested = delta::schema_from_json(
      R"({"type":"struct","fields":[{"name":"s","type":{"type":"struct","fields":[)"
      R"({"name":"x","type":"integer","nullable":true,"metadata":{}},{"name":"at","type":"timestamp","nullable":true,"metadata":{}}]},"nullable":true,"metadata":{}},)"
      R"({"name":"l","type":{"type":"array","elementType":"string","containsNull":true},"nullable":true,"metadata":{}}]})");
  table->create(nested);
  insert(*table, "SELECT {'x': 1, 'at': TIMESTAMP '2026-01-01 00:00:00'}, ['a', NULL]");
  EXPECT_EQ(query("SELECT s.x, s.\"at\", l[1], len(l) FROM " +
                  delta::scan_sql(*table->snapshot(), table->folder())),
            (Rows{{"1", "2026-01-01 00:00:00", "a", "2"}}));
}

TEST_F(TableWriterTest, NullWhereNoneMayBe) {
  const auto table = open();
  delta::Schema strict = schema({{"a", Kind::kLong}, {"b", Kind::kLong}});
  strict.fields[1].nullable = false;
  table->create(strict);
  EXPECT_ERROR(kInvalidArgument, insert(*table, "SELECT 1, NULL"));
  insert(*table, "SELECT NULL, 1");
  EXPECT_EQ(table->snapshot()->row_count(), 1);
  EXPECT_EQ(files_in(table->folder()), 1u) << "the refused rows leave no file";
}

TEST_F(TableWriterTest, WhatFailsLeavesNoFile) {
  const auto table = open();
  table->create(schema({{"a", Kind::kByte}}));
  engine::Connection connection = database_->connect();
  {
    TableWriter writer(table->folder(), table->snapshot()->schema());
    EXPECT_THROW(writer.write(connection, "SELECT i FROM range(100000) r(i)"), Error);
  }
  {
    TableWriter writer(table->folder(), table->snapshot()->schema());
    EXPECT_EQ(writer.write(connection, "SELECT 1").size(), 1u);
    EXPECT_EQ(files_in(table->folder()), 1u);
  }
  EXPECT_EQ(files_in(table->folder()), 0u) << "not committed, so removed";
}

TEST_F(TableWriterTest, OddColumnNames) {
  const auto table = open();
  table->create(
      schema({{"it's \"quoted\"", Kind::kLong}, {"a b.c", Kind::kString}, {"ö", Kind::kDouble}}));
  insert(*table, "SELECT 1, 'x', 2.5");
  EXPECT_EQ(rows(*table, *table->snapshot()), (Rows{{"1", "x", "2.5"}}));
  const Json stats = Json::parse(table->snapshot()->files.at(0)->stats);
  EXPECT_EQ(stats["minValues"]["it's \"quoted\""], 1);
  EXPECT_EQ(stats["minValues"]["a b.c"], "x");
}

}  // namespace
}  // namespace tarn::lake
