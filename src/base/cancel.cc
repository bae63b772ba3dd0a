#include "cancel.h"

#include <atomic>
#include <map>
#include <mutex>

#include "error.h"

namespace tarn {

struct detail::CancelState {
  std::atomic<bool> cancelled{false};
  // Recursive: an action may destroy another registration of the same source.
  std::recursive_mutex mutex;
  std::string reason;
  unsigned long long next_id = 1;
  std::map<unsigned long long, std::function<void()>> actions;

  void cancel(std::string why) {
    std::lock_guard lock(mutex);
    if (cancelled) return;
    reason = std::move(why);
    cancelled = true;
    while (!actions.empty()) {
      auto action = std::move(actions.begin()->second);
      actions.erase(actions.begin());
      action();
    }
  }
};

bool CancelToken::cancelled() const { return state_ && state_->cancelled; }

void CancelToken::check() const {
  if (!cancelled()) return;
  // Written before `cancelled`, and never again. No lock: the caller may hold one that an action of
  // cancel() waits for.
  throw Error(Code::kCancelled, "Cancelled: " + state_->reason);
}

CancelToken::Registration CancelToken::on_cancel(std::function<void()> action) const {
  Registration registration;
  if (!state_) return registration;
  std::lock_guard lock(state_->mutex);
  if (state_->cancelled) {
    action();
    return registration;
  }
  registration.state_ = state_;
  registration.id_ = state_->next_id++;
  state_->actions.emplace(registration.id_, std::move(action));
  return registration;
}

CancelToken::Registration& CancelToken::Registration::operator=(Registration&& other) noexcept {
  Registration ended(std::move(*this));
  state_ = std::move(other.state_);
  id_ = other.id_;
  return *this;
}

CancelToken::Registration::~Registration() {
  if (!state_) return;
  std::lock_guard lock(state_->mutex);
  state_->actions.erase(id_);
}

CancelSource::CancelSource() : state_(std::make_shared<detail::CancelState>()) {}

CancelSource::CancelSource(const CancelToken& parent) : CancelSource() {
  parent_ = parent.on_cancel([state = state_] { state->cancel("the operation was cancelled"); });
}

CancelToken CancelSource::token() const {
  CancelToken token;
  token.state_ = state_;
  return token;
}

void CancelSource::cancel(std::string reason) { state_->cancel(std::move(reason)); }

}  // namespace tarn
