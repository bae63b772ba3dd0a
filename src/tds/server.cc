#include "tds/server.h"

#include "detail/connection.h"
#include "net/socket_server.h"

namespace tarn::tds {
namespace {

// Beside one request of each connection, the ends of sessions wait in the queue.
constexpr std::size_t kQueuedPerConnection = 2;

net::ServerSettings socket_settings(const Settings& settings) {
  return {.name = "tds",
          .thread_name = "tds",
          .io_threads = settings.io_threads,
          .handler_threads = settings.handler_threads,
          .requests_queued_max = kQueuedPerConnection * settings.connections_max,
          .connections_max = settings.connections_max};
}

}  // namespace

struct Server::Impl {
  Impl(const Settings& settings, SignIn sign_in, const Identity& identity, router::Metrics* metrics)
      : core{.settings = settings,
             .sign_in = std::move(sign_in),
             .sockets = sockets,
             .tls_in_packets = {identity, detail::TlsContext::Mode::kInPackets},
             .tls_strict = {identity, detail::TlsContext::Mode::kStrict},
             .metrics = metrics},
        sockets(
            socket_settings(settings),
            [this](net::Socket socket) {
              return std::make_shared<detail::Connection>(std::move(socket), core);
            },
            metrics) {}

  detail::ServerCore core;
  net::SocketServer sockets;
};

Server::Server(Settings settings, SignIn sign_in, const Identity& identity,
               router::Metrics* metrics)
    : impl_(std::make_unique<Impl>(std::move(settings), std::move(sign_in), identity, metrics)) {}

Server::~Server() { stop(0); }

std::uint16_t Server::listen(const std::string& address, std::uint16_t port) {
  return impl_->sockets.listen_tcp(address, port);
}

void Server::start() { impl_->sockets.start(); }

bool Server::stop(double grace_s) { return impl_->sockets.stop(grace_s); }

std::size_t Server::connections() const { return impl_->sockets.connections(); }

}  // namespace tarn::tds
