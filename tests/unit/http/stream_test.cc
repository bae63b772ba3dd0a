// Bodies that do not fit into memory, clients that go away, and streams that fail.

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "http/client.h"
#include "http/server.h"
#include "test_server.h"

namespace tarn::http {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t kLargeBytes = 200 << 20;

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

constexpr std::size_t kPieceBytes = 64 << 10;

/// Bytes i to i + kPieceBytes of the endless pattern 0, 1, …, 250, 0, 1, …
std::string_view pattern_from(std::uint64_t i) {
  static const std::string pattern = [] {
    std::string bytes;
    for (std::size_t k = 0; k < kPieceBytes + 251; ++k) bytes.push_back(static_cast<char>(k % 251));
    return bytes;
  }();
  return std::string_view(pattern).substr(i % 251, kPieceBytes);
}

/// The pattern's first `size` bytes, without memory.
class GeneratedBody : public router::BodyReader {
 public:
  GeneratedBody(std::uint64_t size, bool announced) : size_(size), announced_(announced) {}
  std::size_t read(std::span<char> buffer) override {
    const std::size_t count =
        std::min<std::uint64_t>({buffer.size(), kPieceBytes, size_ - position_});
    std::memcpy(buffer.data(), pattern_from(position_).data(), count);
    position_ += count;
    return count;
  }
  std::optional<std::uint64_t> size() const override {
    return announced_ ? std::optional(size_) : std::nullopt;
  }

 private:
  std::uint64_t position_ = 0;
  std::uint64_t size_;
  bool announced_;
};

/// The size of the body, or the place of the first wrong piece as a negative number.
std::int64_t verify(router::BodyReader& body) {
  std::vector<char> buffer(kPieceBytes);
  std::int64_t position = 0;
  while (const std::size_t count = body.read(buffer)) {
    const std::string_view expected =
        pattern_from(static_cast<std::uint64_t>(position)).substr(0, count);
    if (std::string_view(buffer.data(), count) != expected) return -position;
    position += static_cast<std::int64_t>(count);
  }
  return position;
}

/// Answers with the body that comes in, while it comes.
router::Response mirror(router::Request& request) {
  router::Response response;
  response.stream_size = request.body->size();
  response.stream = [&request](router::BodySink& sink) {
    std::vector<char> buffer(32 << 10);
    while (const std::size_t count = request.body->read(buffer)) sink.write({buffer.data(), count});
  };
  return response;
}

// The address sanitizer keeps freed blocks aside.
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kGrowthBytesMax = 64 << 20;
#else
constexpr std::size_t kGrowthBytesMax = 8 << 20;
#endif

TEST(Stream, LargeBodiesPassInConstantMemory) {
  TestServer server([](router::Request& request) {
    if (request.method == "PUT")
      return router::Response::text(std::to_string(verify(*request.body)));
    router::Response response;
    response.stream = [](router::BodySink& sink) {
      GeneratedBody body(kLargeBytes, false);
      std::vector<char> buffer(32 << 10);
      while (const std::size_t count = body.read(buffer)) sink.write({buffer.data(), count});
    };
    return response;
  });
  Client client = Client::for_unix(server.socket_path());
  client.send({.method = "GET", .target = "/", .headers = {}, .body = nullptr}).body->size();
  const std::size_t before = resident_bytes();
  for (const bool announced : {true, false}) {
    GeneratedBody body(kLargeBytes, announced);
    const ClientResponse put =
        client.send({.method = "PUT", .target = "/", .headers = {}, .body = &body});
    EXPECT_EQ(router::read_all(*put.body, 100), std::to_string(kLargeBytes));
  }
  const ClientResponse got =
      client.send({.method = "GET", .target = "/", .headers = {}, .body = nullptr});
  EXPECT_EQ(verify(*got.body), static_cast<std::int64_t>(kLargeBytes));
  const std::size_t after = resident_bytes();
  EXPECT_LT(after, before + kGrowthBytesMax);
}

TEST(Stream, BothDirectionsAtOnce) {
  TestServer server(mirror);
  RawSocket client(server.port());
  constexpr std::size_t kBytes = 5'000'000;
  std::thread sender([&client] {
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(kBytes) +
                "\r\n\r\n");
    const std::string piece(kBytes / 10, 'm');
    for (int i = 0; i < 10; ++i) client.send(piece);
  });
  const std::string all = client.read_all();
  sender.join();
  EXPECT_THAT(all.substr(0, 500), HasSubstr("Content-Length: 5000000"));
  EXPECT_EQ(all.size() - all.find("\r\n\r\n") - 4, kBytes);
}

