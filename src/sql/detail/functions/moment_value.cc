#include "detail/functions/moment_value.h"

#include <string>

#include "detail/functions/moment_text.h"
#include "detail/functions/row_function.h"

namespace tarn::sql {
namespace {

constexpr std::int64_t kDatetimeMin = -6'847'804'800 * kSecond;      // 1753-01-01
constexpr std::int64_t kSmallDatetimeMax = 3'453'494'400 * kSecond;  // 2079-06-07, excluded
constexpr std::int64_t kMomentMin = -62'135'596'800 * kSecond;       // 0001-01-01

}  // namespace

std::int64_t floor_to(std::int64_t value, std::int64_t unit) {
  const std::int64_t rest = value % unit;
  return value - (rest < 0 ? rest + unit : rest);
}

std::int64_t floor_divide(std::int64_t value, std::int64_t unit) {
  return floor_to(value, unit) / unit;
}

bool in_range(std::string_view type, std::int64_t moment) {
  if (type == "datetime") return moment >= kDatetimeMin && moment < kMomentMax;
  if (type == "smalldatetime") return moment >= kBase && moment < kSmallDatetimeMax;
  return moment >= kMomentMin && moment < kMomentMax;
}

/// datetime counts thirds of a hundredth of a second, smalldatetime minutes, the others digits of a
/// second.
std::int64_t rounded(std::int64_t moment, std::string_view type, std::int64_t scale) {
  if (type == "date") return floor_to(moment, kDayMicros);
  if (type == "smalldatetime") return floor_to(moment + kMinute / 2, kMinute);
  if (type == "datetime") {
    const std::int64_t second = floor_to(moment, kSecond);
    const std::int64_t ticks = ((moment - second) * 300 + kSecond / 2) / kSecond;
    const std::int64_t millis = (ticks * 1000 + 150) / 300;
    return second + millis * 1000;
  }
  std::int64_t unit = 1;
  for (std::int64_t i = scale; i < 6; ++i) unit *= 10;
  return unit == 1 ? moment : floor_to(moment + unit / 2, unit);
}

MomentConversion convert_moment(std::string_view text, std::string_view type, std::int64_t scale,
                                int style) {
  const bool legacy = type == "datetime" || type == "smalldatetime";
  const std::optional<ParsedMoment> parsed = parse_moment(text, style, legacy);
  if (!parsed) {
    const bool digits = text.find_first_of("0123456789") != std::string_view::npos;
    const bool letters = text.find_first_of("bghikqxyzBGHIKQXYZ") != std::string_view::npos;
    return {legacy && digits && !letters && text.size() >= 6 ? 242 : 241, 0, 0};
  }
  const int offset = parsed->offset_minutes.value_or(0);
  if (legacy && (parsed->fraction_digits > 3 || (offset != 0 && style != 127))) return {241, 0, 0};
  const std::int64_t moment =
      rounded(parsed->moment - (legacy ? offset * kMinute : 0), type, scale);
  const bool fits = in_range(type, moment) &&
                    (type != "datetimeoffset" || in_range(type, moment - offset * kMinute));
  return {fits ? 0 : 242, moment, offset};
}

Error moment_failure(int number, std::string_view type) {
  if (number == 242) {
    return runtime_failure(242, "The conversion of a varchar data type to a " + std::string(type) +
                                    " data type resulted in an out-of-range value.");
  }
  return runtime_failure(
      241, "Conversion failed when converting date and/or time from character string.");
}

Error added_overflow(std::string_view type) {
  return runtime_failure(
      517, "Adding a value to a '" + std::string(type) + "' column caused an overflow.");
}

}  // namespace tarn::sql
