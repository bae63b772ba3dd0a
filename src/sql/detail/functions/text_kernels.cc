// T-SQL's functions on text that the engine lacks or does differently.

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/text.h"
#include "detail/functions/row_function.h"
#include "detail/functions/utf8_text.h"

namespace tarn::sql {
namespace {

using engine::Kind;

constexpr std::size_t kReplicatedBytesMax =
    8000;  // REPLICATE of a text that is not (max) stops there
constexpr std::int64_t kStrLengthMax = 8000;

Error invalid_length(const char* function) {
  return runtime_failure(
      537, std::string("Invalid length parameter passed to the ") + function + " function.");
}

std::string_view left(std::string_view text, std::int64_t count) {
  if (count < 0) throw invalid_length("LEFT or SUBSTRING");
  return text.substr(0, character_offset(text, static_cast<std::size_t>(count)));
}

std::string_view right(std::string_view text, std::int64_t count) {
  if (count < 0)
    throw runtime_failure(536, "Invalid length parameter passed to the right function.");
  const std::size_t length = text_length(text, LengthUnit::kCharacters);
  const auto kept = static_cast<std::size_t>(count);
  return kept >= length ? text : text.substr(character_offset(text, length - kept));
}

/// SUBSTRING counts from 1; what lies before the text still uses up the length.
std::string_view substring(std::string_view text, std::int64_t start, std::int64_t count) {
  if (count < 0) throw invalid_length("LEFT or SUBSTRING");
  const std::int64_t end = start > std::int64_t{1} << 62 || count > std::int64_t{1} << 62
                               ? std::int64_t{1} << 62
                               : start + count;
  const std::int64_t first = std::max<std::int64_t>(start, 1);
  if (end <= first) return {};
  text.remove_prefix(character_offset(text, static_cast<std::size_t>(first - 1)));
  return text.substr(0, character_offset(text, static_cast<std::size_t>(end - first)));
}

std::int64_t charindex(std::string_view needle, std::string_view text, std::int64_t start) {
  const std::size_t from =
      character_offset(text, static_cast<std::size_t>(std::max<std::int64_t>(start, 1) - 1));
  if (needle.empty() || from >= text.size()) return 0;
  const std::size_t found = text.find(needle, from);
  if (found == std::string_view::npos) return 0;
  return static_cast<std::int64_t>(text_length(text.substr(0, found), LengthUnit::kCharacters)) + 1;
}

std::string replace(std::string_view text, std::string_view from, std::string_view to, bool fold) {
  if (from.empty()) return std::string(text);
  const std::string haystack = fold ? to_lower(text) : std::string(text);
  const std::string needle = fold ? to_lower(from) : std::string(from);
  std::string result;
  std::size_t at = 0;
  for (std::size_t found; (found = haystack.find(needle, at)) != std::string::npos;
       at = found + needle.size()) {
    result.append(text.substr(at, found - at)).append(to);
  }
  return result.append(text.substr(at));
}

std::optional<std::string> stuff(std::string_view text, std::int64_t start, std::int64_t count,
                                 std::string_view with) {
  const auto length = static_cast<std::int64_t>(text_length(text, LengthUnit::kCharacters));
  if (start < 1 || count < 0 || start > length) return std::nullopt;
  const std::size_t from = character_offset(text, static_cast<std::size_t>(start - 1));
  const std::string_view rest = text.substr(from);
  std::string result(text.substr(0, from));
  result.append(with);
  return result.append(rest.substr(character_offset(rest, static_cast<std::size_t>(count))));
}

std::optional<std::string> replicate(std::string_view text, std::int64_t count) {
  if (count < 0) return std::nullopt;
  std::string result;
  for (std::int64_t i = 0; i < count && !text.empty(); ++i) {
    if (result.size() + text.size() > kReplicatedBytesMax) {
      result.append(text_prefix(text, kReplicatedBytesMax - result.size(), LengthUnit::kBytes));
      break;
    }
    result.append(text);
  }
  return result;
}

std::optional<std::string> quotename(std::string_view name, std::string_view quote) {
  if (text_length(name, LengthUnit::kUtf16) > 128 || quote.empty()) return std::nullopt;
  static constexpr std::string_view kPairs = "[]][(())<>><{}}{\"\"''``";
  char open = 0;
  char close = 0;
  const char given = quote[0];
  if (given == '[' || given == ']') {
    open = '[';
    close = ']';
  } else if (given == '(' || given == ')') {
    open = '(';
    close = ')';
  } else if (given == '<' || given == '>') {
    open = '<';
    close = '>';
  } else if (given == '{' || given == '}') {
    open = '{';
    close = '}';
  } else if (kPairs.find(given) != std::string_view::npos) {
    open = close = given;
  } else {
    return std::nullopt;
  }
  std::string result(1, open);
  for (const char c : name) {
    result += c;
    if (c == close) result += c;
  }
  return result + close;
}

std::string translate_characters(std::string_view text, std::string_view from,
                                 std::string_view to) {
  if (text_length(from, LengthUnit::kCharacters) != text_length(to, LengthUnit::kCharacters)) {
    throw runtime_failure(
        9828,
        "The second and third arguments of the TRANSLATE built-in function must contain an equal "
        "number of characters.");
  }
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t next = character_offset(text.substr(i), 1);
    const std::string_view character = text.substr(i, next);
    i += next;
    const std::size_t found = from.find(character);
    if (found == std::string_view::npos) {
      result.append(character);
      continue;
    }
    const std::string_view rest = to.substr(
        character_offset(to, text_length(from.substr(0, found), LengthUnit::kCharacters)));
    result.append(rest.substr(0, character_offset(rest, 1)));
  }
  return result;
}

/// STR: right-aligned, asterisks where the digits before the point do not fit.
std::string str(double value, std::int64_t length, std::int64_t decimals) {
  if (length < 1 || length > kStrLengthMax) return {};
  decimals = std::clamp<std::int64_t>(decimals, 0, 16);
  char text[400];
  std::snprintf(text, sizeof text, "%.*f", static_cast<int>(decimals), value);
  std::string digits = text;
  const auto width = static_cast<std::size_t>(length);
  if (digits.size() > width) {
    const std::size_t point = digits.find('.');
    if (point == std::string::npos || point > width) return std::string(width, '*');
    const std::size_t kept = width > point + 1 ? width - point - 1 : 0;
    std::snprintf(text, sizeof text, "%.*f", static_cast<int>(kept), value);
    digits = text;
    if (digits.size() > width) return std::string(width, '*');
  }
  return std::string(width - digits.size(), ' ') + digits;
}

bool is_number(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return false;
  text = text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
  std::size_t i = 0;
  if (text[i] == '$') ++i;
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
  if (i < text.size() && text[i] == '$') ++i;
  bool digits = false;
  bool point = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      digits = true;
    } else if (c == '.' && !point) {
      point = true;
    } else if ((c == 'e' || c == 'E' || c == 'd' || c == 'D') && digits) {
      ++i;
      if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
      return i < text.size() && text.find_first_not_of("0123456789", i) == std::string_view::npos;
    } else if (c != ',') {
      return false;
    }
  }
  return digits;
}

