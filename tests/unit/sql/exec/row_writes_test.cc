#include <random>

#include "exec/session_fixture.h"

namespace tarn::sql {
namespace {

using RowWritesTest = SessionTest;

/// Random statements that change rows; '~' stands for the table.
class Statements {
 public:
  explicit Statements(unsigned seed) : random_(seed) {}

  std::string next() {
    switch (pick(7)) {
      case 0:
        return "UPDATE ~ SET n += " + number(9) + " WHERE " + condition();
      case 1:
        return "UPDATE ~ SET s = CONCAT(s, '" + number(9) + "'), n = NULL WHERE " + condition();
      case 2:
        return "DELETE FROM ~ WHERE k % 5 = " + number(4) + " AND " + condition();
      case 3:
        return "INSERT INTO ~ SELECT value, value, 'i' FROM GENERATE_SERIES(" + number(40) +
               ", 45)";
      case 4:
        return "UPDATE x SET n = q.m FROM ~ AS x JOIN (SELECT k, MAX(n) AS m FROM ~ GROUP BY k) AS "
               "q ON q.k = x.k WHERE " +
               condition("x.");
      case 5:
        return "DELETE x FROM ~ AS x JOIN (VALUES (" + number(40) + "), (" + number(40) +
               ")) AS v (k) ON v.k = x.k";
      default:
        return "MERGE ~ AS t USING (SELECT DISTINCT value % 40 AS k FROM GENERATE_SERIES(" +
               number(40) + ", 60)) AS s ON s.k = t.k AND " + condition("t.") +
               " WHEN MATCHED AND t.k % 3 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET s = 'm' "
               "WHEN "
               "NOT MATCHED AND s.k < 5 THEN INSERT (k, s) VALUES (s.k, 'new') WHEN NOT MATCHED BY "
               "SOURCE AND t.k > 38 THEN DELETE;";
    }
  }

 private:
  int pick(int count) { return std::uniform_int_distribution<>(0, count - 1)(random_); }
  std::string number(int max) { return std::to_string(pick(max + 1)); }
  std::string condition(const std::string& table = {}) {
    switch (pick(4)) {
      case 0:
        return table + "k > " + number(40);
      case 1:
        return table + "n IS NULL";
      case 2:
        return "NOT (" + table + "s LIKE '%1%')";
      default:
        return table + "k IN (" + number(40) + ", " + number(40) + ", " + number(40) + ")";
    }
  }

  std::mt19937 random_;
};

std::string on(std::string statement, const std::string& table) {
  for (std::size_t at = statement.find('~'); at != std::string::npos; at = statement.find('~'))
    statement.replace(at, 1, table);
  return statement;
}

/// A lake table rewrites files, a temporary one is changed in place: the same must come of both.
TEST_F(RowWritesTest, LakeAndTemporaryTablesAgreeOnRandomStatements) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    for (const char* table : {"dbo.t", "#t"}) {
      run(std::string("DROP TABLE IF EXISTS ") + table + "; CREATE TABLE " + table +
          " (k int, n int, s varchar(100))");
      run(std::string("INSERT INTO ") + table +
          " SELECT value, value * 10, CONCAT('s', value) FROM GENERATE_SERIES(1, 40)");
    }
    Statements statements(seed);
    for (int i = 0; i < 25; ++i) {
      const std::string statement = statements.next();
      // What MERGE refuses (8672) both refuse.
      const std::string lake = error(on(statement, "dbo.t"));
      const std::string temporary = error(on(statement, "#t"));
      ASSERT_EQ(lake, temporary) << statement;
      ASSERT_EQ(run("SELECT * FROM dbo.t ORDER BY k, n, s"),
                run("SELECT * FROM #t ORDER BY k, n, s"))
          << "seed " << seed << ": " << statement;
    }
  }
}

TEST_F(RowWritesTest, ARolledBackTransactionIsAsIfItNeverWas) {
  run("CREATE TABLE dbo.t (k int, n int, s varchar(100))");
  run("INSERT INTO dbo.t SELECT value, value * 10, CONCAT('s', value) FROM GENERATE_SERIES(1, 40)");
  const std::string before = run("SELECT * FROM dbo.t ORDER BY k, n, s");
  Statements statements(4);
  run("SELECT * INTO #t FROM dbo.t");
  run("BEGIN TRAN");
  for (int i = 0; i < 15; ++i) {
    const std::string statement = statements.next();
    ASSERT_EQ(error(on(statement, "dbo.t")), error(on(statement, "#t"))) << statement;
    ASSERT_EQ(run("SELECT * FROM dbo.t ORDER BY k, n, s"), run("SELECT * FROM #t ORDER BY k, n, s"))
        << statement;
  }
  run("ROLLBACK");
  EXPECT_EQ(run("SELECT * FROM dbo.t ORDER BY k, n, s"), before);
  EXPECT_EQ(run("SELECT * FROM #t ORDER BY k, n, s"), before);
}

}  // namespace
}  // namespace tarn::sql
