#include <gmock/gmock.h>
#include <sys/wait.h>

#include "http/client.h"
#include "http/server.h"
#include "test_server.h"

namespace tarn::http {
namespace {

constexpr uid_t kNobody = 65534;

router::Response tell_peer(router::Request& request) {
  const router::Peer& peer = request.peer;
  std::string text = peer.kind == router::Peer::Kind::kUnixSocket ? "unix" : "tcp";
  text += peer.loopback ? " loopback " : " ";
  text += peer.uid ? std::to_string(*peer.uid) : "unknown";
  text += " " + std::to_string(peer.local_port);
  return router::Response::text(text + "\n");
}

std::string ask(Client client) {
  const ClientResponse response =
      client.send({.method = "GET", .target = "/", .headers = {}, .body = nullptr});
  return router::read_all(*response.body, 1000);
}

/// Runs `body` in a child process of another user; its exit code.
template <typename Body>
int as_nobody(const Body& body) {
  const pid_t child = fork();
  if (child == 0) _exit(setuid(kNobody) == 0 ? body() : 99);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Peer, IsKnownOnBothKindsOfSocket) {
  TestServer server(tell_peer);
  const std::string uid = std::to_string(getuid());
  EXPECT_EQ(ask(Client::for_unix(server.socket_path())), "unix " + uid + " 0\n");
  EXPECT_EQ(ask(Client::for_url(server.url())),
            "tcp loopback " + uid + " " + std::to_string(server.port()) + "\n");
}

TEST(Peer, IsAnotherUserOverTcp) {
  if (geteuid() != 0) GTEST_SKIP() << "needs the right to become another user";
  TestServer server(tell_peer);
  const std::string expected = "tcp loopback 65534 " + std::to_string(server.port()) + "\n";
  EXPECT_EQ(as_nobody([&] {
              RawSocket client(server.port());
              client.send(get("/"));
              client.read_until("\r\n\r\n");
              return client.read_until("\n") == expected ? 0 : 1;
            }),
            0);
}

TEST(Peer, UnixSocketIsClosedToOthers) {
  if (geteuid() != 0) GTEST_SKIP() << "needs the right to become another user";
  TestServer server(tell_peer);
  std::filesystem::permissions(server.socket_path().parent_path(), std::filesystem::perms::all);
  EXPECT_EQ(as_nobody([&] { return answers(server.socket_path()) ? 1 : 0; }), 0);
}

}  // namespace
}  // namespace tarn::http
