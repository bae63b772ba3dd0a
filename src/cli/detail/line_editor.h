#pragma once
// Texts typed on a terminal: editing over several lines, history, completion. Over libedit, whose
// keys and ~/.editrc hold. While it lives, what is typed between two reads waits for the next one
// as keys, and is shown by it. Not thread-safe; one at a time.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::cli {

/// What may stand in place of the text from `start` (in bytes) to the cursor.
struct Suggestions {
  std::size_t start = 0;
  std::vector<std::string> words;  // sorted
};

class LineEditor {
 public:
  struct Behaviour {
    /// Whether Enter ends the text; otherwise it begins a new line.
    std::function<bool(std::string_view text)> is_complete;
    /// Asked when Tab is pressed, with the cursor in bytes.
    std::function<Suggestions(std::string_view text, std::size_t cursor)> suggest;
  };
  enum class Outcome {
    kText,
    kDropped,  // Ctrl-C
    kEnd,      // Ctrl-D on an empty line, or the terminal is gone
  };

  static constexpr std::size_t kTextBytesMax = 4 << 20;
  static constexpr std::size_t kSuggestionsShownMax = 200;
  static constexpr int kEntriesMax = 10'000;  // of the history in memory

  explicit LineEditor(Behaviour behaviour);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;

  Outcome read(const std::string& prompt, std::string& text);
  /// Adds to what the arrow keys bring back.
  void remember(const std::string& text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether there is a terminal to type on and one to show it.
bool on_terminal();

}  // namespace tarn::cli
