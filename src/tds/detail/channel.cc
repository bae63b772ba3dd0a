#include "detail/channel.h"

#include <boost/asio/error.hpp>

#include "base/log.h"

namespace tarn::tds::detail {
namespace {

constexpr std::size_t kReadBytes = 32 << 10;     // asked of a socket at once
constexpr std::size_t kRecordBytes = 16 << 10;   // of a TLS record, at most
constexpr double kForeverS = 365.0 * 24 * 3600;  // a client may be silent as long as it likes

}  // namespace

Channel::Channel(net::Socket socket, net::SocketServer& server)
    : socket_(std::move(socket)),
      server_(server),
      reading_(socket_.get_executor()),
      writing_(socket_.get_executor()) {}

std::string_view Channel::input() const {
  return {static_cast<const char*>(input_.data().data()), input_.size()};
}

bool Channel::decrypt(ErrorCode& error) {
  error = {};
  while (true) {
    const asio::mutable_buffer room = input_.prepare(kRecordBytes);
    std::size_t count = 0;
    const auto result = tls_->read(std::span(static_cast<char*>(room.data()), room.size()), count);
    input_.commit(count);
    switch (result) {
      case TlsEngine::Result::kDone:
        return true;
      case TlsEngine::Result::kWantsBytes:
        return false;
      case TlsEngine::Result::kEnded:
        error = asio::error::eof;
        return false;
      case TlsEngine::Result::kFailed:
        log::info("tds.tls.failed", {{"error", tls_->failure()}});
        error = asio::error::invalid_argument;
        return false;
    }
  }
}

asio::awaitable<void> Channel::fill(double seconds, ErrorCode& error) {
  error = {};
  while (true) {
    if (encrypts_ && (decrypt(error) || error)) co_return;
    if (!encrypts_) {
      const asio::mutable_buffer room = input_.prepare(kReadBytes);
      const std::size_t count = co_await reading_.read_some(socket_, room, seconds, error);
      input_.commit(count);
      server_.count_bytes(count, 0);
      co_return;
    }
    std::string bytes(kReadBytes, '\0');
    const std::size_t count =
        co_await reading_.read_some(socket_, asio::buffer(bytes), seconds, error);
    server_.count_bytes(count, 0);
    if (error) co_return;
    tls_->feed(std::string_view(bytes).substr(0, count));
  }
}

asio::awaitable<void> Channel::fill(ErrorCode& error) { return fill(kForeverS, error); }

asio::awaitable<void> Channel::fill_idle(ErrorCode& error) {
  error = {};
  if (encrypts_ && tls_->has_incoming() && (decrypt(error) || error)) co_return;
  if (input_.size() == 0) input_.shrink_to_fit();
  if (tls_) tls_->release();
  co_await reading_.wait_readable(socket_, error);
  if (!error) co_await fill(error);
}

asio::awaitable<void> Channel::write_raw(std::string_view bytes, double seconds, ErrorCode& error) {
  const asio::const_buffer buffer(bytes.data(), bytes.size());
  co_await writing_.write_all(socket_, std::span(&buffer, 1), seconds, 1 / seconds, error);
  if (!error) server_.count_bytes(0, bytes.size());
}

asio::awaitable<void> Channel::write(std::span<const std::string_view> pieces, double seconds,
                                     ErrorCode& error) {
  if (encrypts_) {
    for (const std::string_view piece : pieces) {
      if (!tls_->write(piece)) {
        error = asio::error::invalid_argument;
        co_return;
      }
    }
    const std::string bytes = tls_->take_outgoing();
    co_await write_raw(bytes, seconds, error);
    co_return;
  }
  std::vector<asio::const_buffer> buffers;
  std::size_t size = 0;
  for (const std::string_view piece : pieces) {
    buffers.emplace_back(piece.data(), piece.size());
    size += piece.size();
  }
  co_await writing_.write_all(socket_, buffers, seconds, 1 / seconds, error);
  if (!error) server_.count_bytes(0, size);
}

TlsEngine& Channel::begin_tls(const TlsContext& context) {
  tls_ = std::make_unique<TlsEngine>(context);
  return *tls_;
}

void Channel::feed_tls() {
  tls_->feed(input());
  input_.consume(input_.size());
}

void Channel::use_tls() {
  feed_tls();  // what came behind the handshake
  encrypts_ = true;
}

void Channel::end_tls() {
  encrypts_ = false;
  const std::string left = tls_->take_incoming();
  const asio::mutable_buffer room = input_.prepare(left.size());
  asio::buffer_copy(room, asio::buffer(left));
  input_.commit(left.size());
  tls_.reset();
}

asio::awaitable<void> Channel::say_goodbye(double seconds) {
  if (!encrypts_) co_return;
  tls_->close();
  ErrorCode ignored;
  const std::string bytes = tls_->take_outgoing();
  co_await write_raw(bytes, seconds, ignored);
}

void Channel::close() {
  reading_.stop();
  writing_.stop();
  ErrorCode ignored;
  socket_.close(ignored);
}

}  // namespace tarn::tds::detail
