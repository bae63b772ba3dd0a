#include "exec/session_fixture.h"

namespace tarn::sql {
namespace {

using ProceduresTest = SessionTest;

TEST_F(ProceduresTest, ControlFlow) {
  EXPECT_EQ(
      run("DECLARE @i int = 0, @s int = 0; WHILE @i < 10 BEGIN SET @i += 1; IF @i = 3 CONTINUE; "
          "IF @i = 6 BREAK; SET @s += @i; END; PRINT @s; PRINT CONCAT('i=', @i)"),
      "-- 12\n-- i=6");
  EXPECT_EQ(run("DECLARE @a int, @b varchar(10); SELECT @a = 4, @b = 'x'; SELECT @a AS a, @b AS b"),
            "a|b\n4|x");
  EXPECT_EQ(run("IF 1 = NULL PRINT 'yes' ELSE PRINT 'no'"), "-- no");
  EXPECT_EQ(error_number("SET @nope = 1"), 137);
  EXPECT_EQ(error_number("DECLARE @a int; DECLARE @A int"), 134);
  EXPECT_EQ(
      run("DECLARE @i int = 0; WHILE @i < 2 BEGIN DECLARE @x int = @i; SET @i += 1 END; PRINT @x"),
      "-- 1");
  EXPECT_EQ(error_number("BREAK"), 135);
  EXPECT_EQ(error_number("CONTINUE"), 136);
}

TEST_F(ProceduresTest, TryCatchAndThrow) {
  EXPECT_EQ(run("BEGIN TRY SELECT 1 / 0 AS a END TRY BEGIN CATCH "
                "SELECT ERROR_NUMBER() AS n, ERROR_SEVERITY() AS s, ERROR_LINE() AS l END CATCH"),
            "n|s|l\n8134|16|1");
  EXPECT_EQ(error("THROW 50001, 'mine', 3"), "50001: mine");
  EXPECT_EQ(last_error_->sql()->state, 3);
  EXPECT_EQ(error("BEGIN TRY THROW 50002, 'inner', 1 END TRY BEGIN CATCH THROW END CATCH"),
            "50002: inner");
  EXPECT_EQ(error("RAISERROR('%s has %d', 16, 2, 'x', 5)"), "50000: x has 5");
  EXPECT_EQ(run("RAISERROR('just %s', 10, 1, 'so') WITH NOWAIT"), "-- just so");
  EXPECT_EQ(error_number("THROW"), 10704);
}

TEST_F(ProceduresTest, ParametersDefaultsOutputAndReturnCode) {
  run("CREATE PROCEDURE dbo.add_up @a int, @b int = 5, @sum int OUTPUT AS BEGIN SET @sum = @a + "
      "@b; RETURN 7 END");
  EXPECT_EQ(
      run("DECLARE @s int, @rc int; EXEC @rc = add_up 1, 2, @s OUTPUT; SELECT @s AS s, @rc AS rc"),
      "s|rc\n3|7");
  EXPECT_EQ(run("DECLARE @s varchar(10); EXEC dbo.add_up @sum = @s OUTPUT, @a = 10; PRINT @s"),
            "-- 15");
  EXPECT_EQ(error_number("EXEC add_up"), 201);
  EXPECT_EQ(error_number("EXEC add_up 1, 2, 3, 4"), 8144);
  EXPECT_EQ(error_number("EXEC add_up @nope = 1"), 8145);
  EXPECT_EQ(error("EXEC ad_up 1"), "2812: Could not find stored procedure 'ad_up'.");
  EXPECT_NE(last_error_->hint().find("add_up"), std::string::npos);
  EXPECT_EQ(error_number("CREATE PROCEDURE add_up AS SELECT 1"), 2714);
  run("DROP PROCEDURE add_up");
  EXPECT_EQ(error_number("EXEC add_up 1"), 2812);
}

TEST_F(ProceduresTest, ErrorsNameProcedureAndLine) {
  run("CREATE PROCEDURE p AS\nSELECT 1 AS a\nSELECT * FROM missing_table");
  EXPECT_EQ(error("EXEC p"), "208: Invalid object name 'missing_table'.");
  EXPECT_EQ(last_error_->sql()->procedure, "p");
  EXPECT_EQ(last_error_->place()->line, 3);
}

TEST_F(ProceduresTest, NestingEndsAtItsLimit) {
  run("CREATE PROCEDURE again AS EXEC again");
  EXPECT_EQ(error_number("EXEC again"), 217);
}

TEST_F(ProceduresTest, DynamicSql) {
  EXPECT_EQ(run("DECLARE @t varchar(20) = 'SELECT 1'; EXEC (@t + ' AS a')"), "a\n1");
  EXPECT_EQ(run("DECLARE @r int; EXEC sp_executesql N'SET @y = @x * 2', N'@x int, @y int OUTPUT', "
                "21, @r OUTPUT; "
                "PRINT @r"),
            "-- 42");
  EXPECT_EQ(error_number("DECLARE @x int = 1; EXEC ('SELECT @x')"), 137)
      << "another batch sees no variables";
}

TEST_F(ProceduresTest, InsertExecAndTemporaryTablesOfACall) {
  run("CREATE PROCEDURE p AS BEGIN CREATE TABLE #inner (a int); INSERT #inner VALUES (1), (2); "
      "SELECT a, 'r' AS b FROM #inner; SELECT 3, 's' END");
  run("CREATE TABLE t (x bigint, y varchar(5))");
  EXPECT_EQ(run("INSERT INTO t EXEC p"), "(2)\n(3)");
  EXPECT_EQ(run("SELECT * FROM t ORDER BY x"), "x|y\n1|r\n2|r\n3|s");
  EXPECT_EQ(error_number("SELECT * FROM #inner"), 208) << "it went with the call";
}

TEST_F(ProceduresTest, TableVariablesAndRowCount) {
  EXPECT_EQ(run("SET NOCOUNT ON; DECLARE @t TABLE (a int, b varchar(3) DEFAULT 'q'); "
                "INSERT INTO @t (a) VALUES (1), (2); DELETE FROM @t WHERE a = 1; PRINT @@ROWCOUNT; "
                "SELECT * FROM @t"),
            "-- 1\na|b\n2|q");
  EXPECT_EQ(error_number("SELECT * FROM @t"), 1087);
}

TEST_F(ProceduresTest, PermissionsAreAskedForEachKindOfStatement) {
  run("CREATE TABLE t (a int); INSERT t VALUES (1)");
  run("CREATE VIEW v AS SELECT a FROM t");
  run("CREATE PROCEDURE p AS SELECT 1 AS a");
  put("files/x.csv", "1\n");
  SessionOptions options;
  std::vector<std::string> asked;
  options.authorize = [&](const Permission& permission) {
    asked.emplace_back(permission.action);
    if (permission.action == identity::actions::kSqlConnect) return;
    throw Error(Code::kPermissionDenied, "No");
  };
  Session session(services_, options);
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"SELECT * FROM t", "sql/select"},
      {"SELECT * FROM v", "sql/select"},
      {"SELECT * FROM sys.tables", "sql/select"},
      {"SELECT * FROM OPENROWSET(BULK 'files/x.csv', FORMAT='CSV') AS r", "sql/openrowset"},
      {"SELECT * FROM PREDICT(MODEL = 0x00, DATA = (SELECT 1 AS a) AS d, RUNTIME = ONNX) WITH (o "
       "real) AS p",
       "sql/predict"},
      {"INSERT INTO t VALUES (1)", "sql/insert"},
      {"UPDATE t SET a = 2", "sql/update"},
      {"DELETE FROM t", "sql/delete"},
      {"MERGE INTO t USING t AS s ON 1 = 0 WHEN NOT MATCHED THEN INSERT (a) VALUES (1);",
       "sql/merge"},
      {"TRUNCATE TABLE t", "sql/truncate"},
      {"COPY INTO t FROM 'files/x.csv'", "sql/copy"},
      {"EXEC p", "sql/execute"},
      {"CREATE DATABASE d", "sql/database/create"},
      {"DROP DATABASE d", "sql/database/drop"},
      {"CREATE SCHEMA s", "sql/schema/create"},
      {"DROP SCHEMA s", "sql/schema/drop"},
      {"CREATE TABLE u (a int)", "sql/table/create"},
      {"CREATE TABLE u AS SELECT 1 AS a", "sql/table/create"},
      {"SELECT 1 AS a INTO u", "sql/table/create"},
      {"ALTER TABLE t ADD b int", "sql/table/alter"},
      {"UPDATE STATISTICS t", "sql/select"},
      {"CREATE EXTERNAL DATA SOURCE s WITH (LOCATION = 'files/x')", "sql/database/alter"},
      {"CREATE EXTERNAL TABLE u (a int) WITH (LOCATION = 'x', DATA_SOURCE = s, FILE_FORMAT = f)",
       "sql/table/create"},
      {"DROP EXTERNAL TABLE u", "sql/table/drop"},
      {"DROP EXTERNAL FILE FORMAT f", "sql/database/alter"},
      {"DROP TABLE t", "sql/table/drop"},
      {"CREATE VIEW w AS SELECT 1 AS a", "sql/view/create"},
      {"ALTER VIEW v AS SELECT 1 AS a", "sql/view/alter"},
      {"DROP VIEW v", "sql/view/drop"},
      {"CREATE PROCEDURE q AS SELECT 1", "sql/procedure/create"},
      {"ALTER PROCEDURE p AS SELECT 1", "sql/procedure/alter"},
      {"DROP PROCEDURE p", "sql/procedure/drop"},
  };
  for (const auto& [batch, action] : cases) {
    asked.clear();
    TextSink sink;
    try {
      session.execute(batch, sink);
      ADD_FAILURE() << batch << " was allowed";
    } catch (const Error& failure) {
      EXPECT_EQ(failure.sql()->number, 229) << batch << ": " << failure.what();
      EXPECT_EQ(failure.code(), Code::kPermissionDenied) << batch;
    }
    EXPECT_EQ(asked.empty() ? std::string() : asked.back(), action) << batch;
  }
}

TEST_F(ProceduresTest, CancellationEndsALoop) {
  CancelSource source;
  source.cancel("stop");
  TextSink sink;
  try {
    session_->execute(
        "WHILE 1 = 1 BEGIN BEGIN TRY PRINT 'x' END TRY BEGIN CATCH PRINT 'caught' END CATCH END",
        sink, source.token());
    FAIL();
  } catch (const Error& failure) {
    EXPECT_EQ(failure.code(), Code::kCancelled);
  }
  EXPECT_TRUE(sink.lines.empty());
}

}  // namespace
}  // namespace tarn::sql
