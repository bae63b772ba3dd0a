#include "http/client.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "test_server.h"

namespace tarn::http {
namespace {

ClientRequest request_of(std::string method, std::string target,
                         router::BodyReader* body = nullptr) {
  ClientRequest request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.body = body;
  return request;
}

Code code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return Code::kInternal;
}

TEST(Client, KeepsItsConnection) {
  TestServer server([](router::Request& request) {
    return router::Response::text(request.method + router::read_all(*request.body, 100) +
                                  std::string(request.headers.get("Authorization")));
  });
  ClientSettings settings;
  settings.bearer_token = "secret";
  Client client = Client::for_url(server.url() + "/", settings);
  router::StringBody body("body");
  EXPECT_EQ(router::read_all(*client.send(request_of("POST", "/", &body)).body, 100),
            "POSTbodyBearer secret");
  EXPECT_EQ(router::read_all(*client.send(request_of("DELETE", "/")).body, 100),
            "DELETEBearer secret");
  const ClientResponse head = client.send(request_of("HEAD", "/"));
  EXPECT_EQ(head.headers.get("content-length"), "17");
  EXPECT_EQ(router::read_all(*head.body, 100), "");
  EXPECT_EQ(client.send(request_of("PUT", "/")).status, 200);
  EXPECT_EQ(server->connections(), 1u);
}

TEST(Client, LeavesAnUnreadBodyAndGoesOn) {
  TestServer server([](router::Request&) {
    router::Response response;
    response.stream = [](router::BodySink& sink) {
      for (int i = 0; i < 1000; ++i) sink.write(std::string(1000, 'x'));
    };
    return response;
  });
  Client client = Client::for_unix(server.socket_path());
  EXPECT_EQ(client.send(request_of("GET", "/")).status, 200);
  EXPECT_EQ(router::read_all(*client.send(request_of("GET", "/")).body, 1 << 20).size(),
            1'000'000u);
}

TEST(Client, ReplacesAConnectionThatTheServerClosed) {
  Settings settings;
  settings.idle_timeout_s = 0.05;
  TestServer server([](router::Request&) { return router::Response::text("x"); }, settings);
  Client client = Client::for_url(server.url());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(router::read_all(*client.send(request_of("POST", "/")).body, 10), "x");
    while (server->connections() > 0) usleep(1000);
  }
}

/// A body without end that counts what was taken of it.
class EndlessBody : public router::BodyReader {
 public:
  std::size_t read(std::span<char> buffer) override {
    taken += buffer.size();
    return buffer.size();
  }
  std::uint64_t taken = 0;
};

TEST(Client, StopsSendingWhenRefused) {
  TestServer server([](router::Request&) -> router::Response {
    throw Error(Code::kPermissionDenied, "not you");
  });
  Client client = Client::for_url(server.url());
  EndlessBody body;
  EXPECT_EQ(client.send(request_of("PUT", "/", &body)).status, 403);
  EXPECT_LT(body.taken, 1u << 30);
  EXPECT_EQ(client.send(request_of("GET", "/")).status, 403);
}

TEST(Client, TellsWhenNobodyAnswers) {
  TemporaryFolder folder;
  EXPECT_EQ(code_of([&] { Client::for_unix(folder.path() / "none").send({}); }),
            Code::kUnavailable);
  EXPECT_EQ(code_of([&] { Client::for_url("http://127.0.0.1:1").send({}); }), Code::kUnavailable);
}

TEST(Client, RefusesWrongUrls) {
  for (const char* url :
       {"https://x", "x", "http://", "http://:80", "http://h:0", "http://h:70000", "http://h:x",
        "http://h/path", "http://u@h", "http://[::1", "http://h?q"}) {
    EXPECT_EQ(code_of([url] { Client::for_url(url); }), Code::kInvalidArgument) << url;
  }
  EXPECT_NO_THROW(Client::for_url("http://[::1]:7420"));
  ClientRequest injected;
  injected.headers.add("X", "a\r\nY: b");
  TestServer server([](router::Request&) { return router::Response::text("x"); });
  EXPECT_EQ(code_of([&] { Client::for_url(server.url()).send(injected); }), Code::kInvalidArgument);
}

/// A server that says what a test wants, whatever it is asked.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::string answer)
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address));
    listen(listener_.get(), 4);
    socklen_t size = sizeof(address);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this, text = std::move(answer)] {
      while (true) {
        const FileDescriptor client(accept(listener_.get(), nullptr, nullptr));
        if (!client) return;
        ++accepted_;
        char buffer[4096];
        if (recv(client.get(), buffer, sizeof(buffer), 0) < 0) return;
        if (send(client.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0) return;
      }
    });
  }
  ~ScriptedServer() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  const std::string& url() const { return url_; }
  int accepted() const { return accepted_; }

 private:
  FileDescriptor listener_;
  std::string url_;
  std::thread thread_;
  std::atomic<int> accepted_ = 0;
};

TEST(Client, RefusesBrokenAnswers) {
  for (const char* answer : {"", "garbage\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
                             "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxx\r\n"}) {
    ScriptedServer server(answer);
    EXPECT_EQ(code_of([&] {
                Client client = Client::for_url(server.url());
                router::read_all(*client.send({}).body, 100);
              }),
              Code::kUnavailable)
        << answer;
  }
}

TEST(Client, SkipsInterimAnswersAndReadsToTheEnd) {
  ScriptedServer server(
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\nuntil the end");
  Client client = Client::for_url(server.url());
  EXPECT_EQ(router::read_all(*client.send({}).body, 100), "until the end");
}

TEST(Client, NeverSendsAPostTwice) {
  ScriptedServer server("");
  Client client = Client::for_url(server.url());
  EXPECT_EQ(code_of([&] { client.send(request_of("POST", "/")); }), Code::kUnavailable);
  EXPECT_EQ(server.accepted(), 1);
}

TEST(Client, IsCancelledWhileItWaits) {
  Signal started;
  Signal cancelled;
  TestServer server([&](router::Request& request) {
    const auto registration = request.cancel.on_cancel([&] { cancelled.set(); });
    started.set();
    cancelled.wait();
    return router::Response::text("late");
  });
  Client client = Client::for_url(server.url());
  CancelSource source;
  std::thread canceller([&] {
    started.wait();
    source.cancel("Ctrl-C");
  });
  EXPECT_EQ(code_of([&] { client.send({}, source.token()); }), Code::kCancelled);
  canceller.join();
  EXPECT_TRUE(cancelled.wait()) << "the server must see that the client has gone";
  EXPECT_EQ(code_of([&] { client.send({}, source.token()); }), Code::kCancelled);
}

TEST(Client, GivesUpAfterItsTimeLimit) {
  Signal go;
  TestServer server([&](router::Request&) {
    go.wait();
    return router::Response::text("late");
  });
  ClientSettings settings;
  settings.read_timeout_s = 0.05;
  Client client = Client::for_url(server.url(), settings);
  EXPECT_EQ(code_of([&] { client.send({}); }), Code::kDeadlineExceeded);
  go.set();
}

}  // namespace
}  // namespace tarn::http
