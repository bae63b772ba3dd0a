#include <gmock/gmock.h>

#include <thread>

#include "base/error.h"
#include "http/client.h"
#include "http/server.h"
#include "test_server.h"

namespace tarn::http {
namespace {

using testing::HasSubstr;

TEST(Stop, LetsRunningRequestsFinish) {
  Signal started;
  Signal go;
  TestServer server([&](router::Request&) {
    started.set();
    go.wait();
    return router::Response::text("finished");
  });
  RawSocket idle(server.port());
  RawSocket busy(server.port());
  busy.send(get("/"));
  ASSERT_TRUE(started.wait());
  std::thread stopper([&] { EXPECT_TRUE(server->stop(10)); });
  EXPECT_TRUE(idle.ends_within(10));  // closed before the running request has finished
  go.set();
  const std::string answer = busy.read_all();
  stopper.join();
  EXPECT_THAT(answer, HasSubstr("finished"));
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  EXPECT_FALSE(RawSocket(server.port()).connected());
  EXPECT_FALSE(std::filesystem::exists(server.socket_path()));
}

TEST(Stop, CancelsWhatTakesLonger) {
  Signal started;
  TestServer server([&](router::Request& request) -> router::Response {
    started.set();
    Signal cancelled;
    const auto registration = request.cancel.on_cancel([&] { cancelled.set(); });
    EXPECT_TRUE(cancelled.wait());
    request.cancel.check();
    return {};
  });
  RawSocket client(server.port());
  client.send(get("/"));
  ASSERT_TRUE(started.wait());
  EXPECT_FALSE(server->stop(0.05));
  EXPECT_THAT(client.read_all(), HasSubstr("the server is stopping"));
}

TEST(Stop, EndsStreamsAndStalledClients) {
  TestServer server([](router::Request&) {
    router::Response response;
    response.stream = [](router::BodySink& sink) {
      while (true) sink.write(std::string(100'000, 'x'));
    };
    return response;
  });
  RawSocket stalled(server.port());  // never reads
  stalled.send(get("/"));
  RawSocket half(server.port());
  half.send("GET / HT");
  half.send("TP/1.1\r\n");
  stalled.read_until("\r\n\r\n");
  EXPECT_FALSE(server->stop(0.05));
  EXPECT_EQ(server->connections(), 0u);
}

TEST(Stop, IsSafeTwiceAndWithoutStart) {
  TestServer server([](router::Request&) { return router::Response::text("x"); });
  EXPECT_TRUE(server->stop(1));
  EXPECT_TRUE(server->stop(1));
  Server never({}, [](router::Request&) { return router::Response::text("x"); });
  never.listen_tcp("127.0.0.1", 0);
}

TEST(Listen, TellsWhatIsTaken) {
  TestServer server([](router::Request&) { return router::Response::text("x"); });
  Server other({}, [](router::Request&) { return router::Response::text("y"); });
  EXPECT_THROW(other.listen_tcp("127.0.0.1", server.port()), Error);
  EXPECT_THROW(other.listen_tcp("no address", 0), Error);
  EXPECT_THROW(other.listen_unix(server.socket_path()), Error);
  EXPECT_THROW(other.listen_unix("/" + std::string(200, 'x')), Error);
}

TEST(Listen, ReplacesAStaleSocketAndKeepsItPrivate) {
  TemporaryFolder folder;
  const auto path = folder.path() / "stale";
  {
    const FileDescriptor dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strcpy(name.sun_path, path.c_str());
    ASSERT_EQ(bind(dead.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name)), 0);
  }
  EXPECT_FALSE(answers(path));
  Server server({}, [](router::Request&) { return router::Response::text("x"); });
  server.listen_unix(path);
  server.start();
  EXPECT_TRUE(answers(path));
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace
}  // namespace tarn::http
