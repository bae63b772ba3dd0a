#include <atomic>
#include <optional>
#include <thread>

#include "exec/session_fixture.h"

namespace tarn::sql {
namespace {

class TransactionsTest : public SessionTest {
 protected:
  /// The Parquet files of a table's folder, of other versions and of nobody included.
  std::size_t files_of(const std::string& table) const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(
             home_ / "lake/files/synapse/workspaces/main/warehouse" / table)) {
      if (entry.path().extension() == ".parquet") ++count;
    }
    return count;
  }
};

TEST_F(TransactionsTest, RollbackLeavesNoFile) {
  run("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2)");
  ASSERT_EQ(files_of("t"), 1u);
  run("BEGIN TRAN; UPDATE t SET a += 1; INSERT INTO t VALUES (9); DELETE FROM t WHERE a = 9");
  EXPECT_GT(files_of("t"), 1u);
  run("ROLLBACK");
  EXPECT_EQ(files_of("t"), 1u);
  run("BEGIN TRAN; UPDATE t SET a += 1; UPDATE t SET a += 1; COMMIT");
  EXPECT_EQ(files_of("t"), 2u) << "what a later statement of the transaction replaced is gone";
  EXPECT_EQ(run("SELECT SUM(a) AS s FROM t"), "s\n7");
}

TEST_F(TransactionsTest, ASessionThatEndsRollsBack) {
  run("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
  {
    Session other(services_, SessionOptions{});
    TextSink sink;
    other.execute("BEGIN TRAN; DELETE FROM t; INSERT INTO t VALUES (5)", sink);
  }
  EXPECT_EQ(run("SELECT a FROM t"), "a\n1");
  EXPECT_EQ(files_of("t"), 1u);
}

TEST_F(TransactionsTest, OneCommitForEachTable) {
  run("CREATE TABLE t (a int); CREATE TABLE u (a int)");
  run("BEGIN TRAN; INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); INSERT INTO u VALUES (1);"
      "SELECT COUNT(*) AS n FROM t; COMMIT");
  for (const char* name : {"t", "u"}) {
    const auto table = catalog_->open(catalog_->resolve("default", "dbo", name));
    EXPECT_EQ(table->snapshot()->version, 1) << name;
  }
  run("BEGIN TRAN; SELECT * FROM t; COMMIT");
  EXPECT_EQ(catalog_->open(catalog_->resolve("default", "dbo", "t"))->snapshot()->version, 1)
      << "reading commits nothing";
}

TEST_F(TransactionsTest, ManySessionsMoveMoneyAndNoneIsLost) {
  run("CREATE TABLE a (n int); CREATE TABLE b (n int); INSERT INTO a VALUES (1000);"
      "INSERT INTO b VALUES (0)");
  constexpr int kSessions = 4;
  constexpr int kMoves = 6;
  std::atomic<int> moved = 0;
  std::atomic<int> unexpected = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < kSessions; ++i) {
    threads.emplace_back([&] {
      Session session(services_, SessionOptions{});
      for (int n = 0; n < kMoves; ++n) {
        TextSink sink;
        try {
          session.execute(
              "BEGIN TRAN; UPDATE a SET n -= 1; UPDATE b SET n += 1; COMMIT; "
              "IF @@TRANCOUNT > 0 THROW 50000, 'open', 1",
              sink);
          ++moved;
        } catch (const Error& error) {
          if (!error.sql() || error.sql()->number != 3960) ++unexpected;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(unexpected, 0);
  EXPECT_GE(moved, kMoves);
  EXPECT_EQ(run("SELECT (SELECT n FROM a) AS a, (SELECT n FROM b) AS b"),
            "a|b\n" + std::to_string(1000 - moved) + "|" + std::to_string(moved));
}

TEST_F(TransactionsTest, ATableDroppedMeanwhileIsAConflict) {
  run("CREATE TABLE t (a int); CREATE TABLE u (a int); INSERT INTO t VALUES (1)");
  run("BEGIN TRAN; INSERT INTO t VALUES (2); INSERT INTO u VALUES (2)");
  Session other(services_, SessionOptions{});
  TextSink sink;
  other.execute("DROP TABLE t; CREATE TABLE t (a int)", sink);
  EXPECT_EQ(error_number("COMMIT"), 3960);
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM u"), "n\n0");
}

TEST_F(TransactionsTest, AStatementGivesUpInTheEnd) {
  run("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
  TextSink sink;
  int writes = 0;
  std::optional<Error> error;
  // The victim's own authorization runs between its snapshot and its commit.
  SessionOptions options;
  options.authorize = [&](const Permission& permission) {
    if (permission.action != identity::actions::kSqlSelect) return;
    run("INSERT INTO t VALUES (2)");
    ++writes;
  };
  Session slow(services_, options);
  try {
    slow.execute("UPDATE t SET a = 3", sink);
  } catch (const Error& caught) {
    error = caught;
  }
  ASSERT_TRUE(error);
  EXPECT_EQ(error->sql()->number, 3960);
  EXPECT_EQ(writes, 50);
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM t WHERE a = 3"), "n\n0");
}

TEST_F(TransactionsTest, TemporaryTablesComeBackAsTheyWere) {
  run("CREATE TABLE #t (a int); INSERT INTO #t VALUES (1)");
  run("BEGIN TRAN; INSERT INTO #t VALUES (2); SAVE TRAN s; DELETE FROM #t; ROLLBACK TRAN s; "
      "COMMIT");
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM #t"), "n\n2");
  run("BEGIN TRAN; SELECT a INTO #u FROM #t; DROP TABLE #t; ROLLBACK");
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM #t"), "n\n2");
  EXPECT_EQ(error_number("SELECT * FROM #u"), 208);
}

TEST_F(TransactionsTest, AProceduresTemporaryTableDoesNotComeBack) {
  run("CREATE PROCEDURE p AS CREATE TABLE #p (a int); BEGIN TRAN; INSERT INTO #p VALUES (1)");
  run("EXEC p");
  run("ROLLBACK");
  EXPECT_EQ(error_number("SELECT * FROM #p"), 208);
}

}  // namespace
}  // namespace tarn::sql
