#include "http/server.h"

#include <sys/un.h>

#include "base/error.h"
#include "detail/connection.h"
#include "http/client.h"

namespace tarn::http {
namespace {

net::ServerSettings socket_settings(const Settings& settings) {
  return {.name = "http",
          .thread_name = "request",
          .io_threads = settings.io_threads,
          .handler_threads = settings.handler_threads,
          .requests_queued_max = settings.requests_queued_max,
          .connections_max = settings.connections_max};
}

}  // namespace

struct Server::Impl {
  Impl(Settings settings, Handler handler, router::Metrics* metrics)
      : core{.settings = settings, .handler = std::move(handler), .sockets = sockets},
        sockets(
            socket_settings(settings),
            [this](net::Socket socket) {
              return std::make_shared<detail::Connection>(std::move(socket), core);
            },
            metrics) {}

  detail::ServerCore core;
  net::SocketServer sockets;
};

Server::Server(Settings settings, Handler handler, router::Metrics* metrics)
    : impl_(std::make_unique<Impl>(settings, std::move(handler), metrics)) {}

Server::~Server() { stop(0); }

std::uint16_t Server::listen_tcp(const std::string& address, std::uint16_t port) {
  return impl_->sockets.listen_tcp(address, port);
}

void Server::listen_unix(const std::filesystem::path& path) {
  if (path.native().size() >= sizeof(sockaddr_un::sun_path)) {
    throw Error(Code::kInvalidArgument,
                "The path is too long for a Unix socket: '" + path.string() + "'.",
                "Choose a home with a shorter path.");
  }
  if (answers(path))
    throw Error(Code::kUnavailable, "Another server listens on '" + path.string() + "'.");
  impl_->sockets.listen_unix(path);
}

void Server::start() { impl_->sockets.start(); }

bool Server::stop(double grace_s) { return impl_->sockets.stop(grace_s); }

std::size_t Server::connections() const { return impl_->sockets.connections(); }

}  // namespace tarn::http
