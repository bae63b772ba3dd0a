#pragma once
// A script to batches, as sqlcmd and SQL Server Management Studio split it: at lines that hold GO
// alone. The server never sees GO; whoever sends a script (the command line) splits it first.

#include <string_view>
#include <vector>

namespace tarn::sql {

struct ScriptBatch {
  std::string_view text;  // into the script
  int first_line = 1;     // the line of the script on which it begins
  int count = 1;          // of `GO n`: how often to run it
};

/// `GO n` runs a batch at most this often.
inline constexpr int kBatchRepeatMax = 1'000'000;

/// Splits at each line that consists of GO, or GO and a number, in any case, with an optional
/// comment behind it, but not inside a comment, a string or a delimited name. Batches of blanks
/// alone are left out. Throws Error(kInvalidArgument) with its line when something else follows GO.
std::vector<ScriptBatch> split_batches(std::string_view script);

}  // namespace tarn::sql
