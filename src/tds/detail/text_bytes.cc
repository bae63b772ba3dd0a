#include "detail/text_bytes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "base/utf16.h"

namespace tarn::tds::detail {
namespace {

constexpr std::size_t kStride = 16;
constexpr std::uint64_t kHighBits64 = 0x8080808080808080u;
constexpr char32_t kNoCharacter = 0xFFFD;

/// The code page's 0x80 to 0x9F; 0 where it has nothing. All else is as in Latin-1.
constexpr std::array<char16_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

bool ascii_stride(const char* at) {
  std::uint64_t words[2];
  std::memcpy(words, at, sizeof words);
  return ((words[0] | words[1]) & kHighBits64) == 0;
}

/// kStride bytes of ASCII, two bytes each.
void widen(const char* from, char* to) {
  std::uint16_t wide[kStride];
  for (std::size_t i = 0; i < kStride; ++i) wide[i] = static_cast<unsigned char>(from[i]);
  std::memcpy(to, wide, sizeof wide);
}

/// The character at `at`, which moves on. `end` is behind the text's last byte.
char32_t take_character(const char*& at, const char* end) {
  const auto byte = [](const char* p) { return static_cast<unsigned char>(*p); };
  const unsigned char first = byte(at++);
  if (first < 0x80) return first;
  const int more = first < 0xC2 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : first < 0xF5 ? 3 : 0;
  if (more == 0 || end - at < more) return kNoCharacter;
  char32_t c = first & (0x3F >> more);
  for (int i = 0; i < more; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return kNoCharacter;
    c = c << 6 | (byte(at + i) & 0x3F);
  }
  constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  if (c < kLeast[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return kNoCharacter;
  at += more;
  return c;
}

char* put_unit(char32_t unit, char* to) {
  to[0] = static_cast<char>(unit & 0xFF);
  to[1] = static_cast<char>(unit >> 8);
  return to + 2;
}

char windows1252_of(char32_t c) {
  if (c < 0x80 || (c >= 0xA0 && c < 0x100)) return static_cast<char>(c);
  for (std::size_t i = 0; i < kWindows1252.size(); ++i) {
    const char32_t there = kWindows1252[i] ? kWindows1252[i] : 0x80 + i;
    if (there == c) return static_cast<char>(0x80 + i);
  }
  return '?';
}

}  // namespace

char* write_utf16(std::string_view utf8, char* to) {
  const char* at = utf8.data();
  const char* const end = at + utf8.size();
  while (at != end) {
    while (end - at >= static_cast<std::ptrdiff_t>(kStride) && ascii_stride(at)) {
      widen(at, to);
      at += kStride;
      to += 2 * kStride;
    }
    // What is not ASCII is seldom alone: look for a stride again after a few characters.
    for (std::size_t i = 0; i < kStride && at != end; ++i) {
      const char32_t c = take_character(at, end);
      if (c < 0x10000) {
        to = put_unit(c, to);
      } else {
        to = put_unit(0xD800 + ((c - 0x10000) >> 10), to);
        to = put_unit(0xDC00 + ((c - 0x10000) & 0x3FF), to);
      }
    }
  }
  return to;
}

char* write_windows1252(std::string_view utf8, char* to) {
  const char* at = utf8.data();
  const char* const end = at + utf8.size();
  while (at != end) {
    while (end - at >= static_cast<std::ptrdiff_t>(kStride) && ascii_stride(at)) {
      std::memcpy(to, at, kStride);
      at += kStride;
      to += kStride;
    }
    for (std::size_t i = 0; i < kStride && at != end; ++i)
      *to++ = windows1252_of(take_character(at, end));
  }
  return to;
}

void append_windows1252_as_utf8(std::string_view bytes, std::string& to) {
  if (is_ascii(bytes)) {
    to += bytes;
    return;
  }
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const bool special = byte >= 0x80 && byte < 0xA0 && kWindows1252[byte - 0x80];
    append_utf8(to, special ? kWindows1252[byte - 0x80] : byte);
  }
}

std::size_t utf8_prefix_of_units(std::string_view utf8, std::size_t units) {
  if (utf8.size() <= units) return utf8.size();
  const char* at = utf8.data();
  const char* const end = at + utf8.size();
  for (std::size_t used = 0; at != end;) {
    const char* const before = at;
    used += take_character(at, end) < 0x10000 ? 1 : 2;
    if (used > units) return static_cast<std::size_t>(before - utf8.data());
  }
  return utf8.size();
}

std::size_t utf8_prefix_of_bytes(std::string_view utf8, std::size_t bytes) {
  if (utf8.size() <= bytes) return utf8.size();
  // A character has at most three bytes after its first.
  std::size_t end = bytes;
  for (int i = 0; i < 3 && end > 0 && (static_cast<unsigned char>(utf8[end]) & 0xC0) == 0x80; ++i)
    --end;
  return end > 0 ? end : bytes;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace tarn::tds::detail
