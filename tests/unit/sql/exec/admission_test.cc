#include "sql/admission.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/error.h"

namespace tarn::sql {
namespace {

using testing::HasSubstr;

int error_number(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.sql() ? error.sql()->number : -1;
  }
  return 0;
}

void await(const std::function<bool()>& condition) {
  for (int i = 0; i < 2000 && !condition(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  ASSERT_TRUE(condition());
}

TEST(Admission, ABatchWhoseClientIsSlowLendsItsPlace) {
  Admission admission({.running_max = 1});
  const auto slow = admission.begin({.session_id = 51}, {});
  slow->step_aside();  // it has none yet
  slow->step_back();
  slow->use_engine();
  slow->step_aside();
  const auto all = admission.requests();
  EXPECT_TRUE(all[0].waiting);
  EXPECT_EQ(all[0].reason, "waits for its client to take rows");
  auto other = admission.begin({.session_id = 52}, {});
  other->use_engine();
  std::atomic<bool> back = false;
  std::thread client([&] {
    slow->step_back();
    back = true;
  });
  await([&] { return admission.requests()[0].reason.starts_with("waits for one of 1 places"); });
  EXPECT_FALSE(back);
  other.reset();
  client.join();
  EXPECT_TRUE(back);
  EXPECT_FALSE(admission.requests()[0].waiting);
}

TEST(Admission, KeepsTheLastRequestsWithTheirLabels) {
  Admission admission({.running_max = 1});
  {
    const auto labelled = admission.begin({.session_id = 51, .text = "SELECT 1"}, {});
    labelled->set_label(std::string(Admission::kLabelBytesMax + 1, 'x'));
    EXPECT_EQ(admission.requests().at(0).label.size(), Admission::kLabelBytesMax);
  }
  ASSERT_EQ(admission.finished().size(), 1u);
  EXPECT_EQ(admission.finished()[0].status, "Completed");
  EXPECT_EQ(admission.finished()[0].number, 1);
  EXPECT_GT(admission.finished()[0].finished, 0);
  try {
    const auto failing = admission.begin({.session_id = 52}, {});
    throw Error(Code::kInvalidArgument, "no");
  } catch (const Error&) {
    EXPECT_EQ(admission.finished().back().status, "Failed");
  }
  {
    const auto ended = admission.begin({.session_id = 53}, {});
    EXPECT_TRUE(admission.cancel(53));
  }
  EXPECT_EQ(admission.finished().back().status, "Cancelled");
  for (std::size_t i = 0; i < Admission::kFinishedMax; ++i) admission.begin({}, {});
  EXPECT_EQ(admission.finished().size(), Admission::kFinishedMax);
  EXPECT_EQ(admission.finished().front().number, 4);
}

TEST(Admission, ListsTheSessionsThatAreThere) {
  Admission admission;
  const auto first = admission.enter({.id = 51, .login = "ann"});
  {
    const auto second = admission.enter({.id = 52});
    EXPECT_EQ(admission.sessions().size(), 2u);
  }
  ASSERT_EQ(admission.sessions().size(), 1u);
  EXPECT_EQ(admission.sessions()[0].login, "ann");
  EXPECT_GT(admission.sessions()[0].started, 0);
}

TEST(Admission, BatchesWithoutTheEngineNeverWait) {
  Admission admission({.running_max = 1});
  const auto first = admission.begin({.session_id = 51}, {});
  first->use_engine();
  first->use_engine();  // it has its place
  const auto second = admission.begin({.session_id = 52, .text = "PRINT 1"}, {});
  const auto all = admission.requests();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_FALSE(all[1].waiting);
  EXPECT_EQ(all[1].text, "PRINT 1");
}

TEST(Admission, WaitsInLineAndSaysForWhat) {
  Admission admission({.running_max = 1});
  auto first = admission.begin({.session_id = 51}, {});
  first->use_engine();
  std::vector<int> order;
  std::vector<std::thread> others;
  for (const int id : {52, 53, 54}) {
    others.emplace_back([&admission, &order, id] {
      const auto ticket = admission.begin({.session_id = id}, {});
      ticket->use_engine();
      order.push_back(id);  // one at a time has the place
    });
    await([&] {
      const auto all = admission.requests();
      return all.back().session_id == id && all.back().waiting;
    });
  }
  EXPECT_EQ(admission.requests()[3].reason, "waits for one of 1 places; 2 before it");
  first.reset();
  for (auto& other : others) other.join();
  EXPECT_EQ(order, (std::vector<int>{52, 53, 54}));
  EXPECT_TRUE(admission.requests().empty());
}

TEST(Admission, TheImportantGoFirst) {
  Admission admission({.running_max = 1});
  auto running = admission.begin({.session_id = 51}, {});
  running->use_engine();
  std::vector<std::unique_ptr<Admission::Ticket>> tickets;
  std::vector<std::thread> threads;
  std::vector<int> order;  // changed by who has the only place
  const auto queue = [&](int session, Importance importance) {
    tickets.push_back(admission.begin({.session_id = session}, {}));
    Admission::Ticket* ticket = tickets.back().get();
    ticket->classify({.pool = "p", .group = "g", .importance = importance});
    threads.emplace_back([&order, ticket, session] {
      ticket->use_engine();
      order.push_back(session);
      ticket->step_aside();
    });
    const std::size_t there = threads.size();
    await([&] {
      return static_cast<std::size_t>(std::ranges::count_if(
                 admission.requests(), [](const RequestInfo& one) { return one.waiting; })) ==
             there;
    });
  };
  queue(52, Importance::kLow);
  queue(53, Importance::kNormal);
  queue(54, Importance::kHigh);
  queue(55, Importance::kNormal);
  running.reset();
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(order, testing::ElementsAre(54, 53, 55, 52));
  tickets[0]->time_out();
  EXPECT_TRUE(tickets[0]->token().cancelled());
  tickets.clear();
  const GroupCounts counts = admission.counts("p", "g");
  EXPECT_EQ(counts.completed, 4);
  EXPECT_EQ(counts.queued, 4);
  EXPECT_EQ(counts.timed_out, 1);
  EXPECT_EQ(admission.counts("p", "other").completed, 0);
}

TEST(Admission, FullLineAndLongWaitAreErrors) {
  Admission admission({.running_max = 1, .waiting_max = 1, .wait_s = 0.2});
  const auto first = admission.begin({.session_id = 51}, {});
  first->use_engine();
  std::thread waiting([&] {
    const auto second = admission.begin({.session_id = 52}, {});
    EXPECT_EQ(error_number([&] { second->use_engine(); }), 8645);
  });
  await([&] { return admission.requests().size() == 2 && admission.requests()[1].waiting; });
  const auto third = admission.begin({.session_id = 53}, {});
  EXPECT_EQ(error_number([&] { third->use_engine(); }), 10928);
  waiting.join();
}

TEST(Admission, CancelReachesTheWaitingAndTheRunning) {
  Admission admission({.running_max = 1});
  CancelSource client;
  const auto first = admission.begin({.session_id = 51}, client.token());
  first->use_engine();
  std::thread waiting([&] {
    const auto second = admission.begin({.session_id = 52}, {});
    try {
      second->use_engine();
      ADD_FAILURE() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kCancelled);
      EXPECT_THAT(error.message(), HasSubstr("ended by another session"));
    }
  });
  await([&] { return admission.requests().size() == 2 && admission.requests()[1].waiting; });
  EXPECT_TRUE(admission.cancel(52));
  waiting.join();
  EXPECT_FALSE(admission.cancel(52));
  EXPECT_FALSE(first->token().cancelled());
  client.cancel();
  EXPECT_TRUE(first->token().cancelled());
}

}  // namespace
}  // namespace tarn::sql
