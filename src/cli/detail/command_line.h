#pragma once
// Reads a command line into a command.

#include <functional>
#include <string>
#include <vector>

#include "detail/completion.h"
#include "detail/context.h"

namespace tarn::cli {

/// Exit codes, as docs/cli.md lists them.
enum ExitCode {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kNotFound = 3,
  kDenied = 4,
  kConflict = 5,
  kUnavailable = 75,
  kInterrupted = 130,
};

struct ParsedCommand {
  Where where;
  Format format = Format::kTable;
  /// True where the command takes signals itself.
  bool own_signals = false;
  std::function<int(Context&)> run;  // empty: help was printed
  int exit_code = kOk;               // of that
};

/// Throws Error(kInvalidArgument) for what is no command line, with the nearest word.
ParsedCommand parse_command_line(const std::vector<std::string>& arguments);

/// What may stand in place of the last of `words`, which are those behind "tarn".
Completions complete_command_line(const std::vector<std::string>& words);

}  // namespace tarn::cli
