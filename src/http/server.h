#pragma once
// The HTTP/1.1 server: sockets in, router::Request out, router::Response back.
//
// It owns listeners (TCP and Unix sockets), connections, limits, and two kinds of threads: few I/O
// threads, which never block, and a bounded pool on which handlers run and may block. Bodies stream
// both ways in constant memory. It never looks at paths, and decides nothing about who may do what:
// it only gathers the facts (router::Peer).

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "router/message.h"

namespace tarn::router {
class Metrics;
}

namespace tarn::http {

/// The limits of a server and their defaults.
struct Settings {
  std::size_t io_threads = 1;
  std::size_t handler_threads = 256;  // made as they are first needed
  std::size_t requests_queued_max =
      1024;                            // waiting for a handler thread; above: 503 with Retry-After
  std::size_t connections_max = 4096;  // above: 503 and closed
  std::size_t header_bytes_max = 64 << 10;   // of a request's head; above: 431
  std::size_t body_buffer_bytes = 64 << 10;  // between socket and handler, a direction and request
  std::uint64_t body_bytes_drained_max =
      256 << 10;                 // of an unread request body, to keep the connection
  double header_timeout_s = 10;  // for a whole head once its first byte came
  double idle_timeout_s = 75;    // between requests
  // What is expected of a client that sends or takes a body, while the server waits for nothing but
  // it: so many bytes a second, looked at once in a time limit. A body that comes slower is refused
  // with 408, a response that is taken slower is cancelled.
  double rate_bytes_min = 240;
  double body_timeout_s = 30;
  double write_timeout_s = 30;
};

using Handler = std::function<router::Response(router::Request&)>;

/// start() once, stop() once; listen before start. The handler runs on many threads at once. Not
/// movable.
class Server {
 public:
  /// `metrics` may be null, else it must outlive the server.
  Server(Settings settings, Handler handler, router::Metrics* metrics = nullptr);
  /// stop(0) where it was not stopped.
  ~Server();
  Server(const Server&) = delete;

  /// `address` is a literal IP address; port 0 takes a free one. Returns the port. Throws Error
  /// (kUnavailable when the port is taken).
  std::uint16_t listen_tcp(const std::string& address, std::uint16_t port);
  /// Makes the socket with mode 0600 in place of a stale one; its folder must exist. Throws
  /// Error(kUnavailable) when a living server answers there.
  void listen_unix(const std::filesystem::path& path);

  void start();

  /// Stops accepting, closes idle connections, lets running requests finish for up to `grace_s`
  /// seconds, then cancels them and closes. Returns when no handler runs any more, and whether all
  /// finished uncancelled. A handler that does not heed its cancel token delays the return.
  bool stop(double grace_s);

  std::size_t connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::http
