#pragma once
// What was run in `tarn sql`, kept between its runs: a file of the user's alone.
//
// One entry a line; a line end within it is "\n", a backslash "\\". Several shells may append at
// the same time.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::cli {

class SqlHistory {
 public:
  static constexpr std::size_t kEntriesMax = 2'000;        // kept when the file is read
  static constexpr std::size_t kEntryBytesMax = 16 << 10;  // a longer one is not kept

  explicit SqlHistory(std::filesystem::path file) : file_(std::move(file)) {}

  /// $XDG_STATE_HOME/tarn/sql_history, else ~/.local/state/tarn/sql_history; empty when neither is
  /// known.
  static std::filesystem::path default_file();

  /// The entries, oldest first; shortens a file that has grown to twice kEntriesMax. A file that
  /// cannot be read is as an empty one.
  std::vector<std::string> load();
  /// Keeps the entry, unless it is_secret() or too long. False where the file cannot be written.
  bool append(const std::string& entry);

  /// Whether the text may hold a password, key or token: it names one.
  static bool is_secret(std::string_view text);

 private:
  std::filesystem::path file_;
};

}  // namespace tarn::cli
