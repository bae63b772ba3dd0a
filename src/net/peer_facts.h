#pragma once
// Who is at the other end of an accepted socket, as the kernel knows it.

#include <sys/socket.h>
#include <sys/types.h>

#include <optional>

#include "router/message.h"

namespace tarn::net {

/// The facts about the peer of a connected socket. Never throws: what cannot be found out stays
/// unknown.
router::Peer peer_of(int socket);

/// The owner of the TCP socket whose own address is `source` and whose peer is `destination`, both
/// on this machine (sock_diag(7)). Empty unless exactly that socket is ESTABLISHED and still open
/// in a process (its inode is not 0): the uid of a socket that its process has closed proves
/// nothing about who speaks.
std::optional<uid_t> tcp_socket_owner(const sockaddr_storage& source,
                                      const sockaddr_storage& destination);

}  // namespace tarn::net
