#include "timed_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <vector>

namespace tarn::net {
namespace {

// What the kernel may hold for a client that does not read (it adds as much for itself).
constexpr int kKernelSendBytes = 256 << 10;
// A peer that has silently gone is noticed after two minutes.
constexpr int kKeepAliveIdleS = 60;
constexpr int kKeepAliveIntervalS = 15;
constexpr int kKeepAliveProbes = 4;

void set_option(Socket& socket, int level, int name, int value) {
  setsockopt(socket.native_handle(), level, name, &value, sizeof(value));
}

std::chrono::steady_clock::duration duration_of(double seconds) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      std::chrono::duration<double>(seconds));
}

/// What the kernel holds of what was written.
std::size_t bytes_not_taken(Socket& socket) {
  int bytes = 0;
  return ioctl(socket.native_handle(), TIOCOUTQ, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

}  // namespace

void tune(Socket& socket) {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket, SOL_SOCKET, SO_SNDBUF, kKernelSendBytes);
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveIdleS);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveIntervalS);
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveProbes);
}

bool peer_closed(Socket& socket) {
  pollfd descriptor{socket.native_handle(), POLLRDHUP, 0};
  return poll(&descriptor, 1, 0) > 0 && (descriptor.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void Event::notify() {
  notified_ = true;
  timer_.cancel();
}

asio::awaitable<void> Event::wait() {
  while (!notified_) {
    timer_.expires_at(asio::steady_timer::time_point::max());
    ErrorCode ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  notified_ = false;
}

asio::awaitable<void> Event::wait_for(double seconds) {
  if (!notified_) {
    timer_.expires_after(duration_of(seconds));
    ErrorCode ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  notified_ = false;
}

bool Pace::keep_up(double waited_s, std::size_t bytes) {
  waited_s_ += waited_s;
  bytes_ += static_cast<double>(bytes);
  if (waited_s_ < window_s_) return true;
  const bool kept = bytes_ >= bytes_a_second_min_ * window_s_;
  waited_s_ = bytes_ = 0;
  return kept;
}

void Direction::stop() {
  state_->stopped = true;
  state_->signal.emit(asio::cancellation_type::terminal);
}

void Direction::start_timer(double seconds) {
  state_->timed_out = false;
  ++state_->operation;
  timer_.expires_after(duration_of(seconds));
  timer_.async_wait([state = state_, operation = state_->operation](const ErrorCode& error) {
    if (error || operation != state->operation) return;
    state->timed_out = true;
    state->signal.emit(asio::cancellation_type::terminal);
  });
}

void Direction::finish(ErrorCode& error) {
  ++state_->operation;
  timer_.cancel();
  if (error == asio::error::operation_aborted && state_->timed_out && !state_->stopped) {
    error = asio::error::timed_out;
  }
}

asio::awaitable<std::size_t> Direction::read_some(Socket& socket, asio::mutable_buffer buffer,
                                                  double seconds, ErrorCode& error) {
  if (state_->stopped) {
    error = asio::error::operation_aborted;
    co_return 0;
  }
  start_timer(seconds);
  const std::size_t count = co_await socket.async_read_some(
      buffer, asio::bind_cancellation_slot(state_->signal.slot(),
                                           asio::redirect_error(asio::use_awaitable, error)));
  finish(error);
  co_return count;
}

asio::awaitable<void> Direction::write_all(Socket& socket,
                                           std::span<const asio::const_buffer> buffers,
                                           double seconds, double bytes_a_second_min,
                                           ErrorCode& error) {
  std::vector<asio::const_buffer> rest(buffers.begin(), buffers.end());
  error = {};
  std::size_t held = bytes_not_taken(socket);
  while (asio::buffer_size(rest) > 0) {
    if (state_->stopped) {
      error = asio::error::operation_aborted;
      co_return;
    }
    start_timer(seconds);
    std::size_t count = co_await socket.async_write_some(
        rest, asio::bind_cancellation_slot(state_->signal.slot(),
                                           asio::redirect_error(asio::use_awaitable, error)));
    finish(error);
    if (error == asio::error::timed_out) {
      // The kernel takes more only once a good part of what it holds has gone: that the peer goes
      // on shows before.
      const std::size_t before = std::exchange(held, bytes_not_taken(socket));
      if (static_cast<double>(before) >= static_cast<double>(held) + bytes_a_second_min * seconds) {
        error = {};
        continue;
      }
    }
    if (error) co_return;
    held += count;
    while (count > 0) {
      const std::size_t step = std::min(count, rest.front().size());
      rest.front() += step;
      count -= step;
      if (rest.front().size() == 0) rest.erase(rest.begin());
    }
  }
}

asio::awaitable<void> Direction::wait_readable(Socket& socket, ErrorCode& error) {
  if (state_->stopped) {
    error = asio::error::operation_aborted;
    co_return;
  }
  co_await socket.async_wait(
      Socket::wait_read,
      asio::bind_cancellation_slot(state_->signal.slot(),
                                   asio::redirect_error(asio::use_awaitable, error)));
}

}  // namespace tarn::net
