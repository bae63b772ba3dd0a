#pragma once
// TLS without a socket: bytes in, bytes out. TDS 7.x wraps its handshake into packets, so the
// library must not read or write by itself.

#include <span>
#include <string>
#include <string_view>

#include "detail/openssl.h"
#include "tds/server.h"

namespace tarn::tds::detail {

/// What all connections of a server share.
class TlsContext {
 public:
  enum class Mode {
    kInPackets,  // 7.x: the handshake inside packets, TLS 1.2
    kStrict,     // 8.0: TLS first, 1.2 or 1.3, with ALPN "tds/8.0"
  };
  /// Throws Error(kInvalidArgument) where certificate and key are no PEM or no pair.
  TlsContext(const Identity& identity, Mode mode);

  SSL_CTX* get() const { return context_.get(); }

 private:
  Owned<SSL_CTX> context_;
};

/// The server's side of one connection. Not movable: the library keeps its address.
class TlsEngine {
 public:
  enum class Result { kDone, kWantsBytes, kEnded, kFailed };

  explicit TlsEngine(const TlsContext& context);
  TlsEngine(const TlsEngine&) = delete;

  /// Bytes of the client, to be consumed by the calls below.
  void feed(std::string_view bytes) { incoming_ += bytes; }
  /// What it made for the client; taken out.
  std::string take_outgoing();
  /// What it was fed and has not consumed; taken out.
  std::string take_incoming();
  bool has_incoming() const { return consumed_ < incoming_.size(); }

  Result handshake();
  /// One record at most into `room`; `count` bytes of it.
  Result read(std::span<char> room, std::size_t& count);
  /// False when the connection has failed.
  bool write(std::string_view bytes);
  /// Says goodbye.
  void close();
  /// Gives back what an idle connection does not need.
  void release();
  /// Why it failed, for the log.
  const std::string& failure() const { return failure_; }

 private:
  friend struct TlsBytes;
  Result result_of(int returned);

  Owned<SSL> ssl_;
  std::string incoming_;
  std::size_t consumed_ = 0;  // of `incoming_`
  std::string outgoing_;
  std::string failure_;
};

}  // namespace tarn::tds::detail
