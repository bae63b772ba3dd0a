#include "detail/functions/utf8_text.h"

#include <vector>

#include "base/utf16.h"

namespace tarn::sql {
namespace {

std::size_t width_of(char first, LengthUnit unit) {
  const auto byte = static_cast<unsigned char>(first);
  const std::size_t bytes = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
  if (unit == LengthUnit::kBytes) return bytes;
  return unit == LengthUnit::kUtf16 && bytes == 4 ? 2 : 1;
}

std::size_t character_bytes(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && !starts_character(text[end])) ++end;
  return end - at;
}

/// One element of a pattern: a run's end, any character, a set, or a character.
struct Element {
  enum class Kind { kAnyRun, kAnyOne, kSet, kCharacter } kind = Kind::kCharacter;
  std::string_view text;  // of a character, or the inside of a set
  bool negated = false;
};

std::vector<Element> parse_pattern(std::string_view pattern, char escape) {
  std::vector<Element> elements;
  for (std::size_t i = 0; i < pattern.size();) {
    if (escape && pattern[i] == escape && i + 1 < pattern.size()) {
      const std::size_t bytes = character_bytes(pattern, i + 1);
      elements.push_back({Element::Kind::kCharacter, pattern.substr(i + 1, bytes), false});
      i += 1 + bytes;
      continue;
    }
    if (pattern[i] == '%') {
      elements.push_back({Element::Kind::kAnyRun, {}, false});
      ++i;
    } else if (pattern[i] == '_') {
      elements.push_back({Element::Kind::kAnyOne, {}, false});
      ++i;
    } else if (const std::size_t close =
                   pattern.find(']', i + 1 + (i + 1 < pattern.size() && pattern[i + 1] == ']'));
               pattern[i] == '[' && close != std::string_view::npos) {
      std::string_view inside = pattern.substr(i + 1, close - i - 1);
      const bool negated = inside.starts_with('^');
      if (negated) inside.remove_prefix(1);
      elements.push_back({Element::Kind::kSet, inside, negated});
      i = close + 1;
    } else {
      const std::size_t bytes = character_bytes(pattern, i);
      elements.push_back({Element::Kind::kCharacter, pattern.substr(i, bytes), false});
      i += bytes;
    }
  }
  return elements;
}

bool set_contains(std::string_view set, std::string_view character) {
  const char32_t value = decoded(character);
  for (std::size_t i = 0; i < set.size();) {
    const std::size_t bytes = character_bytes(set, i);
    const std::string_view low = set.substr(i, bytes);
    i += bytes;
    if (i + 1 < set.size() && set[i] == '-') {
      const std::size_t high_bytes = character_bytes(set, i + 1);
      const std::string_view high = set.substr(i + 1, high_bytes);
      i += 1 + high_bytes;
      if (value >= decoded(low) && value <= decoded(high)) return true;
    } else if (low == character) {
      return true;
    }
  }
  return false;
}

bool element_matches(const Element& element, std::string_view character) {
  switch (element.kind) {
    case Element::Kind::kAnyOne:
      return true;
    case Element::Kind::kSet:
      return set_contains(element.text, character) != element.negated;
    default:
      return element.text == character;
  }
}

/// The usual two-pointer match: only the last % needs to be gone back to.
bool matches(std::string_view text, const std::vector<Element>& elements) {
  std::size_t at = 0;
  std::size_t element = 0;
  std::size_t star = elements.size();
  std::size_t retry = 0;
  while (at < text.size()) {
    const std::size_t bytes = character_bytes(text, at);
    if (element < elements.size() && elements[element].kind == Element::Kind::kAnyRun) {
      star = element++;
      retry = at;
    } else if (element < elements.size() &&
               element_matches(elements[element], text.substr(at, bytes))) {
      at += bytes;
      ++element;
    } else if (star < elements.size()) {
      retry += character_bytes(text, retry);
      at = retry;
      element = star + 1;
    } else {
      return false;
    }
  }
  while (element < elements.size() && elements[element].kind == Element::Kind::kAnyRun) ++element;
  return element == elements.size();
}

}  // namespace

std::size_t text_length(std::string_view text, LengthUnit unit) {
  if (unit == LengthUnit::kBytes) return text.size();
  std::size_t length = 0;
  for (const char c : text) {
    if (starts_character(c)) length += width_of(c, unit);
  }
  return length;
}

std::string_view text_prefix(std::string_view text, std::size_t length, LengthUnit unit) {
  if (text.size() <= length) return text;
  std::size_t used = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!starts_character(text[i])) continue;
    used += width_of(text[i], unit);
    if (used > length) return text.substr(0, i);
  }
  return text;
}

std::size_t character_offset(std::string_view text, std::size_t character) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!starts_character(text[i])) continue;
    if (character-- == 0) return i;
  }
  return text.size();
}

char32_t decoded(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) -> char32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) & 0x3F : 0;
  };
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return first;
  if (first < 0xE0) return (first & 0x1Fu) << 6 | byte(1);
  if (first < 0xF0) return (first & 0x0Fu) << 12 | byte(1) << 6 | byte(2);
  return (first & 0x07u) << 18 | byte(1) << 12 | byte(2) << 6 | byte(3);
}

std::string encoded(char32_t c) {
  std::string text;
  append_utf8(text, c);
  return text;
}

std::size_t currency_sign_bytes(std::string_view text) {
  if (text.empty()) return 0;
  const char32_t c = decoded(text);
  const bool sign = c == '$' || (c >= 0xA2 && c <= 0xA5) || (c >= 0x20A0 && c <= 0x20B1) ||
                    c == 0x09F2 || c == 0x09F3 || c == 0x0E3F || c == 0x17DB || c == 0xFDFC;
  return sign ? character_bytes(text, 0) : 0;
}

std::string lower_case(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t bytes = character_bytes(text, i);
    const char32_t c = decoded(text.substr(i, bytes));
    char32_t lower = c;
    if ((c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7) ||
        (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F)) {
      lower = c + 32;
    } else if ((c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177)) {
      lower = c | 1;  // pairs of an even and an odd letter
    } else if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E)) {
      lower = c + (c & 1);  // pairs the other way round
    } else if (c >= 0x400 && c <= 0x40F) {
      lower = c + 80;
    }
    result += lower == c ? std::string(text.substr(i, bytes)) : encoded(lower);
    i += bytes;
  }
  return result;
}

bool like_matches(std::string_view text, std::string_view pattern, char escape, bool trims) {
  const std::vector<Element> elements = parse_pattern(pattern, escape);
  while (!matches(text, elements)) {
    if (!trims || !text.ends_with(' ')) return false;
    text.remove_suffix(1);
  }
  return true;
}

std::size_t pattern_index(std::string_view text, std::string_view pattern) {
  const bool open_start = pattern.starts_with('%');
  if (open_start) pattern.remove_prefix(1);
  const std::vector<Element> elements = parse_pattern(pattern, 0);
  std::size_t position = 1;
  for (std::size_t i = 0; i <= text.size(); ++position) {
    if (matches(text.substr(i), elements)) return position;
    if (!open_start || i == text.size()) break;
    i += character_bytes(text, i);
  }
  return 0;
}

}  // namespace tarn::sql
