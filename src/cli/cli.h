#pragma once
// The command line: `tarn <noun> <verb>`. Each command is a call of the router, of a server where
// one has the home, in this process otherwise. It owns options, output forms and exit codes
// (docs/cli.md), and no rule of the domain.

#include <string>
#include <vector>

namespace tarn::cli {

/// Runs one command line, without the program's name; returns the exit code.
int run(const std::vector<std::string>& arguments);

}  // namespace tarn::cli
