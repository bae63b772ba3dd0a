#pragma once
// Signals of an interactive shell: Ctrl-C cancels what runs, never the shell; an end from outside
// leaves the terminal as it was found.

#include <signal.h>
#include <termios.h>

#include <mutex>
#include <thread>

#include "base/cancel.h"

namespace tarn::cli {

class TerminalSignals {
 public:
  /// Blocks the signals in this thread, and so in those that it starts: make it first.
  TerminalSignals();
  ~TerminalSignals();
  TerminalSignals(const TerminalSignals&) = delete;

  /// While it lives, Ctrl-C cancels its token; a second Ctrl-C ends the process.
  class Cancellable {
   public:
    explicit Cancellable(TerminalSignals& signals);
    ~Cancellable();
    Cancellable(const Cancellable&) = delete;
    CancelToken token() const { return source_.token(); }

   private:
    TerminalSignals& signals_;
    CancelSource source_;
  };

 private:
  void serve();

  sigset_t signals_{};
  termios found_{};
  bool known_ = false;
  std::mutex mutex_;
  CancelSource* running_ = nullptr;
  std::thread thread_;
};

}  // namespace tarn::cli
