#include "detail/exchange.h"

#include <algorithm>
#include <utility>

namespace tarn::http::detail {
namespace {

/// Streamed bytes are sent once so many have gathered (or at a flush): fewer, larger packets and
/// wakes.
constexpr std::size_t kSendBytesMin = 16 << 10;

}  // namespace

class Exchange::Body : public router::BodyReader {
 public:
  explicit Body(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  std::size_t read(std::span<char> buffer) override { return exchange_->read_body(buffer); }
  std::optional<std::uint64_t> size() const override { return exchange_->body_size_; }

 private:
  std::shared_ptr<Exchange> exchange_;
};

class Exchange::Sink : public router::BodySink {
 public:
  explicit Sink(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  void write(std::string_view bytes) override { exchange_->write(bytes); }
  void flush() override { exchange_->flush(); }

 private:
  std::shared_ptr<Exchange> exchange_;
};

Exchange::Exchange(bool has_body, std::optional<std::uint64_t> body_size, std::size_t buffer_bytes,
                   std::function<void(Side)> wake)
    : has_body_(has_body),
      body_size_(has_body ? body_size : 0),
      buffer_bytes_(buffer_bytes),
      send_bytes_min_(std::min(kSendBytesMin, std::max<std::size_t>(buffer_bytes / 2, 1))),
      wake_(std::move(wake)),
      incoming_(has_body ? buffer_bytes : 0),
      incoming_ended_(!has_body) {}

std::span<char> Exchange::incoming_room() {
  const std::lock_guard lock(mutex_);
  const std::span<char> room = incoming_.writable();
  incoming_starved_ = room.empty();
  return room;
}

void Exchange::incoming_commit(std::size_t count) {
  const std::lock_guard lock(mutex_);
  incoming_.commit(count);
  changed_.notify_all();
}

void Exchange::incoming_end() {
  const std::lock_guard lock(mutex_);
  incoming_ended_ = true;
  changed_.notify_all();
}

void Exchange::incoming_fail(Error error) {
  const std::lock_guard lock(mutex_);
  incoming_error_ = std::move(error);
  changed_.notify_all();
}

void Exchange::incoming_late(Error error) {
  {
    const std::lock_guard lock(mutex_);
    incoming_late_ = true;
  }
  incoming_fail(std::move(error));
}

std::optional<Error> Exchange::late() {
  const std::lock_guard lock(mutex_);
  return incoming_late_ ? incoming_error_ : std::nullopt;
}

bool Exchange::incoming_wanted() {
  const std::lock_guard lock(mutex_);
  return incoming_wanted_;
}

std::optional<OutgoingHead> Exchange::take_head() {
  const std::lock_guard lock(mutex_);
  return std::exchange(head_, std::nullopt);
}

Outgoing Exchange::outgoing() {
  const std::lock_guard lock(mutex_);
  Outgoing result;
  result.aborted = outgoing_aborted_;
  result.ended = outgoing_ended_;
  result.ready = outgoing_aborted_ || outgoing_ended_ || (outgoing_due_ && outgoing_.size() > 0);
  if (result.ready) result.bytes = outgoing_.readable();
  return result;
}

void Exchange::outgoing_consumed(std::size_t count) {
  const std::lock_guard lock(mutex_);
  outgoing_.consume(count);
  flushed_bytes_ -= std::min(flushed_bytes_, count);
  outgoing_due_ = outgoing_.size() >= send_bytes_min_ || flushed_bytes_ > 0;
  changed_.notify_all();
}

void Exchange::abandon(const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    if (abandoned_) return;
    abandoned_ = true;
    abandon_reason_ = reason;
    changed_.notify_all();
  }
  cancel_.cancel(reason);
}

std::unique_ptr<router::BodyReader> Exchange::make_body() {
  if (!has_body_) return std::make_unique<router::StringBody>();
  return std::make_unique<Body>(shared_from_this());
}

std::unique_ptr<router::BodySink> Exchange::make_sink() {
  return std::make_unique<Sink>(shared_from_this());
}

std::size_t Exchange::read_body(std::span<char> buffer) {
  if (buffer.empty()) return 0;
  std::unique_lock lock(mutex_);
  if (!incoming_wanted_) {
    incoming_wanted_ = true;
    lock.unlock();
    wake_(Side::kIncoming);
    lock.lock();
  }
  changed_.wait(lock, [this] {
    return incoming_.size() > 0 || incoming_ended_ || incoming_error_ || abandoned_;
  });
  const std::size_t count = incoming_.read(buffer);
  if (count == 0) {
    if (incoming_error_) throw Error(*incoming_error_);
    if (!incoming_ended_) throw Error(Code::kCancelled, "Cancelled: " + abandon_reason_ + ".");
    return 0;
  }
  // Waking the connection for each small piece would cost more than it brings: let half the ring
  // come free first.
  if (incoming_starved_ && incoming_.space() >= buffer_bytes_ / 2) {
    incoming_starved_ = false;
    lock.unlock();
    wake_(Side::kIncoming);
  }
  return count;
}

void Exchange::respond(router::Response response) {
  {
    const std::lock_guard lock(mutex_);
    held_.reset();
    head_ = OutgoingHead{std::move(response), false};
  }
  wake_(Side::kOutgoing);
}

void Exchange::respond_streamed(router::Response head) {
  const std::lock_guard lock(mutex_);
  head.stream = nullptr;
  held_ = std::move(head);
  outgoing_ = net::ByteRing(buffer_bytes_);
}

void Exchange::wake_outgoing(std::unique_lock<std::mutex>& lock) {
  if (held_) {
    head_ = OutgoingHead{std::move(*held_), true};
    held_.reset();
  }
  outgoing_due_ = true;
  lock.unlock();
  wake_(Side::kOutgoing);
  lock.lock();
}

void Exchange::write(std::string_view bytes) {
  std::unique_lock lock(mutex_);
  while (true) {
    if (abandoned_) throw Error(Code::kCancelled, "Cancelled: " + abandon_reason_ + ".");
    bytes.remove_prefix(outgoing_.write(bytes));
    if (!outgoing_due_ && outgoing_.size() >= send_bytes_min_) wake_outgoing(lock);
    if (bytes.empty()) return;
    changed_.wait(lock, [this] { return outgoing_.space() > 0 || abandoned_; });
  }
}

void Exchange::flush() {
  std::unique_lock lock(mutex_);
  if (abandoned_) throw Error(Code::kCancelled, "Cancelled: " + abandon_reason_ + ".");
  flushed_bytes_ = outgoing_.size();
  if (!outgoing_due_) wake_outgoing(lock);
}

void Exchange::end_stream() {
  std::unique_lock lock(mutex_);
  outgoing_ended_ = true;
  if (held_ && !held_->stream_size) held_->stream_size = outgoing_.size();
  wake_outgoing(lock);
}

bool Exchange::fail_stream() {
  std::unique_lock lock(mutex_);
  if (held_) {
    held_.reset();
    outgoing_ = net::ByteRing(0);
    return true;
  }
  outgoing_aborted_ = true;
  wake_outgoing(lock);
  return false;
}

}  // namespace tarn::http::detail
