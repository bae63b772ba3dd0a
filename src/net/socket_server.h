#pragma once
// What every server of sockets has: listeners, a bounded number of connections, few I/O threads,
// which never block, and a bounded pool of threads on which requests are handled and may block.
//
// A protocol brings its Connection: a coroutine that reads requests and writes answers. Nothing
// here looks at bytes.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "net/timed_socket.h"

namespace tarn::router {
class Metrics;
}

namespace tarn::net {

struct ServerSettings {
  std::string name;         // "http": its metrics are tarn_http_…
  std::string thread_name;  // of the pool's; at most 12 characters
  std::size_t io_threads = 1;
  std::size_t handler_threads = 256;  // made as they are first needed
  std::size_t requests_queued_max = 1024;
  std::size_t connections_max = 4096;  // above: refused
};

/// One accepted connection. Everything is called from its executor.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual asio::any_io_executor executor() = 0;
  /// Serves requests until the connection ends.
  virtual asio::awaitable<void> run() = 0;
  /// Tells the client that there are too many connections, and ends.
  virtual asio::awaitable<void> refuse() = 0;
  /// Ends the connection if it waits for a request: the server takes none any more.
  virtual void end_if_idle() = 0;
  /// Cancels the running request.
  virtual void cancel(const std::string& reason) = 0;
  /// Ends the connection, whatever is in flight.
  virtual void close() = 0;
};

/// start() once, stop() once; listen before start. Not movable.
class SocketServer {
 public:
  using MakeConnection = std::function<std::shared_ptr<Connection>(Socket socket)>;

  /// `metrics` may be null, else it must outlive the server.
  SocketServer(ServerSettings settings, MakeConnection make_connection, router::Metrics* metrics);
  /// stop(0) where it was not stopped.
  ~SocketServer();
  SocketServer(const SocketServer&) = delete;

  /// `address` is a literal IP address; port 0 takes a free one. Returns the port. Throws Error
  /// (kUnavailable when the port is taken).
  std::uint16_t listen_tcp(const std::string& address, std::uint16_t port);
  /// Makes the socket with mode 0600 in place of the one that is there; its folder must exist.
  void listen_unix(const std::filesystem::path& path);

  void start();

  /// Stops accepting, closes idle connections, lets running requests finish for up to `grace_s`
  /// seconds, then cancels them and closes. Returns when no handler runs any more, and whether all
  /// finished uncancelled. A handler that does not heed its cancel token delays the return.
  bool stop(double grace_s);

  std::size_t connections() const;

  // For the connections:
  /// Runs a task, which must not throw, on the pool; false when its queue is full.
  bool submit(std::function<void()> task);
  void count_bytes(std::uint64_t received, std::uint64_t sent);
  /// The server is stopping: no connection takes a further request.
  bool draining() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::net
