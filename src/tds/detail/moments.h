#pragma once
// Dates and times in the protocol's units and in the engine's: microseconds, and days since
// 1970-01-01.

#include <array>
#include <cstdint>

namespace tarn::tds::detail {

inline constexpr std::int64_t kMicrosPerDay = 86'400'000'000;
inline constexpr std::int64_t kMicrosPerMinute = 60'000'000;
inline constexpr int kDaysFromYear1 = 719'162;              // 0001-01-01 to 1970-01-01
inline constexpr int kDaysFrom1900 = 25'567;                // 1900-01-01 to 1970-01-01
inline constexpr int kYear1DayMax = 3'652'058;              // 9999-12-31, of days since 0001-01-01
inline constexpr int kDatetimeDayMin = -53'690;             // 1753-01-01, of days since 1900-01-01
inline constexpr int kDatetimeDayMax = 2'958'463;           // 9999-12-31
inline constexpr std::int64_t kTicksPerDay = 300 * 86'400;  // of datetime
inline constexpr int kMinutesPerDay = 1440;
inline constexpr int kOffsetMax = 14 * 60;  // minutes

inline constexpr std::array<std::int64_t, 8> kPowersOf10 = {1,      10,      100,       1'000,
                                                            10'000, 100'000, 1'000'000, 10'000'000};

/// Rounded towards the past.
inline std::int64_t floor_divide(std::int64_t value, std::int64_t by) {
  const std::int64_t quotient = value / by;
  return quotient - (value % by < 0 ? 1 : 0);
}

/// Microseconds of a day as counts of 10^-scale seconds; digits beyond are cut.
inline std::int64_t units_of_micros(std::int64_t micros, int scale) {
  if (scale == 7) return micros * 10;
  return scale == 6 ? micros : micros / kPowersOf10[static_cast<std::size_t>(6 - scale)];
}
inline std::int64_t micros_of_units(std::int64_t units, int scale) {
  return scale == 7 ? units / 10 : units * kPowersOf10[static_cast<std::size_t>(6 - scale)];
}

/// datetime's thirds of a hundredth of a second, and the milliseconds that they are shown as.
inline std::int64_t ticks_of_micros(std::int64_t micros) { return (micros * 3 + 5'000) / 10'000; }
inline std::int64_t millis_of_ticks(std::int64_t ticks) { return (ticks * 10 + 1) / 3; }

}  // namespace tarn::tds::detail
