#include "detail/byte_pipe.h"

#include <pthread.h>

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
  changed_.wait(lock, [&] { return buffer_.size() < kBufferBytes || cancel_.cancelled(); });
  cancel_.token().check();
  buffer_ += bytes;
  if (buffer_.size() >= kFirstBytes) {
    released_ = true;
    changed_.notify_all();
  }
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
