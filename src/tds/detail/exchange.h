#pragma once
// One request on its way between a connection, which must never block, and the thread that handles
// it, which may. The answer, and the rows of a bulk load, pass through rings of fixed size: the
// handler waits on a condition variable, the connection is woken by a callback.

#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/error.h"
#include "net/byte_ring.h"
#include "tds/response.h"

namespace tarn::tds::detail {

/// Called on the handler's thread while write() waits, and before it goes on.
struct StallHooks {
  std::function<void()> stalled;
  std::function<void()> goes_on;
};

/// Why a request is to end before it is done.
enum class Interruption {
  kAttention,  // the client wants no more of it
  kStopping,   // the server ends
  kIgnored,    // the client takes the rows of its bulk load back
  kGone,       // nobody takes the answer any more
};

/// What the connection may send now.
struct Outgoing {
  bool ended = false;  // `pieces` are the last ones
  bool gone = false;   // nothing is to be sent any more
  std::array<std::string_view, 3> pieces;
  std::size_t size() const { return pieces[0].size() + pieces[1].size() + pieces[2].size(); }
};

class Exchange final : public ByteOutput {
 public:
  enum class Side { kIncoming, kOutgoing };
  struct Buffers {
    std::size_t output_bytes = 0;
    std::size_t input_bytes = 0;  // of a bulk load; else 0
  };
  /// `wake` is called on the handler's thread when the connection has something new to look at.
  /// `done_bytes` is the length of a DONE token.
  Exchange(Buffers buffers, std::size_t done_bytes, std::function<void(Side)> wake);

  CancelToken cancel_token() const { return cancel_.token(); }

  // The connection's side. Nothing of it blocks.
  /// Room for bytes of a bulk load; empty while the handler has not read enough.
  std::span<char> incoming_room();
  void incoming_commit(std::size_t count);
  void incoming_end();
  void incoming_fail(Error error);
  /// Whether what still comes of a bulk load is of no interest to anybody.
  bool incoming_unwanted();
  /// A DONE that ends the answer waits for the answer's end, so that both are in one packet, the
  /// last one.
  Outgoing outgoing();
  void outgoing_consumed(std::size_t count);
  /// As end() was told.
  bool connection_goes_on();
  /// Cancels the token and ends the handler's waits. The first one counts, but for kGone.
  void interrupt(Interruption why, const std::string& reason);

  // The handler's side.
  /// Blocks while the ring is full. Throws Error(kCancelled) once interrupted; the bytes are sent
  /// all the same, for a client reads on to the end of a token.
  void write(std::string_view bytes) override;
  /// The next bytes of a bulk load, at least one; 0 at its end. Throws what incoming_fail() was
  /// given, and Error(kCancelled).
  std::size_t read(std::span<char> room);
  void on_stall(StallHooks hooks) { stall_hooks_ = std::move(hooks); }
  std::optional<Interruption> interrupted();
  /// Whether nothing has been written.
  bool silent();
  /// From now on write() neither waits nor throws: for the end of an answer that was cut.
  void write_freely();
  /// Nothing follows.
  void end(bool connection_goes_on);

 private:
  void wait_for_room(std::unique_lock<std::mutex>& lock);
  void throw_if_interrupted() const;
  std::size_t held_back() const;

  const Buffers buffers_;
  const std::size_t done_bytes_;
  const std::function<void(Side)> wake_;
  CancelSource cancel_;
  StallHooks stall_hooks_;  // the handler's alone

  std::mutex mutex_;
  std::condition_variable changed_;  // for the handler
  std::optional<Interruption> interruption_;
  std::string reason_;

  net::ByteRing incoming_{0};
  bool incoming_ended_ = false;
  bool incoming_starved_ = false;  // the connection waits for room
  std::optional<Error> incoming_error_;

  net::ByteRing outgoing_{0};
  std::string tail_;  // behind the ring, beyond its bound: the end of a cut answer
  bool freely_ = false;
  bool written_ = false;
  bool last_is_done_ = false;  // the last bytes are a DONE that nothing follows
  bool waits_for_room_ = false;
  bool ended_ = false;
  bool connection_goes_on_ = false;
};

}  // namespace tarn::tds::detail
