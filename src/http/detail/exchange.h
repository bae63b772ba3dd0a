#pragma once
// One request and its response on their way between a connection, which must never block, and a
// handler thread, which may. Both bodies pass through rings of fixed size: the handler waits on a
// condition variable, the connection is woken by a callback.

#include <array>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/error.h"
#include "net/byte_ring.h"
#include "router/message.h"

namespace tarn::http::detail {

/// A response's head. What follows is its own `body`, or, when streamed, what outgoing() gives.
struct OutgoingHead {
  router::Response response;
  bool streamed = false;
};

/// What the connection may send now of a streamed body.
struct Outgoing {
  bool ready = false;    // something below is to be done; else wait for the next wake
  bool ended = false;    // `bytes` are the last ones
  bool aborted = false;  // the stream failed after its head: cut the connection
  std::array<std::span<const char>, 2> bytes;
};

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  enum class Side { kIncoming, kOutgoing };
  /// `wake` is called on the handler's thread when the connection has something new to look at.
  Exchange(bool has_body, std::optional<std::uint64_t> body_size, std::size_t buffer_bytes,
           std::function<void(Side)> wake);

  CancelToken cancel_token() const { return cancel_.token(); }

  // The connection's side. Nothing of it blocks.
  /// Room for bytes of the request's body; empty while the handler has not read enough.
  std::span<char> incoming_room();
  void incoming_commit(std::size_t count);
  void incoming_end();
  void incoming_fail(Error error);
  /// As incoming_fail(), because the client sends too slowly.
  void incoming_late(Error error);
  /// Whether the handler has begun to read the body (then "100 Continue" is due).
  bool incoming_wanted();
  /// The response's head, once it is there; given once.
  std::optional<OutgoingHead> take_head();
  Outgoing outgoing();
  void outgoing_consumed(std::size_t count);
  /// The client is gone, or is to be given up: cancels the token, and ends the handler's waits.
  void abandon(const std::string& reason);

  // The handler's side.
  /// What incoming_late() was told; empty when it was not.
  std::optional<Error> late();
  std::unique_ptr<router::BodyReader> make_body();
  /// The response, whole.
  void respond(router::Response response);
  /// The response whose stream is to be run next, into the sink. It goes out with the stream's
  /// first bytes, so that a stream that fails at once can still become a problem response.
  void respond_streamed(router::Response head);
  std::unique_ptr<router::BodySink> make_sink();
  /// The stream has ended.
  void end_stream();
  /// The stream failed. True where nothing was sent yet: respond() may still be called; else the
  /// connection is cut.
  bool fail_stream();

 private:
  class Body;
  class Sink;

  std::size_t read_body(std::span<char> buffer);
  void write(std::string_view bytes);
  void flush();
  void wake_outgoing(std::unique_lock<std::mutex>& lock);

  const bool has_body_;
  const std::optional<std::uint64_t> body_size_;
  const std::size_t buffer_bytes_;
  const std::size_t send_bytes_min_;
  const std::function<void(Side)> wake_;
  CancelSource cancel_;

  std::mutex mutex_;
  std::condition_variable changed_;  // for the handler
  bool abandoned_ = false;
  std::string abandon_reason_;

  net::ByteRing incoming_;
  bool incoming_ended_ = false;
  bool incoming_wanted_ = false;
  bool incoming_late_ = false;
  bool incoming_starved_ = false;  // the connection waits for room
  std::optional<Error> incoming_error_;

  net::ByteRing outgoing_{0};
  std::optional<OutgoingHead> head_;      // ready to be sent
  std::optional<router::Response> held_;  // of a stream without a byte yet
  bool outgoing_due_ = false;             // flushed, or enough to be worth a packet
  std::size_t flushed_bytes_ = 0;         // of the ring's beginning: not to be held back
  bool outgoing_ended_ = false;
  bool outgoing_aborted_ = false;
};

}  // namespace tarn::http::detail
