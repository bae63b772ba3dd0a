#include "detail/wildcard.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace tarn::lake::detail {
namespace {

// "a{b,c}d" gives abd and acd; braces without a comma, or unbalanced, are plain characters. Nested
// ones are not read.
std::vector<std::string> multiply_out(const std::string& text) {
  std::vector<std::string> results{""};
  std::size_t position = 0;
  while (position < text.size()) {
    const std::size_t open = text.find('{', position);
    const std::size_t close = open == std::string::npos ? open : text.find('}', open);
    if (close == std::string::npos) {
      for (std::string& result : results) result += text.substr(position);
      break;
    }
    const std::string body = text.substr(open + 1, close - open - 1);
    std::vector<std::string> choices = split(body, ',');
    if (choices.size() < 2) choices = {"{" + body + "}"};
    if (results.size() * choices.size() > Wildcard::kAlternativesMax) {
      throw Error(Code::kTooLarge, "The pattern has too many alternatives: '" + text + "'.");
    }
    std::vector<std::string> longer;
    for (const std::string& result : results) {
      for (const std::string& choice : choices) {
        longer.push_back(result + text.substr(position, open - position) + choice);
      }
    }
    results = std::move(longer);
    position = close + 1;
  }
  return results;
}

std::size_t character_bytes(std::string_view text) {
  std::size_t bytes = 1;
  while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) ++bytes;
  return bytes;
}

// Greedy with one point to come back to: the last '*'.
bool match(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_name = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
    } else if (p < pattern.size() && pattern[p] == '?') {
      n += character_bytes(name.substr(n));
      ++p;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      star_name += character_bytes(name.substr(star_name));
      n = star_name;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace

Wildcard::Wildcard(std::string component) : text_(std::move(component)) {
  alternatives_ = multiply_out(text_);
  literal_ = text_.find_first_of("*?") == std::string::npos && alternatives_.size() == 1;
}

bool Wildcard::matches(std::string_view name) const {
  return std::any_of(alternatives_.begin(), alternatives_.end(),
                     [&](const std::string& alternative) { return match(alternative, name); });
}

}  // namespace tarn::lake::detail
