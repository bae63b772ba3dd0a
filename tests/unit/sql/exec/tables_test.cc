#include "exec/session_fixture.h"

namespace tarn::sql {
namespace {

using TablesTest = SessionTest;

TEST_F(TablesTest, SelectsWithoutATable) {
  EXPECT_EQ(run("SELECT 1 AS a, 'x' AS b, CAST(2.5 AS decimal(5,2)) AS c, NULL AS d"),
            "a|b|c|d\n1|x|2.50|NULL");
  EXPECT_EQ(types_, (std::vector<std::string>{"int", "varchar(1)", "decimal(5,2)", "int"}));
}

TEST_F(TablesTest, CreateInsertSelectKeepTypes) {
  EXPECT_EQ(
      run("CREATE TABLE dbo.t (a int NOT NULL, b nvarchar(10), c decimal(10,2), d datetime2(3), e "
          "bit, "
          "f tinyint, g date, h time(0), i uniqueidentifier, j varbinary(4), k money, l real)"),
      "");
  EXPECT_EQ(run("INSERT INTO t VALUES (1, N'é', 1.5, '2024-01-31 12:30:00.123', 1, 255, "
                "'2024-02-29', '23:59:58', "
                "'6F9619FF-8B86-D011-B42D-00C04FC964FF', 0x0102, 12.5, 0.5), "
                "(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"),
            "(2)");
  EXPECT_EQ(run("SELECT * FROM t ORDER BY a"),
            "a|b|c|d|e|f|g|h|i|j|k|l\n"
            "1|é|1.50|2024-01-31 "
            "12:30:00.123|1|255|2024-02-29|23:59:58|6F9619FF-8B86-D011-B42D-00C04FC964FF|0x0102|"
            "12.5000|0.5\n"
            "2|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL");
  EXPECT_EQ(types_, (std::vector<std::string>{
                        "int", "nvarchar(10)", "decimal(10,2)", "datetime2(3)", "bit", "tinyint",
                        "date", "time(0)", "uniqueidentifier", "varbinary(4)", "money", "real"}));
}

TEST_F(TablesTest, InsertFillsDefaultsAndChecksValues) {
  run("CREATE TABLE t (a int NOT NULL, b varchar(3) DEFAULT 'xy', c int)");
  EXPECT_EQ(run("INSERT INTO t (a) VALUES (1)"), "(1)");
  EXPECT_EQ(
      run("INSERT INTO t (c, a, b) SELECT 3, 2, DEFAULT_B FROM (SELECT 'z' AS DEFAULT_B) AS s"),
      "(1)");
  EXPECT_EQ(run("INSERT INTO t (a, b) VALUES (3, DEFAULT)"), "(1)");
  EXPECT_EQ(run("SELECT * FROM t ORDER BY a"), "a|b|c\n1|xy|NULL\n2|z|3\n3|xy|NULL");
  EXPECT_EQ(error_number("INSERT INTO t (b) VALUES ('q')"), 515);
  EXPECT_EQ(error_number("INSERT INTO t (a) VALUES (NULL)"), 515);
  EXPECT_EQ(error_number("INSERT INTO t (a, b) VALUES (9, 'long')"), 2628);
  EXPECT_EQ(error_number("INSERT INTO t (a) VALUES ('abc')"), 245);
  EXPECT_EQ(error_number("INSERT INTO t VALUES (1, 'a')"), 213);
  EXPECT_EQ(error_number("INSERT INTO t (a, a) VALUES (1, 2)"), 264);
  EXPECT_EQ(error_number("INSERT INTO t (nope) VALUES (1)"), 207);
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM t"), "n\n3") << "a statement that fails changes nothing";
}

TEST_F(TablesTest, CreateTableAsSelect) {
  EXPECT_EQ(run("CREATE TABLE u WITH (DISTRIBUTION = ROUND_ROBIN) AS SELECT 1 AS a, 'abc' AS b "
                "UNION ALL SELECT 2, 'd'"),
            "-- Kept in the catalog, without an effect on a single node: DISTRIBUTION.\n(2)");
  EXPECT_EQ(run("SELECT a, b FROM default.dbo.u ORDER BY a"), "a|b\n1|abc\n2|d");
  EXPECT_EQ(types_, (std::vector<std::string>{"int", "varchar(3)"}));
  EXPECT_EQ(error_number("CREATE TABLE u AS SELECT 1 AS a"), 2714);
  EXPECT_EQ(error_number("CREATE TABLE v AS SELECT 1"), 8155);
  EXPECT_EQ(error_number("CREATE TABLE v AS SELECT 1 AS a, 2 AS A"), 2705);
  EXPECT_EQ(run("CREATE TABLE empty_one AS SELECT a FROM u WHERE 1 = 0"), "(0)");
  EXPECT_EQ(run("SELECT * FROM empty_one"), "a");
}

TEST_F(TablesTest, TemporaryTablesLiveInTheSession) {
  run("CREATE TABLE #t (a int, b varchar(5) NOT NULL)");
  EXPECT_EQ(run("INSERT INTO #t SELECT 1, 'x' UNION ALL SELECT 2, 'y'"), "(2)");
  EXPECT_EQ(error_number("INSERT INTO #t VALUES (3, NULL)"), 515);
  EXPECT_EQ(run("SELECT * FROM #t ORDER BY a"), "a|b\n1|x\n2|y");
  EXPECT_EQ(run("SELECT a * 2 AS d INTO #u FROM #t"), "(2)");
  EXPECT_EQ(run("SELECT SUM(d) AS s FROM #u"), "s\n6");
  EXPECT_EQ(error_number("CREATE TABLE #t (a int)"), 2714);
  Session other(services_, {});
  TextSink sink;
  EXPECT_THROW(other.execute("SELECT * FROM #t", sink), Error);
  run("DROP TABLE #t");
  EXPECT_EQ(error_number("SELECT * FROM #t"), 208);
  EXPECT_EQ(error_number("CREATE TABLE ##g (a int)"), 40517);
}

TEST_F(TablesTest, UpdateAndDeleteRewrite) {
  for (const std::string table : {"dbo.t", "#t"}) {
    run("CREATE TABLE " + table + " (a int NOT NULL, b int, c varchar(5))");
    run("INSERT INTO " + table + " VALUES (1, 10, 'x'), (2, NULL, 'y'), (3, 0, 'z')");
    EXPECT_EQ(run("UPDATE " + table + " SET b = 100 / a, c = 'new' WHERE b > 5"), "(1)") << table;
    EXPECT_EQ(run("UPDATE " + table + " SET b += 1 WHERE a = 3"), "(1)") << table;
    EXPECT_EQ(run("SELECT * FROM " + table + " ORDER BY a"), "a|b|c\n1|100|new\n2|NULL|y\n3|1|z")
        << table;
    EXPECT_EQ(error_number("UPDATE " + table + " SET c = 'much too long'"), 2628) << table;
    EXPECT_EQ(error_number("UPDATE " + table + " SET a = NULL WHERE a = 1"), 515) << table;
    EXPECT_EQ(run("DELETE FROM " + table + " WHERE b = 1"), "(1)") << table;
    EXPECT_EQ(run("DELETE FROM " + table + " WHERE b = 77"), "(0)") << table;
    EXPECT_EQ(run("SELECT a FROM " + table + " ORDER BY a"), "a\n1\n2")
        << "UNKNOWN is no reason to delete";
    EXPECT_EQ(run("DELETE FROM " + table), "(2)") << table;
    EXPECT_EQ(run("SELECT COUNT(*) AS n FROM " + table), "n\n0") << table;
  }
  run("INSERT INTO dbo.t VALUES (1, 1, 'x'); TRUNCATE TABLE dbo.t");
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM dbo.t"), "n\n0");
}

TEST_F(TablesTest, ManySessionsChangeOneRowAndNoneIsLost) {
  run("CREATE TABLE counter (id int, n int); INSERT INTO counter VALUES (1, 0), (2, 0)");
  constexpr int kSessions = 4;
  constexpr int kUpdates = 8;
  std::atomic<int> failed = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kSessions; ++i) {
    threads.emplace_back([&, i] {
      Session session(services_, SessionOptions{});
      TextSink sink;
      for (int n = 0; n < kUpdates; ++n) {
        try {
          session.execute(i % 2 ? "UPDATE counter SET n += 1 WHERE id = 1"
                                : "MERGE counter USING (SELECT 1 AS k) AS s ON k = id WHEN MATCHED "
                                  "THEN UPDATE SET n += 1 WHEN NOT MATCHED BY SOURCE THEN UPDATE "
                                  "SET n -= 1;",
                          sink);
        } catch (const Error&) {
          ++failed;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(run("SELECT n FROM counter ORDER BY id"), "n\n32\n-16");
}

TEST_F(TablesTest, WhatIsNotThereIsRefusedByName) {
  run("CREATE TABLE t (a int)");
  EXPECT_EQ(error("CREATE INDEX i ON t (a)"), "40517: Not supported: CREATE INDEX.");
  EXPECT_EQ(error_number("CREATE TABLE p (a int PRIMARY KEY)"), 40517);
  EXPECT_EQ(error_number("CREATE TABLE p (a int IDENTITY(1,1))"), 40517);
  EXPECT_EQ(error_number("DECLARE c CURSOR FOR SELECT a FROM t"), 40517);
}

TEST_F(TablesTest, NamesAreFoundWithAHint) {
  run("CREATE TABLE bike_data (a int)");
  EXPECT_EQ(error("SELECT * FROM bike_dta"), "208: Invalid object name 'bike_dta'.");
  EXPECT_NE(last_error_->hint().find("bike_data"), std::string::npos);
  EXPECT_EQ(last_error_->place()->line, 1);
  EXPECT_EQ(last_error_->place()->column, 15);
  EXPECT_EQ(error_number("SELECT * FROM nodb.dbo.t"), 208);
}

TEST_F(TablesTest, DatabasesAndSchemas) {
  run("CREATE DATABASE sales");
  EXPECT_EQ(error_number("CREATE DATABASE Sales"), 1801);
  run("USE sales");
  EXPECT_EQ(session_->database(), "sales");
  run("CREATE SCHEMA stage");
  run("CREATE TABLE stage.t (a int)");
  run("INSERT stage.t VALUES (5)");
  EXPECT_EQ(run("SELECT a FROM sales.stage.t"), "a\n5");
  EXPECT_EQ(error_number("CREATE TABLE nope.t (a int)"), 2760);
  EXPECT_EQ(error_number("DROP SCHEMA stage"), 3729);
  EXPECT_EQ(error_number("DROP DATABASE sales"), 3702);
  run("DROP TABLE stage.t; DROP SCHEMA stage");
  EXPECT_EQ(error_number("DROP SCHEMA stage"), 15151);
  EXPECT_EQ(error_number("DROP TABLE t"), 3701);
  EXPECT_EQ(run("DROP TABLE IF EXISTS t"), "");
  run("USE [default]; DROP DATABASE sales");
  EXPECT_EQ(error_number("USE sales"), 911);
}

TEST_F(TablesTest, Views) {
  run("CREATE TABLE t (a int, b int); INSERT t VALUES (1, 2), (3, 4)");
  run("CREATE VIEW v (x, y) AS SELECT a, a + b FROM t WHERE a > 1");
  EXPECT_EQ(run("SELECT * FROM v"), "x|y\n3|7");
  EXPECT_EQ(error_number("CREATE VIEW v AS SELECT 1 AS a"), 2714);
  run("CREATE OR ALTER VIEW v AS SELECT b FROM t");
  EXPECT_EQ(run("SELECT * FROM v ORDER BY b"), "b\n2\n4");
  EXPECT_EQ(error_number("CREATE VIEW w AS SELECT a + 1 FROM t"), 4511);
  EXPECT_EQ(error_number("ALTER VIEW w AS SELECT a FROM t"), 208);
  EXPECT_EQ(error_number("DROP TABLE v"), 3705);
  EXPECT_EQ(error_number("INSERT INTO v VALUES (1)"), 40517);
  run("DROP VIEW v");
  EXPECT_EQ(error_number("SELECT * FROM v"), 208);
}

TEST_F(TablesTest, CatalogViews) {
  run("CREATE TABLE t (a int NOT NULL, b nvarchar(20)); CREATE TABLE #x (a int)");
  run("CREATE VIEW v AS SELECT b FROM t");
  EXPECT_EQ(run("SELECT TABLE_NAME, TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES ORDER BY 1"),
            "TABLE_NAME|TABLE_TYPE\nt|BASE TABLE\nv|VIEW");
  EXPECT_EQ(run("SELECT column_name, data_type, is_nullable, character_maximum_length FROM "
                "information_schema.columns "
                "WHERE table_name = 't' ORDER BY ordinal_position"),
            "column_name|data_type|is_nullable|character_maximum_length\na|int|NO|NULL\nb|nvarchar|"
            "YES|20");
  EXPECT_EQ(run("SELECT name FROM sys.databases"), "name\nmaster\ntempdb\nmsdb\ndefault");
  EXPECT_EQ(run("SELECT o.name, o.type FROM sys.objects AS o ORDER BY o.name"),
            "name|type\nt|U \nv|V ");
  EXPECT_EQ(run("SELECT c.name, c.max_length FROM sys.columns AS c JOIN sys.tables AS t ON "
                "c.object_id = t.object_id "
                "ORDER BY c.column_id"),
            "name|max_length\na|4\nb|40");
  EXPECT_EQ(run("SELECT CASE WHEN OBJECT_ID('dbo.t', 'U') IS NULL THEN 0 ELSE 1 END AS x, "
                "OBJECT_ID('nope') AS y"),
            "x|y\n1|NULL");
}

}  // namespace
}  // namespace tarn::sql
