#include "detail/functions/message_format.h"

#include <algorithm>
#include <cstdio>

#include "detail/functions/row_function.h"
#include "detail/functions/utf8_text.h"

namespace tarn::sql {
namespace {

constexpr std::size_t kWidthMax = 1000;
constexpr std::size_t kMessageCut = 2044;  // what is left before the ellipsis

struct Placeholder {
  bool left = false;
  bool plus = false;
  bool zero = false;
  bool blank = false;
  bool prefix = false;
  std::size_t width = 0;
  std::size_t precision = std::string::npos;
  bool wide = false;  // %I64d
  char type = 0;
};

Error invalid_format(std::string_view placeholder) {
  return runtime_failure(
      2787, "Invalid format specification: '" + std::string(placeholder.substr(0, 20)) + "'.");
}

/// Reads what follows a '%', and moves `text` behind it.
class PlaceholderReader {
 public:
  PlaceholderReader(std::string_view& text, std::span<const MessageArgument> arguments,
                    std::size_t& next)
      : text_(text), all_(text), arguments_(arguments), next_(next) {}

  Placeholder read() {
    Placeholder result;
    flags(result);
    result.width = number();
    if (take('.')) result.precision = number();
    if (text_.starts_with("I64")) {
      text_.remove_prefix(3);
      result.wide = true;
    } else if (!take('h')) {
      take('l');
    }
    if (text_.empty() || std::string_view("diosuxX").find(text_[0]) == std::string_view::npos)
      throw invalid_format("%" + std::string(all_));
    result.type = text_[0];
    text_.remove_prefix(1);
    return result;
  }

 private:
  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  void flags(Placeholder& result) {
    for (;;) {
      if (take('-')) {
        result.left = true;
      } else if (take('+')) {
        result.plus = true;
      } else if (take('0')) {
        result.zero = true;
      } else if (take(' ')) {
        result.blank = true;
      } else if (take('#')) {
        result.prefix = true;
      } else {
        return;
      }
    }
  }

  std::size_t number() {
    if (take('*')) {
      const auto* value =
          next_ < arguments_.size() ? std::get_if<std::int64_t>(&arguments_[next_]) : nullptr;
      ++next_;
      return value && *value > 0 ? std::min(static_cast<std::size_t>(*value), kWidthMax) : 0;
    }
    std::size_t value = 0;
    while (!text_.empty() && text_[0] >= '0' && text_[0] <= '9') {
      value = std::min(value * 10 + static_cast<std::size_t>(text_[0] - '0'), kWidthMax);
      text_.remove_prefix(1);
    }
    return value;
  }

  std::string_view& text_;
  const std::string_view all_;
  std::span<const MessageArgument> arguments_;
  std::size_t& next_;
};

std::string digits_of(const Placeholder& place, std::int64_t value) {
  char text[48];
  const auto plain = static_cast<unsigned long long>(
      place.wide ? static_cast<std::uint64_t>(value)
                 : static_cast<std::uint64_t>(static_cast<std::uint32_t>(value)));
  switch (place.type) {
    case 'o':
      std::snprintf(text, sizeof text, place.prefix ? "%#llo" : "%llo", plain);
      break;
    case 'u':
      std::snprintf(text, sizeof text, "%llu", plain);
      break;
    case 'x':
      std::snprintf(text, sizeof text, place.prefix ? "%#llx" : "%llx", plain);
      break;
    case 'X':
      std::snprintf(text, sizeof text, place.prefix ? "%#llX" : "%llX", plain);
      break;
    default:
      std::snprintf(text, sizeof text,
                    place.plus    ? "%+lld"
                    : place.blank ? "% lld"
                                  : "%lld",
                    static_cast<long long>(value));
  }
  return text;
}

std::string padded(const Placeholder& place, std::string text, bool number) {
  const std::size_t length = text_length(text, LengthUnit::kCharacters);
  if (length >= place.width) return text;
  const std::size_t missing = place.width - length;
  if (place.left) return text + std::string(missing, ' ');
  if (!place.zero || !number) return std::string(missing, ' ') + text;
  std::size_t at = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  if (text.starts_with("0x") || text.starts_with("0X")) at = 2;
  return text.insert(at, missing, '0');
}

std::string filled(const Placeholder& place, const MessageArgument* argument, std::size_t number) {
  if (!argument || std::holds_alternative<std::monostate>(*argument))
    return padded(place, "(null)", false);
  const auto* text = std::get_if<std::string>(argument);
  if ((place.type == 's') != (text != nullptr)) {
    throw runtime_failure(2786, "The data type of substitution parameter " +
                                    std::to_string(number) +
                                    " does not match the expected type of the format "
                                    "specification.");
  }
  if (!text) return padded(place, digits_of(place, std::get<std::int64_t>(*argument)), true);
  const std::string_view cut = place.precision == std::string::npos
                                   ? *text
                                   : text_prefix(*text, place.precision, LengthUnit::kCharacters);
  return padded(place, std::string(cut), false);
}

}  // namespace

std::string format_message(std::string_view message, std::span<const MessageArgument> arguments) {
  std::string result;
  std::size_t next = 0;
  while (!message.empty()) {
    const std::size_t percent = std::min(message.find('%'), message.size());
    result += message.substr(0, percent);
    message.remove_prefix(percent);
    if (message.empty()) break;
    message.remove_prefix(1);
    if (message.starts_with('%')) {
      result += '%';
      message.remove_prefix(1);
      continue;
    }
    const Placeholder place = PlaceholderReader(message, arguments, next).read();
    const MessageArgument* argument = next < arguments.size() ? &arguments[next] : nullptr;
    ++next;
    result += filled(place, argument, next);
  }
  if (text_length(result, LengthUnit::kUtf16) <= kMessageLengthMax) return result;
  return std::string(text_prefix(result, kMessageCut, LengthUnit::kUtf16)) + "...";
}

}  // namespace tarn::sql
