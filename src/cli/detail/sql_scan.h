#pragma once
// T-SQL as a shell needs to see it while it is being typed: words, names and punctuation, whether
// something is still open, and whether Enter should run it.

#include <string>
#include <string_view>
#include <vector>

namespace tarn::cli {

struct SqlToken {
  enum class Kind { kWord, kName, kString, kPunctuation };  // kName: [in brackets] or "quoted"
  Kind kind;
  std::string text;       // of a name or string: without its delimiters
  std::size_t start = 0;  // bytes into the text
  std::size_t end = 0;
};

struct SqlScan {
  std::vector<SqlToken> tokens;
  bool open = false;  // ends inside a string, a delimited name or a comment of several lines
};

/// Never fails: what it does not know is punctuation.
SqlScan scan_sql(std::string_view text);

/// Whether a batch being typed is to run: it ends with a line GO, or with a semicolon outside of
/// strings, comments, parentheses and BEGIN … END. What begins with DECLARE, or creates a
/// procedure, function or trigger, runs at GO alone: its semicolons are inside. Blanks alone, a
/// command of the shell (".help", "\d") and a line "USE name", "exit" or "quit" are complete as
/// they are.
bool is_complete_batch(std::string_view text);

/// Whether the text is a command of the shell rather than T-SQL.
bool is_shell_command(std::string_view text);

}  // namespace tarn::cli
