#include "meta/etag.h"

#include <charconv>

#include "base/error.h"

namespace tarn::meta {

std::string etag_text(std::int64_t etag) { return std::to_string(etag); }

std::int64_t parse_etag(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with("W/")) digits.remove_prefix(2);
  if (digits.size() >= 2 && digits.front() == '"' && digits.back() == '"') {
    digits = digits.substr(1, digits.size() - 2);
  }
  std::int64_t etag = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), etag);
  if (error != std::errc() || end != digits.data() + digits.size() || etag < 1) {
    throw Error(Code::kInvalidArgument,
                "Not an ETag of this service: " + std::string(text.substr(0, 80)) + ".",
                "Pass the ETag as it was returned, or '*' for any.");
  }
  return etag;
}

void require_etag(std::string_view what, std::int64_t stored,
                  const std::optional<std::string>& expected) {
  if (!expected || *expected == "*" || parse_etag(*expected) == stored) return;
  throw Error(Code::kConflict, "Somebody else changed it meanwhile: " + std::string(what) + ".",
              "Read it again and repeat the change.");
}

}  // namespace tarn::meta
