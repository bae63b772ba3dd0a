// A signed-in client's requests.

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cstring>

#include "base/log.h"
#include "detail/bytes.h"
#include "detail/connection.h"

namespace tarn::tds::detail {
namespace {

// How often to look whether the client is still there, where the socket cannot be read meanwhile.
constexpr double kLookS = 0.5;

std::string name_of(PacketType type) {
  switch (type) {
    case PacketType::kBatch:
      return "batch";
    case PacketType::kRpc:
      return "call";
    case PacketType::kTransaction:
      return "transaction";
    case PacketType::kBulkLoad:
      return "bulk load";
    default:
      return "other";
  }
}

}  // namespace

void Connection::count_request(PacketType type) {
  if (!core_.metrics) return;
  core_.metrics
      ->counter("tarn_tds_requests_total", "Requests of SQL clients.", {"kind"}, {name_of(type)})
      .add();
}

asio::awaitable<bool> Connection::serve_one() {
  if (core_.sockets.draining()) co_return false;
  std::optional<Error> failed;
  try {
    Packet packet;
    const bool came = co_await next_packet(packet, Wait::kRequest);
    if (!came) co_return false;
    const bool goes_on = co_await serve(packet);
    if (!broken_) co_return goes_on;
    failed = std::move(broken_);
  } catch (const Error& error) {
    failed = error;
  }
  log::info("tds.malformed", {{"peer", peer_.address}, {"error", failed->what()}});
  const std::string answer = refusal(*failed, version_, core_.settings.server_name);
  co_await send_last(answer);
  co_return false;
}

asio::awaitable<bool> Connection::serve(Packet& packet) {
  Message message;
  message.type = packet.header.type;
  message.resets = packet.header.resets();
  message.keeps_transaction = packet.header.keeps_transaction();
  switch (message.type) {
    case PacketType::kAttention:
      consume(packet);
      co_return co_await acknowledge_attention();
    case PacketType::kBatch:
    case PacketType::kRpc:
    case PacketType::kTransaction: {
      const MessageEnd end = co_await read_message(packet, Wait::kMore,
                                                   core_.settings.message_bytes_max, message.body);
      if (end == MessageEnd::kOver) co_return false;
      if (end == MessageEnd::kAttention) co_return co_await acknowledge_attention();
      if (end == MessageEnd::kIgnored) {
        const std::string answer = ignored_answer(version_);
        co_return co_await send(PacketType::kResponse, answer);
      }
      break;
    }
    case PacketType::kBulkLoad:
      break;
    default:
      throw_malformed("a packet of type " + std::to_string(static_cast<int>(message.type)) +
                      " where a request is due");
  }
  count_request(message.type);
  const bool bulk_load = message.type == PacketType::kBulkLoad;
  auto task = [&core = core_, signed_in = signed_in_,
               message = std::make_shared<Message>(std::move(message))](Exchange& exchange) {
    return answer_request(*signed_in, *message, core.settings.server_name, exchange);
  };
  co_return co_await handle(std::move(task), bulk_load);
}

asio::awaitable<bool> Connection::acknowledge_attention() {
  const std::string answer = attention_acknowledgement(version_);
  co_return co_await send(PacketType::kResponse, answer);
}

asio::awaitable<bool> Connection::handle(std::function<bool(Exchange&)> task, bool bulk_load) {
  auto wake = [weak = weak_from_this(), io = executor()](Exchange::Side side) {
    asio::post(io, [weak, side] {
      const auto self = weak.lock();
      if (!self) return;
      (side == Exchange::Side::kIncoming ? self->incoming_event_ : self->outgoing_event_).notify();
    });
  };
  const Exchange::Buffers buffers = {
      .output_bytes = core_.settings.output_buffer_bytes,
      .input_bytes = bulk_load ? core_.settings.input_buffer_bytes : 0};
  exchange_ = std::make_shared<Exchange>(buffers, done_bytes(version_), std::move(wake));
  const bool submitted = core_.sockets.submit(
      [exchange = exchange_, task = std::move(task)] { exchange->end(task(*exchange)); });
  if (!submitted) {
    exchange_.reset();
    throw Error(Code::kResourceExhausted, "Too many requests wait.", "Try again in a moment.");
  }
  bulk_load_open_ = bulk_load;
  read_side_running_ = true;
  asio::co_spawn(
      executor(), [this]() -> asio::awaitable<void> { return read_side(); },
      [self = shared_from_this()](const std::exception_ptr& failed) {
        if (failed) self->interrupt(Interruption::kGone, "reading from the client failed");
        self->read_side_running_ = false;
        self->read_side_done_.notify();
        self->outgoing_event_.notify();
      });
  bool sent = co_await send_answer();
  // What still comes of a bulk load is read to its end, so that the next request can be.
  while (sent && bulk_load_open_ && read_side_running_) co_await outgoing_event_.wait();
  channel_.stop_reading();
  incoming_event_.notify();
  while (read_side_running_) co_await read_side_done_.wait();
  const bool goes_on = exchange_->connection_goes_on();
  exchange_.reset();
  if (!channel_.socket().is_open()) co_return false;
  channel_.resume_reading();
  if (sent && attention_) {
    attention_ = false;
    sent = co_await acknowledge_attention();
  }
  if (sent && !goes_on) co_await linger();
  co_return sent&& goes_on;
}

asio::awaitable<bool> Connection::send_answer() {
  std::uint8_t number = 0;
  const std::size_t payload_max = packet_bytes_ - kPacketHeaderBytes;
  while (true) {
    Outgoing outgoing = exchange_->outgoing();
    if (!outgoing.urgent) outgoing.drop(outgoing.size() % payload_max);
    if (outgoing.gone || !channel_.socket().is_open()) co_return false;
    if (outgoing.size() == 0 && !outgoing.ended) {
      co_await outgoing_event_.wait();
      continue;
    }
    const bool taken = co_await send_packets(PacketType::kResponse, outgoing, number);
    if (!taken) {
      interrupt(Interruption::kGone, "the client takes no answer");
      co_return false;
    }
    exchange_->outgoing_consumed(outgoing.size());
    if (outgoing.ended) co_return true;
  }
}

void Connection::interrupt(Interruption why, const std::string& reason) {
  if (exchange_) exchange_->interrupt(why, reason);
  if (why == Interruption::kGone) outgoing_event_.notify();
}

void Connection::note_attention() {
  attention_ = true;
  interrupt(Interruption::kAttention, "the client asked to");
}

asio::awaitable<void> Connection::read_side() {
  if (bulk_load_open_) co_await read_bulk_load();
  if (!broken_ && !channel_.reading_stopped()) co_await watch();
}

asio::awaitable<void> Connection::read_bulk_load() {
  try {
    bool last = false;
    while (!last) {
      Packet packet;
      const bool came = co_await next_packet(packet, Wait::kMore);
      if (!came) {
        interrupt(Interruption::kGone, "the client went away within its rows");
        break;
      }
      if (packet.header.type == PacketType::kAttention) {
        consume(packet);
        note_attention();
        break;
      }
      if (packet.header.type != PacketType::kBulkLoad)
        throw_malformed("a packet of another type within a bulk load");
      const bool passed = co_await pass_on(packet.payload);
      if (!passed) break;
      last = packet.header.last();
      if (last && packet.header.ignored())
        interrupt(Interruption::kIgnored, "the client took its rows back");
      consume(packet);
    }
  } catch (const Error& error) {
    broken_ = error;
    exchange_->incoming_fail(error);
  }
  if (!broken_) exchange_->incoming_end();
  bulk_load_open_ = false;
  outgoing_event_.notify();
}

asio::awaitable<bool> Connection::pass_on(std::string_view payload) {
  while (!payload.empty()) {
    if (channel_.reading_stopped()) co_return false;
    if (exchange_->incoming_unwanted()) co_return true;
    const std::span<char> room = exchange_->incoming_room();
    if (room.empty()) {
      if (net::peer_closed(channel_.socket()))
        interrupt(Interruption::kGone, "the client went away within its rows");
      co_await incoming_event_.wait_for(kLookS);
      continue;
    }
    const std::size_t count = std::min(room.size(), payload.size());
    std::memcpy(room.data(), payload.data(), count);
    exchange_->incoming_commit(count);
    payload.remove_prefix(count);
  }
  co_return true;
}

asio::awaitable<void> Connection::watch() {
  while (true) {
    const std::string_view input = channel_.input();
    if (!input.empty() && input.front() != static_cast<char>(PacketType::kAttention))
      co_return co_await watch_for_end();  // the next request, which waits
    if (input.size() >= kPacketHeaderBytes) {
      note_attention();
      channel_.consume(kPacketHeaderBytes);
      continue;
    }
    ErrorCode error;
    if (input.empty()) {
      co_await channel_.fill_idle(error);
    } else {
      co_await channel_.fill(error);
    }
    if (channel_.reading_stopped()) co_return;
    if (error) co_return interrupt(Interruption::kGone, "the client hung up");
  }
}

asio::awaitable<void> Connection::watch_for_end() {
  while (!channel_.reading_stopped()) {
    if (net::peer_closed(channel_.socket()))
      co_return interrupt(Interruption::kGone, "the client hung up");
    co_await incoming_event_.wait_for(kLookS);
  }
}

}  // namespace tarn::tds::detail
