// Sessions of POST /sql/sessions: whose they are, how many, and when they end.

#include "detail/sql_sessions.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "engine/database.h"
#include "lake/catalog.h"
#include "lake/lake.h"
#include "meta/store.h"
#include "meta/workspaces.h"
#include "temporary_folder.h"
#include "test_store.h"

namespace tarn::api {
namespace {

class SqlSessionsTest : public testing::Test {
 protected:
  SqlSessionsTest()
      : lake_(folder_ / "lake"),
        store_(meta::Store::open(test_store(folder_ / "tarn.db"))),
        catalog_(lake_, *store_, [this]() -> engine::Database& { return engine(); }) {
    services_.database = [this]() -> engine::Database& { return engine(); };
    services_.lake = &lake_;
    services_.catalog = &catalog_;
    services_.store = store_.get();
    services_.workspace_id = meta::ensure_workspace(*store_, "main");
  }
  // Nothing here needs it.
  engine::Database& engine() { throw Error(Code::kInternal, "The engine was opened."); }

  std::shared_ptr<SharedSession> session() {
    return std::make_shared<SharedSession>(services_, sql::SessionOptions{});
  }
  std::string error_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      return std::string(name_of(error.code())) + ": " + error.what();
    }
    return {};
  }

  TemporaryFolder folder_;
  lake::Lake lake_;
  std::unique_ptr<meta::Store> store_;
  lake::Catalog catalog_;
  sql::Services services_;
  SqlSessions::SteadyClock::time_point now_{};
  SqlSessions sessions_{[this] { return now_; }};
};

TEST_F(SqlSessionsTest, ASessionIsItsOwners) {
  const auto mine = session();
  const std::string id = sessions_.add(mine, "ann");
  EXPECT_EQ(sessions_.find(id, "ann"), mine);
  const std::string unknown =
      "NotFound: There is no SQL session " + id +
      ". It was closed, or the server was started anew. Open one: POST /sql/sessions.";
  EXPECT_EQ(error_of([&] { sessions_.find(id, "bob"); }), unknown);
  EXPECT_EQ(error_of([&] { sessions_.remove(id, "bob"); }), unknown);
  sessions_.remove(id, "ann");
  EXPECT_EQ(error_of([&] { sessions_.find(id, "ann"); }), unknown);
  EXPECT_EQ(error_of([&] { sessions_.remove(id, "ann"); }), unknown);
}

TEST_F(SqlSessionsTest, AreLimitedForOneAndForAll) {
  const auto shared = session();
  std::string last;
  for (std::size_t i = 0; i < SqlSessions::kSessionsOfOneMax; ++i)
    last = sessions_.add(shared, "ann");
  EXPECT_EQ(error_of([&] { sessions_.add(shared, "ann"); }),
            "ResourceExhausted: Too many SQL sessions are open: 100 of yours, 100 in all. Close "
            "one: DELETE /sql/sessions/{session}.");
  sessions_.remove(last, "ann");
  sessions_.add(shared, "ann");
  for (std::size_t i = SqlSessions::kSessionsOfOneMax; i < SqlSessions::kSessionsMax; ++i)
    sessions_.add(shared, "user" + std::to_string(i));
  EXPECT_EQ(error_of([&] { sessions_.add(shared, "zoe"); }),
            "ResourceExhausted: Too many SQL sessions are open: 0 of yours, 1000 in all. Close "
            "one: DELETE /sql/sessions/{session}.");
}

TEST_F(SqlSessionsTest, UnusedOnesAreClosedByTheNext) {
  const std::string unused = sessions_.add(session(), "ann");
  const std::string used = sessions_.add(session(), "ann");
  auto running = session();
  const std::string busy = sessions_.add(running, "ann");
  now_ += SqlSessions::kIdle;
  sessions_.find(used, "ann");
  sessions_.add(session(), "ann");
  EXPECT_NO_THROW(sessions_.find(unused, "ann"));  // at the limit, and used by this look
  now_ += SqlSessions::kIdle + std::chrono::seconds(1);
  sessions_.find(used, "ann");
  sessions_.add(session(), "ann");
  EXPECT_NE(error_of([&] { sessions_.find(unused, "ann"); }), "");
  EXPECT_NO_THROW(sessions_.find(used, "ann"));
  EXPECT_NO_THROW(sessions_.find(busy, "ann"));  // a request still runs in it
}

TEST_F(SqlSessionsTest, OneRequestAtATime) {
  const auto shared = session();
  {
    const SharedSession::Use first(*shared, {});
    CancelSource source;
    source.cancel("the client hung up");
    std::string error;
    std::thread other([&] {
      error = error_of([&] { const SharedSession::Use second(*shared, source.token()); });
    });
    other.join();
    EXPECT_EQ(error.substr(0, 9), "Cancelled") << error;
    std::thread patient(
        [&] { error = error_of([&] { const SharedSession::Use second(*shared, {}); }); });
    patient.join();
    EXPECT_EQ(error,
              "Unavailable: The session runs another batch. Wait for its end, or open another "
              "session.");
  }
  EXPECT_EQ(error_of([&] { const SharedSession::Use next(*shared, {}); }), "");
}

}  // namespace
}  // namespace tarn::api
