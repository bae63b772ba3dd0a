#include "router/message.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/error.h"
#include "base/text.h"

namespace tarn::router {

const std::string* Headers::find(std::string_view name) const {
  for (const auto& [key, value] : list_) {
    if (equal_ignoring_case(key, name)) return &value;
  }
  return nullptr;
}

std::string_view Headers::get(std::string_view name, std::string_view otherwise) const {
  const std::string* value = find(name);
  return value ? std::string_view(*value) : otherwise;
}

void Headers::add(std::string name, std::string value) {
  list_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string_view name, std::string value) {
  remove(name);
  add(std::string(name), std::move(value));
}

void Headers::remove(std::string_view name) {
  std::erase_if(list_,
                [name](const auto& entry) { return equal_ignoring_case(entry.first, name); });
}

const std::string* Parameters::find(std::string_view name) const {
  for (const auto& [key, value] : list_) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string Parameters::get(std::string_view name, std::string_view otherwise) const {
  const std::string* value = find(name);
  return value ? *value : std::string(otherwise);
}

const std::string& Parameters::require(std::string_view name) const {
  const std::string* value = find(name);
  if (!value) {
    throw Error(Code::kInvalidArgument, "A parameter is missing: '" + std::string(name) + "'.");
  }
  return *value;
}

std::vector<std::string> Parameters::all(std::string_view name) const {
  std::vector<std::string> result;
  for (const auto& [key, value] : list_) {
    if (key == name) result.push_back(value);
  }
  return result;
}

std::int64_t Parameters::get_int(std::string_view name, std::int64_t otherwise, std::int64_t min,
                                 std::int64_t max) const {
  const std::string* text = find(name);
  if (!text) return otherwise;
  std::int64_t value = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stop != end || value < min || value > max) {
    throw Error(Code::kInvalidArgument, "The parameter '" + std::string(name) +
                                            "' is not an integer from " + std::to_string(min) +
                                            " to " + std::to_string(max) + ": '" + *text + "'.");
  }
  return value;
}

bool Parameters::get_bool(std::string_view name, bool otherwise) const {
  const std::string* text = find(name);
  if (!text) return otherwise;
  if (*text == "true" || *text == "1" || text->empty()) return true;
  if (*text == "false" || *text == "0") return false;
  throw Error(Code::kInvalidArgument, "The parameter '" + std::string(name) +
                                          "' is neither true nor false: '" + *text + "'.");
}

void Parameters::add(std::string name, std::string value) {
  list_.emplace_back(std::move(name), std::move(value));
}

std::size_t StringBody::read(std::span<char> buffer) {
  const std::size_t count = std::min(buffer.size(), bytes_.size() - position_);
  std::memcpy(buffer.data(), bytes_.data() + position_, count);
  position_ += count;
  return count;
}

std::string read_all(BodyReader& body, std::uint64_t bytes_max) {
  const auto too_large = [bytes_max] {
    return Error(Code::kTooLarge,
                 "The body is larger than " + std::to_string(bytes_max) + " bytes.");
  };
  std::string result;
  if (const auto size = body.size()) {
    if (*size > bytes_max) throw too_large();
    result.reserve(*size);
  }
  char buffer[16 << 10];
  while (const std::size_t count = body.read(buffer)) {
    if (count > bytes_max - result.size()) throw too_large();
    result.append(buffer, count);
  }
  return result;
}

Response Response::text(std::string body, std::string content_type) {
  Response response;
  response.headers.add("Content-Type", std::move(content_type));
  response.body = std::move(body);
  return response;
}

Response Response::no_content() {
  Response response;
  response.status = 204;
  return response;
}

std::string collect_body(const Response& response) {
  if (!response.stream) return response.body;
  struct Collector : BodySink {
    void write(std::string_view bytes) override { text.append(bytes); }
    std::string text;
  } sink;
  response.stream(sink);
  return std::move(sink.text);
}

std::string_view reason_of(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 499:
      return "Client Closed Request";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return status < 400 ? "OK" : "Error";
  }
}

}  // namespace tarn::router
