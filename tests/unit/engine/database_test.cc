#include "engine/database.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "engine/int128.h"

namespace tarn::engine {
namespace {

class DatabaseTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tarn-engine-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    std::filesystem::create_directories(folder_ / "lake");
    Settings settings;
    settings.threads = 2;
    settings.memory_bytes_max = 256ull << 20;
    settings.temp_directory = folder_ / "spill";
    settings.allowed_directories = {folder_ / "lake"};
    database_ = Database::open(settings);
  }
  void TearDown() override {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }
  std::string file(const std::string& name) const { return quote_text((folder_ / name).string()); }

  std::filesystem::path folder_;
  std::unique_ptr<Database> database_;
};

Code code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "no error";
  return Code::kInternal;
}

TEST_F(DatabaseTest, ReadsTypedChunks) {
  Connection connection = database_->connect();
  Result result = connection.query(
      "SELECT 7::TINYINT a, 1234567890123::BIGINT b, 1.25::DECIMAL(5,2) c, 'text that is longer "
      "than twelve' d, "
      "DATE '2020-02-03' e, TIMESTAMP '2020-02-03 04:05:06.000007' f, NULL::INTEGER g, {'x': "
      "1.5::REAL, 'y': 'z'} h, "
      "[1, 2, 3] i, '\\x00\\xFF'::BLOB j, true k, -3.5::DECIMAL(38,1) l, 9::UTINYINT m");
  ASSERT_EQ(result.columns().size(), 13u);
  EXPECT_EQ(result.columns()[2].type, Type::decimal(5, 2));
  EXPECT_EQ(to_sql(result.columns()[7].type), "STRUCT(\"x\" REAL, \"y\" VARCHAR)");
  Chunk chunk;
  ASSERT_TRUE(result.next(chunk));
  ASSERT_EQ(chunk.size(), 1u);
  EXPECT_EQ(chunk.column(0).data<std::int8_t>()[0], 7);
  EXPECT_EQ(chunk.column(1).integer(0), 1234567890123);
  EXPECT_EQ(static_cast<int>(chunk.column(2).unscaled(0)), 125);
  EXPECT_DOUBLE_EQ(chunk.column(2).number(0), 1.25);
  EXPECT_EQ(chunk.column(3).text(0), "text that is longer than twelve");
  EXPECT_EQ(chunk.column(4).integer(0), 18295);
  EXPECT_EQ(chunk.column(5).integer(0), 18295 * 86400000000LL + 14706000007LL);
  EXPECT_TRUE(chunk.column(6).is_null(0));
  EXPECT_FALSE(chunk.column(0).is_null(0));
  EXPECT_FLOAT_EQ(chunk.column(7).child(0).data<float>()[0], 1.5f);
  EXPECT_EQ(chunk.column(7).child(1).text(0), "z");
  EXPECT_EQ(chunk.column(8).list(0).length, 3u);
  EXPECT_EQ(chunk.column(8).child().integer(2), 3);
  EXPECT_EQ(chunk.column(9).text(0), std::string_view("\0\xFF", 2));
  EXPECT_EQ(chunk.column(10).integer(0), 1);
  EXPECT_EQ(static_cast<int>(chunk.column(11).unscaled(0)), -35);
  EXPECT_EQ(chunk.column(12).integer(0), 9);
  EXPECT_FALSE(result.next(chunk));
}

TEST_F(DatabaseTest, BindsParametersOfEveryKind) {
  Connection connection = database_->connect();
  const std::vector<Value> values = {std::monostate{},
                                     true,
                                     std::int32_t{-1},
                                     std::int64_t{1} << 40,
                                     1.5f,
                                     2.25,
                                     std::string("a'b"),
                                     Blob{std::string("\0\1", 2)},
                                     Date{1},
                                     Time{3600000000},
                                     Timestamp{86400000000},
                                     Decimal{12345, 10, 2}};
  const auto rows =
      connection.rows("SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12", {}, values);
  ASSERT_EQ(rows.size(), 1u);
  const std::vector<std::optional<std::string>> expected = {
      std::nullopt, "true",       "-1",       "1099511627776",       "1.5",   "2.25", "a'b",
      "\\x00\\x01", "1970-01-02", "01:00:00", "1970-01-02 00:00:00", "123.45"};
  EXPECT_EQ(rows[0], expected);
}

