#include "router/loopback_trust.h"

#include <gmock/gmock.h>

namespace tarn::router {
namespace {

constexpr uid_t kOwn = 1000;

Peer local_peer() {
  Peer peer;
  peer.kind = Peer::Kind::kTcp;
  peer.uid = kOwn;
  peer.loopback = true;
  peer.local_port = 7420;
  return peer;
}

/// The request's headers, beside a good Host.
bool trusted(Headers headers, const Peer& peer = local_peer()) {
  if (!headers.contains("Host")) headers.add("Host", "localhost:7420");
  return trusted_loopback(peer, headers, kOwn);
}

TEST(LoopbackTrust, TrustsTheOwnUserOnThisMachine) {
  EXPECT_TRUE(trusted({}));
  EXPECT_TRUE(trusted({{"Host", "127.0.0.1:7420"}}));
  EXPECT_TRUE(trusted({{"Host", "[::1]:7420"}}));
  EXPECT_TRUE(trusted({{"Host", "LocalHost:7420"}}));
  EXPECT_TRUE(trusted({{"Origin", "http://localhost:7420"}, {"Sec-Fetch-Site", "same-origin"}}));
  EXPECT_TRUE(trusted({{"Sec-Fetch-Site", "none"}}));
  Peer at_80 = local_peer();
  at_80.local_port = 80;
  EXPECT_TRUE(trusted({{"Host", "localhost"}}, at_80));
}

TEST(LoopbackTrust, NeedsThePeerToBeThisUser) {
  Peer other = local_peer();
  other.uid = 0;
  EXPECT_FALSE(trusted({}, other));
  Peer unknown = local_peer();
  unknown.uid.reset();
  EXPECT_FALSE(trusted({}, unknown));
  Peer remote = local_peer();
  remote.loopback = false;
  EXPECT_FALSE(trusted({}, remote));
  Peer unix_socket = local_peer();
  unix_socket.kind = Peer::Kind::kUnixSocket;
  EXPECT_FALSE(trusted({}, unix_socket));
}

TEST(LoopbackTrust, RefusesForeignNames) {
  for (const char* host :
       {"evil.example:7420", "localhost", "localhost:7421", "localhost:07420", "localhost:7420 ",
        "localhost.evil.example:7420", "127.0.0.1.nip.io:7420", "127.0.0.2:7420", "[::1]7420",
        "localhost:74200", "user@localhost:7420", ""}) {
    EXPECT_FALSE(trusted({{"Host", host}})) << host;
  }
  EXPECT_FALSE(trusted_loopback(local_peer(), {}, kOwn));
  EXPECT_FALSE(trusted({{"Host", "localhost:7420"}, {"Host", "evil.example"}}));
}

TEST(LoopbackTrust, RefusesOtherPagesAndProxies) {
  for (const char* origin :
       {"http://evil.example", "null", "https://localhost:7420", "http://127.0.0.1:7420",
        "http://localhost", "http://localhost:7420.evil.example", ""}) {
    EXPECT_FALSE(trusted({{"Origin", origin}})) << origin;
  }
  for (const char* site : {"cross-site", "same-site", "Same-Origin", ""}) {
    EXPECT_FALSE(trusted({{"Sec-Fetch-Site", site}})) << site;
  }
  EXPECT_FALSE(trusted({{"Sec-Fetch-Site", "none"}, {"Sec-Fetch-Site", "cross-site"}}));
  for (const char* header : {"Forwarded", "X-Forwarded-For", "x-forwarded-host",
                             "X-Forwarded-Proto", "X-Real-IP", "Via"}) {
    EXPECT_FALSE(trusted({{header, "x"}})) << header;
  }
}

TEST(LoopbackTrust, TellsWhy) {
  std::string reason = "old";
  EXPECT_TRUE(trusted_loopback(local_peer(), {{"Host", "localhost:7420"}}, kOwn, &reason));
  EXPECT_EQ(reason, "");
  EXPECT_FALSE(trusted_loopback(local_peer(), {{"Host", "x"}}, kOwn, &reason));
  EXPECT_EQ(reason, "the Host header does not name this server");
}

}  // namespace
}  // namespace tarn::router
