#pragma once
// Parts of a date, written once for training and for the exported graph: `Ops` computes on doubles
// here and emits nodes there, so that both round in the same places. Days count from 1970-01-01.
//
// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days, with floor
// division on doubles.

#include <cmath>
#include <string_view>

namespace tarn::ml::detail {

enum class DatePart { kDays, kYear, kMonth, kDay, kWeekday, kDayOfYear, kHour, kMinute };
inline constexpr DatePart kDateParts[] = {DatePart::kDays, DatePart::kYear,    DatePart::kMonth,
                                          DatePart::kDay,  DatePart::kWeekday, DatePart::kDayOfYear,
                                          DatePart::kHour, DatePart::kMinute};
std::string_view name_of(DatePart part);

inline constexpr double kMicrosPerSecond = 1e6;
inline constexpr double kMicrosPerDay = 86400e6;

struct DoubleOps {
  double add(double a, double b) { return a + b; }
  double subtract(double a, double b) { return a - b; }
  double multiply(double a, double b) { return a * b; }
  double floor_divide(double a, double b) { return std::floor(a / b); }
  double constant(double value) { return value; }
};

template <typename Value>
struct CivilDate {
  Value year;
  Value month;  // 1 to 12
  Value day;    // 1 to 31
};

template <typename Ops, typename Value>
CivilDate<Value> civil_date(Ops& ops, const Value& days) {
  const auto number = [&](double value) { return ops.constant(value); };
  const auto part = [&](const Value& value, double by) {
    return ops.floor_divide(value, number(by));
  };
  const auto times = [&](const Value& value, double by) { return ops.multiply(value, number(by)); };

  const Value shifted = ops.add(days, number(719468));
  const Value era = part(shifted, 146097);
  const Value day_of_era = ops.subtract(shifted, times(era, 146097));
  const Value leap_days = ops.add(ops.subtract(part(day_of_era, 1460), part(day_of_era, 36524)),
                                  part(day_of_era, 146096));
  const Value year_of_era = part(ops.subtract(day_of_era, leap_days), 365);
  const Value days_before_year =
      ops.subtract(ops.add(times(year_of_era, 365), part(year_of_era, 4)), part(year_of_era, 100));
  const Value day_of_year = ops.subtract(day_of_era, days_before_year);  // from 1 March
  const Value month_from_march = part(ops.add(times(day_of_year, 5), number(2)), 153);
  const Value days_before_month = part(ops.add(times(month_from_march, 153), number(2)), 5);
  const Value next_year = part(month_from_march, 10);  // 1 for January and February
  CivilDate<Value> date{
      ops.add(ops.add(year_of_era, times(era, 400)), next_year),
      ops.subtract(ops.add(month_from_march, number(3)), times(next_year, 12)),
      ops.add(ops.subtract(day_of_year, days_before_month), number(1)),
  };
  return date;
}

template <typename Ops, typename Value>
Value day_of_year(Ops& ops, const Value& days, const Value& year) {
  const auto number = [&](double value) { return ops.constant(value); };
  const auto part = [&](const Value& value, double by) {
    return ops.floor_divide(value, number(by));
  };
  const Value before = ops.subtract(year, number(1));
  const Value leap_days =
      ops.add(ops.subtract(part(before, 4), part(before, 100)), part(before, 400));
  const Value days_before = ops.add(ops.multiply(before, number(365)), leap_days);
  return ops.add(ops.subtract(days, days_before), number(719163));
}

/// `days` is a whole number of days; `seconds` are those of the day (only for kHour and kMinute).
template <typename Ops, typename Value>
Value date_part(Ops& ops, const Value& days, const Value& seconds, DatePart part) {
  const auto number = [&](double value) { return ops.constant(value); };
  switch (part) {
    case DatePart::kDays:
      return days;
    case DatePart::kYear:
      return civil_date(ops, days).year;
    case DatePart::kMonth:
      return civil_date(ops, days).month;
    case DatePart::kDay:
      return civil_date(ops, days).day;
    case DatePart::kWeekday: {  // 0 is Sunday
      const Value shifted = ops.add(days, number(4));
      const Value weeks = ops.floor_divide(shifted, number(7));
      return ops.subtract(shifted, ops.multiply(weeks, number(7)));
    }
    case DatePart::kDayOfYear: {
      const Value year = civil_date(ops, days).year;
      return day_of_year(ops, days, year);
    }
    case DatePart::kHour:
      return ops.floor_divide(seconds, number(3600));
    case DatePart::kMinute: {
      const Value hours = ops.floor_divide(seconds, number(3600));
      const Value rest = ops.subtract(seconds, ops.multiply(hours, number(3600)));
      return ops.floor_divide(rest, number(60));
    }
  }
  return days;
}

/// Whole days of a moment in microseconds, and the whole seconds of its day.
template <typename Ops, typename Value>
Value days_of_micros(Ops& ops, const Value& micros) {
  return ops.floor_divide(micros, ops.constant(kMicrosPerDay));
}
template <typename Ops, typename Value>
Value seconds_of_micros(Ops& ops, const Value& micros, const Value& days) {
  const Value rest = ops.subtract(micros, ops.multiply(days, ops.constant(kMicrosPerDay)));
  return ops.floor_divide(rest, ops.constant(kMicrosPerSecond));
}

}  // namespace tarn::ml::detail
