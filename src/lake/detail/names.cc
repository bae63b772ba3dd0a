#include "detail/names.h"

#include <algorithm>

#include "base/files.h"
#include "base/text.h"
#include "lake/path.h"

namespace tarn::lake::detail {
namespace {

constexpr int kDecodingsMax = 5;  // rounds; a text that still changes then is refused

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Decodes the %XX that are there and leaves every other '%' as it is.
std::string decode_leniently(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// C1 controls, the line and paragraph separators, and the marks that turn the direction of text:
// they mislead people.
bool misleading(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (bytes[i] == 0xC2 && bytes[i + 1] >= 0x80 && bytes[i + 1] <= 0x9F) return true;
    if (bytes[i] != 0xE2 || i + 2 >= text.size()) continue;
    if (bytes[i + 1] == 0x80 && ((bytes[i + 2] >= 0xA8 && bytes[i + 2] <= 0xAE))) return true;
    if (bytes[i + 1] == 0x81 && bytes[i + 2] >= 0xA6 && bytes[i + 2] <= 0xA9) return true;
  }
  return false;
}

bool only_dots(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c == '.'; });
}

bool unicode_escape(std::string_view text) {
  for (std::size_t i = 0; i + 5 < text.size(); ++i) {
    if (text[i] != '%' || (text[i + 1] != 'u' && text[i + 1] != 'U')) continue;
    if (std::all_of(text.begin() + i + 2, text.begin() + i + 6,
                    [](char c) { return hex_value(c) >= 0; }))
      return true;
  }
  return false;
}

}  // namespace

std::string_view refusal_of_text(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return "a NUL byte is not allowed";
  if (!valid_utf8(text)) return "it is not valid UTF-8";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      return "control characters are not allowed";
  }
  if (misleading(text)) return "control characters are not allowed";
  if (text.find('\\') != std::string_view::npos) return "a backslash is not allowed, write '/'";
  return {};
}

std::string_view refusal_of_component(std::string_view component) {
  if (component.empty()) return "a component is empty";
  if (only_dots(component)) return "'.' and '..' are not allowed";
  if (component.size() > kComponentBytesMax) return "a component is too long";
  if (component.starts_with(kTemporaryPrefix)) return "the name is reserved for temporary files";
  if (const std::string_view why = refusal_of_text(component); !why.empty()) return why;
  if (component.find('%') == std::string_view::npos) return {};

  if (unicode_escape(component)) return "an encoded character is hidden in it";
  std::string current(component);
  for (int round = 0; round < kDecodingsMax; ++round) {
    std::string decoded = decode_leniently(current);
    if (decoded == current) return {};
    if (decoded.find('/') != std::string::npos || only_dots(decoded) ||
        !refusal_of_text(decoded).empty()) {
      return "an encoded escape is hidden in it";
    }
    if (decoded.starts_with(kTemporaryPrefix)) return "the name is reserved for temporary files";
    current = std::move(decoded);
  }
  return "it is encoded too many times";
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string printable(std::string_view text) {
  constexpr std::size_t kShownMax = 200;
  std::string out(text.substr(0, kShownMax));
  const bool valid = valid_utf8(out);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || (!valid && byte >= 0x80)) c = '?';
  }
  if (text.size() > kShownMax) out += "…";
  return out;
}

}  // namespace tarn::lake::detail
