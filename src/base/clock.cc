#include "clock.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "error.h"

namespace tarn {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

class SystemClock : public Clock {
 public:
  Micros now() const override {
    return std::chrono::duration_cast<microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

// Reads exactly `digits` digits at `at` and moves past them; false where there are others.
bool read_digits(std::string_view text, std::size_t& at, std::size_t digits, int& value) {
  if (at + digits > text.size()) return false;
  value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const char c = text[at + i];
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  at += digits;
  return true;
}

bool skip(std::string_view text, std::size_t& at, char c) {
  if (at >= text.size() || text[at] != c) return false;
  ++at;
  return true;
}

// The zone at the end of a time: Z, nothing, or +hh:mm; in minutes east.
bool read_zone(std::string_view text, std::size_t& at, int& minutes_east) {
  minutes_east = 0;
  if (at == text.size()) return true;
  if (skip(text, at, 'Z') || skip(text, at, 'z')) return at == text.size();
  const int sign = text[at] == '-' ? -1 : 1;
  if (text[at] != '+' && text[at] != '-') return false;
  ++at;
  int hours = 0, minutes = 0;
  if (!read_digits(text, at, 2, hours)) return false;
  skip(text, at, ':');
  if (!read_digits(text, at, 2, minutes)) return false;
  minutes_east = sign * (hours * 60 + minutes);
  return at == text.size() && hours < 24 && minutes < 60;
}

bool read_fraction(std::string_view text, std::size_t& at, Micros& micros) {
  micros = 0;
  if (!skip(text, at, '.')) return true;
  const std::size_t start = at;
  Micros unit = 100'000;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    micros += (text[at] - '0') * unit;
    unit /= 10;
  }
  return at > start;
}

double unit_seconds(std::string_view unit) {
  if (unit == "ms") return 1e-3;
  if (unit == "s" || unit == "S" || unit.empty()) return 1;
  if (unit == "m" || unit == "M" || unit == "min") return 60;
  if (unit == "h" || unit == "H") return 3600;
  if (unit == "d" || unit == "D") return 86400;
  return -1;
}

}  // namespace

const Clock& Clock::system() {
  static const SystemClock clock;
  return clock;
}

std::string format_utc(Micros time) {
  using TimePoint = std::chrono::sys_time<microseconds>;
  const TimePoint point{microseconds(time)};
  const auto day = floor<days>(point);
  const year_month_day date{day};
  const auto rest = (point - day).count();
  char text[64];
  const auto seconds = rest / 1'000'000;
  int length = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", int(date.year()),
                             unsigned(date.month()), unsigned(date.day()), int(seconds / 3600),
                             int(seconds / 60 % 60), int(seconds % 60));
  if (const auto fraction = rest % 1'000'000; fraction != 0) {
    length += std::snprintf(text + length, sizeof text - length, ".%06d", int(fraction));
  }
  return std::string(text, length) + 'Z';
}

Micros parse_utc(std::string_view text) {
  std::size_t at = 0;
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, east = 0;
  Micros fraction = 0;
  bool ok = read_digits(text, at, 4, year) && skip(text, at, '-') &&
            read_digits(text, at, 2, month) && skip(text, at, '-') && read_digits(text, at, 2, day);
  if (ok && at < text.size()) {
    ok = (skip(text, at, 'T') || skip(text, at, 't') || skip(text, at, ' ')) &&
         read_digits(text, at, 2, hour) && skip(text, at, ':') && read_digits(text, at, 2, minute);
    if (ok && skip(text, at, ':')) {
      ok = read_digits(text, at, 2, second) && read_fraction(text, at, fraction);
    }
    ok = ok && read_zone(text, at, east);
  }
  const year_month_day date{std::chrono::year(year), std::chrono::month(month),
                            std::chrono::day(day)};
  if (!ok || !date.ok() || hour > 23 || minute > 59 || second > 59) {
    throw Error(Code::kInvalidArgument, "Not a time: '" + std::string(text) + "'.",
                "Write it as 2026-11-20T14:03:07Z.");
  }
  const auto days_since_epoch = sys_days(date).time_since_epoch().count();
  const Micros seconds =
      Micros(days_since_epoch) * 86400 + hour * 3600 + (minute - east) * 60 + second;
  return seconds * 1'000'000 + fraction;
}

double parse_duration_s(std::string_view text) {
  const auto fail = [&] {
    return Error(Code::kInvalidArgument, "Not a duration: '" + std::string(text) + "'.",
                 "Write it as 90, 20s, 15m, 1h30m or PT15M.");
  };
  std::string_view rest = text;
  if (rest.starts_with("PT")) rest.remove_prefix(2);
  if (rest.empty()) throw fail();
  double total = 0;
  while (!rest.empty()) {
    double value = 0;
    const auto [end, error] =
        std::from_chars(rest.data(), rest.data() + rest.size(), value, std::chars_format::fixed);
    if (error != std::errc()) throw fail();
    rest.remove_prefix(end - rest.data());
    std::size_t unit_length = 0;
    while (unit_length < rest.size() && !(rest[unit_length] >= '0' && rest[unit_length] <= '9')) {
      ++unit_length;
    }
    const double seconds = unit_seconds(rest.substr(0, unit_length));
    if (seconds < 0 || value < 0) throw fail();
    rest.remove_prefix(unit_length);
    total += value * seconds;
  }
  if (!std::isfinite(total)) throw fail();
  return total;
}

}  // namespace tarn
