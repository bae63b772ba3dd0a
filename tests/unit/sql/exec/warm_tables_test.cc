// Copies of lake tables in the engine's memory: when there are some, and that nobody sees one that
// is old.

#include "detail/exec/warm_tables.h"

#include "session_fixture.h"

namespace tarn::sql {
namespace {

constexpr int kReads = 3;

class WarmTablesTest : public SessionTest {
 protected:
  void SetUp() override {
    SessionTest::SetUp();
    use(WarmLimits{.reads = kReads});
    run("CREATE TABLE t (id int NOT NULL, name varchar(2000), price decimal(9,2))");
    run("INSERT INTO t VALUES (1, 'one', 1.5), (2, NULL, 2.25), (3, 'three', NULL)");
  }
  void use(WarmLimits limits) {
    warm_ = std::make_shared<WarmTables>(limits, [this] { return now_; });
    services_.warm_tables = warm_;
    session_ = std::make_unique<Session>(services_, SessionOptions{});
  }
  /// Reads the table often enough; each time the same comes.
  void warm(const std::string& query = "SELECT * FROM t ORDER BY id") {
    const std::string first = run(query);
    for (int i = 1; i < kReads; ++i) EXPECT_EQ(run(query), first);
    EXPECT_EQ(run(query), first) << "from the copy";
  }
  lake::delta::Table outside(const std::string& table = "t") {
    return {catalog_->find("default", "dbo", table)->folder, {}};
  }

