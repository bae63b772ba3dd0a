#pragma once
// Dates and times as text: CONVERT's styles, and FORMAT's patterns. Moments are microseconds since
// 1970-01-01.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::sql {

inline constexpr std::int64_t kDayMicros = 86'400'000'000;

struct CivilMoment {
  int year = 1970;
  int month = 1;
  int day = 1;
  std::int64_t micros = 0;  // of the day
};

CivilMoment civil(std::int64_t moment);
std::int64_t moment_of(const CivilMoment& civil);
bool valid_date(int year, int month, int day);

/// What a text says. The time zone, where one is given, is applied: the moment is UTC.
struct ParsedMoment {
  std::int64_t moment = 0;  // without a date: on 1900-01-01
  bool has_date = false;
  bool has_time = false;
  int fraction_digits = 0;
};
/// `style` says in which order numbers stand (3: d/m/y, 11: y/m/d, else m/d/y); nothing for text
/// that is no moment.
std::optional<ParsedMoment> parse_moment(std::string_view text, int style);

/// CONVERT(varchar, moment, style) of a value of that type ("date", "time", "datetime",
/// "datetime2", ...); nothing for an unknown style.
std::optional<std::string> moment_text(std::int64_t moment, std::string_view type, int style,
                                       int scale);
/// FORMAT(moment, pattern) in en-US.
std::string format_moment(std::int64_t moment, std::string_view pattern);

std::string_view month_name(int month);      // 1 is January
std::string_view weekday_name(int weekday);  // 0 is Sunday
int weekday_of(std::int64_t moment);

}  // namespace tarn::sql
