#pragma once
// Time behind a seam: tests stop it. Times are UTC microseconds everywhere.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tarn {

/// Microseconds since 1970-01-01T00:00:00Z.
using Micros = std::int64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Micros now() const = 0;
  /// The machine's clock.
  static const Clock& system();
};

/// "2026-11-20T14:03:07.123456Z"; the fraction is left out when it is zero.
std::string format_utc(Micros time);
/// Reads what format_utc writes, and an offset such as +02:00. Throws Error(kInvalidArgument).
Micros parse_utc(std::string_view text);

/// Seconds of a duration such as "15m", "20s", "1h30m", "500ms", "PT15M" or "90" (seconds).
/// Throws Error(kInvalidArgument).
double parse_duration_s(std::string_view text);

}  // namespace tarn
