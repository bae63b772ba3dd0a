#include "base/utf16.h"

#include <cstdint>
#include <cstring>

namespace tarn {
namespace {

constexpr char32_t kReplacement = 0xFFFD;
constexpr std::uint64_t kHighBits = 0x8080808080808080u;

/// Eight bytes at `at` are ASCII.
bool eight_ascii(std::string_view text, std::size_t at) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text.data() + at, sizeof bytes);
  return (bytes & kHighBits) == 0;
}

/// The character at `at`, which goes on to the next one. Overlong forms and surrogates are none.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at++);
  if (first < 0x80) return first;
  const int more = first >= 0xF0 && first < 0xF5   ? 3
                   : first >= 0xE0 && first < 0xF0 ? 2
                   : first >= 0xC2 && first < 0xE0 ? 1
                                                   : 0;
  if (more == 0) return kReplacement;
  char32_t c = first & (0x3F >> more);
  std::size_t end = at;
  for (int i = 0; i < more; ++i, ++end) {
    if (end == text.size() || (byte(end) & 0xC0) != 0x80) return kReplacement;
    c = c << 6 | (byte(end) & 0x3F);
  }
  constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  if (c < kLeast[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return kReplacement;
  at = end;
  return c;
}

void append_unit(std::string& bytes, char32_t unit) {
  bytes += static_cast<char>(unit & 0xFF);
  bytes += static_cast<char>(unit >> 8);
}

}  // namespace

void append_utf16(std::string& bytes, std::string_view utf8) {
  bytes.reserve(bytes.size() + 2 * utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    if (utf8.size() - at >= 8 && eight_ascii(utf8, at)) {
      char wide[16] = {};
      for (int i = 0; i < 8; ++i) wide[2 * i] = utf8[at + static_cast<std::size_t>(i)];
      bytes.append(wide, sizeof wide);
      at += 8;
      continue;
    }
    const char32_t c = next_character(utf8, at);
    if (c < 0x10000) {
      append_unit(bytes, c);
    } else {
      append_unit(bytes, 0xD800 + ((c - 0x10000) >> 10));
      append_unit(bytes, 0xDC00 + ((c - 0x10000) & 0x3FF));
    }
  }
}

std::string utf16_from_utf8(std::string_view utf8) {
  std::string bytes;
  append_utf16(bytes, utf8);
  return bytes;
}

std::size_t utf16_units(std::string_view utf8) {
  std::size_t units = 0;
  for (std::size_t at = 0; at < utf8.size();) {
    if (utf8.size() - at >= 8 && eight_ascii(utf8, at)) {
      units += 8;
      at += 8;
      continue;
    }
    units += next_character(utf8, at) < 0x10000 ? 1 : 2;
  }
  return units;
}

void append_utf8(std::string& text, char32_t c) {
  if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) c = kReplacement;
  const auto add = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (c < 0x80) {
    add(c);
  } else if (c < 0x800) {
    add(0xC0 | c >> 6);
    add(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    add(0xE0 | c >> 12);
    add(0x80 | (c >> 6 & 0x3F));
    add(0x80 | (c & 0x3F));
  } else {
    add(0xF0 | c >> 18);
    add(0x80 | (c >> 12 & 0x3F));
    add(0x80 | (c >> 6 & 0x3F));
    add(0x80 | (c & 0x3F));
  }
}

std::string utf8_from_utf16(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() / 2);
  const auto unit = [&](std::size_t i) -> char32_t {
    const char32_t low = static_cast<unsigned char>(bytes[i]);
    return i + 1 < bytes.size()
               ? low | static_cast<char32_t>(static_cast<unsigned char>(bytes[i + 1])) << 8
               : low;
  };
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    char32_t c = unit(i);
    if (c >= 0xD800 && c < 0xDC00 && i + 3 < bytes.size()) {
      const char32_t second = unit(i + 2);
      if (second >= 0xDC00 && second < 0xE000) {
        c = 0x10000 + ((c - 0xD800) << 10) + (second - 0xDC00);
        i += 2;
      }
    }
    append_utf8(text, c);
  }
  return text;
}

}  // namespace tarn
