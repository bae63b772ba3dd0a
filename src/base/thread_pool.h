#pragma once
// A fixed number of named threads for blocking work. The queue is bounded: submit() refuses when it
// is full.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace tarn {

class ThreadPool {
 public:
  /// Threads are made as they are first needed. `name` is at most 12 characters (the kernel shows
  /// 15).
  ThreadPool(std::string name, std::size_t threads, std::size_t queue_max);
  /// Runs what is queued, then ends the threads.
  ~ThreadPool();

  /// False when the queue is full or the pool is stopping. A task must not throw.
  [[nodiscard]] bool submit(std::function<void()> task);
  std::size_t queued() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn
