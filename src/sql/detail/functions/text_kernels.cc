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
constexpr std::uint64_t kLargeBytesMax = std::uint64_t{1} << 31;  // of a (max) value
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
  const std::string haystack = fold ? lower_case(text) : std::string(text);
  const std::string needle = fold ? lower_case(from) : std::string(from);
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

std::optional<std::string> replicate(std::string_view text, std::int64_t count, bool large) {
  if (count < 0) return std::nullopt;
  std::string result;
  if (large) {
    if (static_cast<std::uint64_t>(count) * text.size() > kLargeBytesMax) {
      throw Error(Code::kTooLarge, "REPLICATE would make a text of more than " +
                                       std::to_string(kLargeBytesMax) + " bytes.");
    }
    result.reserve(static_cast<std::size_t>(count) * text.size());
    for (std::int64_t i = 0; i < count; ++i) result.append(text);
    return result;
  }
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
  std::size_t i = currency_sign_bytes(text);
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
  i += currency_sign_bytes(text.substr(i));
  // A sign, a point or a comma alone is taken for a number, as money is.
  if (i == text.size() || text == "." || text == ",") return true;
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
  add("tarn_replicate", {Kind::kText, Kind::kInt64, Kind::kBoolean}, Kind::kText,
      [](const Row& r) { return replicate(r.text(0), r.integer(1), r.flag(2)); });
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
  add("tarn_isnumeric", {Kind::kText}, Kind::kInt32,
      [](const Row& r) -> std::int32_t { return is_number(r.text(0)) ? 1 : 0; });
  add("tarn_utf16_bytes", {Kind::kText}, Kind::kInt64, [](const Row& r) {
    return 2 * static_cast<std::int64_t>(text_length(r.text(0), LengthUnit::kUtf16));
  });
  return functions;
}

}  // namespace tarn::sql
