#include "detail/functions/xml_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "base/utf16.h"

namespace tarn::sql {
namespace {

std::string reference(unsigned character) {
  char text[16];
  std::snprintf(text, sizeof text, "&#x%02X;", character);
  return text;
}

bool starts_xml_name(unsigned char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == ':' || c >= 0x80;
}
bool continues_xml_name(unsigned char c) {
  return starts_xml_name(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

/// The character of a text's bytes from `offset` on.
char32_t code_point(std::string_view text, std::size_t offset) {
  const std::size_t length = utf8_length_at(text, offset);
  const auto first = static_cast<unsigned char>(text[offset]);
  char32_t value = length == 1 ? first : first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i)
    value = value << 6 | (static_cast<unsigned char>(text[offset + i]) & 0x3F);
  return value;
}

/// Appends what "&…;" at `at` stands for; its length.
std::size_t append_entity(std::string& text, std::string_view xml, std::size_t at) {
  static constexpr std::array kEntities = std::to_array<std::pair<std::string_view, char>>(
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}});
  const std::string_view rest = xml.substr(at);
  for (const auto& [entity, character] : kEntities) {
    if (!rest.starts_with(entity)) continue;
    text += character;
    return entity.size();
  }
  const std::size_t end = rest.find(';');
  if (!rest.starts_with("&#x") || end == std::string_view::npos || end > 9) {
    text += '&';
    return 1;
  }
  char32_t value = 0;
  for (const char c : rest.substr(3, end - 3)) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    value = value * 16 + static_cast<char32_t>(digit & 0xF);
  }
  append_utf8(text, value);
  return end + 1;
}

}  // namespace

std::string xml_escaped(std::string_view text, bool attribute) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (attribute && c == '"') {
      result += "&quot;";
    } else if (byte < 0x20 && (attribute || (c != '\n' && c != '\t'))) {
      result += reference(byte);
    } else {
      result += c;
    }
  }
  return result;
}

std::optional<std::size_t> bad_xml_name_character(std::string_view name) {
  if (name.empty()) return 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    if (!(i == 0 ? starts_xml_name(c) : continues_xml_name(c))) return i;
  }
  return std::nullopt;
}

std::string encoded_xml_name(std::string_view name) {
  std::string result;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    // "_x" would be read as the beginning of such a code.
    const bool code = c == '_' && i + 1 < name.size() && name[i + 1] == 'x';
    const bool plain = i == 0 ? starts_xml_name(c) : continues_xml_name(c);
    if (plain && c != ':' && !code) {
      result += name[i];
      continue;
    }
    char text[16];
    std::snprintf(text, sizeof text, "_x%04X_", static_cast<unsigned>(c));
    result += text;
  }
  return result;
}

std::size_t utf8_length_at(std::string_view text, std::size_t offset) {
  const auto byte = static_cast<unsigned char>(text[offset]);
  const std::size_t length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
  return std::min(length, text.size() - offset);
}

std::string code_point_text(std::string_view text, std::size_t offset) {
  char result[16];
  std::snprintf(result, sizeof result, "0x%04X",
                offset < text.size() ? static_cast<unsigned>(code_point(text, offset)) : 0u);
  return result;
}

std::optional<std::string> xml_fragment_text(std::string_view xml, bool first) {
  std::string text;
  int depth = 0;
  for (std::size_t i = 0; i < xml.size();) {
    if (xml[i] == '<') {
      if (first && depth == 0 && !text.empty()) break;
      const bool comment = xml.substr(i).starts_with("<!--");
      const std::size_t end = xml.find(comment ? "-->" : ">", i);
      if (end == std::string_view::npos) break;
      if (!comment && xml[end - 1] != '/') depth += xml[i + 1] == '/' ? -1 : 1;
      i = end + (comment ? 3 : 1);
    } else if (first && depth > 0) {
      ++i;
    } else if (xml[i] == '&') {
      i += append_entity(text, xml, i);
    } else {
      text += xml[i++];
    }
  }
  if (first && text.empty()) return std::nullopt;
  return text;
}

}  // namespace tarn::sql
