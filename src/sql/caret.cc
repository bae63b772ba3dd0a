#include "sql/caret.h"

#include <algorithm>

namespace tarn::sql {
namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

/// The line's text without its end, or nothing.
std::string_view line_of(std::string_view text, int number) {
  for (int line = 1; line < number; ++line) {
    const std::size_t end = text.find_first_of("\r\n");
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return text.substr(0, text.find_first_of("\r\n"));
}

/// Bytes of the first `characters` characters.
std::size_t bytes_of(std::string_view line, int characters) {
  std::size_t i = 0;
  while (i < line.size()) {
    if (starts_character(line[i]) && characters-- == 0) break;
    ++i;
  }
  return i;
}

}  // namespace

std::string render_caret(std::string_view text, const Place& place) {
  if (place.line < 1 || place.column < 1) return {};
  std::string_view line = line_of(text, place.line);
  int before = place.column - 1;
  std::string prefix;
  if (before > kCaretWidthMax * 2 / 3) {
    const int cut = before - kCaretWidthMax / 2;
    line.remove_prefix(bytes_of(line, cut));
    before -= cut;
    prefix = "...";
  }
  const std::size_t shown = bytes_of(line, kCaretWidthMax);
  const bool cut_behind = shown < line.size();
  line = line.substr(0, shown);
  if (line.empty()) return {};

  std::string caret(prefix.size(), ' ');
  const std::string_view left = line.substr(0, bytes_of(line, before));
  for (const char c : left) {
    if (starts_character(c)) caret += c == '\t' ? '\t' : ' ';
  }
  return prefix + std::string(line) + (cut_behind ? "..." : "") + "\n" + caret + "^";
}

}  // namespace tarn::sql
