#include "detail/terminal_signals.h"

#include <pthread.h>
#include <unistd.h>

#include "detail/command_line.h"

namespace tarn::cli {

TerminalSignals::TerminalSignals() {
  known_ = tcgetattr(STDIN_FILENO, &found_) == 0;
  sigemptyset(&signals_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) sigaddset(&signals_, signal);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  thread_ = std::thread([this] { serve(); });
}

TerminalSignals::~TerminalSignals() {
  pthread_kill(thread_.native_handle(), SIGUSR1);
  thread_.join();
}

void TerminalSignals::serve() {
  int signal = 0;
  while (sigwait(&signals_, &signal) == 0 && signal != SIGUSR1) {
    std::lock_guard lock(mutex_);
    const bool again = running_ && running_->cancelled();
    if (signal != SIGINT || again) {
      if (known_) tcsetattr(STDIN_FILENO, TCSANOW, &found_);
      _exit(signal == SIGINT ? static_cast<int>(kInterrupted) : 128 + signal);
    }
    if (running_) running_->cancel("interrupted");
  }
}

TerminalSignals::Cancellable::Cancellable(TerminalSignals& signals) : signals_(signals) {
  std::lock_guard lock(signals_.mutex_);
  signals_.running_ = &source_;
}

TerminalSignals::Cancellable::~Cancellable() {
  std::lock_guard lock(signals_.mutex_);
  signals_.running_ = nullptr;
}

}  // namespace tarn::cli
