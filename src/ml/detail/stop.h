#pragma once
// Why a computation may have to end early: somebody cancelled it, or its time is over. Asked for in
// every longer loop.

#include <atomic>
#include <limits>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"

namespace tarn::ml::detail {

inline constexpr Micros kNoDeadline = std::numeric_limits<Micros>::max();

/// Borrows the clock and the deadline, which may move.
class Stop {
 public:
  Stop() = default;
  Stop(CancelToken cancel, const Clock& clock, const std::atomic<Micros>& deadline)
      : cancel_(std::move(cancel)), clock_(&clock), deadline_(&deadline) {}

  bool cancelled() const { return cancel_.cancelled(); }
  bool out_of_time() const {
    if (deadline_ == nullptr) return false;
    const Micros deadline = deadline_->load(std::memory_order_relaxed);
    return deadline != kNoDeadline && clock_->now() >= deadline;
  }
  /// Throws Error(kCancelled) or Error(kDeadlineExceeded).
  void check() const {
    cancel_.check();
    if (out_of_time()) throw Error(Code::kDeadlineExceeded, "the time for training is over");
  }

 private:
  CancelToken cancel_;
  const Clock* clock_ = nullptr;
  const std::atomic<Micros>* deadline_ = nullptr;
};

}  // namespace tarn::ml::detail
