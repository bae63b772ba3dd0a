#include "detail/functions/json_scanner.h"

#include "detail/characters.h"
#include "detail/functions/row_function.h"

namespace tarn::sql {
namespace {

bool is_hex(char c) { return hex_value(c) >= 0; }

}  // namespace

void JsonScanner::fail() const {
  const bool end = at_ >= text_.size();
  const std::string found = end ? "." : std::string(1, text_[at_]);
  throw runtime_failure(13609, "JSON text is not properly formatted. Unexpected character '" +
                                   found + "' is found at position " + std::to_string(at_) + ".");
}

void JsonScanner::skip_blanks() {
  while (at_ < text_.size() &&
         std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
    ++at_;
}

char JsonScanner::peek() {
  skip_blanks();
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool JsonScanner::accept(char symbol) {
  if (peek() != symbol || at_ >= text_.size()) return false;
  ++at_;
  return true;
}

void JsonScanner::expect(char symbol) {
  if (!accept(symbol)) fail();
}

void JsonScanner::expect_end() {
  skip_blanks();
  if (at_ < text_.size()) fail();
}

JsonKind JsonScanner::kind() {
  switch (peek()) {
    case '{':
      return JsonKind::kObject;
    case '[':
      return JsonKind::kArray;
    case '"':
      return JsonKind::kString;
    case 't':
    case 'f':
      return JsonKind::kBoolean;
    case 'n':
      return JsonKind::kNull;
    default:
      return JsonKind::kNumber;
  }
}

JsonSpan JsonScanner::string() {
  skip_blanks();
  JsonSpan span{JsonKind::kString, at_, at_};
  expect('"');
  while (true) {
    if (at_ >= text_.size() || static_cast<unsigned char>(text_[at_]) < 0x20) fail();
    const char c = text_[at_++];
    if (c == '"') break;
    if (c != '\\') continue;
    if (at_ >= text_.size() ||
        std::string_view("\"\\/bfnrtu").find(text_[at_]) == std::string_view::npos)
      fail();
    if (text_[at_++] != 'u') continue;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ >= text_.size() || !is_hex(text_[at_])) fail();
    }
  }
  span.end = at_;
  return span;
}

void JsonScanner::word(std::string_view text) {
  for (const char c : text) {
    if (at_ >= text_.size() || text_[at_] != c) fail();
    ++at_;
  }
}

void JsonScanner::digits() {
  if (at_ >= text_.size() || !is_digit(text_[at_])) fail();
  while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
}

void JsonScanner::number() {
  if (at_ < text_.size() && text_[at_] == '-') ++at_;
  if (at_ < text_.size() && text_[at_] == '0') {
    ++at_;
  } else {
    digits();
  }
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    digits();
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    digits();
  }
}

bool JsonScanner::next_member(bool first, JsonSpan& key) {
  if (first) expect('{');
  if (accept('}')) return false;
  if (!first) expect(',');
  key = string();
  expect(':');
  return true;
}

bool JsonScanner::next_element(bool first) {
  if (first) expect('[');
  if (accept(']')) return false;
  if (!first) expect(',');
  return true;
}

JsonSpan JsonScanner::value() {
  JsonSpan span{kind(), 0, 0};
  skip_blanks();
  span.begin = at_;
  if (depth_ >= kJsonDepthMax) fail();
  ++depth_;
  switch (span.kind) {
    case JsonKind::kObject: {
      JsonSpan key;
      for (bool first = true; next_member(first, key); first = false) value();
      break;
    }
    case JsonKind::kArray:
      for (bool first = true; next_element(first); first = false) value();
      break;
    case JsonKind::kString:
      string();
      break;
    case JsonKind::kBoolean:
      word(text_[at_] == 't' ? "true" : "false");
      break;
    case JsonKind::kNull:
      word("null");
      break;
    case JsonKind::kNumber:
      number();
      break;
  }
  --depth_;
  span.end = at_;
  return span;
}

}  // namespace tarn::sql
