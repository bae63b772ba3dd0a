#pragma once
// Text: ASCII case, splitting, UTF-8 validity, and "did you mean".

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn {

std::string to_lower(std::string_view text);  // ASCII letters only
std::string to_upper(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);  // blanks, tabs and line ends
std::vector<std::string> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
bool valid_utf8(std::string_view bytes);

/// Orders and finds names without regard to ASCII case: std::map<std::string, T, CaseInsensitive>.
struct CaseInsensitive {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};

/// The candidate nearest to `name` by edit distance, or empty when none is near enough to be meant.
std::string nearest(std::string_view name, std::span<const std::string> candidates);
/// "Did you mean 'command'?", or empty.
std::string did_you_mean(std::string_view name, std::span<const std::string> candidates);

}  // namespace tarn
