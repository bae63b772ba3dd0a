#pragma once
// Bytes made on one thread and sent by another, with a bounded buffer between them.

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/cancel.h"
#include "router/message.h"

namespace tarn::api {

/// The producer starts at once and is held back while the buffer is full. Destroyed early, the
/// producer is cancelled.
class BytePipe {
 public:
  static constexpr std::size_t kBufferBytes = 256 << 10;  // beyond it the producer waits
  static constexpr std::size_t kFirstBytes = 32 << 10;  // that are gathered before anything is sent
  static constexpr double kStallS = 1;  // of a full buffer, after which the producer is told

  /// Called on the producer's thread while its write() waits, and before it goes on.
  struct StallHooks {
    std::function<void()> stalled;
    std::function<void()> goes_on;
  };

  /// What the producer writes to.
  class Writer {
   public:
    /// Blocks while the buffer is full. Throws Error(kCancelled) when nobody reads any more.
    void write(std::string_view bytes) { pipe_.append(bytes); }
    /// Whether the reader has been let at the bytes: an error can no longer change the response's
    /// head.
    bool flushed() const { return pipe_.released(); }
    void on_stall(StallHooks hooks) { pipe_.stall_hooks_ = std::move(hooks); }

   private:
    friend class BytePipe;
    explicit Writer(BytePipe& pipe) : pipe_(pipe) {}
    BytePipe& pipe_;
  };
  using Producer = std::function<void(Writer&, const CancelToken&)>;

  BytePipe(const CancelToken& cancel, Producer producer);
  ~BytePipe();
  BytePipe(const BytePipe&) = delete;

  /// Returns when kFirstBytes are there, or the producer has ended well; throws what it threw
  /// before that.
  void wait_for_first_bytes();
  /// Passes everything on, to the producer's end; throws what it threw.
  void drain(router::BodySink& sink);

 private:
  void append(std::string_view bytes);
  void wait_for_room(std::unique_lock<std::mutex>& lock);
  bool released() const;

  CancelSource cancel_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::string buffer_;
  bool released_ = false;
  bool ended_ = false;
  std::exception_ptr failure_;
  StallHooks stall_hooks_;  // the producer's alone
  CancelToken::Registration wake_;
  std::thread thread_;
};

}  // namespace tarn::api