TEST_F(DatabaseTest, StreamsInsteadOfCollecting) {
  Connection connection = database_->connect();
  // Collected, these rows would be larger than the memory limit and the spill put together.
  Result result = connection.query("SELECT i, repeat('x', 1000) AS t FROM range(3000000000) r(i)");
  Chunk chunk;
  std::int64_t rows = 0;
  while (rows < 200'000 && result.next(chunk)) rows += static_cast<std::int64_t>(chunk.size());
  EXPECT_GE(rows, 200'000);
}

// A reader that does not go on holds a few chunks, however long their texts are: the engine counts
// those with 16 bytes each.
TEST_F(DatabaseTest, RunsAheadOfItsReaderByAFewChunks) {
  constexpr std::size_t kTextBytes = 1000;
  constexpr std::int64_t kChunksMax = 16;
  static std::atomic<std::int64_t> made;
  made = 0;
  ScalarFunction function{.name = "tarn_test_long_text",
                          .parameters = {Kind::kInt64},
                          .result = Kind::kText,
                          .pure = false,
                          .call = [](const Chunk& in, ColumnWriter& out) {
                            made += static_cast<std::int64_t>(in.size());
                            const std::string text(kTextBytes, 'x');
                            for (std::size_t row = 0; row < in.size(); ++row)
                              out.set_text(row, text);
                          }};
  database_->register_function(function);
  Connection connection = database_->connect();
  Result result =
      connection.query("SELECT i, tarn_test_long_text(i) FROM range(1000000000) AS r(i)");
  Chunk chunk;
  std::int64_t taken = 0;
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(result.next(chunk));
    taken += static_cast<std::int64_t>(chunk.size());
    ASSERT_LE(made - taken, kChunksMax * static_cast<std::int64_t>(kChunkRowsMax));
  }
}

TEST_F(DatabaseTest, CancellationInterruptsAQuery) {
  Connection connection = database_->connect();
  CancelSource source;
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    source.cancel("enough");
  });
  EXPECT_EQ(code_of([&] {
              connection.execute(
                  "CREATE TEMP TABLE t AS SELECT count(*) FROM range(1000000000000) a(i)",
                  source.token());
            }),
            Code::kCancelled);
  canceller.join();
  EXPECT_EQ(connection.rows("SELECT 1").size(), 1u) << "the connection is usable afterwards";
  EXPECT_EQ(code_of([&] { connection.query("SELECT 1", source.token()); }), Code::kCancelled);
}

TEST_F(DatabaseTest, ReachesAllowedFoldersOnly) {
  Connection connection = database_->connect();
  connection.execute("COPY (SELECT 42 AS a) TO " + file("lake/a.parquet") + " (FORMAT parquet)");
  EXPECT_EQ(connection.rows("SELECT a FROM read_parquet(" + file("lake/a.parquet") + ")")[0][0],
            "42");
  EXPECT_EQ(connection.rows("SELECT num_rows FROM parquet_file_metadata(" + file("lake/a.parquet") +
                            ")")[0][0],
            "1");
  for (const std::string& sql : std::vector<std::string>{
           "SELECT * FROM read_csv('/etc/passwd')",
           "SELECT * FROM read_text('/etc/passwd')",
           "SELECT * FROM glob('/etc/*')",
           "COPY (SELECT 1) TO " + file("outside.csv"),
           "SELECT * FROM read_text(" + file("lake/../outside.csv") + ")",
           "ATTACH " + file("other.duckdb"),
       }) {
    EXPECT_EQ(code_of([&] { connection.execute(sql); }), Code::kPermissionDenied) << sql;
  }
  EXPECT_THROW(connection.rows("SELECT * FROM '/etc/passwd'"), Error);
}

TEST_F(DatabaseTest, SettingsAreLocked) {
  Connection connection = database_->connect();
  for (const char* sql :
       {"SET enable_external_access = true", "SET TimeZone = 'Europe/Berlin'",
        "SET lock_configuration = false", "SET memory_limit = '100GB'",
        "SET GLOBAL allowed_directories = ['/']", "SET GLOBAL allowed_configs = ['threads']",
        "INSTALL httpfs", "LOAD httpfs"}) {
    EXPECT_THROW(connection.execute(sql), Error) << sql;
  }
  EXPECT_EQ(connection.rows("SELECT current_setting('TimeZone')")[0][0], "UTC");
}

TEST_F(DatabaseTest, ErrorsKeepTheEnginesWords) {
  Connection connection = database_->connect();
  try {
    connection.rows("SELECT CAST(v AS INTEGER) FROM (VALUES ('12a')) t(v)");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInvalidArgument);
    EXPECT_EQ(error_class(error), "Conversion Error");
    EXPECT_NE(error.message().find("12a"), std::string::npos) << error.message();
    EXPECT_EQ(error.message().find("LINE"), std::string::npos) << error.message();
  }
}

