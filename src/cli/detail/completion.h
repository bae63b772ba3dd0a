#pragma once
// Completion of the command line by shells: `tarn completion bash` prints a shell's script, which
// asks the hidden `tarn complete` for each word.

#include <string>
#include <string_view>
#include <vector>

#include "detail/gateway.h"

namespace CLI {
class App;
}

namespace tarn::cli {

/// What may stand in a word's place.
struct Completions {
  enum class Files { kNone, kAny };
  struct Word {
    std::string text;
    std::string doc;  // may be empty
  };
  std::vector<Word> words;
  Files files = Files::kNone;  // the shell adds local files
};

/// `words` are those behind "tarn"; the last is being typed and may be empty. Values (tables, lake
/// paths, jobs, models, …) come from the server, or from a home that is there and free: no server
/// is started, no home made, changed or waited for. Never throws.
Completions complete(const CLI::App& root, const std::vector<std::string>& words,
                     const Where& where) noexcept;

/// A line as a shell reads it to words: blanks separate, quotes and backslashes hold together.
std::vector<std::string> words_of_line(std::string_view line);

/// The script for "bash", "zsh" or "fish". Throws Error(kInvalidArgument).
std::string completion_script(const std::string& shell);

/// `tarn complete -- WORD…`, `tarn complete --line LINE`: prints a word a line, with a tab and its
/// doc behind it, and a last line ":files" where local files fit.
int complete_main(const std::vector<std::string>& arguments);

}  // namespace tarn::cli
