// FORMATMESSAGE, SOUNDEX, DIFFERENCE, STRING_ESCAPE and PARSENAME.

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>

#include "base/text.h"
#include "detail/functions/message_format.h"
#include "detail/functions/row_function.h"
#include "detail/functions/utf8_text.h"

namespace tarn::sql {
namespace {

using engine::Kind;

constexpr std::size_t kNameLengthMax = 128;
constexpr std::size_t kNamePartsMax = 4;

/// Arguments travel as texts whose first letter says their kind: "i42", "sabc".
MessageArgument argument_of(std::string_view coded) {
  if (coded.starts_with('s')) return std::string(coded.substr(1));
  std::int64_t value = 0;
  std::from_chars(coded.data() + 1, coded.data() + coded.size(), value);
  return value;
}

void format_messages(const engine::Chunk& input, engine::ColumnWriter& output) {
  const engine::Column& formats = input.column(0);
  const engine::Column& lists = input.column(1);
  const engine::Column values = lists.child();
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (formats.is_null(i)) {
      output.set_null(i);
      continue;
    }
    std::vector<MessageArgument> arguments;
    const engine::ListRange range = lists.list(i);
    for (std::size_t at = range.offset; at < range.offset + range.length; ++at) {
      arguments.push_back(values.is_null(at) ? MessageArgument() : argument_of(values.text(at)));
    }
    output.set_text(i, format_message(formats.text(i), arguments));
  }
}

/// 0 for what SOUNDEX passes over: vowels end a run of equal digits, H and W do not.
char soundex_digit(char letter) {
  static constexpr std::string_view kDigits = "01230120022455012623010202";  // A … Z
  return kDigits[static_cast<std::size_t>(letter - 'A')];
}

std::string soundex(std::string_view text) {
  const std::string upper = to_upper(text);
  const auto letter = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (upper.empty() || !letter(upper[0])) return "0000";
  std::string code(1, upper[0]);
  char last = soundex_digit(upper[0]);
  for (std::size_t i = 1; i < upper.size() && code.size() < 4 && letter(upper[i]); ++i) {
    const char digit = soundex_digit(upper[i]);
    if (digit != '0' && digit != last) code += digit;
    if (upper[i] != 'H' && upper[i] != 'W') last = digit;
  }
  code.resize(4, '0');
  return code;
}

std::int32_t difference(std::string_view a, std::string_view b) {
  const std::string left = soundex(a);
  const std::string right = soundex(b);
  std::int32_t same = 0;
  for (std::size_t i = 0; i < left.size(); ++i) same += left[i] == right[i];
  return same;
}

std::string escaped(std::string_view text, std::string_view type) {
  if (!equal_ignoring_case(type, "json")) {
    throw runtime_failure(13625, "The argument 2 of the \"STRING_ESCAPE\" must be 'json'.");
  }
  std::string result;
  for (const char c : text) {
    static constexpr std::string_view kPlain = "\"\\/\b\f\n\r\t";
    static constexpr std::string_view kLetters = "\"\\/bfnrt";
    const std::size_t found = kPlain.find(c);
    if (found != std::string_view::npos) {
      result += '\\';
      result += kLetters[found];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
      result += code;
    } else {
      result += c;
    }
  }
  return result;
}

/// The parts of "server.[data base].schema.object", from the left; empty where it is no name.
std::vector<std::string> name_parts(std::string_view name) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < name.size();) {
    const char c = name[i];
    if (c == '.') {
      parts.emplace_back();
      ++i;
    } else if ((c == '[' || c == '"') && parts.back().empty()) {
      const char close = c == '[' ? ']' : '"';
      for (++i;; ++i) {
        if (i >= name.size()) return {};
        if (name[i] == close && (i + 1 >= name.size() || name[i + 1] != close)) break;
        if (name[i] == close) ++i;
        parts.back() += name[i];
      }
      ++i;
      if (parts.back().empty() || (i < name.size() && name[i] != '.')) return {};
    } else {
      parts.back() += c;
      ++i;
    }
  }
  if (parts.size() > kNamePartsMax || parts.back().empty()) return {};
  return parts;
}

std::optional<std::string> name_part(std::string_view name, std::int64_t piece) {
  const std::vector<std::string> parts = name_parts(name);
  if (piece < 1 || piece > static_cast<std::int64_t>(parts.size())) return std::nullopt;
  const std::string& part = parts[parts.size() - static_cast<std::size_t>(piece)];
  if (part.empty() || text_length(part, LengthUnit::kUtf16) > kNameLengthMax) return std::nullopt;
  return part;
}

}  // namespace

std::vector<engine::ScalarFunction> message_engine_functions() {
  std::vector<engine::ScalarFunction> functions;
  engine::ScalarFunction format;
  format.name = "tarn_format_message";
  format.parameters = {Kind::kText, engine::Type::list(Kind::kText)};
  format.result = Kind::kText;
  format.call = format_messages;
  functions.push_back(std::move(format));
  functions.push_back(row_function("tarn_soundex", {Kind::kText}, Kind::kText,
                                   [](const Row& r) { return soundex(r.text(0)); }));
  functions.push_back(row_function("tarn_difference", {Kind::kText, Kind::kText}, Kind::kInt32,
                                   [](const Row& r) { return difference(r.text(0), r.text(1)); }));
  functions.push_back(row_function("tarn_string_escape", {Kind::kText, Kind::kText}, Kind::kText,
                                   [](const Row& r) { return escaped(r.text(0), r.text(1)); }));
  functions.push_back(
      row_function("tarn_name_part", {Kind::kText, Kind::kInt32}, Kind::kText,
                   [](const Row& r) { return name_part(r.text(0), r.integer(1)); }));
  return functions;
}

}  // namespace tarn::sql
