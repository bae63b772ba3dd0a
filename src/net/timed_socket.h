#pragma once
// A stream socket (TCP or Unix) with a time limit on each read and write, and an event that
// coroutines wait for.

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <span>

namespace tarn::net {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;

/// Small writes go out at once, a peer that is gone is found out, and the kernel does not hold much
/// for one that does not read. For TCP.
void tune(Socket& socket);

/// Whether the peer has ended the connection, or its sending half, even where bytes of it are
/// unread.
bool peer_closed(Socket& socket);

/// Wakes one waiting coroutine of the same executor; a notification without a waiter is kept.
class Event {
 public:
  explicit Event(const asio::any_io_executor& executor) : timer_(executor) {}
  void notify();
  asio::awaitable<void> wait();
  /// Ends after `seconds` too.
  asio::awaitable<void> wait_for(double seconds);

 private:
  asio::steady_timer timer_;
  bool notified_ = false;
};

/// How fast a client sends: the bytes that came while it was waited for, window by window.
class Pace {
 public:
  Pace(double bytes_a_second_min, double window_s)
      : bytes_a_second_min_(bytes_a_second_min), window_s_(window_s) {}

  /// How much of the window is left to wait.
  double left_s() const { return std::max(0.0, window_s_ - waited_s_); }
  /// After a wait: false when a window is over in which too little came.
  bool keep_up(double waited_s, std::size_t bytes);

 private:
  double bytes_a_second_min_;
  double window_s_;
  double waited_s_ = 0;
  double bytes_ = 0;
};

/// One direction of a socket: at most one operation at a time, each with a time limit, and
/// stoppable for good.
class Direction {
 public:
  explicit Direction(const asio::any_io_executor& executor)
      : timer_(executor), state_(std::make_shared<State>()) {}

  /// Ends the operation in flight and every later one with operation_aborted.
  void stop();
  /// Makes operations possible again. Call it with none in flight.
  void restart() { state_->stopped = false; }
  bool stopped() const { return state_->stopped; }

  /// Ends with asio::error::timed_out after `seconds`, with asio::error::eof at the end.
  asio::awaitable<std::size_t> read_some(Socket& socket, asio::mutable_buffer buffer,
                                         double seconds, ErrorCode& error);
  /// Ends with timed_out when in `seconds` of waiting the peer took less than `bytes_a_second_min`.
  asio::awaitable<void> write_all(Socket& socket, std::span<const asio::const_buffer> buffers,
                                  double seconds, double bytes_a_second_min, ErrorCode& error);
  /// Until something can be read, the end included.
  asio::awaitable<void> wait_readable(Socket& socket, ErrorCode& error);

 private:
  // Shared with the timer's handler, which may still be queued when the direction is gone.
  struct State {
    asio::cancellation_signal signal;
    bool stopped = false;
    bool timed_out = false;
    unsigned long long operation = 0;  // tells a late timer that its operation is over
  };

  void start_timer(double seconds);
  void finish(ErrorCode& error);

  asio::steady_timer timer_;
  std::shared_ptr<State> state_;
};

}  // namespace tarn::net
