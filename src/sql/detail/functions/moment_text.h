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

/// What a text says, on the clock that it was written by.
struct ParsedMoment {
  std::int64_t moment = 0;  // without a date: on 1900-01-01
  bool has_date = false;
  bool has_time = false;
  int fraction_digits = 0;
  std::optional<int> offset_minutes;  // where the text has an offset from UTC, or Z
};
/// `style` says in which order numbers stand (3: d/m/y, 11: y/m/d, that of a style_of(order), else
/// m/d/y); nothing for text that is no moment. datetime and smalldatetime are `older`: under SET
/// DATEFORMAT dmy the day comes before the month behind a year, too.
std::optional<ParsedMoment> parse_moment(std::string_view text, int style, bool older = false);

/// CONVERT(varchar, moment, style) of a value of that type ("date", "time", "datetime",
/// "datetime2", "datetimeoffset"); nothing for an unknown style. A datetimeoffset is given on its
/// own clock.
std::optional<std::string> moment_text(std::int64_t moment, std::string_view type, int style,
                                       int scale, int offset_minutes = 0);
/// "+05:30"
std::string offset_text(int minutes);
/// Minutes of "+05:30" or "-08:00"; nothing for anything else and beyond 14 hours.
std::optional<int> parse_offset(std::string_view text);

std::string_view month_name(int month);      // 1 is January
std::string_view weekday_name(int weekday);  // 0 is Sunday
int weekday_of(std::int64_t moment);

}  // namespace tarn::sql
