#include "net/peer_facts.h"

#include <gmock/gmock.h>

#include "raw_socket.h"

namespace tarn::net {
namespace {

sockaddr_storage name_of(int socket, bool remote) {
  sockaddr_storage name{};
  socklen_t size = sizeof(name);
  (remote ? getpeername : getsockname)(socket, reinterpret_cast<sockaddr*>(&name), &size);
  return name;
}

TEST(Peer, SocketThatItsProcessHasClosedProvesNothing) {
  const FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  const sockaddr_storage bound = name_of(listener.get(), false);
  RawSocket client(ntohs(reinterpret_cast<const sockaddr_in&>(bound).sin_port));
  const FileDescriptor accepted(accept(listener.get(), nullptr, nullptr));
  const sockaddr_storage source = name_of(accepted.get(), true);
  const sockaddr_storage destination = name_of(accepted.get(), false);
  EXPECT_EQ(tcp_socket_owner(source, destination), getuid());
  EXPECT_EQ(tcp_socket_owner(destination, destination), std::nullopt);
  client.send("still in the receiver's queue");
  client.close();
  EXPECT_EQ(tcp_socket_owner(source, destination), std::nullopt);
  EXPECT_EQ(peer_of(accepted.get()).uid, std::nullopt);
}

TEST(Peer, SocketOfIpv6ThatSpeaksIpv4IsFound) {
  const FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  const sockaddr_storage bound = name_of(listener.get(), false);
  const FileDescriptor client(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (client.get() < 0) GTEST_SKIP() << "no IPv6 here";
  sockaddr_in6 mapped{};
  mapped.sin6_family = AF_INET6;
  mapped.sin6_port = reinterpret_cast<const sockaddr_in&>(bound).sin_port;
  inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr);
  ASSERT_EQ(connect(client.get(), reinterpret_cast<sockaddr*>(&mapped), sizeof(mapped)), 0);
  const FileDescriptor accepted(accept(listener.get(), nullptr, nullptr));
  EXPECT_EQ(peer_of(accepted.get()).uid, getuid());
}

TEST(Peer, ListenerOnTheSamePortIsNoAnswer) {
  const FileDescriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  sockaddr_storage elsewhere = name_of(listener.get(), false);
  reinterpret_cast<sockaddr_in&>(elsewhere).sin_port = htons(1);
  EXPECT_EQ(tcp_socket_owner(name_of(listener.get(), false), elsewhere), std::nullopt);
}

}  // namespace
}  // namespace tarn::net
