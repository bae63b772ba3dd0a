#include "http/server.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "base/error.h"
#include "test_server.h"

namespace tarn::http {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Answers the target, or echoes the body.
router::Response echo(router::Request& request) {
  if (request.target == "/throw") throw std::runtime_error("secret detail");
  if (request.target == "/error") throw Error(Code::kNotFound, "no such thing", "Look elsewhere.");
  if (request.target == "/empty") return router::Response::no_content();
  if (request.target == "/inject") {
    router::Response response = router::Response::text("x");
    response.headers.add("X-Value", "a\r\nX-Evil: yes");
    return response;
  }
  if (request.target == "/ignore") return router::Response::text("not read");
  if (request.method == "POST") return router::Response::text(read_all(*request.body, 1 << 20));
  return router::Response::text(request.method + " " + request.target);
}

TEST(Server, AnswersAndKeepsTheConnection) {
  TestServer server(echo);
  RawSocket client(server.port());
  for (const char* path : {"/a", "/b?c=d"}) {
    ASSERT_TRUE(client.send(get(path)));
    const std::string head = client.read_until("\r\n\r\n");
    EXPECT_EQ(status_in(head), 200) << head;
    EXPECT_THAT(head, AllOf(HasSubstr("Connection: keep-alive\r\n"), HasSubstr("\r\nDate: ")));
    EXPECT_EQ(client.read_until(path), "GET " + std::string(path));
  }
  EXPECT_EQ(server->connections(), 1u);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  TestServer server(echo);
  RawSocket client(server.port());
  client.send(get("/1") + "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\ntwo" + get("/3") +
              get("/4", "Connection: close\r\n"));
  const std::string all = client.read_all();
  const std::size_t one = all.find("GET /1");
  const std::size_t two = all.find("two");
  const std::size_t three = all.find("GET /3");
  const std::size_t four = all.find("GET /4");
  ASSERT_NE(four, std::string::npos) << all;
  EXPECT_LT(one, two);
  EXPECT_LT(two, three);
  EXPECT_LT(three, four);
}

TEST(Server, TakesRequestsByteByByte) {
  TestServer server(echo);
  RawSocket client(server.port());
  for (const char c : std::string("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "5;ext=1\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: t\r\n\r\n")) {
    ASSERT_TRUE(client.send({&c, 1}));
  }
  EXPECT_THAT(client.read_until("hello!"), HasSubstr("Content-Length: 6"));
  client.send(get("/next"));
  EXPECT_THAT(client.read_until("/next"), HasSubstr("GET /next"));
}

TEST(Server, ClosesWhenAskedAndForHttp10) {
  TestServer server(echo);
  RawSocket asked(server.port());
  asked.send(get("/", "Connection: close\r\n"));
  EXPECT_THAT(asked.read_all(), HasSubstr("Connection: close"));
  RawSocket old(server.port());
  old.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_THAT(old.read_all(), AllOf(HasSubstr("Connection: close"), HasSubstr("GET /")));
}

TEST(Server, SendsNoBodyForHeadAnd204) {
  TestServer server(echo);
  RawSocket client(server.port());
  client.send("HEAD /abc HTTP/1.1\r\nHost: x\r\n\r\n" + get("/empty") +
              get("/", "Connection: close\r\n"));
  const std::string head = client.read_until("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Length: 9"));
  const std::string empty = client.read_until("\r\n\r\n");
  EXPECT_EQ(status_in(empty), 204);
  EXPECT_THAT(empty, Not(HasSubstr("Content-Length")));
  EXPECT_EQ(status_in(client.read_all()), 200);
}

TEST(Server, TellsErrorsAsProblems) {
  TestServer server(echo);
  RawSocket client(server.port());
  client.send(get("/error") + get("/throw", "Connection: close\r\n"));
  const std::string all = client.read_all();
  EXPECT_THAT(all, AllOf(HasSubstr("HTTP/1.1 404 Not Found"), HasSubstr("application/problem+json"),
                         HasSubstr("Look elsewhere."), HasSubstr("HTTP/1.1 500"),
                         Not(HasSubstr("secret detail"))));
}

TEST(Server, KeepsHeadersApart) {
  TestServer server(echo);
  RawSocket client(server.port());
  client.send(get("/inject", "Connection: close\r\n"));
  EXPECT_THAT(client.read_all(), Not(HasSubstr("\r\nX-Evil")));
}

TEST(Server, SaysContinueOnlyWhenTheBodyIsWanted) {
  TestServer server(echo);
  RawSocket client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("body");
  EXPECT_THAT(client.read_until("body"), HasSubstr("200 OK"));

  RawSocket refused(server.port());
  refused.send(
      "POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  const std::string answer = refused.read_all();
  EXPECT_EQ(status_in(answer), 200);
  EXPECT_THAT(answer, AllOf(Not(HasSubstr("100 Continue")), HasSubstr("Connection: close")));
}

TEST(Server, KeepsTheConnectionAfterASmallUnreadBodyAndClosesAfterALargeOne) {
  TestServer server(echo);
  RawSocket client(server.port());
  client.send("POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" +
              std::string(200000, 'b') + get("/after"));
  EXPECT_THAT(client.read_until("GET /after"), HasSubstr("GET /after"));

  RawSocket large(server.port());
  large.send("POST /ignore HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n" +
             std::string(2000000, 'b'));
  const std::string answer = large.read_all();
  EXPECT_EQ(status_in(answer), 200) << "the answer was lost to a reset";
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
}

TEST(Server, RefusesWhatIsMalformed) {
  TestServer server(echo);
  const std::pair<std::string, int> cases[] = {
      {"nonsense\r\n\r\n", 400},
      {"GET /\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
      {"GET / HTTP/1.1\r\n\r\n", 400},                            // no Host
      {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},      // two of them
      {"GET / HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n", 400},  // a blank in a name
      {"GET / HTTP/1.1\r\nHost: x\r\nA: \x01\r\n\r\n", 400},      // a control character
      {"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 505},              // a blank in the target
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n",
       400},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: "
       "5\r\n\r\n0\r\n\r\n",
       400},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nxx", 501},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nExpect: 200-maybe\r\n\r\n", 417},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX\r\n", 400},
  };
  for (const auto& [request, status] : cases) {
    RawSocket client(server.port());
    client.send(request);
    EXPECT_EQ(status_in(client.read_until("\r\n\r\n")), status) << request;
    EXPECT_TRUE(client.ends_within(10)) << request;
  }
  RawSocket good(server.port());
  good.send("\r\n" + get("/still-alive"));
  EXPECT_THAT(good.read_until("/still-alive"), HasSubstr("200 OK"));
}

TEST(Server, SurvivesBinaryNoise) {
  TestServer server(echo);
  unsigned state = 1;
  for (int round = 0; round < 50; ++round) {
    std::string noise;
    for (int i = 0; i < 400; ++i)
      noise.push_back(static_cast<char>((state = state * 1103515245 + 12345) >> 16));
    RawSocket client(server.port());
    client.send(
        (round % 2 ? "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" : "") +
        noise);
    client.close();
  }
  RawSocket good(server.port());
  good.send(get("/alive"));
  EXPECT_THAT(good.read_until("/alive"), HasSubstr("200 OK"));
}

}  // namespace
}  // namespace tarn::http
