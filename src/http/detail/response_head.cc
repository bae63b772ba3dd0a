#include "detail/response_head.h"

#include <ctime>

#include "base/text.h"

namespace tarn::http::detail {
namespace {

void append_clean(std::string& out, std::string_view text) {
  for (const char c : text) out.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  append_clean(out, name);
  out += ": ";
  append_clean(out, value);
  out += "\r\n";
}

bool is_framing(std::string_view name) {
  return equal_ignoring_case(name, "Content-Length") ||
         equal_ignoring_case(name, "Transfer-Encoding") ||
         equal_ignoring_case(name, "Connection") || equal_ignoring_case(name, "Date");
}

std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[40];
  const std::size_t size = std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return std::string(text, size);
}

}  // namespace

bool is_bodiless(int status) { return status < 200 || status == 204 || status == 304; }

std::string response_head(const router::Response& response, Framing framing, std::uint64_t length,
                          bool keep) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " ";
  out += router::reason_of(response.status);
  out += "\r\n";
  append_header(out, "Date", http_date());
  for (const auto& [name, value] : response.headers) {
    if (!is_framing(name)) append_header(out, name, value);
  }
  if (framing == Framing::kLength) append_header(out, "Content-Length", std::to_string(length));
  if (framing == Framing::kChunked) append_header(out, "Transfer-Encoding", "chunked");
  append_header(out, "Connection", keep ? "keep-alive" : "close");
  out += "\r\n";
  return out;
}

}  // namespace tarn::http::detail
