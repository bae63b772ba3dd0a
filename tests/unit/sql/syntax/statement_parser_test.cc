#include <gtest/gtest.h>

#include "base/error.h"
#include "detail/syntax/dump.h"
#include "detail/syntax/parser.h"

namespace tarn::sql::statement_parser_test {
namespace {

/// Statements, one a line, without the last line end.
std::string parsed(std::string_view text) {
  std::string result = to_string(parse_batch(text));
  if (!result.empty()) result.pop_back();
  return result;
}

std::string failure(std::string_view text) {
  try {
    parse_batch(text);
  } catch (const Error& error) {
    return std::to_string(error.sql()->number) + " at " + std::to_string(error.place()->line) +
           ":" + std::to_string(error.place()->column) + ": " + error.message();
  }
  return "none";
}

TEST(StatementParser, SemicolonsAreOptional) {
  EXPECT_EQ(parsed("SELECT 1 SELECT 2;;; PRINT 'x'"),
            "(select (items 1))\n(select (items 2))\n(print 'x')");
  EXPECT_EQ(parsed(""), "");
  EXPECT_EQ(parsed(" -- nothing\n;"), "");
}

TEST(StatementParser, Variables) {
  EXPECT_EQ(parsed("DECLARE @a int = 1, @b AS nvarchar(max), @t TABLE (x int NOT NULL)"),
            "(declare (@a int 1) (@b nvarchar(max)) (@t (columns (x int not-null))))");
  EXPECT_EQ(parsed("SET @a = @a + 1"), "(set @a (+ @a 1))");
  EXPECT_EQ(parsed("SET @a *= 2"), "(set* @a 2)");
}

TEST(StatementParser, SetOptions) {
  EXPECT_EQ(parsed("SET NOCOUNT, XACT_ABORT ON"), "(set-option 'NOCOUNT' 'XACT_ABORT' ON)");
  EXPECT_EQ(parsed("SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED"),
            "(set-option 'TRANSACTION ISOLATION LEVEL' READ UNCOMMITTED)");
  EXPECT_EQ(parsed("SET ROWCOUNT 10"), "(set-option 'ROWCOUNT' 10)");
  EXPECT_EQ(parsed("SET IDENTITY_INSERT dbo.t ON"), "(set-option 'IDENTITY_INSERT' dbo.t ON)");
  EXPECT_EQ(parsed("SET STATISTICS TIME ON"), "(set-option 'STATISTICS TIME' ON)");
}

TEST(StatementParser, ControlFlow) {
  EXPECT_EQ(parsed("IF @a = 1 PRINT 'a'; ELSE IF @a = 2 PRINT 'b' ELSE BEGIN PRINT 'c' END"),
            "(if (= @a 1) (print 'a') (if (= @a 2) (print 'b') (block (print 'c'))))");
  EXPECT_EQ(parsed("WHILE 1 = 1 BEGIN BREAK; CONTINUE END"),
            "(while (= 1 1) (block (break) (continue)))");
  EXPECT_EQ(parsed("RETURN"), "(return)");
  EXPECT_EQ(parsed("RETURN @a + 1 PRINT 'x'"), "(return (+ @a 1))\n(print 'x')");
  EXPECT_EQ(parsed("BEGIN TRY SELECT 1 END TRY BEGIN CATCH THROW; END CATCH"),
            "(try (body (select (items 1))) (catch (throw)))");
  EXPECT_EQ(parsed("THROW 50001, 'no', 1"), "(throw 50001 'no' 1)");
  EXPECT_EQ(parsed("RAISERROR('x %d', 16, 1, @a) WITH NOWAIT"),
            "(raiserror 'x %d' 16 1 @a 'NOWAIT')");
  EXPECT_EQ(parsed("BEGIN TRAN t1 COMMIT TRANSACTION ROLLBACK"),
            "(transaction 'BEGIN TRAN' t1)\n(transaction 'COMMIT TRANSACTION')\n(transaction "
            "'ROLLBACK')");
  EXPECT_EQ(failure("BEGIN END"), "156 at 1:7: Incorrect syntax near the keyword 'END'.");
  EXPECT_EQ(failure("IF 1 = 1"), "102 at 1:8: Incorrect syntax near '1'.");
}

TEST(StatementParser, LoopsAndVariablesAreChecked) {
  EXPECT_EQ(failure("WHILE 1 = 1 BREAK BREAK"),
            "135 at 1:19: Cannot use a BREAK statement outside the scope of a WHILE statement.");
  EXPECT_EQ(failure("CONTINUE").substr(0, 4), "136 ");
  EXPECT_EQ(failure("DECLARE @a int; DECLARE @A int").substr(0, 11), "134 at 1:25");
  EXPECT_EQ(failure("CREATE PROC p @a int AS DECLARE @a int").substr(0, 4), "134 ");
}

TEST(StatementParser, Execute) {
  EXPECT_EQ(parsed("EXEC dbo.p 1, 'a', @x = -2, @y = @z OUTPUT, @w = DEFAULT"),
            "(execute dbo.p 1 'a' (@x (u- 2)) (@y @z output) (@w default))");
  EXPECT_EQ(parsed("EXECUTE @rc = p"), "(execute @rc= p)");
  EXPECT_EQ(parsed("EXEC ('SELECT ' + @c)"), "(execute (text (+ 'SELECT ' @c)))");
  EXPECT_EQ(parsed("EXEC @name bare"), "(execute @name N'bare')");
  EXPECT_EQ(parsed("sp_help 't' SELECT 1"), "(execute sp_help 't')\n(select (items 1))");
  EXPECT_EQ(parsed("EXEC p COPY INTO t FROM 'x'"), "(execute p)\n(copy t 'x')");
  EXPECT_EQ(failure("EXEC p (1 + 2)"), "102 at 1:8: Incorrect syntax near '('.");
  EXPECT_EQ(failure("SELECT 1; sp_help"), "102 at 1:11: Incorrect syntax near 'sp_help'.");
}

TEST(StatementParser, Insert) {
  EXPECT_EQ(parsed("INSERT INTO t (a, b) VALUES (1, DEFAULT), (2, NULL)"),
            "(insert t (columns a b) (values (1 default) (2 null)))");
  EXPECT_EQ(parsed("INSERT t SELECT 1"), "(insert t (select (items 1)))");
  EXPECT_EQ(parsed("INSERT t (SELECT 1)"), "(insert t (select (items 1)))");
  EXPECT_EQ(parsed("INSERT #t EXEC p 1"), "(insert #t (execute p 1))");
  EXPECT_EQ(parsed("INSERT @t DEFAULT VALUES"), "(insert @t default-values)");
  EXPECT_EQ(parsed("WITH a AS (SELECT 1 AS x) INSERT t SELECT x FROM a"),
            "(insert (cte a (select (items (as x 1)))) t (select (items x) (from (table a))))");
}

TEST(StatementParser, UpdateDeleteMergeTruncate) {
  EXPECT_EQ(
      parsed("UPDATE t SET a = 1, b += 2, @v = c = 3 FROM t JOIN u ON t.x = u.x WHERE u.y = 1"),
      "(update t (set a 1) (set+ b 2) (set @v c 3) (inner-join (table t) (table u) (= t.x u.x)) "
      "(where (= u.y 1)))");
  EXPECT_EQ(parsed("DELETE TOP (5) FROM t WHERE a = 1"), "(delete (top 5) t (where (= a 1)))");
  EXPECT_EQ(parsed("DELETE x FROM t AS x"), "(delete x (table t as x))");
  EXPECT_EQ(parsed("TRUNCATE TABLE dbo.t"), "(truncate dbo.t)");
  EXPECT_EQ(
      parsed(
          "MERGE INTO t AS d USING s ON d.a = s.a WHEN MATCHED AND s.b > 1 THEN UPDATE SET b = s.b "
          "WHEN NOT MATCHED THEN INSERT (a) VALUES (s.a) WHEN NOT MATCHED BY SOURCE THEN DELETE;"),
      "(merge t as d (table s) (= d.a s.a) (matched (> s.b 1) (update (set b s.b))) "
      "(not-matched-by-target (insert (columns a) (values s.a))) (not-matched-by-source "
      "(delete)))");
  EXPECT_EQ(failure("MERGE t USING s ON 1 = 1 WHEN MATCHED THEN DELETE").substr(0, 6), "10713 ");
}

TEST(StatementParser, CopyInto) {
  EXPECT_EQ(
      parsed("COPY INTO dbo.t (a 1, b DEFAULT 'x' 3) FROM 'https://x/a', 'b' WITH (FILE_TYPE = "
             "'CSV', FIRSTROW = 2, "
             "CREDENTIAL = (IDENTITY = 'Storage Account Key', SECRET = 's'))"),
      "(copy dbo.t (a 1) (b (default 'x') 3) 'https://x/a' 'b' (option 'FILE_TYPE' 'CSV') "
      "(option 'FIRSTROW' 2) "
      "(option 'CREDENTIAL' (option 'IDENTITY' 'Storage Account Key') (option 'SECRET' 's')))");
}

TEST(StatementParser, CreateTable) {
  EXPECT_EQ(parsed("CREATE TABLE dbo.t (a int IDENTITY(1, 1) PRIMARY KEY NONCLUSTERED NOT "
                   "ENFORCED, b nvarchar(10) COLLATE X "
                   "NOT NULL DEFAULT 'x', c AS a + 1, CONSTRAINT u UNIQUE (a, b))"),
            "(create-table dbo.t (columns (a int identity (primary-key nonclustered "
            "not-enforced)) (b nvarchar(10) collate "
            "X not-null (default 'x')) (c (computed (+ a 1)))) (unique u (columns a b)))");
  EXPECT_EQ(parsed("CREATE TABLE t WITH (DISTRIBUTION = HASH(a), CLUSTERED COLUMNSTORE INDEX) AS "
                   "SELECT 1 AS a"),
            "(create-table t (option 'DISTRIBUTION' HASH (option 'A')) (option 'CLUSTERED "
            "COLUMNSTORE INDEX') "
            "(select (items (as a 1))))");
  EXPECT_EQ(parsed("CREATE TABLE t AS SELECT 1 AS a"),
            "(create-table t (select (items (as a 1))))");
  EXPECT_EQ(parsed("CREATE TABLE #t (a int,)"), "(create-table #t (columns (a int)))");
  EXPECT_EQ(failure("CREATE TABLE t (a)"), "102 at 1:17: Incorrect syntax near 'a'.");
  EXPECT_EQ(failure("CREATE TABLE t"), "102 at 1:14: Incorrect syntax near 't'.");
}

TEST(StatementParser, Types) {
  const auto type = [](std::string_view text) { return to_string(parse_type_name(text)); };
  EXPECT_EQ(type("DECIMAL (10, 2)"), "decimal(10,2)");
  EXPECT_EQ(type("double precision"), "float");
  EXPECT_EQ(type("character varying(5)"), "varchar(5)");
  EXPECT_EQ(type("national char varying(max)"), "nvarchar(max)");
  EXPECT_EQ(type("binary varying(8)"), "varbinary(8)");
  EXPECT_EQ(type("dbo.mytype"), "dbo.mytype");
  EXPECT_EQ(type("[int]"), "int");
}

TEST(StatementParser, OtherDefinitions) {
  EXPECT_EQ(parsed("CREATE DATABASE d COLLATE Latin1_General_100_BIN2_UTF8"),
            "(create-database d Latin1_General_100_BIN2_UTF8)");
  EXPECT_EQ(parsed("CREATE SCHEMA s AUTHORIZATION dbo"), "(create-schema s dbo)");
  EXPECT_EQ(parsed("CREATE VIEW v (a) WITH SCHEMABINDING AS SELECT 1"),
            "(create-view v (columns a) 'SCHEMABINDING' (select (items 1)))");
  EXPECT_EQ(parsed("DROP TABLE IF EXISTS a, b.c"), "(drop-table if-exists a b.c)");
  EXPECT_EQ(parsed("DROP PROC p DROP VIEW v DROP SCHEMA s DROP DATABASE d"),
            "(drop-procedure p)\n(drop-view v)\n(drop-schema s)\n(drop-database d)");
  EXPECT_EQ(parsed("USE [my db]"), "(use [my db])");
}

TEST(StatementParser, Procedures) {
  const ast::Batch batch = parse_batch(
      "  CREATE OR ALTER PROCEDURE dbo.p @a int, @b varchar(5) = 'x' OUTPUT WITH RECOMPILE "
      "AS\nSELECT @a\nRETURN 1 -- end");
  EXPECT_EQ(
      to_string(*batch.statements.at(0)),
      "(create-or-alter-procedure dbo.p (@a int) (@b varchar(5) (default 'x') output) 'RECOMPILE' "
      "(body (select (items @a)) (return 1)))");
  const auto& procedure = std::get<ast::CreateProcedure>(batch.statements[0]->node);
  EXPECT_TRUE(procedure.definition.starts_with("  CREATE OR ALTER"));
  EXPECT_TRUE(procedure.definition.ends_with("RETURN 1 -- end"));
  const ast::Batch altered = parse_batch("-- old\nALTER VIEW v AS SELECT 1 AS a;\nSELECT 2");
  EXPECT_EQ(std::get<ast::CreateView>(altered.statements.at(0)->node).definition,
            "-- old\nCREATE VIEW v AS SELECT 1 AS a");
  EXPECT_EQ(parsed("ALTER PROC p (@a int) AS BEGIN PRINT @a END"),
            "(alter-procedure p (@a int) (body (block (print @a))))");
  EXPECT_EQ(failure("SELECT 1\nCREATE PROC p AS SELECT 1"),
            "111 at 2:1: 'CREATE PROCEDURE' must be the first statement in a query batch.");
  EXPECT_EQ(failure("CREATE PROC p AS").substr(0, 4), "102 ");
}

TEST(StatementParser, UnsupportedStatementsAreKeptByName) {
  EXPECT_EQ(parsed("CREATE INDEX i ON t (a) WITH (FILLFACTOR = 80)\nSELECT 1"),
            "(unsupported 'CREATE INDEX')\n(select (items 1))");
  EXPECT_EQ(parsed("GRANT SELECT ON t TO u; PRINT 1"), "(unsupported 'GRANT')\n(print 1)");
  EXPECT_EQ(parsed("ALTER TABLE t SWITCH TO u"), "(unsupported 'ALTER TABLE SWITCH')");
  EXPECT_EQ(parsed("DROP EXTERNAL DATA SOURCE d"), "(drop-external-data-source d)");
  EXPECT_EQ(parsed("DECLARE c CURSOR FOR SELECT 1"), "(unsupported 'DECLARE CURSOR')");
}

TEST(StatementParser, JumpsAndWaits) {
  EXPECT_EQ(parsed("again: IF 1 = 1 GOTO again"), "(label again)\n(if (= 1 1) (goto again))");
  EXPECT_EQ(parsed("WAITFOR DELAY '00:00:01'"), "(wait-for '00:00:01')");
  EXPECT_EQ(parsed("WAITFOR TIME '22:20'"), "(wait-until '22:20')");
  EXPECT_EQ(failure("GOTO nowhere").substr(0, 11), "133 at 1:6:");
  EXPECT_EQ(failure("a: PRINT 1\na: PRINT 2").substr(0, 11), "132 at 2:1:");
  EXPECT_EQ(failure("WAITFOR DELAY 5").substr(0, 4), "102 ");
}

TEST(StatementParser, OutputClauses) {
  EXPECT_EQ(
      parsed("DELETE t OUTPUT deleted.*, deleted.a + 1 AS b INTO @log (x, y) OUTPUT deleted.a"),
      "(delete t (output deleted.* (as b (+ deleted.a 1)) (into @log (columns x y))) "
      "(output deleted.a))");
  EXPECT_EQ(failure("DELETE t OUTPUT deleted.a OUTPUT deleted.a INTO @t").substr(0, 4), "102 ");
  EXPECT_EQ(failure("DELETE t OUTPUT *").substr(0, 4), "102 ");
}

TEST(StatementParser, Functions) {
  EXPECT_EQ(
      parsed("CREATE FUNCTION dbo.f(@a int, @b varchar(5) = 'x') RETURNS int WITH SCHEMABINDING "
             "AS BEGIN RETURN @a END"),
      "(create-function dbo.f (@a int) (@b varchar(5) (default 'x')) 'SCHEMABINDING' int "
      "(body (return @a)))");
  EXPECT_EQ(parsed("CREATE OR ALTER FUNCTION f() RETURNS TABLE AS RETURN (SELECT 1 AS x)"),
            "(create-or-alter-function f (select (items (as x 1))))");
  EXPECT_EQ(parsed("CREATE FUNCTION f() RETURNS @t TABLE (a int) AS BEGIN RETURN END"),
            "(create-function f (@t (columns (a int))) (body (return)))");
  EXPECT_EQ(failure("CREATE FUNCTION f RETURNS int AS BEGIN RETURN 1 END").substr(0, 4), "102 ");
  EXPECT_EQ(failure("CREATE FUNCTION f() RETURNS int AS BEGIN RETURN 1 END PRINT 1").substr(0, 4),
            "156 ");
}

TEST(StatementParser, SyntaxErrors) {
  EXPECT_EQ(failure("SELCT * FROM t"), "102 at 1:7: Incorrect syntax near '*'.");
  EXPECT_EQ(failure("SELECT 1 WITH a AS (SELECT 1) SELECT 1").substr(0, 8), "319 at 1");
  EXPECT_EQ(failure("CREATE"), "102 at 1:1: Incorrect syntax near 'CREATE'.");
  EXPECT_EQ(failure("INSERT INTO t"), "102 at 1:13: Incorrect syntax near 't'.");
  EXPECT_EQ(failure("END"), "156 at 1:1: Incorrect syntax near the keyword 'END'.");
  EXPECT_EQ(failure("SELECT 1)"), "102 at 1:9: Incorrect syntax near ')'.");
}

TEST(StatementParser, SeverityIsThatOfSyntax) {
  try {
    parse_batch("SELECT FROM");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInvalidArgument);
    EXPECT_EQ(error.sql()->severity, 15);
    EXPECT_EQ(error.sql()->state, 1);
  }
}

TEST(StatementParser, TextIsLimited) {
  EXPECT_THROW(parse_batch(std::string(kBatchBytesMax + 1, ' ')), Error);
  EXPECT_NO_THROW(parse_batch(std::string(kBatchBytesMax, ' ')));
  EXPECT_THROW(parse_batch("SELECT '\xFF'"), Error);
}

TEST(StatementParser, BlocksAndElseIfAreLimited) {
  std::string blocks;
  for (int i = 0; i <= kParserDepthMax; ++i) blocks += "BEGIN ";
  EXPECT_EQ(failure(blocks).substr(0, 4), "191 ");
  std::string chain;
  for (int i = 0; i < kParserDepthMax; ++i) chain += "IF 1 = 1 PRINT 1 ELSE ";
  EXPECT_EQ(failure(chain + "PRINT 2").substr(0, 4), "191 ");
}

TEST(StatementParser, StatementsKnowTheirPlace) {
  const ast::Batch batch = parse_batch("SELECT 1\n  PRINT 'x' ;");
  EXPECT_EQ(batch.statements[1]->span.line, 2u);
  EXPECT_EQ(batch.statements[1]->span.column, 3u);
  EXPECT_EQ(batch.text.substr(batch.statements[1]->span.offset, batch.statements[1]->span.length),
            "PRINT 'x'");
}

TEST(StatementParser, AltersTables) {
  EXPECT_EQ(parsed("ALTER TABLE dbo.t ADD a int NOT NULL DEFAULT 1, b date"),
            "(alter-table dbo.t add a b)");
  EXPECT_EQ(parsed("ALTER TABLE t ADD CONSTRAINT d DEFAULT 5 FOR a"), "(alter-table t add)");
  EXPECT_EQ(parsed("ALTER TABLE t DROP COLUMN IF EXISTS a, b"),
            "(alter-table t drop-column if-exists a b)");
  EXPECT_EQ(parsed("ALTER TABLE t ALTER COLUMN a bigint"), "(alter-table t alter-column a)");
  EXPECT_EQ(parsed("UPDATE STATISTICS t (s) SELECT 1"),
            "(statistics 'UPDATE STATISTICS' t)\n(select (items 1))");
  EXPECT_EQ(parsed("CREATE STATISTICS s ON dbo.t (a) WHERE a > 1 WITH SAMPLE 5 PERCENT"),
            "(statistics 'CREATE STATISTICS' dbo.t)");
}

TEST(StatementParser, NamesExternalThings) {
  EXPECT_EQ(parsed("CREATE EXTERNAL TABLE t (a int) WITH (LOCATION = 'x')\nSELECT 1"),
            "(create-external-table t a (option 'LOCATION' 'x'))\n(select (items 1))");
  EXPECT_EQ(parsed("DROP EXTERNAL DATA SOURCE IF EXISTS s"),
            "(drop-external-data-source if-exists s)");
}

}  // namespace
}  // namespace tarn::sql::statement_parser_test
