#include "detail/functions/moment_format.h"

#include <algorithm>
#include <cstdio>

#include "detail/functions/moment_text.h"
#include "detail/functions/moment_value.h"

namespace tarn::sql {
namespace {

constexpr std::size_t kFractionPlacesMax = 7;

std::string padded(std::int64_t value, std::size_t width) {
  std::string text = std::to_string(value);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

/// `places` digits of a second; "F" leaves zeros at the end away.
std::string fraction_text(std::int64_t micros, std::size_t places, bool trims) {
  std::string text = (padded(micros, 6) + "0").substr(0, places);
  while (trims && !text.empty() && text.back() == '0') text.pop_back();
  return text;
}

/// The pattern that a standard format letter stands for; empty: .NET refuses it.
std::string standard_pattern(char letter, const Culture& culture, bool has_offset) {
  const auto both = [](std::string_view date, std::string_view time) {
    return std::string(date) + " " + std::string(time);
  };
  switch (letter) {
    case 'd':
      return std::string(culture.short_date);
    case 'D':
      return std::string(culture.long_date);
    case 'f':
      return both(culture.long_date, culture.short_time);
    case 'F':
      return both(culture.long_date, culture.long_time);
    case 'g':
      return both(culture.short_date, culture.short_time);
    case 'G':
      return both(culture.short_date, culture.long_time);
    case 'm':
    case 'M':
      return std::string(culture.month_day);
    case 'o':
    case 'O':
      return "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffffK";
    case 'r':
    case 'R':
      return "ddd, dd MMM yyyy HH':'mm':'ss 'GMT'";
    case 's':
      return "yyyy'-'MM'-'dd'T'HH':'mm':'ss";
    case 't':
      return std::string(culture.short_time);
    case 'T':
      return std::string(culture.long_time);
    case 'u':
      return "yyyy'-'MM'-'dd HH':'mm':'ss'Z'";
    case 'U':
      return has_offset ? std::string() : both(culture.long_date, culture.long_time);
    case 'y':
    case 'Y':
      return std::string(culture.year_month);
    default:
      return {};
  }
}

/// Writes one moment by patterns.
class MomentWriter {
 public:
  MomentWriter(std::int64_t moment, std::optional<int> offset, const Culture& culture)
      : moment_(moment), offset_(offset), date_(civil(moment)), culture_(culture) {}

  std::optional<std::string> write(std::string_view pattern) const {
    std::string text;
    for (std::size_t i = 0; i < pattern.size();) {
      const char c = pattern[i];
      if (c == '\'' || c == '"') {
        const std::size_t close = pattern.find(c, i + 1);
        if (close == std::string_view::npos) return std::nullopt;
        text += pattern.substr(i + 1, close - i - 1);
        i = close + 1;
      } else if (c == '\\') {
        if (i + 1 == pattern.size()) return std::nullopt;
        text += pattern[i + 1];
        i += 2;
      } else if (c == '%') {
        if (i + 1 == pattern.size() || pattern[i + 1] == '%') return std::nullopt;
        ++i;
      } else if (std::string_view("yMdHhmsfFtzKg").find(c) != std::string_view::npos) {
        const std::size_t end = std::min(pattern.find_first_not_of(c, i), pattern.size());
        const std::optional<std::string> piece = this->piece(c, end - i);
        if (!piece) return std::nullopt;
        if (c == 'F' && piece->empty() && text.ends_with('.')) text.pop_back();
        text += *piece;
        i = end;
      } else if (c == '/') {
        text += culture_.date_separator;
        ++i;
      } else {
        text += c;
        ++i;
      }
    }
    return text;
  }

 private:
  int hour() const { return static_cast<int>(date_.micros / kHour); }
  int minute() const { return static_cast<int>(date_.micros / kMinute % 60); }
  int second() const { return static_cast<int>(date_.micros / kSecond % 60); }

  std::optional<std::string> piece(char letter, std::size_t count) const {
    const std::size_t two = std::min<std::size_t>(count, 2);
    switch (letter) {
      case 'y':
        return count <= 2 ? padded(date_.year % 100, count) : padded(date_.year, count);
      case 'M':
        if (count <= 2) return padded(date_.month, count);
        return std::string((count == 3
                                ? culture_.months_short
                                : culture_.months)[static_cast<std::size_t>(date_.month - 1)]);
      case 'd':
        if (count <= 2) return padded(date_.day, count);
        return std::string((count == 3
                                ? culture_.days_short
                                : culture_.days)[static_cast<std::size_t>(weekday_of(moment_))]);
      case 'H':
        return padded(hour(), two);
      case 'h':
        return padded(hour() % 12 == 0 ? 12 : hour() % 12, two);
      case 'm':
        return padded(minute(), two);
      case 's':
        return padded(second(), two);
      case 'f':
      case 'F':
        if (count > kFractionPlacesMax) return std::nullopt;
        return fraction_text(date_.micros % kSecond, count, letter == 'F');
      case 't':
        return half(count);
      case 'z':
        return zone(count);
      case 'K':
        return offset_ ? offset_text(*offset_) : std::string();
      default:
        return "A.D.";  // g
    }
  }

  std::string half(std::size_t count) const {
    const std::string_view word = hour() < 12 ? culture_.am : culture_.pm;
    if (count >= 2) return std::string(word);
    std::size_t end = word.empty() ? 0 : 1;
    while (end < word.size() && (static_cast<unsigned char>(word[end]) & 0xC0) == 0x80) ++end;
    return std::string(word.substr(0, end));
  }

  /// The server's clock is UTC.
  std::string zone(std::size_t count) const {
    const int minutes = offset_.value_or(0);
    std::string text = offset_text(minutes);
    if (count >= 3) return text;
    if (count == 2) return text.substr(0, 3);
    return text.substr(0, 1) + std::to_string((minutes < 0 ? -minutes : minutes) / 60);
  }

  std::int64_t moment_;
  std::optional<int> offset_;
  CivilMoment date_;
  const Culture& culture_;
};

}  // namespace

std::optional<std::string> format_moment(std::int64_t moment, std::optional<int> offset_minutes,
                                         std::string_view format, const Culture& culture) {
  if (format.empty()) format = "G";
  if (format.size() > 1) return MomentWriter(moment, offset_minutes, culture).write(format);
  const char letter = format[0];
  const std::string pattern = standard_pattern(letter, culture, offset_minutes.has_value());
  if (pattern.empty()) return std::nullopt;
  const bool utc = offset_minutes && (letter == 'r' || letter == 'R' || letter == 'u');
  if (utc) moment -= *offset_minutes * kMinute;
  const bool invariant = std::string_view("oOrRsu").find(letter) != std::string_view::npos;
  return MomentWriter(moment, offset_minutes, invariant ? *find_culture("") : culture)
      .write(pattern);
}

std::optional<std::string> format_time(std::int64_t micros, std::string_view format) {
  const std::int64_t fraction = micros % kSecond;
  const std::string clock = padded(micros / kHour, 2) + ":" + padded(micros / kMinute % 60, 2) +
                            ":" + padded(micros / kSecond % 60, 2);
  const std::string exact = clock + "." + fraction_text(fraction, kFractionPlacesMax, false);
  if (format.empty() || format == "c" || format == "t" || format == "T")
    return fraction ? exact : clock;
  if (format == "g") {
    const std::string digits = fraction_text(fraction, kFractionPlacesMax, true);
    return std::to_string(micros / kHour) + clock.substr(2) + (digits.empty() ? "" : "." + digits);
  }
  if (format == "G") return "0:" + exact;
  std::string text;
  for (std::size_t i = 0; i < format.size();) {
    const char c = format[i];
    const std::size_t end = std::min(format.find_first_not_of(c, i), format.size());
    const std::size_t count = end - i;
    std::int64_t value = 0;
    switch (c) {
      case '\'':
      case '"': {
        const std::size_t close = format.find(c, i + 1);
        if (close == std::string_view::npos) return std::nullopt;
        text += format.substr(i + 1, close - i - 1);
        i = close + 1;
        continue;
      }
      case '\\':
        if (i + 1 == format.size()) return std::nullopt;
        text += format[i + 1];
        i += 2;
        continue;
      case '%':
        if (format.size() < 2 || i > 0) return std::nullopt;
        ++i;
        continue;
      case 'f':
      case 'F':
        if (count > kFractionPlacesMax) return std::nullopt;
        text += fraction_text(fraction, count, c == 'F');
        i = end;
        continue;
      case 'd':
        if (count > 8) return std::nullopt;
        break;
      case 'h':
        value = micros / kHour;
        break;
      case 'm':
        value = micros / kMinute % 60;
        break;
      case 's':
        value = micros / kSecond % 60;
        break;
      default:
        return std::nullopt;
    }
    if (c != 'd' && count > 2) return std::nullopt;
    text += padded(value, count);
    i = end;
  }
  return text;
}

}  // namespace tarn::sql
