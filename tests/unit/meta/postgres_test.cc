// What only a store in PostgreSQL can do, or suffer. Everything else is in store_test.cc, which
// runs against both.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "detail/backend.h"
#include "meta/store.h"
#include "meta/workspaces.h"
#include "temporary_folder.h"
#include "test_store.h"

namespace tarn::meta::postgres_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

template <typename F>
Error error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return Error(Code::kInternal, "none");
}

class PostgresTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!on_postgres()) GTEST_SKIP() << "runs under tests/support/with_postgres.py";
    place_ = test_store(home_ / "tarn.db");
    store_ = Store::open(place_);
  }

  static void put(Store& store, std::string_view key, std::int64_t number) {
    store.write([&](Transaction& tx) {
      tx.execute(
          "INSERT INTO settings (workspace_id, key, value, modified_at) VALUES ('w', $1, '', $2)",
          key, number);
    });
  }
  static std::int64_t number(Store& store, std::string_view key) {
    return store.read([&](Transaction& tx) {
      return tx.query_one("SELECT modified_at FROM settings WHERE key = $1", key)->int64(0);
    });
  }
  /// Ends every session of the database but the caller's own, as a server's restart would.
  static void cut_all(Store& by) {
    by.read([](Transaction& tx) {
      tx.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
          "AND backend_type = 'client backend'");
    });
  }

  TemporaryFolder home_;
  std::string place_;
  std::unique_ptr<Store> store_;
};

TEST_F(PostgresTest, TwoServersThatReadAndWriteTheSameRowsLoseNothing) {
  put(*store_, "n", 0);
  constexpr int kRounds = 40;
  std::vector<std::thread> servers;
  std::atomic<int> failed = 0;
  for (int s = 0; s < 4; ++s) {
    servers.emplace_back([&] {
      const auto store = Store::open(place_);
      for (int i = 0; i < kRounds; ++i) {
        try {
          store->write([](Transaction& tx) {
            const auto n = tx.query_one("SELECT modified_at FROM settings WHERE key = 'n'");
            tx.execute("UPDATE settings SET modified_at = $1 WHERE key = 'n'", n->int64(0) + 1);
          });
        } catch (const Error& error) {
          ++failed;
          ADD_FAILURE() << error.what();
        }
      }
    });
  }
  for (std::thread& server : servers) server.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(number(*store_, "n"), 4 * kRounds);
}

TEST_F(PostgresTest, WriteSkewIsRefused) {
  put(*store_, "a", 1);
  put(*store_, "b", 1);
  const auto other = Store::open(place_);
  int attempts = 0;
  // Each takes one away while the sum is 2: both together may not.
  const auto take = [](Transaction& tx, std::string_view key) {
    const auto sum = tx.query_one("SELECT SUM(modified_at) FROM settings")->int64(0);
    if (sum == 2) tx.execute("UPDATE settings SET modified_at = 0 WHERE key = $1", key);
  };
  store_->write([&](Transaction& tx) {
    if (++attempts == 1) {
      tx.query("SELECT SUM(modified_at) FROM settings");
      other->write([&](Transaction& theirs) { take(theirs, "b"); });
    }
    take(tx, "a");
  });
  EXPECT_EQ(attempts, 2);
  EXPECT_EQ(number(*store_, "a"), 1);
  EXPECT_EQ(number(*store_, "b"), 0);
}

TEST_F(PostgresTest, ALostConnectionIsMadeAnew) {
  put(*store_, "a", 1);
  const auto other = Store::open(place_);
  EXPECT_EQ(number(*other, "a"), 1);
  cut_all(*store_);
  EXPECT_EQ(number(*other, "a"), 1);
  put(*other, "b", 2);
  cut_all(*other);
  put(*store_, "c", 3);
}

TEST_F(PostgresTest, AWriteWhoseConnectionIsLostInTheMiddleRunsAgain) {
  const auto other = Store::open(place_);
  int attempts = 0;
  store_->write([&](Transaction& tx) {
    tx.execute(
        "INSERT INTO settings (workspace_id, key, value, modified_at) VALUES ('w', 'k', '', 0)");
    if (++attempts == 1) cut_all(*other);
    tx.execute("UPDATE settings SET modified_at = 7 WHERE key = 'k'");
  });
  EXPECT_EQ(attempts, 2);
  EXPECT_EQ(number(*store_, "k"), 7);
}

