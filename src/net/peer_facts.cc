#include "peer_facts.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cstring>
#include <string>

#include "base/files.h"

namespace tarn::net {
namespace {

constexpr std::uint8_t kTcpEstablished = 1;  // TCP_ESTABLISHED of the kernel's tcp_states.h

struct Endpoint {
  std::uint8_t family = AF_UNSPEC;
  std::uint16_t port = 0;         // network byte order
  std::uint32_t address[4] = {};  // network byte order; IPv4 in the first
};

Endpoint endpoint_of(const sockaddr_storage& address) {
  Endpoint result;
  result.family = static_cast<std::uint8_t>(address.ss_family);
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    result.port = v4.sin_port;
    std::memcpy(result.address, &v4.sin_addr, sizeof(v4.sin_addr));
  } else if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    result.port = v6.sin6_port;
    std::memcpy(result.address, &v6.sin6_addr, sizeof(v6.sin6_addr));
  }
  return result;
}

bool is_loopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  }
  if (address.ss_family == AF_INET6) {
    return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
  }
  return false;
}

std::string text_of(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    return std::string(text) + ":" + std::to_string(ntohs(v4.sin_port));
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
  return "[" + std::string(text) + "]:" + std::to_string(ntohs(v6.sin6_port));
}

struct DiagRequest {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

DiagRequest diag_request(const Endpoint& source, const Endpoint& destination) {
  DiagRequest request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST;  // no dump: exactly this socket
  request.body.sdiag_family = source.family;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = ~0u;
  request.body.id.idiag_sport = source.port;
  request.body.id.idiag_dport = destination.port;
  std::memcpy(request.body.id.idiag_src, source.address, sizeof(source.address));
  std::memcpy(request.body.id.idiag_dst, destination.address, sizeof(destination.address));
  request.body.id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  request.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return request;
}

/// Whether the words of an answer are this address. A socket of IPv6 that speaks IPv4 (Java's do)
/// is told with its address mapped: ::ffff:127.0.0.1.
bool is_address(const __be32 (&words)[4], std::uint8_t told_family, const Endpoint& endpoint) {
  if (told_family == endpoint.family) {
    const std::size_t length = endpoint.family == AF_INET ? 4 : 16;
    return std::memcmp(words, endpoint.address, length) == 0;
  }
  return told_family == AF_INET6 && endpoint.family == AF_INET && words[0] == 0 && words[1] == 0 &&
         words[2] == htonl(0xFFFF) && words[3] == endpoint.address[0];
}

/// Whether the answer is about the very socket that was asked for, not a listener that would also
/// match.
bool is_same_socket(const inet_diag_msg& answer, const Endpoint& source,
                    const Endpoint& destination) {
  return answer.id.idiag_sport == source.port && answer.id.idiag_dport == destination.port &&
         is_address(answer.id.idiag_src, answer.idiag_family, source) &&
         is_address(answer.id.idiag_dst, answer.idiag_family, destination);
}

}  // namespace

std::optional<uid_t> tcp_socket_owner(const sockaddr_storage& source,
                                      const sockaddr_storage& destination) {
  const Endpoint from = endpoint_of(source);
  const Endpoint to = endpoint_of(destination);
  if (from.family == AF_UNSPEC || from.family != to.family) return std::nullopt;
  const FileDescriptor netlink(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!netlink) return std::nullopt;
  const DiagRequest request = diag_request(from, to);
  if (send(netlink.get(), &request, sizeof(request), 0) != static_cast<ssize_t>(sizeof(request))) {
    return std::nullopt;
  }
  // The kernel answers within send(): there is nothing to wait for.
  alignas(nlmsghdr) char buffer[4096];
  const ssize_t count = recv(netlink.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
  if (count < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(inet_diag_msg)))) return std::nullopt;
  nlmsghdr header;
  std::memcpy(&header, buffer, sizeof(header));
  if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY) return std::nullopt;
  inet_diag_msg answer;
  std::memcpy(&answer, buffer + NLMSG_HDRLEN, sizeof(answer));
  if (!is_same_socket(answer, from, to)) return std::nullopt;
  if (answer.idiag_state != kTcpEstablished || answer.idiag_inode == 0) return std::nullopt;
  return answer.idiag_uid;
}

router::Peer peer_of(int socket) {
  router::Peer peer;
  sockaddr_storage remote{};
  sockaddr_storage local{};
  socklen_t remote_size = sizeof(remote);
  socklen_t local_size = sizeof(local);
  const bool known = getpeername(socket, reinterpret_cast<sockaddr*>(&remote), &remote_size) == 0 &&
                     getsockname(socket, reinterpret_cast<sockaddr*>(&local), &local_size) == 0;
  if (known && local.ss_family == AF_UNIX) {
    peer.kind = router::Peer::Kind::kUnixSocket;
    peer.address = "unix";
    ucred credentials{};
    socklen_t size = sizeof(credentials);
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0)
      peer.uid = credentials.uid;
    return peer;
  }
  peer.kind = router::Peer::Kind::kTcp;
  if (!known) return peer;
  peer.address = text_of(remote);
  peer.local_port = ntohs(endpoint_of(local).port);
  peer.loopback = is_loopback(remote) && is_loopback(local);
  if (peer.loopback) peer.uid = tcp_socket_owner(remote, local);
  return peer;
}

}  // namespace tarn::net