std::string with_thousands(std::string digits) {
  const std::size_t point = std::min(digits.find('.'), digits.size());
  const std::size_t start = digits.starts_with('-') ? 1 : 0;
  for (std::size_t i = point; i > start + 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string fixed(double value, int decimals) {
  char text[400];
  std::snprintf(text, sizeof text, "%.*f", decimals, value);
  return text;
}

/// A custom pattern of FORMAT: 0, #, a comma for thousands, a point, %, and text around.
std::string custom_number(double value, std::string_view pattern) {
  const std::size_t first = pattern.find_first_of("0#");
  if (first == std::string_view::npos) return std::string(pattern);
  const std::size_t last = pattern.find_last_of("0#");
  const std::string_view digits = pattern.substr(first, last - first + 1);
  if (pattern.find('%') != std::string_view::npos) value *= 100;
  const std::size_t point = digits.find('.');
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : digits.substr(point + 1);
  const auto most = static_cast<std::size_t>(
      std::count_if(fraction.begin(), fraction.end(), [](char c) { return c == '0' || c == '#'; }));
  const std::size_t last_zero = fraction.find_last_of('0');
  const std::size_t least = last_zero == std::string_view::npos ? 0 : last_zero + 1;
  std::string text = fixed(std::fabs(value), static_cast<int>(most));
  if (most > 0) {
    std::size_t keep = text.size() - most + least;
    while (text.size() > keep && text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  const std::string_view whole = digits.substr(0, point);
  const auto width = static_cast<std::size_t>(std::count(whole.begin(), whole.end(), '0'));
  const std::size_t now = std::min(text.find('.'), text.size());
  if (now < width) text.insert(0, width - now, '0');
  if (width == 0 && text.starts_with("0") && text.size() > 1) text.erase(0, 1);
  if (whole.find(',') != std::string_view::npos) text = with_thousands(std::move(text));
  return (value < 0 ? "-" : "") + std::string(pattern.substr(0, first)) + text +
         std::string(pattern.substr(last + 1));
}

std::string format_number(double value, std::string_view pattern) {
  if (pattern.empty()) return fixed(value, 0);
  const bool standard = std::isalpha(static_cast<unsigned char>(pattern[0])) &&
                        pattern.size() <= 3 &&
                        pattern.find_first_not_of("0123456789", 1) == std::string_view::npos;
  if (!standard) return custom_number(value, pattern);
  const int digits = pattern.size() > 1 ? std::atoi(std::string(pattern.substr(1)).c_str()) : -1;
  switch (std::toupper(pattern[0])) {
    case 'N':
      return with_thousands(fixed(value, digits < 0 ? 2 : digits));
    case 'F':
      return fixed(value, digits < 0 ? 2 : digits);
    case 'C': {
      const std::string text =
          "$" + with_thousands(fixed(std::fabs(value), digits < 0 ? 2 : digits));
      return value < 0 ? "(" + text + ")" : text;
    }
    case 'P':
      return with_thousands(fixed(value * 100, digits < 0 ? 2 : digits)) + "%";
    case 'D': {
      std::string text = fixed(std::fabs(std::trunc(value)), 0);
      if (digits > 0 && text.size() < static_cast<std::size_t>(digits)) {
        text.insert(0, static_cast<std::size_t>(digits) - text.size(), '0');
      }
      return (value < 0 ? "-" : "") + text;
    }
    case 'E': {
      char text[64];
      std::snprintf(text, sizeof text, "%.*E", digits < 0 ? 6 : digits, value);
      std::string result = text;
      const std::size_t e = result.find('E');
      if (e != std::string::npos && result.size() - e == 4) result.insert(e + 2, "0");
      return result;
    }
    default: {
      char text[64];
      std::snprintf(text, sizeof text, "%.15g", value);
      return text;
    }
  }
}

}  // namespace

std::vector<engine::ScalarFunction> text_engine_functions() {
  std::vector<engine::ScalarFunction> functions;
  const auto add = [&](std::string name, std::vector<engine::Type> parameters, engine::Type result,
                       auto body) {
    functions.push_back(
        row_function(std::move(name), std::move(parameters), std::move(result), body));
  };
  add("tarn_left", {Kind::kText, Kind::kInt64}, Kind::kText,
      [](const Row& r) { return left(r.text(0), r.integer(1)); });
  add("tarn_right", {Kind::kText, Kind::kInt64}, Kind::kText,
      [](const Row& r) { return right(r.text(0), r.integer(1)); });
  add("tarn_substring", {Kind::kText, Kind::kInt64, Kind::kInt64}, Kind::kText,
      [](const Row& r) { return substring(r.text(0), r.integer(1), r.integer(2)); });
  add("tarn_charindex", {Kind::kText, Kind::kText, Kind::kInt64}, Kind::kInt64,
      [](const Row& r) { return charindex(r.text(0), r.text(1), r.integer(2)); });
  add("tarn_patindex", {Kind::kText, Kind::kText}, Kind::kInt64,
      [](const Row& r) { return static_cast<std::int64_t>(pattern_index(r.text(1), r.text(0))); });
  add("tarn_like", {Kind::kText, Kind::kText, Kind::kText, Kind::kBoolean}, Kind::kBoolean,
      [](const Row& r) {
        const std::string_view escape = r.text(2);
        return like_matches(r.text(0), r.text(1), escape.empty() ? '\0' : escape[0], r.flag(3));
      });
  add("tarn_replace", {Kind::kText, Kind::kText, Kind::kText, Kind::kBoolean}, Kind::kText,
      [](const Row& r) { return replace(r.text(0), r.text(1), r.text(2), r.flag(3)); });
  add("tarn_stuff", {Kind::kText, Kind::kInt64, Kind::kInt64, Kind::kText}, Kind::kText,
      [](const Row& r) { return stuff(r.text(0), r.integer(1), r.integer(2), r.text(3)); });
  add("tarn_replicate", {Kind::kText, Kind::kInt64}, Kind::kText,
      [](const Row& r) { return replicate(r.text(0), r.integer(1)); });
  add("tarn_quotename", {Kind::kText, Kind::kText}, Kind::kText,
      [](const Row& r) { return quotename(r.text(0), r.text(1)); });
  add("tarn_translate", {Kind::kText, Kind::kText, Kind::kText}, Kind::kText,
      [](const Row& r) { return translate_characters(r.text(0), r.text(1), r.text(2)); });
  add("tarn_unicode", {Kind::kText}, Kind::kInt32,
      [](const Row& r) { return static_cast<std::int32_t>(decoded(r.text(0))); });
  add("tarn_character", {Kind::kInt32, Kind::kInt32}, Kind::kText,
      [](const Row& r) -> std::optional<std::string> {
        const std::int64_t code = r.integer(0);
        if (code < 0 || code > r.integer(1) || (code >= 0xD800 && code < 0xE000))
          return std::nullopt;
        return encoded(static_cast<char32_t>(code));
      });
  add("tarn_str", {Kind::kDouble, Kind::kInt64, Kind::kInt64}, Kind::kText,
      [](const Row& r) { return str(r.number(0), r.integer(1), r.integer(2)); });
  add("tarn_format_number", {Kind::kDouble, Kind::kText}, Kind::kText,
      [](const Row& r) { return format_number(r.number(0), r.text(1)); });
  add("tarn_isnumeric", {Kind::kText}, Kind::kInt32,
      [](const Row& r) -> std::int32_t { return is_number(r.text(0)) ? 1 : 0; });
  add("tarn_utf16_bytes", {Kind::kText}, Kind::kInt64, [](const Row& r) {
    return 2 * static_cast<std::int64_t>(text_length(r.text(0), LengthUnit::kUtf16));
  });
  return functions;
}

}  // namespace tarn::sql
