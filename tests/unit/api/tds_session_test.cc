// A SQL session's answers as tokens: how they end, what errors, transactions and calls look like.

#include <gtest/gtest.h>

#include "base/error.h"
#include "detail/tds/session.h"
#include "engine/database.h"
#include "lake/catalog.h"
#include "lake/lake.h"
#include "meta/store.h"
#include "meta/workspaces.h"
#include "temporary_folder.h"
#include "test_store.h"

namespace tarn::api {
namespace {

class KeptBytes final : public tds::ByteOutput {
 public:
  void write(std::string_view bytes) override { all += bytes; }
  std::string all;
};

// Of DONE tokens ([MS-TDS] 2.2.7.6).
constexpr char kDone = '\xFD';
constexpr char kDoneProcedure = '\xFE';
constexpr int kError = 0x2;
constexpr int kCount = 0x10;
constexpr std::size_t kDoneBytes = 13;

class TdsSessionTest : public testing::Test {
 protected:
  TdsSessionTest()
      : lake_(folder_ / "lake"),
        store_(meta::Store::open(test_store(folder_ / "tarn.db"))),
        catalog_(lake_, *store_, [this]() -> engine::Database& { return *database_; }) {
    engine::Settings settings;
    settings.threads = 2;
    settings.memory_bytes_max = 256ull << 20;
    settings.allowed_directories = {folder_ / "lake"};
    database_ = engine::Database::open(settings);
    services_.database = [this]() -> engine::Database& { return *database_; };
    services_.lake = &lake_;
    services_.catalog = &catalog_;
    services_.store = store_.get();
    services_.workspace_id = meta::ensure_workspace(*store_, "main");
    session_ = std::make_unique<TdsSession>(services_, sql::SessionOptions{});
  }

  std::string batch(const std::string& text) {
    return answer([&](tds::Response& out) { session_->batch(text, out, {}); });
  }
  std::string answer(const std::function<void(tds::Response&)>& request) {
    KeptBytes bytes;
    tds::Response out(bytes, dialect_, "tarn");
    request(out);
    out.flush();
    return bytes.all;
  }
  /// Of the DONE token that ends the answer.
  static int status(const std::string& answer) {
    const std::string last = answer.substr(answer.size() - kDoneBytes);
    return static_cast<unsigned char>(last[1]);
  }
  static char last_token(const std::string& answer) { return answer[answer.size() - kDoneBytes]; }
  static std::uint64_t count(const std::string& answer) {
    return static_cast<unsigned char>(answer[answer.size() - 8]);
  }
  static std::string wide(std::string_view text) {
    std::string bytes;
    for (const char c : text) bytes += {c, '\0'};
    return bytes;
  }

  TemporaryFolder folder_;
  lake::Lake lake_;
  std::unique_ptr<meta::Store> store_;
  std::unique_ptr<engine::Database> database_;
  lake::Catalog catalog_;
  sql::Services services_;
  tds::Dialect dialect_;
  std::unique_ptr<TdsSession> session_;
};

TEST_F(TdsSessionTest, OnlyTheLastDoneSaysThatNothingFollows) {
  const std::string one = batch("SELECT 1 AS a");
  EXPECT_EQ(last_token(one), kDone);
  EXPECT_EQ(status(one), kCount);
  EXPECT_EQ(count(one), 1u);
  EXPECT_EQ(status(batch("SELECT 1 AS a; SELECT 2 AS b")), kCount);
  EXPECT_EQ(status(batch("SET NOCOUNT ON; SELECT 1 AS a")), 0);
  EXPECT_EQ(batch("").size(), kDoneBytes);
  EXPECT_EQ(status(batch("-- nothing")), 0);
}

TEST_F(TdsSessionTest, ErrorsComeWithTheirPlaceAndTheDoneSaysSo) {
  const std::string failed = batch("SELECT 1 AS a\nSELECT * FROM nowhere");
  EXPECT_EQ(failed.substr(failed.size() - kDoneBytes).front(), kDone);
  EXPECT_EQ(status(failed), kError);
  EXPECT_NE(failed.find(wide("Invalid object name 'nowhere'.")), std::string::npos);
  const std::string survived = batch("RAISERROR('boo', 16, 1); SELECT 2 AS b");
  EXPECT_EQ(status(survived), kCount);
  EXPECT_NE(survived.find(wide("boo")), std::string::npos);
}

TEST_F(TdsSessionTest, CallsGiveOutputsAndTheReturnCode) {
  batch("CREATE PROCEDURE p @a int, @b int OUTPUT AS BEGIN SET @b = @a + 1; RETURN 7 END");
  const auto call_of = [](const std::string& procedure) {
    tds::Rpc rpc;
    rpc.procedure = procedure;
    rpc.parameters = {{.type = "int", .value = "4"},
                      {.name = "@b", .output = true, .type = "int", .value = {}}};
    return rpc;
  };
  std::vector<tds::Rpc> calls;
  calls.push_back(call_of("p;1"));
  const std::string called = answer([&](tds::Response& out) { session_->call(calls, out, {}); });
  EXPECT_EQ(last_token(called), kDoneProcedure);
  EXPECT_EQ(status(called), 0);
  EXPECT_EQ(called.substr(0, 5), std::string("\x79\x07\0\0\0", 5));  // RETURNSTATUS
  EXPECT_NE(called.find(wide("@b")), std::string::npos);

  std::vector<tds::Rpc> two;
  two.push_back(call_of("no_such"));
  two.push_back(call_of("p"));
  const std::string both = answer([&](tds::Response& out) { session_->call(two, out, {}); });
  EXPECT_NE(both.find(wide("Could not find stored procedure 'no_such'.")), std::string::npos);
  EXPECT_EQ(last_token(both), kDoneProcedure);
}

TEST_F(TdsSessionTest, TransactionsTellTheirDescriptor) {
  EXPECT_EQ(dialect_.transaction, 0u);
  const std::string begun = batch("BEGIN TRAN");
  EXPECT_NE(dialect_.transaction, 0u);
  EXPECT_EQ(begun[0], '\xE3');  // ENVCHANGE
  EXPECT_EQ(begun[3], 8);
  const std::string ended = answer([&](tds::Response& out) {
    session_->transaction({.kind = tds::TransactionRequest::Kind::kRollback, .name = {}}, out, {});
  });
  EXPECT_EQ(ended[3], 10);
  EXPECT_EQ(dialect_.transaction, 0u);
  EXPECT_EQ(status(batch("COMMIT")), kError);
  batch("BEGIN TRAN");
  answer([&](tds::Response& out) { session_->reset(false, out); });
  EXPECT_EQ(dialect_.transaction, 0u);
}

TEST_F(TdsSessionTest, AnAttentionEndsTheCallAndTheSessionGoesOn) {
  CancelSource source;
  source.cancel();
  KeptBytes bytes;
  tds::Response out(bytes, dialect_, "tarn");
  EXPECT_THROW(session_->batch("SELECT 1 AS a", out, source.token()), Error);
  EXPECT_EQ(status(batch("SELECT 1 AS a")), kCount);
}

}  // namespace
}  // namespace tarn::api
