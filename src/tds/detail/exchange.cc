#include "detail/exchange.h"

#include <algorithm>
#include <chrono>

namespace tarn::tds::detail {
namespace {

constexpr double kStallS = 1;  // of a full ring, after which the session is told
constexpr std::uint8_t kDoneToken = 0xFD;
constexpr std::uint8_t kDoneProcedureToken = 0xFE;
constexpr std::uint8_t kDoneMore = 0x01;

/// Bytes of a row may look so, too: then they go out a little later.
bool ends_with_last_done(std::string_view bytes, std::size_t done_bytes) {
  if (bytes.size() < done_bytes) return false;
  const std::string_view token = bytes.substr(bytes.size() - done_bytes);
  const auto type = static_cast<std::uint8_t>(token[0]);
  return (type == kDoneToken || type == kDoneProcedureToken) &&
         (static_cast<std::uint8_t>(token[1]) & kDoneMore) == 0;
}

std::string_view view_of(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

Exchange::Exchange(Buffers buffers, std::size_t done_bytes, std::function<void(Side)> wake)
    : buffers_(buffers),
      done_bytes_(done_bytes),
      wake_(std::move(wake)),
      incoming_(buffers.input_bytes),
      incoming_ended_(buffers.input_bytes == 0) {}

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

bool Exchange::incoming_unwanted() {
  const std::lock_guard lock(mutex_);
  return ended_ || interruption_.has_value();
}

std::size_t Exchange::held_back() const {
  if (ended_ || !last_is_done_) return 0;
  return waits_for_room_ ? std::min(done_bytes_, outgoing_.size()) : outgoing_.size();
}

Outgoing Exchange::outgoing() {
  const std::lock_guard lock(mutex_);
  Outgoing result;
  result.gone = interruption_ == Interruption::kGone;
  result.ended = ended_;
  const auto ring = outgoing_.readable();
  result.pieces = {view_of(ring[0]), view_of(ring[1]), std::string_view()};
  if (ended_) result.pieces[2] = tail_;
  std::size_t held = held_back();
  for (const std::size_t piece : {1, 0}) {
    const std::size_t cut = std::min(held, result.pieces[piece].size());
    result.pieces[piece].remove_suffix(cut);
    held -= cut;
  }
  return result;
}

void Exchange::outgoing_consumed(std::size_t count) {
  const std::lock_guard lock(mutex_);
  const std::size_t of_ring = std::min(count, outgoing_.size());
  outgoing_.consume(of_ring);
  tail_.erase(0, count - of_ring);
  changed_.notify_all();
}

void Exchange::interrupt(Interruption why, const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    if (interruption_ && why != Interruption::kGone) return;
    interruption_ = why;
    reason_ = reason;
    changed_.notify_all();
  }
  cancel_.cancel(reason);
}

void Exchange::throw_if_interrupted() const {
  if (interruption_) throw Error(Code::kCancelled, "Cancelled: " + reason_ + ".");
}

void Exchange::wait_for_room(std::unique_lock<std::mutex>& lock) {
  const auto room = [this] { return outgoing_.space() > 0 || interruption_; };
  if (changed_.wait_for(lock, std::chrono::duration<double>(kStallS), room)) return;
  if (!stall_hooks_.stalled) return changed_.wait(lock, room);
  lock.unlock();
  stall_hooks_.stalled();
  lock.lock();
  changed_.wait(lock, room);
  lock.unlock();
  stall_hooks_.goes_on();
  lock.lock();
}

void Exchange::write(std::string_view bytes) {
  if (bytes.empty()) return;
  std::unique_lock lock(mutex_);
  if (freely_ || interruption_) {
    tail_.append(bytes);
    if (!freely_) throw_if_interrupted();
    return;
  }
  if (!written_) outgoing_ = net::ByteRing(buffers_.output_bytes);
  written_ = true;
  const bool last_is_done = ends_with_last_done(bytes, done_bytes_);
  last_is_done_ = false;
  while (true) {
    bytes.remove_prefix(outgoing_.write(bytes));
    if (bytes.empty()) break;
    waits_for_room_ = true;
    lock.unlock();
    wake_(Side::kOutgoing);
    lock.lock();
    wait_for_room(lock);
    waits_for_room_ = false;
    if (interruption_) {
      tail_.append(bytes);
      throw_if_interrupted();
    }
  }
  last_is_done_ = last_is_done;
  if (last_is_done) return;  // what follows wakes the connection
  lock.unlock();
  wake_(Side::kOutgoing);
}

std::size_t Exchange::read(std::span<char> room) {
  if (room.empty()) return 0;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] {
    return incoming_.size() > 0 || incoming_ended_ || incoming_error_ || interruption_;
  });
  throw_if_interrupted();
  const std::size_t count = incoming_.read(room);
  if (count == 0 && incoming_error_) throw Error(*incoming_error_);
  // Waking the connection for each small piece would cost more than it brings: let half the ring
  // come free first.
  if (incoming_starved_ && incoming_.space() >= buffers_.input_bytes / 2) {
    incoming_starved_ = false;
    lock.unlock();
    wake_(Side::kIncoming);
  }
  return count;
}

std::optional<Interruption> Exchange::interrupted() {
  const std::lock_guard lock(mutex_);
  return interruption_;
}

bool Exchange::silent() {
  const std::lock_guard lock(mutex_);
  return !written_ && tail_.empty();
}

void Exchange::write_freely() {
  const std::lock_guard lock(mutex_);
  freely_ = true;
}

bool Exchange::connection_goes_on() {
  const std::lock_guard lock(mutex_);
  return connection_goes_on_;
}

void Exchange::end(bool connection_goes_on) {
  {
    const std::lock_guard lock(mutex_);
    connection_goes_on_ = connection_goes_on;
    ended_ = true;
  }
  wake_(Side::kOutgoing);
  wake_(Side::kIncoming);
}

}  // namespace tarn::tds::detail
