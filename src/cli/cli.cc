#include "cli.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "base/error.h"
#include "detail/command_line.h"
#include "detail/error_report.h"

namespace tarn::cli {
namespace {

/// Turns Ctrl-C and SIGTERM into a cancellation; a second one ends the process at once.
class Interrupts {
 public:
  explicit Interrupts(CancelSource& source) {
    sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::thread([this, &source] {
      int signal = 0;
      while (sigwait(&signals_, &signal) == 0 && signal != SIGUSR1) {
        if (source.cancelled()) _exit(kInterrupted);
        source.cancel("interrupted");
      }
    });
  }
  ~Interrupts() {
    pthread_kill(thread_.native_handle(), SIGUSR1);
    thread_.join();
  }

 private:
  sigset_t signals_;
  std::thread thread_;
};

}  // namespace

int run(const std::vector<std::string>& arguments) {
  try {
    if (!arguments.empty() && arguments[0] == "complete")
      return complete_main({arguments.begin() + 1, arguments.end()});
    const ParsedCommand command = parse_command_line(arguments);
    if (!command.run) return command.exit_code;
    if (command.own_signals) {
      Context context(command.where, command.format, {});
      return command.run(context);
    }
    CancelSource source;
    Interrupts interrupts(source);
    Context context(command.where, command.format, source.token());
    const int code = command.run(context);
    return std::fflush(stdout) == 0 ? code : kFailed;
  } catch (const Error& error) {
    print_error(error);
    return exit_code_of(error.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return kFailed;
  }
}

}  // namespace tarn::cli
