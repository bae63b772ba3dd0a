#pragma once
// Paging: no list is unbounded. A page ends with a token that names the last item's sort key, so
// that a page costs the same wherever it starts, and items made meanwhile neither repeat nor hide
// others.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::meta {

struct Page {
  int size = 100;     // 1 .. the list's own maximum
  std::string token;  // of the page before; empty for the first
};

template <typename T>
struct PageOf {
  std::vector<T> items;
  std::string next_token;  // empty on the last page
};

/// An opaque token of a sort key's parts (base64url); `list` names the list that it belongs to.
std::string page_token(std::string_view list, std::span<const std::string> key);
/// The parts. Throws Error(kInvalidArgument) for a token of another list or with another count of
/// parts.
std::vector<std::string> parse_page_token(std::string_view list, std::string_view token,
                                          std::size_t parts);

/// A number within a token's key. Throws Error(kInvalidArgument) as for any other wrong token.
std::int64_t parse_integer(std::string_view part);
double parse_double(std::string_view part);

/// Throws Error(kInvalidArgument) where the size is not within 1 .. `size_max`.
void check_page_size(const Page& page, int size_max);

}  // namespace tarn::meta
