#include "thread_pool.h"

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace tarn {

struct ThreadPool::Impl {
  std::string name;
  std::size_t threads_max;
  std::size_t queue_max;
  mutable std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void()>> queue;
  std::vector<std::thread> threads;
  std::size_t idle = 0;
  bool stopping = false;

  void run(std::size_t number) {
    pthread_setname_np(pthread_self(), (name + '-' + std::to_string(number)).substr(0, 15).c_str());
    std::unique_lock lock(mutex);
    while (true) {
      ++idle;
      wake.wait(lock, [&] { return stopping || !queue.empty(); });
      --idle;
      if (queue.empty()) return;
      auto task = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      task();
      task = nullptr;
      lock.lock();
    }
  }
};

ThreadPool::ThreadPool(std::string name, std::size_t threads, std::size_t queue_max)
    : impl_(std::make_unique<Impl>()) {
  impl_->name = std::move(name);
  impl_->threads_max = threads;
  impl_->queue_max = queue_max;
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  for (auto& thread : impl_->threads) thread.join();
}

bool ThreadPool::submit(std::function<void()> task) {
  std::unique_lock lock(impl_->mutex);
  if (impl_->stopping || impl_->queue.size() >= impl_->queue_max) return false;
  impl_->queue.push_back(std::move(task));
  if (impl_->idle < impl_->queue.size() && impl_->threads.size() < impl_->threads_max) {
    impl_->threads.emplace_back([this, number = impl_->threads.size()] { impl_->run(number); });
  }
  lock.unlock();  // or who wakes would wait for it
  impl_->wake.notify_one();
  return true;
}

std::size_t ThreadPool::queued() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->queue.size();
}

}  // namespace tarn
