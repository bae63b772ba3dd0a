#include <gmock/gmock.h>

#include <cstdlib>

#include "router/metrics.h"
#include "server_fixture.h"

namespace tarn::tds {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kAttentionDone = 0x20;

/// A signed-in client.
std::unique_ptr<Wire> enter(TestServer& server, int encryption = 2, std::uint32_t bytes = 4096) {
  auto wire = std::make_unique<Wire>(server.port());
  EXPECT_TRUE(wire->sign_in(encryption, {.packet_bytes = bytes}));
  return wire;
}

TEST(Requests, LongOnesComeInSeveralPackets) {
  TestServer server;
  const auto wire = enter(server);
  const std::string text(10'000, 'q');
  const std::string body = all_headers(0) + utf16(text);
  for (std::size_t at = 0; at < body.size(); at += 4000) {
    const bool last = at + 4000 >= body.size();
    wire->send(packet(0x01, body.substr(at, 4000), last ? 1 : 0));
  }
  const auto answer = wire->read();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(ends_with_done(*answer, 0));
  EXPECT_EQ(server.seen().noted().back(), "batch " + text);
}

TEST(Requests, ResetComesBeforeTheRequest) {
  TestServer server;
  const auto wire = enter(server);
  wire->batch("one", 1 | 0x08);
  ASSERT_TRUE(wire->read());
  wire->batch("two", 1 | 0x10);
  ASSERT_TRUE(wire->read());
  EXPECT_THAT(server.seen().noted(),
              ElementsAre("reset", "batch one", "reset but the transaction", "batch two"));
}

TEST(Requests, OfTransactions) {
  TestServer server;
  const auto wire = enter(server);
  const auto ask = [&](std::uint64_t transaction, const std::string& request) {
    wire->send(packet(0x0E, all_headers(transaction) + request));
    return wire->read();
  };
  using namespace std::string_literals;
  const auto begun = ask(0, "\x05\0\x02\x04"s + utf16("t1"));
  ASSERT_TRUE(begun);
  EXPECT_TRUE(ends_with_done(*begun, 0));
  ASSERT_TRUE(ask(7, "\x09\0\x04"s + utf16("s1")));
  ASSERT_TRUE(ask(0, "\x07\0\0\x01\x02\0"s));
  EXPECT_THAT(server.seen().noted(),
              ElementsAre("transaction 0 t1", "transaction 3 s1", "transaction 1  and another"));
  for (const char kind : {'\0', '\1', '\6'}) {
    const auto refused = ask(0, std::string(1, kind) + '\0');
    ASSERT_TRUE(refused);
    EXPECT_EQ(error_number(*refused), 8501);
  }
  const auto unknown = ask(0, "\x55\0"s);
  ASSERT_TRUE(unknown);
  EXPECT_EQ(error_number(*unknown), 4002);
}

TEST(Requests, OfAnotherTransactionAreRefused) {
  TestServer server;
  const auto wire = enter(server);
  using namespace std::string_literals;
  wire->batch("x", 1, 99);
  auto refused = wire->read();
  ASSERT_TRUE(refused);
  EXPECT_EQ(error_number(*refused), 3971);
  EXPECT_TRUE(says(*refused, "Desc:63."));
  wire->send(packet(0x0E, all_headers(0) + "\x05\0\x00\x00"s));
  ASSERT_TRUE(wire->read());
  wire->batch("x", 1, 0);
  refused = wire->read();
  ASSERT_TRUE(refused);
  EXPECT_EQ(error_number(*refused), 3989);
  wire->batch("inside", 1, 7);
  EXPECT_TRUE(says(*wire->read(), "inside"));
}

TEST(Requests, BrokenOnesAreToldAndTheConnectionGoesOn) {
  TestServer server;
  const auto wire = enter(server);
  for (const std::string& body :
       {std::string(), std::string("\xFF\xFF\xFF\xFF"), all_headers(0) + "x"}) {
    wire->send(packet(0x01, body));
    const auto answer = wire->read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(error_number(*answer), 4002);
  }
  wire->batch("still here");
  EXPECT_TRUE(says(*wire->read(), "still here"));
}

TEST(Requests, PacketsOutOfPlaceEndTheConnection) {
  TestServer server;
  for (const std::string& bytes :
       {packet(0x10, login7({})), packet(0x12, prelogin(2)), packet(0x04, "x"), packet(0x77, "x"),
        packet(0x01, all_headers(0), 0) + packet(0x03, "x"), packet(0x01, std::string(5000, 'x')),
        std::string("\x01\x01\x00\x03\x00\x00\x01\x00", 8)}) {
    const auto wire = enter(server);
    wire->send(bytes);
    const auto answer = wire->read();
    ASSERT_TRUE(answer) << testing::PrintToString(bytes.substr(0, 8));
    EXPECT_EQ(error_number(*answer), 4002);
    EXPECT_TRUE(wire->socket().ends_within(10));
  }
}

TEST(Requests, TooLargeOnesAreTold) {
  TestServer server({.message_bytes_max = 6000});
  const auto at_limit = enter(server);
  const std::string body = all_headers(0) + std::string(6000 - 22, 'x');
  at_limit->send(packet(0x01, body.substr(0, 4000), 0) + packet(0x01, body.substr(4000)));
  EXPECT_TRUE(ends_with_done(*at_limit->read(), 0));
  const auto over = enter(server);
  over->send(packet(0x01, body.substr(0, 4000), 0) + packet(0x01, body.substr(4000) + "xx"));
  EXPECT_TRUE(says(*over->read(), "The request is too large: more than 6000 bytes."));
  EXPECT_TRUE(over->socket().ends_within(10));
}

TEST(Requests, WhatTheClientTakesBackIsNotRun) {
  TestServer server;
  const auto wire = enter(server);
  wire->batch("never", 1 | 0x02);
  const auto answer = wire->read();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(ends_with_done(*answer, 0x02));
  EXPECT_TRUE(server.seen().noted().empty());
}

TEST(Requests, SessionsThatThrowEndTheConnection) {
  TestServer server;
  const auto wire = enter(server);
  wire->batch("throw");
  const auto answer = wire->read();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(says(*answer, "It broke."));
  EXPECT_TRUE(ends_with_done(*answer, 0x02));
  EXPECT_TRUE(wire->socket().ends_within(10));
}

TEST(Attention, CancelsWhatRunsAndIsAcknowledgedInAMessageOfItsOwn) {
  TestServer server;
  for (const int encryption : {2, 1}) {
    const auto wire = enter(server, encryption);
    wire->batch("wait");
    ASSERT_TRUE(server.seen().running.wait());
    wire->attention();
    const auto cut = wire->read();
    ASSERT_TRUE(cut);
    EXPECT_TRUE(ends_with_done(*cut, 0));
    const auto acknowledged = wire->read();
    ASSERT_TRUE(acknowledged);
    EXPECT_EQ(acknowledged->body.size(), 13U);
    EXPECT_TRUE(ends_with_done(*acknowledged, kAttentionDone));
    wire->batch("next");
    EXPECT_TRUE(says(*wire->read(), "next"));
  }
}

TEST(Attention, IsAcknowledgedWhereNothingRuns) {
  TestServer server;
  const auto wire = enter(server);
  wire->attention();
  EXPECT_TRUE(ends_with_done(*wire->read(), kAttentionDone));
  // Right behind a request: it may have finished, or not; one acknowledgement comes at the end.
  for (int i = 0; i < 200; ++i) {
    wire->batch("short");
    wire->attention();
    const auto answer = wire->read();
    ASSERT_TRUE(answer);
    ASSERT_FALSE(ends_with_done(*answer, kAttentionDone));
    ASSERT_TRUE(ends_with_done(*wire->read(), kAttentionDone));
  }
  wire->batch("next");
  EXPECT_TRUE(says(*wire->read(), "next"));
}

TEST(Attention, StopsAnAnswerThatNobodyReads) {
  TestServer server({.output_buffer_bytes = 4096});
  const auto wire = enter(server);
  wire->batch("many 100000");  // 200 MB
  ASSERT_TRUE(server.seen().waits.wait());
  wire->attention();
  const auto cut = wire->read();
  ASSERT_TRUE(cut);
  EXPECT_LT(cut->body.size(), 50U << 20);
  EXPECT_TRUE(ends_with_done(*cut, 0));  // whole tokens up to it
  EXPECT_TRUE(ends_with_done(*wire->read(), kAttentionDone));
  EXPECT_TRUE(server.seen().goes_on.wait());
}

TEST(Answers, FillWholePacketsAndEndWithTheLast) {
  TestServer server;
  for (const int encryption : {2, 1}) {
    const auto wire = enter(server, encryption, 512);
    wire->batch("many 50");
    const auto answer = wire->read();
    ASSERT_TRUE(answer);
    EXPECT_TRUE(ends_with_done(*answer, 0));
    EXPECT_GT(answer->packets.size(), 100U);
    for (const std::size_t bytes : answer->packets) {
      EXPECT_LE(bytes, 512U);
      EXPECT_GT(bytes, 8U);
    }
  }
}

TEST(Answers, AreGivenUpWhereTheClientTakesNothing) {
  TestServer server({.output_buffer_bytes = 4096, .write_timeout_s = 0.5});
  const auto wire = enter(server);
  wire->batch("many 100000");
  for (int i = 0; i < 1000 && server->connections() > 0; ++i) usleep(10'000);
  EXPECT_EQ(server->connections(), 0U);
}

TEST(Clients, ThatGoAwayCancelTheirRequest) {
  TestServer server;
  auto wire = enter(server);
  wire->batch("wait");
  ASSERT_TRUE(server.seen().running.wait());
  wire.reset();
  EXPECT_TRUE(server.seen().cancelled.wait());
  for (int i = 0; i < 1000 && server.seen().sessions > 0; ++i) usleep(10'000);
  EXPECT_EQ(server.seen().sessions, 0);
}

/// COLMETADATA of one int column that cannot be NULL.
std::string int_column() {
  using namespace std::string_literals;
  return "\x81\x01\0\0\0\0\0\0\0\x38\x01"s + utf16("a");
}
std::string int_row(std::uint32_t value) {
  std::string out = "\xD1";
  detail::put(out, value);
  return out;
}
const std::string kBulkDone = std::string("\xFD\0\0\0\0\0\0\0\0\0\0\0\0", 13);

TEST(BulkLoad, StreamsThroughASmallRing) {
  TestServer server({.input_buffer_bytes = 1024});
  const auto wire = enter(server);
  std::string body = int_column();
  for (std::uint32_t i = 0; i < 20'000; ++i) body += int_row(i);
  body += kBulkDone;
  for (std::size_t at = 0; at < body.size(); at += 4000)
    wire->send(packet(0x07, body.substr(at, 4000), at + 4000 >= body.size() ? 1 : 0));
  const auto answer = wire->read();
  ASSERT_TRUE(answer);
  EXPECT_THAT(server.seen().noted(), Contains("rows 20000"));
  wire->batch("next");
  EXPECT_TRUE(says(*wire->read(), "next"));
}

TEST(BulkLoad, OfAClientThatDiesIsCancelled) {
  TestServer server;
  auto wire = enter(server);
  wire->send(packet(0x07, int_column() + int_row(1), 0));
  ASSERT_TRUE(server.seen().running.wait());
  wire.reset();
  ASSERT_TRUE(server.seen().cancelled.wait());
  EXPECT_THAT(server.seen().bulk_failure, HasSubstr("Cancelled: the client went away"));
}

TEST(BulkLoad, ThatIsTakenBackLoadsNothing) {
  TestServer server;
  const auto wire = enter(server);
  wire->send(packet(0x07, int_column() + int_row(1), 0));
  ASSERT_TRUE(server.seen().running.wait());
  wire->send(packet(0x07, int_row(2), 1 | 0x02));
  const auto answer = wire->read();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(ends_with_done(*answer, 0x02));
  EXPECT_TRUE(server.seen().noted().empty());
  wire->batch("next");
  EXPECT_TRUE(says(*wire->read(), "next"));
}

TEST(BulkLoad, EndsWithAnAttention) {
  TestServer server;
  const auto wire = enter(server);
  wire->send(packet(0x07, int_column() + int_row(1), 0));
  ASSERT_TRUE(server.seen().running.wait());
  wire->attention();
  ASSERT_TRUE(wire->read());
  EXPECT_TRUE(ends_with_done(*wire->read(), kAttentionDone));
  wire->batch("next");
  EXPECT_TRUE(says(*wire->read(), "next"));
}

TEST(BulkLoad, OfBytesThatAreNoRowsIsReadToItsEnd) {
  TestServer server;
  const auto wire = enter(server);
  wire->send(packet(0x07, std::string(3000, 'x'), 0));
  wire->send(packet(0x07, std::string(3000, 'x'), 0) + packet(0x07, "x", 1));
  const auto answer = wire->read();
  ASSERT_TRUE(answer);
  EXPECT_NE(error_number(*answer), 0);
  wire->batch("next");
  EXPECT_TRUE(says(*wire->read(), "next"));
}

TEST(Stop, TellsWhatRunsAndClosesWhatIdles) {
  TestServer server;
  const auto idle = enter(server);
  const auto busy = enter(server);
  busy->batch("wait");
  ASSERT_TRUE(server.seen().running.wait());
  EXPECT_FALSE(server->stop(0.05));
  const auto answer = busy->read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(error_number(*answer), 6005);
  EXPECT_TRUE(idle->socket().ends_within(10));
  EXPECT_EQ(server.seen().sessions, 0);
}

std::size_t resident_bytes() {
  std::size_t pages = 0;
  std::size_t resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (std::fscanf(file, "%zu %zu", &pages, &resident) != 2) resident = 0;
  std::fclose(file);
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

TEST(Connections, CostLittleWhileIdle) {
  constexpr std::size_t kConnections = 300;
  constexpr std::size_t kBytesMax = 100 << 10;
  router::Metrics metrics;
  TestServer server({}, &metrics);
  std::vector<std::unique_ptr<Wire>> wires;
  wires.push_back(enter(server, 1));
  const std::size_t before = resident_bytes();
  for (std::size_t i = 0; i < kConnections; ++i) {
    wires.push_back(enter(server, 1));
    wires.back()->batch("many 30");
    ASSERT_TRUE(wires.back()->read());
  }
  EXPECT_EQ(server->connections(), kConnections + 1);
  // The clients' own ends are in this process, too. A sanitizer's bookkeeping would count.
  if (!std::getenv("TARN_SANITIZER")) {
    EXPECT_LT(resident_bytes() - before, 2 * kConnections * kBytesMax);
  }
  EXPECT_THAT(metrics.text(), HasSubstr("tarn_tds_connections 301"));
  EXPECT_THAT(metrics.text(), HasSubstr("tarn_tds_requests_total{kind=\"batch\"} 300"));
}

}  // namespace
}  // namespace tarn::tds
