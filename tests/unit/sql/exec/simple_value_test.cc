// What a batch can do without the engine, and what it leaves to it.

#include <gtest/gtest.h>

#include "session_fixture.h"

namespace tarn::sql {
namespace {

class SimpleValues : public SessionTest {
 protected:
  void SetUp() override {
    SessionTest::SetUp();
    Services without = services_;
    without.database = []() -> engine::Database& {
      throw Error(Code::kUnsupported, "the engine was asked for");
    };
    session_ = std::make_unique<Session>(without, SessionOptions{});
  }
};

TEST_F(SimpleValues, ConstantsNeedNoEngine) {
  EXPECT_EQ(run("PRINT 'a' + 'b'"), "-- ab");
  EXPECT_EQ(run("DECLARE @n int = 5, @t varchar(10) = 'x', @b bit = 7, @u nvarchar(5) = @n; "
                "PRINT @t + '-' + @u; PRINT @b"),
            "-- x-5\n-- 1");
  EXPECT_EQ(run("DECLARE @none int; PRINT 'none: ' + ISNULL(NULL, 'x')"), "-- none: x");
}

TEST_F(SimpleValues, LoopsAndConditionsNeedNoEngine) {
  EXPECT_EQ(run("DECLARE @i int = 0, @sum bigint = 0 "
                "WHILE @i < 10 AND NOT @i = 7 BEGIN SET @i += 1; IF @i % 2 = 0 CONTINUE; "
                "SET @sum = @sum + @i * 3 END PRINT @sum"),
            "-- 48");
  EXPECT_EQ(run("DECLARE @none int IF @none = 1 OR @none IS NOT NULL PRINT 'a' ELSE PRINT 'b' "
                "IF NOT (@none > 1) PRINT 'c' PRINT CASE WHEN @none IS NULL THEN -7 / 2 END"),
            "-- b\n-- -3");
}

TEST_F(SimpleValues, RowsOfConstantsNeedNoEngine) {
  EXPECT_EQ(run("SELECT 1 AS a, 'x' AS b, N'ä€' AS c, NULL AS d, -1.50 AS e, 1e3 AS f, 0xFF AS g"),
            "a|b|c|d|e|f|g\n1|x|ä€|NULL|-1.50|1000|0xFF");
  EXPECT_EQ(types_, (std::vector<std::string>{"int", "varchar(1)", "nvarchar(2)", "int",
                                              "numeric(3,2)", "float", "varbinary(1)"}));
  EXPECT_EQ(run("DECLARE @n bigint = 2147483647, @b bit = 1, @d decimal(38,2); "
                "SELECT @n AS n, @b AS b, @d AS d, CAST(7 AS tinyint) AS t, CAST(-7 AS smallint) "
                "AS s, '' AS e"),
            "n|b|d|t|s|e\n2147483647|1|NULL|7|-7|");
  EXPECT_EQ(
      run("DECLARE @n int = 1, @t varchar(9); SELECT @n = @n + 1, @t = 'a' + 'b' PRINT @@ROWCOUNT "
          "SELECT @n AS n, @t AS t SELECT @@ROWCOUNT AS r"),
      "-- 1\nn|t\n2|ab\nr\n1");
  EXPECT_EQ(run("SET ROWCOUNT 1 SELECT 5 AS n SET ROWCOUNT 0"), "n\n5");
}

TEST_F(SimpleValues, RowsOfOtherThingsAreTheEngines) {
  for (const char* batch :
       {"SELECT 1 / 0", "SELECT 1 WHERE 1 = 0", "SELECT TOP (0) 1", "SELECT DISTINCT 1",
        "SELECT 1 UNION ALL SELECT 2", "SELECT COUNT(*)", "SELECT 1 AS a ORDER BY a",
        "SELECT CAST('2024-01-31' AS date)", "SELECT 2147483647 + 1", "SELECT 1 AS a FOR JSON PATH",
        "SELECT 'a' + 'ö'"})
    EXPECT_EQ(error(batch), "40517: the engine was asked for") << batch;
}

TEST_F(SimpleValues, WhatCanFailIsTheEngines) {
  for (const char* batch :
       {"PRINT 1 / 0", "DECLARE @n tinyint = 256", "DECLARE @n int = 2147483647 + 1",
        "DECLARE @t varchar(2) = 'abc'; PRINT @t", "PRINT 'x' + 'ö'", "PRINT 1.5 + 1",
        "IF 'a' < 'B' PRINT 'b'", "PRINT -(-9223372036854775807 - 1)"})
    EXPECT_EQ(error(batch), "40517: the engine was asked for") << batch;
}

}  // namespace
}  // namespace tarn::sql
