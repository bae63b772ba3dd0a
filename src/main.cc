// The program: the command line, the server and the worker in one binary.

#include <signal.h>

#include <string>
#include <vector>

#include "cli/cli.h"
#include "jobs/worker.h"

int main(int argc, char** argv) {
  // A reader that goes away is an error of that write, not the end of the process.
  signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == "worker") {
    return tarn::jobs::worker_main(std::span(arguments).subspan(1));
  }
  return tarn::cli::run(arguments);
}
