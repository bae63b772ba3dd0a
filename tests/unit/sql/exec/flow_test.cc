// What sqllogictest files cannot say: cancelling, and what a sink sees of errors.

#include <chrono>
#include <thread>

#include "base/cancel.h"
#include "session_fixture.h"

namespace tarn::sql {
namespace {

using Flow = SessionTest;

TEST_F(Flow, CancellingEndsAWait) {
  CancelSource source;
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    source.cancel("enough");
  });
  TextSink sink;
  try {
    session_->execute("WAITFOR DELAY '23:59:59'; PRINT 'never'", sink, source.token());
    ADD_FAILURE() << "it waited to the end";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kCancelled);
  }
  canceller.join();
  EXPECT_TRUE(sink.lines.empty());
}

TEST_F(Flow, CancellingEndsALoopOfErrors) {
  CancelSource source;
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    source.cancel("enough");
  });
  TextSink sink;
  EXPECT_THROW(session_->execute("WHILE 1 = 1 RAISERROR('again', 16, 1)", sink, source.token()),
               Error);
  canceller.join();
}

/// Keeps the numbers of messages and of errors that it is handed.
class ErrorSink : public TextSink {
 public:
  explicit ErrorSink(bool takes) : takes_(takes) {}
  void on_message(const Message& message) override { messages.push_back(message.number); }
  bool on_error(const Error& error) override {
    errors.push_back(error.sql()->number);
    return takes_;
  }

  std::vector<int> messages;
  std::vector<int> errors;

 private:
  bool takes_;
};

constexpr std::string_view kThreeErrors =
    "RAISERROR('a', 16, 1); EXEC no_such_procedure; SELECT 1 / 0; PRINT 'end'";

TEST_F(Flow, ASinkThatTakesErrorsGetsEachOnce) {
  ErrorSink sink(true);
  session_->execute(kThreeErrors, sink);
  EXPECT_EQ(sink.errors, (std::vector<int>{50000, 2812, 8134}));
  EXPECT_EQ(sink.messages, std::vector<int>{0});
}

TEST_F(Flow, ElseTheLastErrorIsThrownAndTheOthersAreMessages) {
  ErrorSink sink(false);
  try {
    session_->execute(kThreeErrors, sink);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.sql()->number, 8134);
  }
  EXPECT_EQ(sink.messages, (std::vector<int>{50000, 2812, 0}));
}

TEST_F(Flow, AnErrorThatEndsTheBatchComesAfterThoseBefore) {
  ErrorSink sink(false);
  try {
    session_->execute("SELECT 1 / 0; SELECT CAST('x' AS int)", sink);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.sql()->number, 245);
  }
  EXPECT_EQ(sink.messages, std::vector<int>{8134});
}

}  // namespace
}  // namespace tarn::sql