  WarmTables::SteadyClock::time_point now_;
  std::shared_ptr<WarmTables> warm_;
};

TEST_F(WarmTablesTest, AreMadeByTheReadThatIsTheLimits) {
  for (int i = 1; i < kReads; ++i) {
    run("SELECT price FROM t WHERE id = 2");
    EXPECT_EQ(warm_->copies(), 0);
  }
  EXPECT_EQ(run("SELECT price FROM t WHERE id = 2"), "price\n2.25");
  EXPECT_EQ(warm_->copies(), 1);
  EXPECT_GT(warm_->bytes(), 0);
  EXPECT_EQ(run("SELECT id, name, price FROM t ORDER BY id"),
            "id|name|price\n1|one|1.50\n2|NULL|2.25\n3|three|NULL");
  EXPECT_EQ(types_, (std::vector<std::string>{"int", "varchar(2000)", "decimal(9,2)"}));
}

TEST_F(WarmTablesTest, HaveEveryType) {
  run("CREATE TABLE every (a bit, b tinyint, c smallint, d int, e bigint, f decimal(38,4), g "
      "money, h real, i float, j date, "
      "k time(3), l datetime, m datetime2(6), n datetimeoffset(3), o char(4), p nvarchar(max), q "
      "binary(3), r varbinary(max), "
      "s uniqueidentifier, u smalldatetime)");
  run("INSERT INTO every VALUES (1, 255, -5, 7, 8, 1234.5678, 9.99, 0.5, 1e300, '2024-02-29', "
      "'23:59:58.123', "
      "'2024-01-31 12:30:00.123', '2024-01-31 12:30:00.123456', '2024-01-31 12:30:00.123 +05:30', "
      "'ab', N'ä€', 0x01, "
      "0x0102, '6F9619FF-8B86-D011-B42D-00C04FC964FF', '2024-01-31 12:30'), (NULL, NULL, NULL, "
      "NULL, NULL, NULL, NULL, NULL, "
      "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)");
  warm("SELECT * FROM every ORDER BY a DESC");
  EXPECT_EQ(warm_->copies(), 1);
}

TEST_F(WarmTablesTest, OwnChangesAreSeenAtOnce) {
  warm();
  run("INSERT INTO t VALUES (4, 'four', 4)");
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM t"), "n\n4");
  warm();
  run("UPDATE t SET price = 100 WHERE id = 1");
  EXPECT_EQ(run("SELECT price FROM t WHERE id = 1"), "price\n100.00");
  warm();
  run("DELETE FROM t WHERE id = 1");
  EXPECT_EQ(run("SELECT price FROM t WHERE id = 1"), "price");
  warm();
  run("ALTER TABLE t ADD more int");
  EXPECT_EQ(run("SELECT more FROM t WHERE id = 2"), "more\nNULL");
  warm();
  run("TRUNCATE TABLE t");
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM t"), "n\n0");
}

TEST_F(WarmTablesTest, ACommitFromOutsideIsSeenAtTheNextStatement) {
  warm();
  lake::delta::Table other = outside();
  other.delete_all(*other.snapshot());
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM t"), "n\n0");
  EXPECT_EQ(warm_->copies(), 0) << "the old one is given up";
}

TEST_F(WarmTablesTest, AnotherTableUnderTheNameIsAnother) {
  warm();
  run("DROP TABLE t");
  EXPECT_EQ(error_number("SELECT * FROM t"), 208);
  run("CREATE TABLE t (id int, name varchar(9))");
  run("INSERT INTO t VALUES (7, 'seven')");
  EXPECT_EQ(run("SELECT * FROM t"), "id|name\n7|seven") << "at the version that the old one had";
}

TEST_F(WarmTablesTest, TransactionsReadTheirSnapshotAndTheirOwnRows) {
  warm();
  run("BEGIN TRANSACTION");
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM t"), "n\n3");
  Session other(services_, SessionOptions{});
  TextSink ignored;
  other.execute("INSERT INTO t VALUES (4, 'four', 4)", ignored);
  for (int i = 0; i <= kReads; ++i) {
    TextSink theirs;
    other.execute("SELECT COUNT(*) AS n FROM t", theirs);
    EXPECT_EQ(join(theirs.lines, "\n"), "n\n4");
    EXPECT_EQ(run("SELECT COUNT(*) AS n FROM t"), "n\n3");
  }
  run("COMMIT");
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM t"), "n\n4");
  run("BEGIN TRANSACTION; INSERT INTO t VALUES (5, 'five', 5)");
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM t"), "n\n5");
  run("ROLLBACK");
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM t"), "n\n4");
}

TEST_F(WarmTablesTest, PermissionsAreAskedForAsEver) {
  bool allowed = true;
  SessionOptions options;
  options.authorize = [&](const Permission& permission) {
    if (!allowed && permission.action == identity::actions::kSqlSelect)
      throw Error(Code::kPermissionDenied, "no");
  };
  session_ = std::make_unique<Session>(services_, options);
  warm();
  allowed = false;
  EXPECT_EQ(error_number("SELECT * FROM t"), 229);
}

TEST_F(WarmTablesTest, ViewsAndJoinsReadThemToo) {
  run("CREATE VIEW v AS SELECT a.id, b.price FROM t AS a JOIN t AS b ON a.id = b.id");
  warm("SELECT * FROM v ORDER BY id");
  EXPECT_EQ(warm_->copies(), 1);
  run("INSERT INTO t VALUES (4, 'four', 4)");
  EXPECT_EQ(run("SELECT price FROM v WHERE id = 4"), "price\n4.00");
}

TEST_F(WarmTablesTest, StatementsThatWriteReadTheFiles) {
  for (int i = 0; i <= kReads; ++i) run("SELECT id INTO #c FROM t; DROP TABLE #c");
  EXPECT_EQ(warm_->copies(), 0);
}

TEST_F(WarmTablesTest, WhatIsTooLargeIsReadFromItsFiles) {
  const std::uint64_t row = 4 + 16 + 8 + 16;
  use(WarmLimits{.reads = kReads, .table_bytes_max = 3 * row});
  warm();
  EXPECT_EQ(warm_->copies(), 1);
  EXPECT_EQ(warm_->bytes(), 3 * row);
  run("INSERT INTO t VALUES (4, 'four', 4)");
  warm();
  EXPECT_EQ(warm_->copies(), 0) << "one row past the limit";
}

TEST_F(WarmTablesTest, LongTextsCount) {
  const std::uint64_t rows = 4 * (4 + 16 + 8 + 16);
  run("INSERT INTO t VALUES (4, REPLICATE('x', 1000), 4)");
  use(WarmLimits{.reads = kReads, .table_bytes_max = rows + 1000});
  warm();
  EXPECT_EQ(warm_->bytes(), rows + 1000);
  use(WarmLimits{.reads = kReads, .table_bytes_max = rows + 999});
  warm();
  EXPECT_EQ(warm_->copies(), 0);
}

TEST_F(WarmTablesTest, AColumnThatRowsAreLookedUpByGetsAnIndex) {
  use(WarmLimits{.reads = 1, .look_ups = kReads});
  run("CREATE TABLE keys AS SELECT CAST(value AS int) AS id, CAST(value % 3 AS int) AS kind, "
      "CASE WHEN value % 10 > 0 THEN value / 2 END AS half FROM GENERATE_SERIES(1, 5000)");
  const std::string indexes =
      "SELECT coalesce(max(expressions), '') FROM duckdb_indexes() "
      "WHERE table_name LIKE 'tarn_warm_%'";
  const auto indexed = [&] { return *database_->connect().rows(indexes)[0][0]; };
  for (int i = 0; i <= kReads; ++i) {
    EXPECT_EQ(run("SELECT COUNT(*) AS n FROM keys WHERE kind = 1"), "n\n1667");
    EXPECT_EQ(run("SELECT COUNT(*) AS n FROM keys WHERE id < 9"), "n\n8");
  }
  EXPECT_EQ(indexed(), "") << "many rows have each kind";
  for (int i = 0; i < kReads; ++i) {
    EXPECT_EQ(indexed(), "");
    EXPECT_EQ(run("SELECT id FROM keys WHERE half = 7 AND id > 1 ORDER BY id"), "id\n14\n15");
  }
  EXPECT_NE(indexed().find("half"), std::string::npos);
  EXPECT_EQ(run("SELECT id FROM keys WHERE half = 7 ORDER BY id"), "id\n14\n15");
  EXPECT_EQ(run("SELECT id FROM keys WHERE half = 100000"), "id");
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM keys WHERE half IS NULL"), "n\n500");
  for (int i = 0; i <= kReads; ++i) EXPECT_EQ(run("SELECT id FROM keys WHERE id = 4"), "id\n4");
  EXPECT_NE(indexed().find("half"), std::string::npos) << "one index is enough";
  run("DELETE FROM keys WHERE id = 14");
  EXPECT_EQ(run("SELECT id FROM keys WHERE half = 7"), "id\n15");
}

TEST_F(WarmTablesTest, TheOneUnusedForLongestMakesRoom) {
  run("CREATE TABLE u AS SELECT * FROM t");
  run("CREATE TABLE w AS SELECT * FROM t");
  const std::uint64_t one = 3 * (4 + 16 + 8 + 16);
  use(WarmLimits{.reads = kReads, .bytes_max = 2 * one});
  for (const char* table : {"t", "u", "w"}) {
    now_ += std::chrono::seconds(1);
    warm(std::string("SELECT * FROM ") + table + " ORDER BY id");
  }
  EXPECT_EQ(warm_->copies(), 2);
  EXPECT_EQ(warm_->bytes(), 2 * one);
  warm("SELECT * FROM t ORDER BY id");
  EXPECT_EQ(warm_->copies(), 2);
}

TEST_F(WarmTablesTest, WhatNobodyReadsIsGivenUp) {
  run("CREATE TABLE u AS SELECT * FROM t");
  warm();
  const std::string tables =
      "SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'tarn_warm_%'";
  EXPECT_EQ(database_->connect().rows(tables)[0][0], "1");
  now_ += WarmLimits{}.idle;
  run("SELECT * FROM u");
  EXPECT_EQ(warm_->copies(), 1) << "at the limit";
  now_ += std::chrono::seconds(1);
  run("SELECT * FROM u");
  EXPECT_EQ(warm_->copies(), 0);
  EXPECT_EQ(database_->connect().rows(tables)[0][0], "0");
}

TEST_F(WarmTablesTest, AnEngineWithoutThemReadsFiles) {
  services_.warm_tables = nullptr;
  session_ = std::make_unique<Session>(services_, SessionOptions{});
  warm();
}

}  // namespace
}  // namespace tarn::sql
