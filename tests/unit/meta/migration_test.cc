#include "detail/migration.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"
#include "detail/backend.h"
#include "meta/store.h"
#include "temporary_folder.h"
#include "test_store.h"

namespace tarn::meta::detail {
namespace {

constexpr Migration kFirst{1, "first",
                           "CREATE TABLE a (x BIGINT NOT NULL PRIMARY KEY){{clustered}};", ""};
constexpr Migration kSecond{2, "second", "ALTER TABLE a ADD COLUMN y TEXT;",
                            "CREATE INDEX i ON a (y);"};
constexpr Migration kBroken{2, "broken",
                            "ALTER TABLE a ADD COLUMN y TEXT; CREATE TABLE a (x TEXT);", ""};

class MigrationTest : public ::testing::Test {
 protected:
  TemporaryFolder home_;
  std::string place_ = test_store(home_ / "tarn.db");
  std::unique_ptr<Backend> backend_ =
      on_postgres() ? make_postgres_backend(place_, {.busy_timeout_s = 1, .backup_folder = {}})
                    : make_sqlite_backend(place_, 1);
  std::unique_ptr<Connection> connection_ = backend_->connect(Access::kWrite);
};

TEST_F(MigrationTest, GoesStepByStepFromNothing) {
  EXPECT_EQ(stored_version(*connection_), 0);
  migrate(*connection_, std::vector{kFirst}, Clock::system());
  EXPECT_EQ(stored_version(*connection_), 1);
  connection_->execute("INSERT INTO a VALUES (1)", {});
  migrate(*connection_, std::vector{kFirst, kSecond}, Clock::system());
  EXPECT_EQ(stored_version(*connection_), 2);
  const Rows rows = connection_->query("SELECT x, y FROM a", {});
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_TRUE(rows.front().is_null(1));
  migrate(*connection_, std::vector{kFirst, kSecond}, Clock::system());
  EXPECT_EQ(connection_->query("SELECT * FROM schema_migrations", {}).size(), 2u);
}

TEST_F(MigrationTest, ABrokenStepLeavesTheStoreAsItWas) {
  migrate(*connection_, std::vector{kFirst}, Clock::system());
  EXPECT_THROW(migrate(*connection_, std::vector{kFirst, kBroken}, Clock::system()), Error);
  EXPECT_EQ(stored_version(*connection_), 1);
  EXPECT_THROW(connection_->query("SELECT y FROM a", {}), Error);
  migrate(*connection_, std::vector{kFirst, kSecond}, Clock::system());
  EXPECT_EQ(stored_version(*connection_), 2);
}

TEST_F(MigrationTest, ABrokenSecondStepLeavesNothingOfTheFirst) {
  EXPECT_THROW(migrate(*connection_, std::vector{kFirst, kBroken}, Clock::system()), Error);
  EXPECT_EQ(stored_version(*connection_), 0);
  EXPECT_TRUE(connection_->is_empty());
}

TEST_F(MigrationTest, OnlyAStoreThatHasAVersionIsToldOfItsUpgrade) {
  std::vector<std::int64_t> told;
  const auto tell = [&](std::int64_t version) { told.push_back(version); };
  migrate(*connection_, std::vector{kFirst}, Clock::system(), tell);
  EXPECT_TRUE(told.empty());
  migrate(*connection_, std::vector{kFirst, kSecond}, Clock::system(), tell);
  migrate(*connection_, std::vector{kFirst, kSecond}, Clock::system(), tell);
  EXPECT_EQ(told, std::vector<std::int64_t>{1});
}

TEST_F(MigrationTest, ANewerStoreIsRefused) {
  migrate(*connection_, std::vector{kFirst, kSecond}, Clock::system());
  try {
    migrate(*connection_, std::vector{kFirst}, Clock::system());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kUnsupported);
    EXPECT_EQ(error.message(),
              "The metadata store was written by a newer Tarn: this one knows version 1, the store "
              "has 2.");
  }
}

TEST_F(MigrationTest, ANewerStoreIsRefusedByOpenToo) {
  const std::string file = test_store(home_ / "newer.db");
  Store::open(file)->write([](Transaction& tx) {
    tx.execute(
        "INSERT INTO schema_migrations (version, name, applied_at) VALUES (1000, 'future', 0)");
  });
  try {
    Store::open(file);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kUnsupported);
  }
}

TEST_F(MigrationTest, AnotherProgramsDatabaseIsRefused) {
  connection_->run_script("CREATE TABLE theirs (x TEXT)");
  try {
    stored_version(*connection_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kDataLoss);
  }
}

TEST_F(MigrationTest, VersionsCountFromOneWithoutGaps) {
  std::int64_t expected = 1;
  for (const Migration& migration : all_migrations()) EXPECT_EQ(migration.version, expected++);
}

TEST_F(MigrationTest, EveryTablesKeyBeginsWithTheWorkspace) {
  if (on_postgres()) GTEST_SKIP() << "the text is the same";
  migrate(*connection_, all_migrations(), Clock::system());
  const Rows tables = connection_->query(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'schema_migrations'", {});
  EXPECT_GE(tables.size(), 25u);
  for (const Row& table : tables) {
    const std::string sql =
        "SELECT name FROM pragma_table_info('" + table.text(0) + "') WHERE pk = 1";
    const Rows key = connection_->query(sql, {});
    ASSERT_EQ(key.size(), 1u) << table.text(0);
    EXPECT_EQ(key.front().text(0), "workspace_id") << table.text(0);
  }
}

TEST_F(MigrationTest, TheAuditLogIsAppendOnly) {
  migrate(*connection_, all_migrations(), Clock::system());
  connection_->execute(
      "INSERT INTO audit_log VALUES ('w', 'a', 0, 'p', 'alice', 'sql/select', '/', 'allowed', '', "
      "'')",
      {});
  for (const std::string_view sql :
       {"DELETE FROM audit_log", "UPDATE audit_log SET outcome = 'denied'"}) {
    try {
      connection_->execute(sql, {});
      ADD_FAILURE() << sql;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kPermissionDenied) << sql;
    }
  }
}

}  // namespace
}  // namespace tarn::meta::detail
