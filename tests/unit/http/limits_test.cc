#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "http/server.h"
#include "router/metrics.h"
#include "test_server.h"

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
  EXPECT_EQ(status_in(answer), 408);
  EXPECT_THAT(answer, HasSubstr("did not come in time"));
}

TEST(Limits, BodyThatTricklesIsAnErrorAndASteadyOneIsNot) {
  Settings settings;
  settings.body_timeout_s = 0.4;
  settings.rate_bytes_min = 100;  // 40 in a window
  TestServer server(
      [](router::Request& request) {
        return router::Response::text("got " +
                                      std::to_string(router::read_all(*request.body, 500).size()));
      },
      settings);
  const auto send = [&](int pieces, std::size_t bytes) {
    RawSocket client(server.port());
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " +
                std::to_string(static_cast<std::size_t>(pieces) * bytes) + "\r\n\r\n");
    for (int i = 0; i < pieces; ++i) {
      client.send(std::string(bytes, 'x'));
      usleep(100'000);
    }
    return client.read_until("got 200");
  };
  EXPECT_EQ(status_in(send(10, 1)), 408);  // never silent for long
  EXPECT_EQ(status_in(send(10, 20)), 200);
}

TEST(Limits, ClientThatTakesLittleIsGivenUpAndOneThatTakesEnoughIsNot) {
  Settings settings;
  settings.write_timeout_s = 0.4;
  settings.rate_bytes_min = 1 << 20;
  constexpr std::size_t kBytes = 8 << 20;
  Signal cancelled;
  TestServer server(
      [&](router::Request& request) {
        router::Response response;
        response.stream = [&, slow = request.target == "/slow"](router::BodySink& sink) {
          try {
            for (std::size_t sent = 0; sent < kBytes; sent += 64 << 10)
              sink.write(std::string(64 << 10, 'x'));
          } catch (...) {
            if (slow) cancelled.set();
            throw;
          }
        };
        return response;
      },
      settings);
  const auto take = [](RawSocket& client, int bytes_each, int pause_us) {
    std::size_t taken = 0;
    std::string buffer(static_cast<std::size_t>(bytes_each), '\0');
    for (ssize_t count = 1; count > 0; usleep(static_cast<useconds_t>(pause_us))) {
      count = recv(client.get(), buffer.data(), buffer.size(), 0);
      taken += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
    return taken;
  };
  RawSocket steady(server.port());
  steady.send(get("/steady", "Connection: close\r\n"));
  EXPECT_GT(take(steady, 64 << 10, 10'000), kBytes);  // some 6 MB a second
  RawSocket slow(server.port());
  slow.send(get("/slow"));
  std::thread reader([&] { take(slow, 100, 20'000); });  // never silent for long
  EXPECT_TRUE(cancelled.wait());
  shutdown(slow.get(), SHUT_RDWR);
  reader.join();
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
