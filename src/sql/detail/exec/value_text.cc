#include "detail/exec/value_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "detail/functions/moment_text.h"
#include "detail/functions/moment_value.h"
#include "engine/int128.h"
#include "sql/offset_moment.h"

namespace tarn::sql {
namespace {

std::string padded(std::int64_t value, std::size_t width) {
  std::string text = std::to_string(value);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

/// Howard Hinnant's civil_from_days: the proleptic Gregorian calendar.
struct CivilDate {
  std::int64_t year;
  int month;
  int day;
};
CivilDate civil_from_days(std::int64_t days) {
  days += 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const std::int64_t day_of_era = days - era * 146097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const int month = static_cast<int>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

template <typename T>
std::string shortest(T value) {
  std::array<char, 40> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return std::string(buffer.data(), end);
}

/// Digits of a second in the canonical form: all that the type has.
int canonical_digits(const SqlType& type) {
  if (type.id == TypeId::kDateTime) return 3;
  if (type.id == TypeId::kSmallDateTime) return 0;
  return std::min(type.scale, 6);
}

}  // namespace

std::string decimal_text(engine::Int128 unscaled, int scale) {
  const bool negative = unscaled < 0;
  __extension__ using Unsigned = unsigned __int128;
  Unsigned magnitude =
      negative ? -static_cast<Unsigned>(unscaled) : static_cast<Unsigned>(unscaled);
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(magnitude % 10));
    magnitude /= 10;
  } while (magnitude > 0);
  while (digits.size() <= static_cast<std::size_t>(scale)) digits += '0';
  std::reverse(digits.begin(), digits.end());
  if (scale > 0) digits.insert(digits.size() - static_cast<std::size_t>(scale), 1, '.');
  return negative ? "-" + digits : digits;
}

std::string date_text(std::int64_t days) {
  const CivilDate date = civil_from_days(days);
  return padded(date.year, 4) + '-' + padded(date.month, 2) + '-' + padded(date.day, 2);
}

std::string time_text(std::int64_t micros_of_day, int digits) {
  const std::int64_t seconds = micros_of_day / 1'000'000;
  std::string text = padded(seconds / 3600, 2) + ':' + padded(seconds / 60 % 60, 2) + ':' +
                     padded(seconds % 60, 2);
  if (digits > 0) {
    text +=
        '.' +
        (padded(micros_of_day % 1'000'000, 6) + "0").substr(0, static_cast<std::size_t>(digits));
  }
  return text;
}

std::string timestamp_text(std::int64_t micros, int digits) {
  std::int64_t days = micros / kDay;
  std::int64_t rest = micros % kDay;
  if (rest < 0) {
    rest += kDay;
    --days;
  }
  return date_text(days) + ' ' + time_text(rest, digits);
}

std::string offset_moment_text(engine::Int128 value, int digits, std::string_view between) {
  const OffsetMoment moment = unpacked(value);
  return timestamp_text(moment.local_micros(), digits) + std::string(between) +
         offset_text(moment.offset_minutes);
}

std::string float_text(double value) { return shortest(value); }
std::string real_text(float value) { return shortest(value); }

std::string uuid_text(engine::Int128 stored) {
  // The engine flips the topmost bit so that signed order is the order of the text.
  __extension__ using Unsigned = unsigned __int128;
  const Unsigned value = static_cast<Unsigned>(stored) ^ (static_cast<Unsigned>(1) << 127);
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (int i = 31; i >= 0; --i) {
    text += kDigits[static_cast<int>(value >> (4 * i)) & 15];
    if (i == 24 || i == 20 || i == 16 || i == 12) text += '-';
  }
  return text;
}

Constant constant_of(const SqlType& type, const engine::Column& values, std::size_t row) {
  Constant constant{type, std::nullopt};
  if (values.is_null(row)) return constant;
  using engine::Kind;
  switch (values.type().kind) {
    case Kind::kDecimal:
      constant.text = decimal_text(values.unscaled(row), values.type().scale);
      break;
    case Kind::kInt128:
      if (type.id == TypeId::kDateTimeOffset) {
        constant.text = offset_moment_text(engine::load_int128(values.data<engine::Int128>(), row),
                                           canonical_digits(type), "");
        break;
      }
      constant.text = decimal_text(engine::load_int128(values.data<engine::Int128>(), row), 0);
      break;
    case Kind::kFloat:
      constant.text = real_text(values.data<float>()[row]);
      break;
    case Kind::kDouble:
      constant.text = float_text(values.data<double>()[row]);
      break;
    case Kind::kText:
    case Kind::kBlob:
    case Kind::kEnum:
      constant.text = std::string(values.text(row));
      break;
    case Kind::kDate:
      constant.text = date_text(values.integer(row));
      break;
    case Kind::kTime:
      constant.text = time_text(values.integer(row), canonical_digits(type));
      break;
    case Kind::kTimestamp:
      constant.text = timestamp_text(values.integer(row), canonical_digits(type));
      break;
    case Kind::kUuid:
      constant.text = uuid_text(engine::load_int128(values.data<engine::Int128>(), row));
      break;
    default:
      constant.text = std::to_string(values.integer(row));
  }
  return constant;
}

}  // namespace tarn::sql
