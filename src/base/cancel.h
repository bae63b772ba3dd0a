#pragma once
// Cancellation that reaches from the router to the engine, the lake's loops and the workers.
//
// A CancelSource is owned by whoever may cancel (a connection, a job, Ctrl-C); tokens are handed
// down. Thread-safe.

#include <functional>
#include <memory>
#include <string>

namespace tarn {

namespace detail {
struct CancelState;
}

/// Cheap to copy. A default-made token is never cancelled.
class CancelToken {
 public:
  CancelToken() = default;

  bool cancelled() const;
  /// Throws Error(kCancelled) once cancelled. Call it in every loop that may run long.
  void check() const;

  /// Calls `action` when the source is cancelled, at once if it is already, at most once, on the
  /// cancelling thread. After the registration's destruction the action neither runs nor is
  /// running.
  class Registration {
   public:
    Registration() = default;
    Registration(Registration&&) = default;
    /// Ends the registration that it replaces.
    Registration& operator=(Registration&& other) noexcept;
    ~Registration();

   private:
    friend class CancelToken;
    std::shared_ptr<detail::CancelState> state_;
    unsigned long long id_ = 0;
  };
  [[nodiscard]] Registration on_cancel(std::function<void()> action) const;

 private:
  friend class CancelSource;
  std::shared_ptr<detail::CancelState> state_;
};

class CancelSource {
 public:
  CancelSource();
  /// A source that is also cancelled when `parent` is.
  explicit CancelSource(const CancelToken& parent);

  CancelToken token() const;
  /// Idempotent. `reason` ends up in the error of check(), for instance "the client hung up".
  void cancel(std::string reason = "the operation was cancelled");
  bool cancelled() const { return token().cancelled(); }

 private:
  std::shared_ptr<detail::CancelState> state_;
  CancelToken::Registration parent_;
};

}  // namespace tarn
