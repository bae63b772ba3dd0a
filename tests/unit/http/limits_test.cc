#include <gmock/gmock.h>

#include "http/server.h"
#include "raw_socket.h"
#include "router/metrics.h"

namespace tarn::http {
namespace {

using testing::HasSubstr;

router::Response hello(router::Request&) { return router::Response::text("hello"); }

TEST(Limits, HeadAtTheLimitPassesAndOneOverIsRefused) {
  Settings settings;
  settings.header_bytes_max = 2000;
  TestServer server(hello, settings);
  // The limit is on the header fields with their closing empty line: "Host: x\r\n", "A: ...\r\n",
  // "\r\n".
  const std::size_t fixed = std::string("Host: x\r\nA: \r\n\r\n").size();
  RawSocket fits(server.port());
  fits.send(get("/", "A: " + std::string(2000 - fixed, 'a') + "\r\n"));
  EXPECT_EQ(status_in(fits.read_until("hello")), 200);
  RawSocket over(server.port());
  over.send(get("/", "A: " + std::string(2001 - fixed, 'a') + "\r\n"));
  EXPECT_EQ(status_in(over.read_all()), 431);
  RawSocket endless(server.port());
  endless.send("GET /" + std::string(100'000, 'x'));
  EXPECT_EQ(status_in(endless.read_all()), 431);
}

TEST(Limits, ConnectionsOverTheLimitAreTold) {
  Settings settings;
  settings.connections_max = 2;
  router::Metrics metrics;
  TestServer server(hello, settings, &metrics);
  RawSocket first(server.port());
  RawSocket second(server.port());
  for (RawSocket* client : {&first, &second}) {
    client->send(get("/"));
    EXPECT_EQ(status_in(client->read_until("hello")), 200);
  }
  RawSocket third(server.port());
  const std::string answer = third.read_all();
  EXPECT_EQ(status_in(answer), 503);
  EXPECT_THAT(answer, HasSubstr("Retry-After"));
  EXPECT_THAT(metrics.text(), HasSubstr("tarn_http_refused_total 1"));
  third.close();
  first.close();
  // The place that the first one left is free once the server has seen its end.
  for (int attempt = 0; attempt < 500; ++attempt) {
    RawSocket next(server.port());
    next.send(get("/"));
    if (status_in(next.read_until("\r\n\r\n")) == 200) return;
    usleep(10'000);
  }
  FAIL() << "no connection was admitted again";
}

TEST(Limits, RequestsOverTheQueueAreTold) {
  Settings settings;
  settings.handler_threads = 1;
  settings.requests_queued_max = 1;
  Signal started;
  Signal go;
  TestServer server(
      [&](router::Request& request) {
        if (request.target == "/slow") {
          started.set();
          go.wait();
        }
        return router::Response::text("done");
      },
      settings);
  RawSocket running(server.port());
  running.send(get("/slow"));
  ASSERT_TRUE(started.wait());
  RawSocket queued(server.port());
  RawSocket refused(server.port());
  queued.send(get("/queued"));
  // Whichever of the two comes second finds the queue full.
  refused.send(get("/refused"));
  pollfd either[2] = {{queued.get(), POLLIN, 0}, {refused.get(), POLLIN, 0}};
  ASSERT_GT(poll(either, 2, 10'000), 0);
  RawSocket& told = either[0].revents ? queued : refused;
  const std::string answer = told.read_all();
  EXPECT_EQ(status_in(answer), 503);
  EXPECT_THAT(answer, HasSubstr("Retry-After"));
  go.set();
  RawSocket& other = either[0].revents ? refused : queued;
  EXPECT_EQ(status_in(other.read_until("done")), 200);
  EXPECT_EQ(status_in(running.read_until("done")), 200);
}

TEST(Limits, SlowHeadsAndIdleConnectionsEnd) {
  Settings settings;
  settings.header_timeout_s = 0.2;
  settings.idle_timeout_s = 0.2;
  TestServer server(hello, settings);
  RawSocket slow(server.port());
  slow.send("GET / HTTP/1.1\r\nHo");
  EXPECT_EQ(status_in(slow.read_all()), 408);
  RawSocket idle(server.port());
  EXPECT_TRUE(idle.ends_within(10));
  RawSocket kept(server.port());
  kept.send(get("/"));
  EXPECT_EQ(status_in(kept.read_until("hello")), 200);
  EXPECT_TRUE(kept.ends_within(10));
}

TEST(Limits, BodyThatStopsComingIsAnError) {
  Settings settings;
  settings.body_timeout_s = 0.2;
  TestServer server(
      [](router::Request& request) {
        return router::Response::text(router::read_all(*request.body, 100));
      },
      settings);
  RawSocket client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
  const std::string answer = client.read_all();
  EXPECT_EQ(status_in(answer), 504);
  EXPECT_THAT(answer, HasSubstr("did not come in time"));
}

TEST(Limits, ClientThatTakesNothingIsGivenUp) {
  Settings settings;
  settings.write_timeout_s = 0.2;
  Signal cancelled;
  TestServer server(
      [&](router::Request&) {
        router::Response response;
        response.stream = [&](router::BodySink& sink) {
          try {
            while (true) sink.write(std::string(100'000, 'x'));
          } catch (...) {
            cancelled.set();
            throw;
          }
        };
        return response;
      },
      settings);
  RawSocket client(server.port());
  client.send(get("/"));
  EXPECT_TRUE(cancelled.wait());
}

}  // namespace
}  // namespace tarn::http
