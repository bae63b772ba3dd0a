#include "meta/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <limits>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "meta/etag.h"
#include "meta/workspaces.h"
#include "temporary_folder.h"
#include "test_store.h"

namespace tarn::meta {
namespace {

using ::testing::HasSubstr;

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

class StoreTest : public ::testing::Test {
 protected:
  void put(std::string_view key, std::string_view value) {
    store_->write([&](Transaction& tx) {
      tx.execute(
          "INSERT INTO settings (workspace_id, key, value, modified_at) VALUES ($1, $2, $3, 0)",
          "w", key, value);
    });
  }
  std::int64_t count() {
    return store_->read(
        [](Transaction& tx) { return tx.query("SELECT COUNT(*) FROM settings").front().int64(0); });
  }

  TemporaryFolder home_;
  std::filesystem::path file_ = home_ / "tarn.db";
  std::string place_ = test_store(file_);
  std::unique_ptr<Store> store_ = Store::open(place_);
};

TEST_F(StoreTest, WritesAndReadsTypedValues) {
  put("a", "eins");
  const auto row = store_->read([](Transaction& tx) {
    return tx.query_one(
        "SELECT key, value, etag, 0.5, NULL FROM settings WHERE key = $2 AND workspace_id = $1",
        "w", "a");
  });
  ASSERT_TRUE(row);
  EXPECT_EQ(row->text(0), "a");
  EXPECT_EQ(row->text(1), "eins");
  EXPECT_EQ(row->int64(2), 1);
  EXPECT_DOUBLE_EQ(row->real(3), 0.5);
  EXPECT_DOUBLE_EQ(row->real(2), 1);
  EXPECT_TRUE(row->is_null(4));
  EXPECT_EQ(row->optional_text(4), std::nullopt);
  EXPECT_EQ(row->text_or_empty(4), "");
  EXPECT_EQ(error_of([&] { row->text(2); }).code(), Code::kInternal);
  EXPECT_EQ(error_of([&] { row->int64(5); }).code(), Code::kInternal);
}

TEST_F(StoreTest, ParametersAreBoundByNumberWhateverTheirOrder) {
  const auto row =
      store_->read([](Transaction& tx) { return tx.query_one("SELECT $2, $1, $2", 1, "two"); });
  EXPECT_EQ(row->text(0), "two");
  EXPECT_EQ(row->int64(1), 1);
  EXPECT_EQ(row->text(2), "two");
  for (const std::string_view wrong :
       {"SELECT $1", "SELECT $1, $2, $4", "SELECT ?", "SELECT :a, $1"}) {
    EXPECT_EQ(
        error_of([&] { store_->read([&](Transaction& tx) { tx.query(wrong, 1, 2); }); }).code(),
        Code::kInternal)
        << wrong;
  }
}

TEST_F(StoreTest, NumbersKeepTheirBits) {
  constexpr std::int64_t kBig = std::numeric_limits<std::int64_t>::min();
  constexpr double kTiny = std::numeric_limits<double>::denorm_min();
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  const auto row = store_->read([&](Transaction& tx) {
    return tx.query_one("SELECT $1, $2, $3, $4, $5", kBig, kTiny, kInfinite, 0.1, true);
  });
  EXPECT_EQ(row->int64(0), kBig);
  EXPECT_EQ(row->real(1), kTiny);
  EXPECT_EQ(row->real(2), kInfinite);
  EXPECT_EQ(row->real(3), 0.1);
  EXPECT_TRUE(row->boolean(4));
  EXPECT_EQ(error_of([&] {
              store_->read([](Transaction& tx) {
                tx.query("SELECT $1", std::numeric_limits<double>::quiet_NaN());
              });
            }).code(),
            Code::kInternal);
}

TEST_F(StoreTest, TextsMustBeUtf8WithoutNul) {
  using namespace std::string_literals;
  for (const std::string& bad : {"\xff"s, "a\0b"s, "\xc3"s}) {
    EXPECT_EQ(error_of([&] { put(bad, "x"); }).code(), Code::kInvalidArgument);
  }
  put("schlüssel", std::string_view());
  EXPECT_EQ(count(), 1);
}

TEST_F(StoreTest, AnExceptionRollsBackEverything) {
  EXPECT_THROW(store_->write([&](Transaction& tx) {
    tx.execute(
        "INSERT INTO settings (workspace_id, key, value, modified_at) VALUES ('w', 'a', 'x', 0)");
    throw std::runtime_error("the middle");
  }),
               std::runtime_error);
  EXPECT_EQ(count(), 0);
  put("a", "later");
  EXPECT_EQ(count(), 1);
}

TEST_F(StoreTest, AFailedStatementRollsBackTheOnesBeforeIt) {
  put("taken", "x");
  const Error error = error_of([&] {
    store_->write([&](Transaction& tx) {
      tx.execute(
          "INSERT INTO settings (workspace_id, key, value, modified_at) VALUES ('w', 'new', 'x', "
          "0)");
      tx.execute(
          "INSERT INTO settings (workspace_id, key, value, modified_at) VALUES ('w', 'taken', 'x', "
          "0)");
    });
  });
  EXPECT_EQ(error.code(), Code::kAlreadyExists);
  EXPECT_THAT(error.message(), HasSubstr("settings (workspace_id, key)"));
  EXPECT_EQ(count(), 1);
}

TEST_F(StoreTest, ConstraintsAreErrorsOfTheirOwn) {
  EXPECT_EQ(error_of([&] {
              store_->write([](Transaction& tx) {
                tx.execute(
                    "INSERT INTO run_tags (workspace_id, run_id, key, value) VALUES ('w', 'none', "
                    "'k', 'v')");
              });
            }).code(),
            Code::kConflict);
  EXPECT_EQ(error_of([&] {
              store_->write([](Transaction& tx) {
                tx.execute(
                    "INSERT INTO principals (workspace_id, principal_id, kind, name, created_at) "
                    "VALUES ('w', 'p', 'ghost', 'n', 0)");
              });
            }).code(),
            Code::kInvalidArgument);
}

TEST_F(StoreTest, AReadCannotWriteAndSeesOneSnapshot) {
  put("a", "x");
  store_->read([&](Transaction& tx) {
    EXPECT_EQ(tx.query("SELECT COUNT(*) FROM settings").front().int64(0), 1);
    put("b", "x");
    EXPECT_EQ(tx.query("SELECT COUNT(*) FROM settings").front().int64(0), 1);
  });
  EXPECT_EQ(count(), 2);
  EXPECT_THROW(store_->read([](Transaction& tx) { tx.execute("DELETE FROM settings"); }), Error);
  EXPECT_EQ(count(), 2);
}

TEST_F(StoreTest, AWriteInsideAWriteIsABugNotADeadlock) {
  EXPECT_EQ(error_of([&] { store_->write([&](Transaction&) { put("a", "x"); }); }).code(),
            Code::kInternal);
  put("a", "x");
}

TEST_F(StoreTest, EightThreadsWriteAndReadAtOnce) {
  constexpr int kThreads = 8;
  constexpr int kRounds = 25;
  store_->write([](Transaction& tx) {
    tx.execute(
        "INSERT INTO settings (workspace_id, key, value, modified_at) VALUES ('w', 'n', '0', 0)");
  });
  std::atomic<int> torn = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        const std::string key = std::to_string(t) + "." + std::to_string(i);
        store_->write([&](Transaction& tx) {
          tx.execute(
              "INSERT INTO settings (workspace_id, key, value, modified_at) VALUES ('w', $1, '', "
              "0)",
              key);
          tx.execute(
              "UPDATE settings SET modified_at = modified_at + 1 WHERE workspace_id = 'w' AND key "
              "= 'n'");
        });
        store_->read([&](Transaction& tx) {
          const Row row = tx.query("SELECT COUNT(*), MAX(modified_at) FROM settings").front();
          if (row.int64(0) != row.int64(1) + 1) ++torn;
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count(), kThreads * kRounds + 1);
  EXPECT_EQ(torn, 0);
}

TEST_F(StoreTest, ReadersBeyondTheLimitWaitAndThenFail) {
  const auto store =
      Store::open(place_, {.readers_max = 1, .busy_timeout_s = 1, .reader_timeout_s = 0.01});
  store->read([&](Transaction&) {
    EXPECT_EQ(error_of([&] { store->read([](Transaction&) {}); }).code(), Code::kResourceExhausted);
  });
  store->read([](Transaction&) {});
}

TEST_F(StoreTest, AnotherProcessesLongWriteIsReportedAsBusy) {
  const auto other =
      Store::open(place_, {.readers_max = 1, .busy_timeout_s = 0.01, .reader_timeout_s = 1});
  put("a", "x");
  const auto change = [](Transaction& tx) { tx.execute("UPDATE settings SET value = 'y'"); };
  store_->write([&](Transaction& tx) {
    change(tx);
    EXPECT_EQ(error_of([&] { other->write(change); }).code(), Code::kUnavailable);
  });
  other->write(change);
}

TEST_F(StoreTest, WhatIsCommittedSurvivesSigkillAndWhatIsNotLeavesNoTrace) {
  store_.reset();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto store = Store::open(place_);
    const auto insert = [](Transaction& tx, std::string_view key) {
      tx.execute(
          "INSERT INTO settings (workspace_id, key, value, modified_at) VALUES ('w', $1, '', 0)",
          key);
    };
    store->write([&](Transaction& tx) { insert(tx, "committed"); });
    store->write([&](Transaction& tx) {
      insert(tx, "open");
      ::kill(::getpid(), SIGKILL);
    });
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  store_ = Store::open(place_);
  const Rows rows =
      store_->read([](Transaction& tx) { return tx.query("SELECT key FROM settings"); });
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows.front().text(0), "committed");
}

TEST_F(StoreTest, OnlyTheOwnerReadsTheFile) {
  if (on_postgres()) GTEST_SKIP() << "there is no file";
  struct stat status {};
  for (const char* suffix : {"", "-wal"}) {
    ASSERT_EQ(::stat((file_.string() + suffix).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(StoreTest, ACopyHoldsEverythingAndIsNeverOverwritten) {
  put("a", "x");
  store_->copy_to(home_ / "copy.db");
  const auto copy = Store::open((home_ / "copy.db").string());
  EXPECT_EQ(copy->read([](Transaction& tx) {
    return tx.query("SELECT value FROM settings").front().text(0);
  }),
            "x");
  EXPECT_EQ(error_of([&] { store_->copy_to(home_ / "copy.db"); }).code(), Code::kAlreadyExists);
  struct stat status {};
  ASSERT_EQ(::stat((home_ / "copy.db").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(StoreTest, CheckpointKeepsTheData) {
  put("a", "x");
  store_->checkpoint();
  EXPECT_EQ(count(), 1);
}

TEST_F(StoreTest, AQueryOfTooManyRowsFails) {
  constexpr std::string_view kSeries =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT i FROM "
      "n";
  const auto rows_of = [&](std::size_t rows) {
    return store_->read([&](Transaction& tx) { return tx.query(kSeries, rows).size(); });
  };
  EXPECT_EQ(rows_of(kRowsMax), kRowsMax);
  EXPECT_EQ(error_of([&] { rows_of(kRowsMax + 1); }).code(), Code::kTooLarge);
}

TEST_F(StoreTest, MoreStatementsThanTheCacheHolds) {
  store_->read([](Transaction& tx) {
    for (int i = 0; i < 600; ++i) {
      const std::string sql = "SELECT $1 + " + std::to_string(i % 300);
      EXPECT_EQ(tx.query_one(sql, 1)->int64(0), 1 + i % 300);
    }
  });
}

TEST_F(StoreTest, AChangeBasedOnAnOldStateIsAConflict) {
  put("a", "x");
  const auto change = [&](std::int64_t etag) {
    store_->write([&](Transaction& tx) {
      tx.change_one("setting a",
                    "UPDATE settings SET etag = etag + 1 WHERE workspace_id = 'w' AND key = 'a' "
                    "AND etag = $1",
                    etag);
    });
  };
  change(1);
  const Error error = error_of([&] { change(1); });
  EXPECT_EQ(error.code(), Code::kConflict);
  EXPECT_THAT(error.message(), HasSubstr("setting a"));
  change(2);
}

TEST(StoreOpenTest, RefusesWhatIsNoStore) {
  const TemporaryFolder home;
  EXPECT_EQ(error_of([&] { Store::open("mysql://host/db"); }).code(), Code::kInvalidArgument);
  EXPECT_EQ(error_of([&] { Store::open(""); }).code(), Code::kInvalidArgument);
  write_file(home / "text.db", std::string(5000, 'x'));
  EXPECT_EQ(error_of([&] { Store::open((home / "text.db").string()); }).code(), Code::kDataLoss);
  EXPECT_EQ(error_of([&] { Store::open("/proc/none/tarn.db"); }).code(), Code::kUnavailable);
}

TEST(StoreOpenTest, MakesMissingFoldersAndReadsTheSchemeForm) {
  const TemporaryFolder home;
  const std::string file = (home / "deep/er/tarn.db").string();
  Store::open("sqlite:" + file);
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST(EtagTest, ReadsWhatItWrites) {
  EXPECT_EQ(parse_etag(etag_text(7)), 7);
  EXPECT_EQ(parse_etag("\"7\""), 7);
  EXPECT_EQ(parse_etag("W/\"7\""), 7);
  for (const std::string_view bad : {"", "0", "-1", "x", "7x", "\"7", "99999999999999999999"}) {
    EXPECT_EQ(error_of([&] { parse_etag(bad); }).code(), Code::kInvalidArgument) << bad;
  }
  require_etag("x", 7, std::nullopt);
  require_etag("x", 7, "*");
  require_etag("x", 7, "7");
  EXPECT_EQ(error_of([] { require_etag("model m", 7, "6"); }).code(), Code::kConflict);
}

TEST(WorkspaceTest, IsMadeOnceAndItsNameIsChecked) {
  const TemporaryFolder home;
  const auto store = Store::open(test_store(home / "tarn.db"));
  const std::string id = ensure_workspace(*store, "main");
  EXPECT_EQ(id.size(), 36u);
  EXPECT_EQ(ensure_workspace(*store, "main"), id);
  EXPECT_NE(ensure_workspace(*store, "other"), id);
  ensure_workspace(*store, std::string(63, 'a'));
  for (const std::string& bad : {std::string(), std::string(64, 'a'), std::string("Main"),
                                 std::string("-a"), std::string("a/b"), std::string("..")}) {
    EXPECT_EQ(error_of([&] { ensure_workspace(*store, bad); }).code(), Code::kInvalidArgument)
        << bad;
  }
}

}  // namespace
}  // namespace tarn::meta
