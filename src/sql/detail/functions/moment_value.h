#pragma once
// What a date or time may be: ranges, rounding and conversion of text for each type, with SQL
// Server's errors. Moments are microseconds since 1970-01-01; types go by name ("datetime2").

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace tarn::sql {

inline constexpr std::int64_t kSecond = 1'000'000;
inline constexpr std::int64_t kMinute = 60 * kSecond;
inline constexpr std::int64_t kHour = 60 * kMinute;
inline constexpr std::int64_t kDay = 24 * kHour;
inline constexpr std::int64_t kBase = -2'208'988'800 * kSecond;  // 1900-01-01, day 0 of datetime
inline constexpr std::int64_t kMomentMax = 253'402'300'800 * kSecond;  // 10000-01-01, excluded
inline constexpr int kFractionDigits = 6;  // of a second that the engine keeps

std::int64_t floor_to(std::int64_t value, std::int64_t unit);
std::int64_t floor_divide(std::int64_t value, std::int64_t unit);

bool in_range(std::string_view type, std::int64_t moment);
/// datetime counts thirds of a hundredth of a second, smalldatetime minutes, the others `scale`
/// digits of a second.
std::int64_t rounded(std::int64_t moment, std::string_view type, std::int64_t scale);

struct MomentConversion {
  int error = 0;  // 0, or SQL Server's number: 241, 242
  std::int64_t moment = 0;
  int offset_minutes = 0;
};
/// Text as a value of that type. What the text's offset says is kept for datetimeoffset; datetime
/// and smalldatetime take one only under style 127, which moves them to UTC.
MomentConversion convert_moment(std::string_view text, std::string_view type, std::int64_t scale,
                                int style);

Error moment_failure(int number, std::string_view type);  // 241, 242
Error added_overflow(std::string_view type);              // 517

}  // namespace tarn::sql
