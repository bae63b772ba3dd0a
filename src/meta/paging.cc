#include "meta/paging.h"

#include <charconv>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"

namespace tarn::meta {

namespace {

constexpr std::size_t kTokenBytesMax = 8192;

[[noreturn]] void throw_bad_token() {
  throw Error(Code::kInvalidArgument, "The page token is not one that this list gave out.",
              "Pass the token of the page before unchanged, or none for the first page.");
}

template <typename T>
T parse_number(std::string_view part) {
  T value{};
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
  if (error != std::errc() || end != part.data() + part.size() || value != value) throw_bad_token();
  return value;
}

}  // namespace

std::string page_token(std::string_view list, std::span<const std::string> key) {
  Json parts = Json::array();
  parts.push_back(list);
  for (const std::string& part : key) parts.push_back(part);
  std::string token = to_base64(parts.dump());
  for (char& c : token) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  while (token.ends_with('=')) token.pop_back();
  return token;
}

std::vector<std::string> parse_page_token(std::string_view list, std::string_view token,
                                          std::size_t parts) {
  if (token.size() > kTokenBytesMax) throw_bad_token();
  std::string base64(token);
  for (char& c : base64) {
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  while (base64.size() % 4 != 0) base64 += '=';
  Json array;
  try {
    array = parse_json(from_base64(base64));
  } catch (const Error&) {
    throw_bad_token();
  }
  if (!array.is_array() || array.size() != parts + 1) throw_bad_token();
  std::vector<std::string> key;
  for (const Json& part : array) {
    if (!part.is_string()) throw_bad_token();
    key.push_back(part.get<std::string>());
  }
  if (key.front() != list) throw_bad_token();
  key.erase(key.begin());
  return key;
}

std::int64_t parse_integer(std::string_view part) { return parse_number<std::int64_t>(part); }

double parse_double(std::string_view part) { return parse_number<double>(part); }

void check_page_size(const Page& page, int size_max) {
  if (page.size >= 1 && page.size <= size_max) return;
  throw Error(Code::kInvalidArgument, "A page of this list has 1 to " + std::to_string(size_max) +
                                          " items, not " + std::to_string(page.size) + ".");
}

}  // namespace tarn::meta