TEST_F(PostgresTest, AReadWhoseConnectionIsLostIsUnavailable) {
  const auto other = Store::open(place_);
  EXPECT_EQ(error_of([&] {
              store_->read([&](Transaction& tx) {
                tx.query("SELECT 1");
                cut_all(*other);
                tx.query("SELECT 1");
              });
            }).code(),
            Code::kUnavailable);
  store_->read([](Transaction& tx) { tx.query("SELECT 1"); });
}

TEST_F(PostgresTest, ManyServersOpenAnEmptyDatabaseAtOnce) {
  const std::string fresh = test_store(home_ / "fresh.db");
  std::vector<std::thread> servers;
  std::atomic<int> opened = 0;
  for (int i = 0; i < 6; ++i) {
    servers.emplace_back([&] {
      try {
        const auto store = Store::open(fresh);
        ensure_workspace(*store, "main");
        ++opened;
      } catch (const Error& error) {
        ADD_FAILURE() << error.what();
      }
    });
  }
  for (std::thread& server : servers) server.join();
  EXPECT_EQ(opened, 6);
  const auto store = Store::open(fresh);
  store->read([](Transaction& tx) {
    EXPECT_EQ(tx.query("SELECT COUNT(*) FROM workspaces").front().int64(0), 1);
  });
}

TEST_F(PostgresTest, TextsSortByTheirBytes) {
  for (const std::string_view key : {"b", "A", "a", "B", "ä", "_"}) put(*store_, key, 0);
  std::string order;
  store_->read([&](Transaction& tx) {
    for (const Row& row : tx.query("SELECT key FROM settings ORDER BY key")) order += row.text(0);
  });
  EXPECT_EQ(order, "AB_abä");
}

TEST_F(PostgresTest, ACopyFillsAnotherStore) {
  const std::string id = ensure_workspace(*store_, "main");
  for (int i = 0; i < 1000; ++i) put(*store_, std::to_string(i), i);
  store_->write([](Transaction& tx) {
    tx.execute("UPDATE settings SET value = '\n\t\\''x' WHERE key = '7'");
  });
  store_->copy_to(home_ / "copy.db");
  const auto copy = Store::open((home_ / "copy.db").string());
  EXPECT_EQ(number(*copy, "999"), 999);

  const std::string other = test_store(home_ / "other.db");
  EXPECT_EQ(Store::fill(other, home_ / "copy.db"), 1001);
  const auto filled = Store::open(other);
  EXPECT_EQ(ensure_workspace(*filled, "main"), id);
  EXPECT_EQ(number(*filled, "999"), 999);
  const auto value = [](Store& store) {
    return store.read([](Transaction& tx) {
      return tx.query_one("SELECT value FROM settings WHERE key = '7'")->text(0);
    });
  };
  EXPECT_EQ(value(*filled), value(*store_));
  const Error error = error_of([&] { Store::fill(other, home_ / "copy.db"); });
  EXPECT_EQ(error.code(), Code::kAlreadyExists);
  EXPECT_THAT(error.message(), HasSubstr("is not empty"));
}

TEST_F(PostgresTest, ADatabaseOfAnotherProgramIsRefused) {
  const std::string theirs = test_store(home_ / "theirs.db");
  detail::make_postgres_backend(theirs, {})
      ->connect(detail::Access::kWrite)
      ->run_script("CREATE TABLE theirs (x TEXT)");
  const Error error = error_of([&] { Store::open(theirs); });
  EXPECT_EQ(error.code(), Code::kDataLoss);
  EXPECT_THAT(error.message(), HasSubstr("PostgreSQL"));
}

TEST(PostgresAddressTest, PasswordsAreInNoError) {
  for (const std::string url :
       {"postgresql://tarn:hunter22@127.0.0.1:1/tarn",
        "postgresql://tarn@127.0.0.1:1/tarn?password=hunter22",
        "postgresql://tarn:hunter22@127.0.0.1:1/tarn?sslmode=nonsense",
        "postgresql://tarn:hunter22@127.0.0.1:1/tarn?unknown=1", "postgresql://tarn:hunter22@[::1",
        "postgresql://tarn:hunter22@127.0.0.1:1"}) {
    const Error error = error_of([&] { Store::open(url); });
    EXPECT_THAT(error.what(), Not(HasSubstr("hunter22"))) << url;
    EXPECT_TRUE(error.code() == Code::kUnavailable || error.code() == Code::kInvalidArgument)
        << error.what();
  }
  EXPECT_EQ(Store::place_of("postgresql://tarn:hunter22@db:5433/tarn?sslmode=require"),
            "postgresql://db:5433/tarn");
}

}  // namespace
}  // namespace tarn::meta::postgres_test