TEST_F(DatabaseTest, ScalarFunctionsSeeNullsAndReturnStructs) {
  ScalarFunction function;
  function.name = "tarn_test_pair";
  function.parameters = {Kind::kDouble, Kind::kText};
  function.result = Type::structure({{"twice", Kind::kDouble}, {"loud", Kind::kText}});
  function.call = [](const Chunk& in, ColumnWriter& out) {
    ColumnWriter twice = out.child(0);
    ColumnWriter loud = out.child(1);
    for (std::size_t row = 0; row < in.size(); ++row) {
      if (in.column(0).is_null(row)) {
        twice.set_null(row);
      } else {
        twice.data<double>()[row] = 2 * in.column(0).data<double>()[row];
      }
      loud.set_text(row, std::string(in.column(1).text(row)) + "!");
    }
  };
  EXPECT_TRUE(database_->register_function(function));
  EXPECT_FALSE(database_->register_function(function));
  Connection connection = database_->connect();
  const auto rows = connection.rows(
      "SELECT p.twice, p.loud FROM (SELECT tarn_test_pair(a, b) AS p FROM (VALUES (1.5, 'x'), "
      "(NULL, 'y')) t(a, b))");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0][0], "3.0");
  EXPECT_EQ(rows[0][1], "x!");
  EXPECT_FALSE(rows[1][0]);
  EXPECT_EQ(rows[1][1], "y!");
}

TEST_F(DatabaseTest, CastsBetweenTypesThatTheEngineDoesNotConvert) {
  // Seconds since 1970 in 128 bits, as a timestamp.
  const CastFunction cast{Kind::kInt128, Kind::kTimestamp,
                          [](const Column& input, std::size_t row, ColumnWriter& output) {
                            const auto seconds =
                                static_cast<std::int64_t>(load_int128(input.data<Int128>(), row));
                            if (seconds < 0) throw Error(Code::kInvalidArgument, "before 1970");
                            output.data<std::int64_t>()[row] = seconds * 1'000'000;
                          }};
  EXPECT_TRUE(database_->register_cast(cast));
  EXPECT_FALSE(database_->register_cast(cast));
  Connection connection = database_->connect();
  const auto rows = connection.rows(
      "SELECT CAST(x AS TIMESTAMP) FROM (VALUES (60::HUGEINT), (NULL)) AS t(x) ORDER BY x");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_FALSE(rows[0][0]);
  EXPECT_EQ(rows[1][0], "1970-01-01 00:01:00");
  EXPECT_THROW(connection.rows("SELECT CAST((-1)::HUGEINT AS TIMESTAMP)"), Error);
}

TEST_F(DatabaseTest, WhatAFunctionThrowsArrivesUnchanged) {
  ScalarFunction function;
  function.name = "tarn_test_fail";
  function.parameters = {Kind::kInt32};
  function.result = Kind::kInt32;
  function.call = [](const Chunk&, ColumnWriter&) {
    throw Error(Code::kDataLoss, "Broken: here", "Mend it.").with_sql(SqlStatus{39001, 16, 1, {}});
  };
  database_->register_function(function);
  Connection connection = database_->connect();
  try {
    connection.rows("SELECT tarn_test_fail(i::INTEGER) FROM range(10) r(i)");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kDataLoss);
    EXPECT_EQ(error.message(), "Broken: here");
    EXPECT_EQ(error.sql()->number, 39001);
  }
}

TEST_F(DatabaseTest, AppendsRowsAndChunksToTemporaryTables) {
  Connection connection = database_->connect();
  connection.execute("CREATE TEMP TABLE \"#t\" (a INTEGER, b VARCHAR, c DECIMAL(10,2))");
  Appender appender = connection.append_to("#t");
  appender.append_row(std::vector<Value>{std::int32_t{1}, std::string("x"), Decimal{150, 10, 2}});
  appender.append_row(std::vector<Value>{std::int32_t{2}, std::monostate{}, std::monostate{}});
  ChunkBuilder chunk({Kind::kInt32, Kind::kText, Type::decimal(10, 2)});
  chunk.column(0).data<std::int32_t>()[0] = 3;
  chunk.column(1).set_text(0, "y");
  chunk.column(2).set_null(0);
  chunk.set_size(1);
  appender.append(chunk);
  appender.close();
  const auto rows = connection.rows("SELECT * FROM \"#t\" ORDER BY a");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0][2], "1.50");
  EXPECT_FALSE(rows[1][1]);
  EXPECT_EQ(rows[2][1], "y");
  EXPECT_EQ(connection.execute("DELETE FROM \"#t\" WHERE a > 1"), 2);
  Connection other = database_->connect();
  EXPECT_THROW(other.rows("SELECT * FROM \"#t\""), Error)
      << "temporary tables belong to their connection";
}

TEST_F(DatabaseTest, DescribesWithoutRunning) {
  Connection connection = database_->connect();
  const auto columns = connection.describe("SELECT 1::SMALLINT AS a, error('never run') AS b");
  ASSERT_EQ(columns.size(), 2u);
  EXPECT_EQ(columns[0].name, "a");
  EXPECT_EQ(columns[0].type.kind, Kind::kInt16);
}

TEST(QuoteTest, DoublesWhatMustBe) {
  EXPECT_EQ(quote_name("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(quote_text("it's"), "'it''s'");
  EXPECT_THROW(quote_text(std::string_view("a\0b", 3)), Error);
}

}  // namespace
}  // namespace tarn::engine
