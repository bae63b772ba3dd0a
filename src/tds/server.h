#pragma once
// The TDS server: SQL Server's wire protocol ([MS-TDS] 7.1 to 7.4, and 8.0 strict). Sockets in,
// calls of a Session, tokens back.
//
// It owns listeners, connections, TLS, packets, limits, and two kinds of threads as tarn::http has
// them: few I/O threads, which never block, and a bounded pool on which sessions run and may block.
// It knows no SQL and decides nothing about who may do what: it gathers the facts (Login).

#include <cstdint>
#include <memory>
#include <string>

#include "tds/session.h"

namespace tarn::router {
class Metrics;
}

namespace tarn::tds {

/// The limits of a server and their defaults.
struct Settings {
  std::size_t io_threads = 1;
  std::size_t handler_threads = 256;           // made as they are first needed
  std::size_t connections_max = 1024;          // above: refused with error 10928 and closed
  std::size_t message_bytes_max = 256 << 20;   // of a batch or call; a bulk load has no limit
  std::size_t output_buffer_bytes = 64 << 10;  // between session and socket, a connection
  std::size_t input_buffer_bytes = 64 << 10;   // between socket and a bulk load, a connection
  double login_timeout_s = 15;                 // from the first byte to LOGIN7's end
  double write_timeout_s = 300;  // a client that takes nothing for so long is given up
  std::string server_name;       // in messages and LOGINACK
};

/// PEM texts.
struct Identity {
  std::string certificate;
  std::string private_key;
};

/// start() once, stop() once; listen before start. Not movable.
class Server {
 public:
  /// `metrics` may be null, else it must outlive the server.
  Server(Settings settings, SignIn sign_in, const Identity& identity,
         router::Metrics* metrics = nullptr);
  /// stop(0) where it was not stopped.
  ~Server();
  Server(const Server&) = delete;

  /// `address` is a literal IP address; port 0 takes a free one. Returns the port. Throws Error
  /// (kUnavailable when the port is taken).
  std::uint16_t listen(const std::string& address, std::uint16_t port);

  void start();

  /// Stops accepting, closes idle connections, lets running requests finish for up to `grace_s`
  /// seconds, then cancels them and closes. Returns whether all finished uncancelled.
  bool stop(double grace_s);

  std::size_t connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::tds