TEST(Stream, ChunksAreFramedAndEnded) {
  Signal first_came;
  TestServer server([&](router::Request&) {
    router::Response response;
    response.stream = [&](router::BodySink& sink) {
      sink.write("one");
      sink.flush();
      first_came.wait();
      sink.write("");
      sink.write(std::string(20'000, 'x'));
    };
    return response;
  });
  RawSocket client(server.port());
  client.send(get("/") + get("/", "Connection: close\r\n"));
  const std::string begin = client.read_until("one\r\n");
  EXPECT_THAT(begin, HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_THAT(begin, HasSubstr("\r\n\r\n3\r\none\r\n"));
  first_came.set();
  const std::string rest = client.read_all();
  EXPECT_TRUE(rest.starts_with("4e20\r\nxxx")) << rest.substr(0, 100);
  EXPECT_THAT(rest.substr(20'000), HasSubstr("\r\n0\r\n\r\nHTTP/1.1 200"));
  EXPECT_TRUE(rest.ends_with("\r\n0\r\n\r\n"));
}

TEST(Stream, ShortStreamsGetALength) {
  TestServer server([](router::Request&) {
    router::Response response;
    response.stream = [](router::BodySink& sink) { sink.write("short"); };
    return response;
  });
  RawSocket client(server.port());
  client.send(get("/"));
  EXPECT_THAT(client.read_until("short"), HasSubstr("Content-Length: 5"));
  RawSocket old(server.port());
  old.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(old.read_all().ends_with("\r\n\r\nshort"));
}

TEST(Stream, FlushedBytesArriveWhileTheStreamGoesOn) {
  Signal go;
  TestServer server([&](router::Request&) {
    router::Response response;
    response.stream = [&](router::BodySink& sink) {
      sink.write("event 1\n");
      sink.flush();
      go.wait();
      sink.write("event 2\n");
    };
    return response;
  });
  RawSocket client(server.port());
  client.send(get("/"));
  EXPECT_THAT(client.read_until("event 1\n"), HasSubstr("event 1\n"));
  go.set();
  EXPECT_THAT(client.read_until("event 2\n"), HasSubstr("event 2\n"));
}

TEST(Stream, FailureBeforeTheFirstByteIsAProblemAndLaterACut) {
  TestServer server([](router::Request& request) {
    router::Response response;
    const bool late = request.target == "/late";
    response.stream = [late](router::BodySink& sink) {
      sink.write("begun");
      if (late) sink.flush();
      throw Error(Code::kUnavailable, "the store went away");
    };
    return response;
  });
  RawSocket client(server.port());
  client.send(get("/early"));
  EXPECT_THAT(
      client.read_until("}"),
      AllOf(HasSubstr("HTTP/1.1 503"), HasSubstr("the store went away"), Not(HasSubstr("begun"))));
  client.send(get("/late"));
  const std::string cut = client.read_all();
  EXPECT_THAT(cut, AllOf(HasSubstr("begun"), Not(HasSubstr("0\r\n\r\n"))));

  Client decent = Client::for_url(server.url());
  const ClientResponse response =
      decent.send({.method = "GET", .target = "/late", .headers = {}, .body = nullptr});
  EXPECT_THROW(router::read_all(*response.body, 1000), Error)
      << "a cut body must not look complete";
}

TEST(Stream, BytesBeyondTheToldLengthAreNeverSent) {
  TestServer server([](router::Request& request) {
    router::Response response;
    response.stream_size = 4;
    const std::string body = request.target == "/long" ? "12345678" : "12";
    response.stream = [body](router::BodySink& sink) { sink.write(body); };
    return response;
  });
  for (const char* target : {"/long", "/brief"}) {
    Client client = Client::for_url(server.url());
    try {
      const ClientResponse response =
          client.send({.method = "GET", .target = target, .headers = {}, .body = nullptr});
      router::read_all(*response.body, 100);
      ADD_FAILURE() << target << " passed";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kUnavailable);
    }
  }
}

TEST(Stream, SlowReaderHoldsTheWriterBack) {
  std::atomic<std::uint64_t> written = 0;
  TestServer server([&](router::Request&) {
    router::Response response;
    response.stream = [&](router::BodySink& sink) {
      const std::string piece(10'000, 'w');
      for (int i = 0; i < 5000; ++i) {
        sink.write(piece);
        written += piece.size();
      }
    };
    return response;
  });
  RawSocket client(server.port());
  client.send(get("/", "Connection: close\r\n"));
  client.read_until("\r\n\r\n");
  std::uint64_t before = 1;
  while (written != before) {  // until nothing moves any more
    before = written;
    usleep(200'000);
  }
  EXPECT_LT(written, 20'000'000u) << "50 MB were taken off a stalled client's hands";
  EXPECT_TRUE(client.read_all().ends_with("\r\n0\r\n\r\n"));
  EXPECT_EQ(written, 50'000'000u);
}

TEST(HangUp, CancelsARunningRequest) {
  for (const bool half : {false, true}) {
    Signal started;
    Signal cancelled;
    TestServer server([&](router::Request& request) {
      const auto registration = request.cancel.on_cancel([&] { cancelled.set(); });
      started.set();
      EXPECT_TRUE(cancelled.wait());
      request.cancel.check();
      return router::Response::text("too late");
    });
    RawSocket client(server.port());
    client.send(get("/"));
    ASSERT_TRUE(started.wait());
    if (half) {
      client.finish_sending();  // counts as gone, but can still be told
      EXPECT_EQ(status_in(client.read_all()), 499);
    } else {
      client.close();
    }
    EXPECT_TRUE(cancelled.wait());
  }
}

TEST(HangUp, EndsAStreamAndAStalledUpload) {
  Signal streaming;
  Signal stream_ended;
  Signal upload_ended;
  TestServer server([&](router::Request& request) -> router::Response {
    if (request.method == "POST") {
      try {
        router::read_all(*request.body, 1 << 20);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::kCancelled) << error.what();
        upload_ended.set();
        throw;
      }
      return router::Response::text("whole");
    }
    router::Response response;
    response.stream = [&](router::BodySink& sink) {
      try {
        while (true) {
          sink.write("tick\n");
          sink.flush();
          streaming.set();
          usleep(1000);
        }
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::kCancelled);
        stream_ended.set();
        throw;
      }
    };
    return response;
  });
  RawSocket follower(server.port());
  follower.send(get("/"));
  ASSERT_TRUE(streaming.wait());
  follower.close();
  EXPECT_TRUE(stream_ended.wait());

  RawSocket uploader(server.port());
  uploader.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\npart");
  uploader.close();
  EXPECT_TRUE(upload_ended.wait());
}

TEST(HangUp, IsSeenWhileTheBodyIsNotRead) {
  Signal cancelled;
  Settings settings;
  settings.body_buffer_bytes = 4096;
  TestServer server(
      [&](router::Request& request) {
        const auto registration = request.cancel.on_cancel([&] { cancelled.set(); });
        EXPECT_TRUE(cancelled.wait());  // without reading the body, which fills our buffers
        return router::Response::text("too late");
      },
      settings);
  RawSocket client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n" +
              std::string(60'000, 'u'));
  client.close();
  EXPECT_TRUE(cancelled.wait());
}

}  // namespace
}  // namespace tarn::http
