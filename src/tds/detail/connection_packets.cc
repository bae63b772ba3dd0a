// A connection's bytes and packets.

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>

#include "base/log.h"
#include "detail/bytes.h"
#include "detail/connection.h"

namespace tarn::tds::detail {
namespace {

// For a client to take our last words before the socket closes.
constexpr double kLingerS = 2;
constexpr double kLingerStoppingS = 0.1;
constexpr double kGoodbyeS = 2;

double seconds_until(std::chrono::steady_clock::time_point moment) {
  const std::chrono::duration<double> left = moment - std::chrono::steady_clock::now();
  return std::max(0.0, left.count());
}

}  // namespace

asio::awaitable<bool> Connection::fill(Wait wait) {
  ErrorCode error;
  if (wait == Wait::kLogin) {
    co_await channel_.fill(seconds_until(login_deadline_), error);
    if (error == asio::error::timed_out) log::info("tds.login.late", {{"peer", peer_.address}});
  } else if (wait == Wait::kRequest && channel_.input().empty()) {
    idle_ = true;
    co_await channel_.fill_idle(error);
    idle_ = false;
  } else {
    co_await channel_.fill(error);
  }
  co_return !error;
}

asio::awaitable<bool> Connection::next_packet(Packet& packet, Wait wait) {
  while (channel_.input().size() < kPacketHeaderBytes) {
    const bool filled = co_await fill(wait);
    if (!filled) co_return false;
  }
  packet.header = read_packet_header(channel_.input().substr(0, kPacketHeaderBytes), packet_bytes_);
  if (wait == Wait::kRequest) wait = Wait::kMore;
  while (channel_.input().size() < packet.header.bytes) {
    const bool filled = co_await fill(wait);
    if (!filled) co_return false;
  }
  packet.payload =
      channel_.input().substr(kPacketHeaderBytes, packet.header.bytes - kPacketHeaderBytes);
  co_return true;
}

asio::awaitable<Connection::MessageEnd> Connection::read_message(Packet& packet, Wait wait,
                                                                 std::size_t bytes_max,
                                                                 std::string& body) {
  const PacketType type = packet.header.type;
  while (true) {
    if (packet.payload.size() > bytes_max - body.size()) {
      throw Error(Code::kTooLarge,
                  "The request is too large: more than " + std::to_string(bytes_max) + " bytes.",
                  "Send it in several, or load rows with a bulk load.");
    }
    body += packet.payload;
    const PacketHeader header = packet.header;
    consume(packet);
    if (header.last()) co_return header.ignored() ? MessageEnd::kIgnored : MessageEnd::kWhole;
    const bool came = co_await next_packet(packet, wait);
    if (!came) co_return MessageEnd::kOver;
    if (packet.header.type == PacketType::kAttention) {
      consume(packet);
      co_return MessageEnd::kAttention;
    }
    if (packet.header.type != type) throw_malformed("a packet of another type within a message");
  }
}

asio::awaitable<bool> Connection::send_packets(PacketType type, const Outgoing& outgoing,
                                               std::uint8_t& number) {
  const std::size_t payload_max = packet_bytes_ - kPacketHeaderBytes;
  std::size_t left = outgoing.size();
  const std::size_t packets = std::max<std::size_t>(1, (left + payload_max - 1) / payload_max);
  std::vector<PacketHeaderBytes> headers(packets);
  std::vector<std::string_view> buffers;
  buffers.reserve(2 * packets + outgoing.pieces.size());
  auto piece = outgoing.pieces.begin();
  std::size_t at = 0;  // within the piece
  for (PacketHeaderBytes& header : headers) {
    std::size_t payload = std::min(left, payload_max);
    left -= payload;
    header = packet_header(type, outgoing.ended && left == 0, payload, ++number);
    buffers.emplace_back(header.data(), header.size());
    while (payload > 0) {
      const std::string_view part = piece->substr(at, payload);
      if (!part.empty()) buffers.push_back(part);
      payload -= part.size();
      at += part.size();
      if (at == piece->size()) {
        ++piece;
        at = 0;
      }
    }
  }
  ErrorCode error;
  co_await channel_.write(buffers, core_.settings.write_timeout_s, error);
  if (error == asio::error::timed_out) {
    log::info("tds.client.slow", {{"peer", peer_.address}});
    // What the kernel still holds for it goes, too.
    const ::linger now{.l_onoff = 1, .l_linger = 0};
    setsockopt(channel_.socket().native_handle(), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  }
  co_return !error;
}

asio::awaitable<bool> Connection::send(PacketType type, std::string_view body) {
  Outgoing outgoing;
  outgoing.ended = true;
  outgoing.pieces[0] = body;
  std::uint8_t number = 0;
  co_return co_await send_packets(type, outgoing, number);
}

asio::awaitable<void> Connection::send_last(std::string_view body) {
  const bool sent = co_await send(PacketType::kResponse, body);
  if (sent) co_await linger();
}

asio::awaitable<void> Connection::linger() {
  // Closing with unread bytes would make the kernel reset the connection, and the client might lose
  // our answer.
  co_await channel_.say_goodbye(kGoodbyeS);
  ErrorCode error;
  channel_.socket().shutdown(net::Socket::shutdown_send, error);
  idle_ = true;  // a server that stops need not wait for this
  const auto deadline =
      std::chrono::steady_clock::now() +
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(
          std::chrono::duration<double>(core_.sockets.draining() ? kLingerStoppingS : kLingerS));
  while (!error) {
    channel_.consume(channel_.input().size());
    const double left = seconds_until(deadline);
    if (left <= 0) co_return;
    co_await channel_.fill(left, error);
  }
}

}  // namespace tarn::tds::detail
