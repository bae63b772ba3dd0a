#pragma once
// A connection's bytes: a socket with buffers, and TLS over it where it is agreed.

#include <boost/beast/core/flat_buffer.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detail/tls.h"
#include "net/socket_server.h"
#include "net/timed_socket.h"

namespace tarn::tds::detail {

namespace asio = boost::asio;
using net::ErrorCode;

/// One coroutine may read and another write at the same time, both on the socket's executor.
class Channel {
 public:
  Channel(net::Socket socket, net::SocketServer& server);

  net::Socket& socket() { return socket_; }

  /// What has come, decrypted; valid until the next call.
  std::string_view input() const;
  void consume(std::size_t count) { input_.consume(count); }
  /// Waits for more input. Ends with asio::error::timed_out after `seconds`, eof when the client
  /// has gone, invalid_argument when its TLS is broken.
  asio::awaitable<void> fill(double seconds, ErrorCode& error);
  asio::awaitable<void> fill(ErrorCode& error);
  /// As fill(), but holds no buffers meanwhile.
  asio::awaitable<void> fill_idle(ErrorCode& error);

  /// Encrypts and sends. Ends with timed_out when in `seconds` the client took nothing.
  asio::awaitable<void> write(std::span<const std::string_view> pieces, double seconds,
                              ErrorCode& error);
  asio::awaitable<void> write_raw(std::string_view bytes, double seconds, ErrorCode& error);

  /// From now on there is an engine, which the caller takes through its handshake.
  TlsEngine& begin_tls(const TlsContext& context);
  /// All input is fed to it, for a handshake that is not in packets.
  void feed_tls();
  /// The handshake is done: everything goes through it.
  void use_tls();
  /// Back to plain bytes.
  void end_tls();
  bool encrypted() const { return encrypts_; }
  /// Tells the client's TLS that nothing follows.
  asio::awaitable<void> say_goodbye(double seconds);

  /// Ends the reading in flight, and what is read before resume_reading().
  void stop_reading() { reading_.stop(); }
  void resume_reading() { reading_.restart(); }
  bool reading_stopped() const { return reading_.stopped(); }
  /// Ends everything.
  void close();

 private:
  /// Whether an engine's bytes became input; error where it failed.
  bool decrypt(ErrorCode& error);

  net::Socket socket_;
  net::SocketServer& server_;
  net::Direction reading_;
  net::Direction writing_;
  boost::beast::flat_buffer input_;
  std::unique_ptr<TlsEngine> tls_;
  bool encrypts_ = false;
};

}  // namespace tarn::tds::detail
