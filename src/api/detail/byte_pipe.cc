#include "detail/byte_pipe.h"

#include <pthread.h>

#include <chrono>

namespace tarn::api {

BytePipe::BytePipe(const CancelToken& cancel, Producer producer) : cancel_(cancel) {
  wake_ = cancel_.token().on_cancel([this] {
    std::lock_guard lock(mutex_);
    changed_.notify_all();
  });
  thread_ = std::thread([this, producer = std::move(producer)] {
    pthread_setname_np(pthread_self(), "sql");
    std::exception_ptr failure;
    try {
      Writer writer(*this);
      producer(writer, cancel_.token());
    } catch (...) {
      failure = std::current_exception();
    }
    std::lock_guard lock(mutex_);
    failure_ = failure;
    ended_ = true;
    changed_.notify_all();
  });
}

BytePipe::~BytePipe() {
  cancel_.cancel("nobody reads the result any more");
  thread_.join();
}

void BytePipe::append(std::string_view bytes) {
  std::unique_lock lock(mutex_);
  do {
    wait_for_room(lock);
    cancel_.token().check();
    const std::string_view piece = bytes.substr(0, kBufferBytes);
    bytes.remove_prefix(piece.size());
    buffer_ += piece;
    if (buffer_.size() >= kFirstBytes) {
      released_ = true;
      changed_.notify_all();
    }
  } while (!bytes.empty());
}

void BytePipe::wait_for_room(std::unique_lock<std::mutex>& lock) {
  const auto room = [&] { return buffer_.size() < kBufferBytes || cancel_.cancelled(); };
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

bool BytePipe::released() const {
  std::lock_guard lock(mutex_);
  return released_;
}

void BytePipe::wait_for_first_bytes() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return released_ || ended_; });
  if (!released_ && failure_) std::rethrow_exception(failure_);
}

void BytePipe::drain(router::BodySink& sink) {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return buffer_.size() >= kFirstBytes || ended_; });
    if (buffer_.empty()) break;
    std::string bytes;
    bytes.swap(buffer_);
    changed_.notify_all();
    lock.unlock();
    sink.write(bytes);
    lock.lock();
  }
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace tarn::api
