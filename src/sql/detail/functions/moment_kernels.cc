// Dates and times: conversions with SQL Server's errors and rounding, and date arithmetic by parts.

#include <algorithm>
#include <cmath>
#include <limits>

#include "detail/functions/moment_text.h"
#include "detail/functions/moment_value.h"
#include "detail/functions/row_function.h"

namespace tarn::sql {
namespace {

using engine::Kind;

std::int64_t unit_of(std::string_view part) {
  if (part == "week") return 7 * kDayMicros;
  if (part == "hour") return kHour;
  if (part == "minute") return kMinute;
  if (part == "second") return kSecond;
  if (part == "millisecond") return 1000;
  if (part == "microsecond") return 1;
  return kDayMicros;  // day, dayofyear, weekday
}

std::int64_t months_of(std::string_view part) {
  return part == "year" ? 12 : part == "quarter" ? 3 : part == "month" ? 1 : 0;
}

std::int64_t date_add(std::string_view part, std::int64_t count, std::int64_t moment,
                      std::string_view type) {
  std::int64_t result = 0;
  if (const std::int64_t months = months_of(part); months > 0) {
    CivilMoment value = civil(moment);
    if (count > 120'000 || count < -120'000) throw added_overflow(type);
    const std::int64_t month = value.year * 12 + (value.month - 1) + count * months;
    if (month < 12 || month >= 120'000) throw added_overflow(type);
    value.year = static_cast<int>(month / 12);
    value.month = static_cast<int>(month % 12) + 1;
    while (!valid_date(value.year, value.month, value.day)) --value.day;
    result = moment_of(value);
  } else if (part == "nanosecond") {
    result = moment + floor_divide(count + 500, 1000);  // half a microsecond rounds up
  } else if (__builtin_mul_overflow(count, unit_of(part), &result) ||
             __builtin_add_overflow(result, moment, &result)) {
    throw added_overflow(type);
  }
  if (type == "time") return kBase + ((result - kBase) % kDayMicros + kDayMicros) % kDayMicros;
  if (!in_range(type, result)) throw added_overflow(type);
  return rounded(result, type, kFractionDigits);
}

/// Boundaries of the part that lie between the two.
std::int64_t date_difference(std::string_view part, std::int64_t from, std::int64_t to) {
  if (const std::int64_t months = months_of(part); months > 0) {
    const CivilMoment a = civil(from);
    const CivilMoment b = civil(to);
    return (b.year * 12 + b.month - 1) / months - (a.year * 12 + a.month - 1) / months;
  }
  if (part == "week") {  // weeks begin on Sunday; 1969-12-28 was one
    const std::int64_t sunday = 4 * kDayMicros;
    return floor_divide(to + sunday, 7 * kDayMicros) - floor_divide(from + sunday, 7 * kDayMicros);
  }
  if (part == "nanosecond") {
    std::int64_t result = 0;
    if (__builtin_mul_overflow(to - from, 1000, &result)) {
      throw runtime_failure(
          535,
          "The datediff function resulted in an overflow. The number of dateparts separating two "
          "date/time instances is too large.");
    }
    return result;
  }
  return floor_divide(to, unit_of(part)) - floor_divide(from, unit_of(part));
}

std::int64_t day_of_year(std::int64_t moment) {
  CivilMoment value = civil(moment);
  return floor_divide(moment - moment_of({value.year, 1, 1, 0}), kDayMicros) + 1;
}

std::int64_t iso_week(std::int64_t moment) {
  const int weekday = (weekday_of(moment) + 6) % 7;  // 0 is Monday
  const std::int64_t thursday = floor_to(moment, kDayMicros) + (3 - weekday) * kDayMicros;
  return (day_of_year(thursday) - 1) / 7 + 1;
}

std::int64_t date_part_of(std::string_view part, std::int64_t moment) {
  const CivilMoment value = civil(moment);
  if (part == "year") return value.year;
  if (part == "quarter") return (value.month - 1) / 3 + 1;
  if (part == "month") return value.month;
  if (part == "dayofyear") return day_of_year(moment);
  if (part == "day") return value.day;
  if (part == "week") {
    const int first = weekday_of(moment_of({value.year, 1, 1, 0}));
    return (day_of_year(moment) - 1 + first) / 7 + 1;
  }
  if (part == "iso_week") return iso_week(moment);
  if (part == "weekday") return weekday_of(moment) + 1;
  if (part == "hour") return value.micros / kHour;
  if (part == "minute") return value.micros / kMinute % 60;
  if (part == "second") return value.micros / kSecond % 60;
  if (part == "millisecond") return value.micros % kSecond / 1000;
  if (part == "microsecond") return value.micros % kSecond;
  return value.micros % kSecond * 1000;  // nanosecond
}

std::string date_name(std::string_view part, std::int64_t moment) {
  if (part == "month") return std::string(month_name(civil(moment).month));
  if (part == "weekday") return std::string(weekday_name(weekday_of(moment)));
  return std::to_string(date_part_of(part, moment));
}

std::int64_t truncated(std::string_view part, std::int64_t moment) {
  const CivilMoment value = civil(moment);
  if (part == "year") return moment_of({value.year, 1, 1, 0});
  if (part == "quarter") return moment_of({value.year, (value.month - 1) / 3 * 3 + 1, 1, 0});
  if (part == "month") return moment_of({value.year, value.month, 1, 0});
  const std::int64_t day = floor_to(moment, kDayMicros);
  if (part == "week") return day - weekday_of(moment) * kDayMicros;
  if (part == "iso_week") return day - (weekday_of(moment) + 6) % 7 * kDayMicros;
  return floor_to(moment, unit_of(part));
}

std::int64_t date_trunc(std::string_view part, std::int64_t moment, std::string_view type) {
  const std::int64_t result = truncated(part, moment);
  if (in_range(type, result)) return rounded(result, type, kFractionDigits);
  throw runtime_failure(9837,
                        "An invalid date value was encountered: The date value is less than the "
                        "minimum date value allowed for the data type.");
}

/// The start of the bucket of `width` parts, counted from `origin`, in which the moment lies.
std::int64_t date_bucket(std::string_view part, std::int64_t width, std::int64_t moment,
                         std::int64_t origin) {
  if (width <= 0) {
    throw runtime_failure(9834,
                          "Invalid bucket width value passed to date_bucket function. Only "
                          "positive values are allowed.");
  }
  const std::int64_t months = months_of(part);
  if (months == 0) {
    const std::int64_t unit = unit_of(part) * width;
    return origin + floor_divide(moment - origin, unit) * unit;
  }
  const auto start = [&](std::int64_t bucket) {
    return date_add("month", bucket * width * months, origin, "datetime2");
  };
  std::int64_t bucket = floor_divide(date_difference("month", origin, moment), width * months);
  if (start(bucket) > moment) --bucket;
  return start(bucket);
}

/// `count` months on, the month's last day.
std::int64_t month_end(std::int64_t moment, std::int64_t count) {
  CivilMoment value = civil(date_add("month", count, moment, "date"));
  value.micros = 0;
  value.day = 31;
  while (!valid_date(value.year, value.month, value.day)) --value.day;
  return moment_of(value);
}

std::int64_t from_parts(const Row& row) {
  const auto part = [&](std::size_t index) { return row.integer(index); };
  const std::string type(row.text(0));
  const auto small = [](std::int64_t value) {
    return static_cast<int>(std::clamp<std::int64_t>(value, -1, 100'000));
  };
  const bool valid = valid_date(small(part(1)), small(part(2)), small(part(3))) && part(4) >= 0 &&
                     part(4) < 24 && part(5) >= 0 && part(5) < 60 && part(6) >= 0 && part(6) < 60 &&
                     part(7) >= 0 && part(7) < kSecond;
  const CivilMoment value{valid ? small(part(1)) : 1900, valid ? small(part(2)) : 1,
                          valid ? small(part(3)) : 1,
                          part(4) * kHour + part(5) * kMinute + part(6) * kSecond + part(7)};
  const std::int64_t moment = moment_of(value);
  if (valid && in_range(type, moment)) return rounded(moment, type, 6);
  throw runtime_failure(289, "Cannot construct data type " + type +
                                 ", some of the arguments have values which are not "
                                 "valid.");
}

void add_conversions(std::vector<engine::ScalarFunction>& functions) {
  const std::vector<engine::Type> parameters = {Kind::kText, Kind::kText, Kind::kInt32,
                                                Kind::kInt32};
  functions.push_back(
      row_function("tarn_to_moment", parameters, Kind::kTimestamp, [](const Row& row) {
        const MomentConversion result = convert_moment(row.text(0), row.text(1), row.integer(2),
                                                       static_cast<int>(row.integer(3)));
        if (result.error) throw moment_failure(result.error, row.text(1));
        return result.moment;
      }));
  functions.push_back(row_function("tarn_try_to_moment", parameters, Kind::kTimestamp,
                                   [](const Row& row) -> std::optional<std::int64_t> {
                                     const MomentConversion result =
                                         convert_moment(row.text(0), row.text(1), row.integer(2),
                                                        static_cast<int>(row.integer(3)));
                                     if (result.error) return std::nullopt;
                                     return result.moment;
                                   }));
  functions.push_back(
      row_function("tarn_isdate", {Kind::kText, Kind::kText}, Kind::kInt32, [](const Row& row) {
        // The second one is the style of SET DATEFORMAT; empty without.
        int style = 0;
        for (const char digit : row.text(1)) style = style * 10 + (digit - '0');
        return convert_moment(row.text(0), "datetime", 3, style).error == 0 ? 1 : 0;
      }));
  functions.push_back(row_function(
      "tarn_moment_text", {Kind::kTimestamp, Kind::kText, Kind::kInt32, Kind::kInt32}, Kind::kText,
      [](const Row& row) {
        auto text = moment_text(row.integer(0), row.text(1), static_cast<int>(row.integer(2)),
                                static_cast<int>(row.integer(3)));
        if (text) return *std::move(text);
        throw runtime_failure(281, std::to_string(row.integer(2)) +
                                       " is not a valid style number when converting from " +
                                       std::string(row.text(1)) + " to a character string.");
      }));
  functions.push_back(row_function(
      "tarn_round_moment", {Kind::kTimestamp, Kind::kText, Kind::kInt32}, Kind::kTimestamp,
      [](const Row& row) {
        const std::int64_t moment = rounded(row.integer(0), row.text(1), row.integer(2));
        if (!in_range(row.text(1), moment)) throw moment_failure(242, row.text(1));
        return moment;
      }));
  functions.push_back(
      row_function("tarn_to_days", {Kind::kTimestamp}, Kind::kDouble, [](const Row& row) {
        return static_cast<double>(row.integer(0) - kBase) / static_cast<double>(kDayMicros);
      }));
  const auto from_days = [](double days) {
    const double micros = days * static_cast<double>(kDayMicros);
    if (!(std::fabs(micros) < static_cast<double>(kMomentMax))) throw added_overflow("datetime");
    return static_cast<std::int64_t>(std::llround(micros));
  };
  functions.push_back(row_function(
      "tarn_from_days", {Kind::kDouble}, Kind::kTimestamp, [from_days](const Row& row) {
        const std::int64_t moment = rounded(kBase + from_days(row.number(0)), "datetime", 3);
        if (in_range("datetime", moment)) return moment;
        throw runtime_failure(
            8115, "Arithmetic overflow error converting expression to data type datetime.");
      }));
  functions.push_back(row_function("tarn_shift_days", {Kind::kTimestamp, Kind::kDouble},
                                   Kind::kTimestamp, [from_days](const Row& row) {
                                     const std::int64_t moment = rounded(
                                         row.integer(0) + from_days(row.number(1)), "datetime", 3);
                                     if (!in_range("datetime", moment))
                                       throw added_overflow("datetime");
                                     return moment;
                                   }));
}

}  // namespace

std::vector<engine::ScalarFunction> moment_engine_functions() {
  std::vector<engine::ScalarFunction> functions;
  add_conversions(functions);
  functions.push_back(row_function(
      "tarn_dateadd", {Kind::kText, Kind::kInt64, Kind::kTimestamp, Kind::kText}, Kind::kTimestamp,
      [](const Row& r) { return date_add(r.text(0), r.integer(1), r.integer(2), r.text(3)); }));
  const std::vector<engine::Type> two_moments = {Kind::kText, Kind::kTimestamp, Kind::kTimestamp};
  functions.push_back(row_function(
      "tarn_datediff_big", two_moments, Kind::kInt64,
      [](const Row& r) { return date_difference(r.text(0), r.integer(1), r.integer(2)); }));
  functions.push_back(row_function("tarn_datediff", two_moments, Kind::kInt32, [](const Row& r) {
    const std::int64_t difference = date_difference(r.text(0), r.integer(1), r.integer(2));
    if (difference < std::numeric_limits<std::int32_t>::min() ||
        difference > std::numeric_limits<std::int32_t>::max()) {
      throw runtime_failure(
          535,
          "The datediff function resulted in an overflow. The number of dateparts separating two "
          "date/time instances is too large. Try to use datediff with a less precise datepart.");
    }
    return static_cast<std::int32_t>(difference);
  }));
  functions.push_back(row_function(
      "tarn_datepart", {Kind::kText, Kind::kTimestamp}, Kind::kInt32, [](const Row& r) {
        return static_cast<std::int32_t>(date_part_of(r.text(0), r.integer(1)));
      }));
  functions.push_back(
      row_function("tarn_datename", {Kind::kText, Kind::kTimestamp}, Kind::kText,
                   [](const Row& r) { return date_name(r.text(0), r.integer(1)); }));
  functions.push_back(
      row_function("tarn_datetrunc", {Kind::kText, Kind::kTimestamp, Kind::kText}, Kind::kTimestamp,
                   [](const Row& r) { return date_trunc(r.text(0), r.integer(1), r.text(2)); }));
  functions.push_back(row_function(
      "tarn_date_bucket", {Kind::kText, Kind::kInt64, Kind::kTimestamp, Kind::kTimestamp},
      Kind::kTimestamp, [](const Row& r) {
        return date_bucket(r.text(0), r.integer(1), r.integer(2), r.integer(3));
      }));
  functions.push_back(
      row_function("tarn_month_end", {Kind::kTimestamp, Kind::kInt32}, Kind::kTimestamp,
                   [](const Row& r) { return month_end(r.integer(0), r.integer(1)); }));
  functions.push_back(row_function("tarn_moment_from_parts",
                                   {Kind::kText, Kind::kInt32, Kind::kInt32, Kind::kInt32,
                                    Kind::kInt32, Kind::kInt32, Kind::kInt32, Kind::kInt32},
                                   Kind::kTimestamp, from_parts));
  return functions;
}

}  // namespace tarn::sql
