#pragma once
// Threads that do the same.

#include <system_error>
#include <thread>
#include <vector>

namespace tarn::ml::detail {

/// Calls `body`, which must not throw, in so many threads, this one among them. Fewer threads than
/// wanted change nothing but the time, so it goes on with those that the system gives.
template <typename Body>
void run_side_by_side(int count, const Body& body) {
  std::vector<std::thread> threads;
  try {
    for (int i = 1; i < count; ++i) threads.emplace_back([&body] { body(); });
  } catch (const std::system_error&) {
  }
  body();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace tarn::ml::detail
