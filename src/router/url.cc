#include "router/url.h"

#include "base/error.h"
#include "base/text.h"

namespace tarn::router {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

Parameters parse_query(std::string_view text) {
  Parameters result;
  while (!text.empty()) {
    const std::size_t end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (pair.empty()) continue;
    if (result.size() == kQueryParametersMax) {
      throw Error(Code::kTooLarge, "Too many query parameters: more than " +
                                       std::to_string(kQueryParametersMax) + ".");
    }
    const std::size_t equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    result.add(percent_decode(pair.substr(0, equals), true), percent_decode(value, true));
  }
  return result;
}

}  // namespace

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        throw Error(Code::kInvalidArgument, "A broken percent escape in the URL.",
                    "Write a percent sign itself as %25.");
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    if (c == '\0') throw Error(Code::kInvalidArgument, "A NUL character in the URL.");
    result.push_back(c);
  }
  if (!valid_utf8(result)) {
    throw Error(Code::kInvalidArgument, "The URL's escapes are no valid UTF-8.");
  }
  return result;
}

std::string percent_encode(std::string_view text, bool keep_slashes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c) || (c == '/' && keep_slashes)) {
      result.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result.push_back('%');
      result.push_back(kDigits[byte >> 4]);
      result.push_back(kDigits[byte & 15]);
    }
  }
  return result;
}

Target parse_target(std::string_view target) {
  if (target.size() > kTargetBytesMax) {
    throw Error(Code::kTooLarge,
                "The URL is longer than " + std::to_string(kTargetBytesMax) + " bytes.");
  }
  // The absolute form of RFC 9112 section 3.2.2; the host in it is the Host header's business.
  if (target.starts_with("http://") || target.starts_with("https://")) {
    const std::size_t slash = target.find('/', target.find("//") + 2);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  if (target.empty() || target.front() != '/') {
    throw Error(Code::kInvalidArgument,
                "The request's target is no path: '" + std::string(target.substr(0, 100)) + "'.");
  }
  target = target.substr(0, target.find('#'));
  const std::size_t question = target.find('?');
  Target result;
  result.path = target.substr(0, question);
  if (question != std::string_view::npos) result.query = parse_query(target.substr(question + 1));
  std::string_view rest = std::string_view(result.path).substr(1);
  for (bool more = true; more;) {
    if (result.segments.size() == kPathSegmentsMax) {
      throw Error(Code::kTooLarge, "The URL's path has more than " +
                                       std::to_string(kPathSegmentsMax) + " segments.");
    }
    const std::size_t slash = rest.find('/');
    result.segments.push_back(percent_decode(rest.substr(0, slash)));
    more = slash != std::string_view::npos;
    if (more) rest = rest.substr(slash + 1);
  }
  return result;
}

}  // namespace tarn::router
