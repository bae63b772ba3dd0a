// The sending half of a connection: heads, framing of streams, and how a connection ends.

#include <sys/socket.h>

#include <charconv>
#include <chrono>
#include <vector>

#include "detail/connection.h"

namespace tarn::http::detail {
namespace {

constexpr double kLingerSeconds =
    2;  // for a client to take our last answer before the socket closes
constexpr double kLingerStoppingSeconds = 0.1;
constexpr std::uint64_t kLingerBytesMax = 256 << 20;
constexpr std::size_t kDiscardBytes = 16 << 10;

asio::const_buffer buffer_of(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

/// "1f40\r\n"
std::string chunk_head(std::size_t size) {
  char digits[2 * sizeof(size)];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), size, 16);
  return std::string(digits, end) + "\r\n";
}

std::size_t size_of(const Outgoing& outgoing) {
  return outgoing.bytes[0].size() + outgoing.bytes[1].size();
}

}  // namespace

asio::awaitable<bool> Connection::send(std::span<const asio::const_buffer> buffers) {
  ErrorCode error;
  co_await writing_.write_all(socket_, buffers, core_.settings.write_timeout_s,
                              core_.settings.rate_bytes_min, error);
  if (!error) {
    std::size_t size = 0;
    for (const asio::const_buffer& buffer : buffers) size += buffer.size();
    core_.sockets.count_bytes(0, size);
    co_return true;
  }
  if (error == asio::error::timed_out) {
    cancel("the client took too little for too long");
    // What the kernel still holds for it goes, too.
    const ::linger now{.l_onoff = 1, .l_linger = 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  } else {
    cancel("the client hung up");
  }
  co_return false;
}

bool Connection::may_keep(const Incoming& incoming) const {
  if (!incoming.keep_alive || core_.sockets.draining() || incoming.continue_due) return false;
  if (incoming.parser->is_done()) return true;
  const auto left = incoming.parser->content_length_remaining();
  return left && *left <= core_.settings.body_bytes_drained_max;
}

asio::awaitable<bool> Connection::write_side(const Incoming& incoming) {
  std::optional<OutgoingHead> head;
  while (!(head = exchange_->take_head())) {
    co_await outgoing_event_.wait();
    if (!socket_.is_open()) co_return false;
  }
  const router::Response& response = head->response;
  bool keep = may_keep(incoming);
  bool sent = false;
  if (!head->streamed) {
    sent = co_await write_whole(response, incoming, keep);
  } else {
    Framing framing = Framing::kChunked;
    if (is_bodiless(response.status)) {
      framing = Framing::kNone;
    } else if (response.stream_size) {
      framing = Framing::kLength;
    } else if (incoming.http10) {
      framing = Framing::kUntilClose;
      keep = false;
    }
    sent = co_await write_stream(response, framing, keep);
  }
  co_return sent&& keep;
}

asio::awaitable<bool> Connection::write_whole(const router::Response& response,
                                              const Incoming& incoming, bool keep) {
  Framing framing = Framing::kLength;
  std::uint64_t length = response.body.size();
  if (is_bodiless(response.status)) {
    framing = Framing::kNone;
  } else if (response.stream) {  // HEAD of a stream: its length is told only where it is known
    framing = response.stream_size ? Framing::kLength : Framing::kNone;
    length = response.stream_size.value_or(0);
  }
  const std::string head = response_head(response, framing, length, keep);
  const bool with_body = framing == Framing::kLength && !incoming.head_only;
  const std::array buffers = {buffer_of(head),
                              buffer_of(with_body ? response.body : std::string_view())};
  co_return co_await send(buffers);
}

asio::awaitable<bool> Connection::write_stream(const router::Response& response, Framing framing,
                                               bool keep) {
  std::string head = response_head(response, framing, response.stream_size.value_or(0), keep);
  std::uint64_t left = response.stream_size.value_or(0);
  while (true) {
    const Outgoing outgoing = exchange_->outgoing();
    if (!socket_.is_open() || (outgoing.aborted && framing == Framing::kUntilClose))
      co_return false;
    const std::size_t size = size_of(outgoing);
    const bool last = outgoing.ended && !outgoing.aborted;
    // Bytes beyond the length that was told would be read as the next response.
    if (framing == Framing::kLength && size > left) co_return false;
    const std::string chunk =
        framing == Framing::kChunked && size > 0 ? chunk_head(size) : std::string();
    std::vector<asio::const_buffer> buffers = {buffer_of(head), buffer_of(chunk)};
    if (framing != Framing::kNone) {
      for (const std::span<const char> piece : outgoing.bytes)
        buffers.emplace_back(piece.data(), piece.size());
    }
    if (!chunk.empty()) buffers.push_back(buffer_of("\r\n"));
    if (last && framing == Framing::kChunked) buffers.push_back(buffer_of("0\r\n\r\n"));
    const bool sent = co_await send(buffers);
    if (!sent) co_return false;
    head.clear();
    left -= framing == Framing::kLength ? size : 0;
    exchange_->outgoing_consumed(size);
    if (outgoing.aborted) co_return false;  // without an end mark: the client sees that it is cut
    if (last) co_return framing != Framing::kLength || left == 0;
    if (!exchange_->outgoing().ready) co_await outgoing_event_.wait();
  }
}

asio::awaitable<void> Connection::answer_and_linger(router::Response response) {
  const std::string head = response_head(response, Framing::kLength, response.body.size(), false);
  const std::array buffers = {buffer_of(head), buffer_of(response.body)};
  const bool sent = co_await send(buffers);
  if (sent) co_await linger();
}

asio::awaitable<bool> Connection::drain_body(Incoming& incoming) {
  Parser& parser = *incoming.parser;
  std::array<char, kDiscardBytes> discarded;
  Pace pace(core_.settings.rate_bytes_min, core_.settings.body_timeout_s);
  while (!parser.is_done()) {
    ErrorCode error;
    auto& body = parser.get().body();
    body.data = discarded.data();
    body.size = discarded.size();
    body.more = true;
    if (buffer_.size() > 0) buffer_.consume(parser.put(buffer_.data(), error));
    if (error && error != boost::beast::http::error::need_more &&
        error != boost::beast::http::error::need_buffer) {
      co_return false;
    }
    if (parser.is_done() || buffer_.size() > 0) continue;
    co_await fill_buffer(pace, error);
    if (error) co_return false;
  }
  co_return true;
}

asio::awaitable<void> Connection::linger() {
  // Closing with unread bytes would make the kernel reset the connection, and the client might lose
  // our answer.
  ErrorCode error;
  socket_.shutdown(Socket::shutdown_send, error);
  idle_ = true;  // a server that stops need not wait for this
  std::array<char, kDiscardBytes> discarded;
  const auto deadline = std::chrono::steady_clock::now() +
                        std::chrono::duration<double>(
                            core_.sockets.draining() ? kLingerStoppingSeconds : kLingerSeconds);
  for (std::uint64_t read = 0; !error && read < kLingerBytesMax;) {
    const std::chrono::duration<double> left = deadline - std::chrono::steady_clock::now();
    if (left.count() <= 0) co_return;
    read += co_await reading_.read_some(socket_, asio::buffer(discarded), left.count(), error);
  }
}

}  // namespace tarn::http::detail
