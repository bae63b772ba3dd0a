#include "detail/bind/date_parts.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "detail/bind/bind_error.h"

namespace tarn::sql {
namespace {

template <std::size_t kSize>
bool contains(const std::array<std::string_view, kSize>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr auto kDateParts = std::to_array<std::string_view>(
    {"year", "quarter", "month", "dayofyear", "day", "week", "weekday", "iso_week"});
constexpr auto kTimeParts = std::to_array<std::string_view>(
    {"hour", "minute", "second", "millisecond", "microsecond", "nanosecond"});
constexpr auto kBucketParts = std::to_array<std::string_view>(
    {"year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond"});

bool takes(std::string_view function, std::string_view part) {
  if (function == "DATE_BUCKET") return contains(kBucketParts, part);
  if (function == "DATETRUNC")
    return part != "weekday" && part != "tzoffset" && part != "nanosecond";
  if (function == "DATEPART" || function == "DATENAME") return true;
  return part != "tzoffset" && part != "iso_week";
}

/// Digits of a second that the type keeps.
int fraction_digits(const SqlType& type) {
  if (type.id == TypeId::kDateTime) return 3;
  return type.id == TypeId::kSmallDateTime ? 0 : type.scale;
}

bool has_part(std::string_view function, std::string_view part, const SqlType& type) {
  if (function.starts_with("DATEDIFF")) return true;
  if (part == "tzoffset")
    return type.id == TypeId::kDateTimeOffset || type.id == TypeId::kDateTime2;
  if (contains(kDateParts, part)) return has_date(type);
  if (contains(kTimeParts, part) && !has_time(type)) return false;
  if (function == "DATEADD" && (part == "microsecond" || part == "nanosecond"))
    return !is_legacy_datetime(type);
  if (function == "DATETRUNC" && part == "millisecond") return fraction_digits(type) >= 3;
  if (function == "DATETRUNC" && part == "microsecond") return fraction_digits(type) >= 6;
  return true;
}

}  // namespace

void check_date_part(std::string_view function, std::string_view part, const SqlType& type,
                     ast::Span span) {
  const std::string what = "The datepart " + std::string(part) +
                           " is not supported by date function " + to_lower(function);
  if (!takes(function, part)) throw bind_error(9806, what + ".", span);
  if (!has_part(function, part, type)) {
    throw bind_error(9810, what + " for data type " + std::string(name_of(type.id)) + ".", span);
  }
}

}  // namespace tarn::sql
