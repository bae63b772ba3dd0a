#include "detail/decoded.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "base/text.h"
#include "base/utf16.h"
#include "detail/moments.h"
#include "detail/text_bytes.h"

namespace tarn::tds::detail {
namespace {

using engine::Int128;
__extension__ typedef unsigned __int128 UInt128;

/// Little-endian, any number of bytes up to eight.
std::uint64_t unsigned_of(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

UInt128 power_of_10(int digits) {
  UInt128 power = 1;
  for (int i = 0; i < digits; ++i) power *= 10;
  return power;
}

Int128 decode_decimal(const TypeInfo& type, std::string_view bytes) {
  UInt128 magnitude = 0;
  for (std::size_t i = bytes.size(); i-- > 1;)
    magnitude = magnitude << 8 | static_cast<unsigned char>(bytes[i]);
  if (magnitude >= power_of_10(type.precision)) throw_bad_value(type_name(type));
  return bytes[0] == 0 ? -static_cast<Int128>(magnitude) : static_cast<Int128>(magnitude);
}

DecodedMoment decode_old_moment(const TypeInfo& type, std::string_view bytes) {
  DecodedMoment moment;
  if (type.length == 4) {
    const auto minutes = static_cast<int>(unsigned_of(bytes.substr(2)));
    if (minutes >= kMinutesPerDay) throw_bad_value(type_name(type));
    moment.days = static_cast<int>(unsigned_of(bytes.substr(0, 2))) - kDaysFrom1900;
    moment.units = std::int64_t{60} * minutes;
    return moment;
  }
  const auto days = static_cast<std::int32_t>(unsigned_of(bytes.substr(0, 4)));
  const auto ticks = static_cast<std::int64_t>(unsigned_of(bytes.substr(4)));
  if (days < kDatetimeDayMin || days > kDatetimeDayMax || ticks >= kTicksPerDay)
    throw_bad_value(type_name(type));
  moment.days = days - kDaysFrom1900;
  moment.units = millis_of_ticks(ticks);
  moment.scale = 3;
  return moment;
}

std::string decimal_digits(Int128 value, int scale) {
  const bool negative = value < 0;
  auto magnitude = negative ? -static_cast<UInt128>(value) : static_cast<UInt128>(value);
  std::string digits;
  for (; magnitude != 0 || static_cast<int>(digits.size()) <= scale; magnitude /= 10)
    digits += static_cast<char>('0' + static_cast<int>(magnitude % 10));
  if (scale > 0) digits.insert(static_cast<std::size_t>(scale), 1, '.');
  if (negative) digits += '-';
  return {digits.rbegin(), digits.rend()};
}

/// The shortest text that reads back as the same number.
template <typename T>
std::string shortest(T value) {
  std::array<char, 40> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  return to_upper(std::string_view(text.data(), static_cast<std::size_t>(end.ptr - text.data())));
}

std::string date_digits(int days) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text.data();
}

std::string time_digits(std::int64_t units, int scale) {
  const std::int64_t unit = kPowersOf10[static_cast<std::size_t>(scale)];
  const auto seconds = static_cast<int>(units / unit);
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%02d:%02d:%02d", seconds / 3600, seconds / 60 % 60,
                seconds % 60);
  std::string digits = text.data();
  if (scale == 0) return digits;
  std::snprintf(text.data(), text.size(), ".%0*d", scale, static_cast<int>(units % unit));
  return digits + text.data();
}

std::string moment_digits(const TypeInfo& type, DecodedMoment moment) {
  if (type.wire == Wire::kDateN) return date_digits(moment.days);
  if (type.wire == Wire::kTimeN) return time_digits(moment.units, moment.scale);
  if (type.wire != Wire::kDateTimeOffsetN)
    return date_digits(moment.days) + " " + time_digits(moment.units, moment.scale);
  const std::int64_t unit = kPowersOf10[static_cast<std::size_t>(moment.scale)];
  const std::int64_t day = 86'400 * unit;
  const std::int64_t local = moment.units + moment.offset_minutes * 60 * unit;
  const std::int64_t days = floor_divide(local, day);
  const int minutes = std::abs(moment.offset_minutes);
  std::array<char, 16> offset;
  std::snprintf(offset.data(), offset.size(), "%c%02d:%02d", moment.offset_minutes < 0 ? '-' : '+',
                minutes / 60, minutes % 60);
  return date_digits(moment.days + static_cast<int>(days)) + " " +
         time_digits(local - days * day, moment.scale) + offset.data();
}

/// Where each of a uniqueidentifier's bytes, as its text has them, lies on the wire.
constexpr std::array<std::size_t, 16> kGuidOrder = {3, 2, 1,  0,  5,  4,  7,  6,
                                                    8, 9, 10, 11, 12, 13, 14, 15};

std::string guid_digits(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (std::size_t i = 0; i < kGuidOrder.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto byte = static_cast<unsigned char>(bytes[kGuidOrder[i]]);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace

std::int64_t decode_integer(const TypeInfo& type, std::string_view bytes) {
  const std::uint64_t value = unsigned_of(bytes);
  if (type.wire == Wire::kBitN) return value != 0 ? 1 : 0;
  switch (bytes.size()) {
    case 1:
      return static_cast<std::int64_t>(value);
    case 2:
      return static_cast<std::int16_t>(value);
    case 4:
      return static_cast<std::int32_t>(value);
    default:
      return static_cast<std::int64_t>(value);
  }
}

Int128 decode_unscaled(const TypeInfo& type, std::string_view bytes) {
  if (type.wire != Wire::kMoneyN) return decode_decimal(type, bytes);
  if (bytes.size() == 4) return static_cast<std::int32_t>(unsigned_of(bytes));
  // The high half comes first.
  return static_cast<std::int64_t>(unsigned_of(bytes.substr(0, 4)) << 32 |
                                   unsigned_of(bytes.substr(4)));
}

float decode_real(std::string_view bytes) {
  float value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  if (!std::isfinite(value)) throw_bad_value("real");
  return value;
}

double decode_float(std::string_view bytes) {
  double value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  if (!std::isfinite(value)) throw_bad_value("float");
  return value;
}

DecodedMoment decode_moment(const TypeInfo& type, std::string_view bytes) {
  if (type.wire == Wire::kDateTimeN) return decode_old_moment(type, bytes);
  DecodedMoment moment;
  const bool has_time = type.wire != Wire::kDateN;
  if (has_time) {
    const auto time_bytes = static_cast<std::size_t>(time_length(type.scale));
    moment.scale = type.scale;
    moment.units = static_cast<std::int64_t>(unsigned_of(bytes.substr(0, time_bytes)));
    if (moment.units >= 86'400 * kPowersOf10[static_cast<std::size_t>(type.scale)])
      throw_bad_value(type_name(type));
    bytes.remove_prefix(time_bytes);
  }
  if (type.wire == Wire::kTimeN) return moment;
  const auto days = static_cast<int>(unsigned_of(bytes.substr(0, 3)));
  if (days > kYear1DayMax) throw_bad_value(type_name(type));
  moment.days = days - kDaysFromYear1;
  if (type.wire != Wire::kDateTimeOffsetN) return moment;
  moment.offset_minutes = static_cast<std::int16_t>(unsigned_of(bytes.substr(3)));
  const std::int64_t local =
      moment.units + moment.offset_minutes * 60 * kPowersOf10[static_cast<std::size_t>(type.scale)];
  const std::int64_t local_day =
      days + floor_divide(local, 86'400 * kPowersOf10[static_cast<std::size_t>(type.scale)]);
  if (std::abs(moment.offset_minutes) > kOffsetMax || local_day < 0 || local_day > kYear1DayMax)
    throw_bad_value(type_name(type));
  return moment;
}

std::string_view decode_text(const TypeInfo& type, std::string_view bytes, std::string& storage) {
  if (type.is_unicode()) {
    // XML comes with a byte order mark.
    if (type.wire == Wire::kXml && bytes.starts_with("\xFF\xFE")) bytes.remove_prefix(2);
    storage = utf8_from_utf16(bytes);
    return storage;
  }
  if (is_ascii(bytes)) return bytes;
  switch (encoding_of(type.collation)) {
    case TextEncoding::kUtf8:
      if (valid_utf8(bytes)) return bytes;
      storage = utf8_from_utf16(utf16_from_utf8(bytes));
      return storage;
    case TextEncoding::kWindows1252: {
      std::string text;
      append_windows1252_as_utf8(bytes, text);
      storage = std::move(text);
      return storage;
    }
    case TextEncoding::kOther:
      break;
  }
  throw BadBytes{kBadValue,
                 "The value of type " + type_name(type) +
                     " is in a code page that is not supported; send it as nvarchar.",
                 true};
}

Int128 decode_guid(std::string_view bytes) {
  UInt128 value = 0;
  for (const std::size_t from : kGuidOrder)
    value = value << 8 | static_cast<unsigned char>(bytes[from]);
  return static_cast<Int128>(value ^ UInt128{1} << 127);
}

void encode_guid(Int128 stored, char* to) {
  UInt128 value = static_cast<UInt128>(stored) ^ UInt128 { 1 } << 127;
  for (std::size_t i = kGuidOrder.size(); i-- > 0; value >>= 8)
    to[kGuidOrder[i]] = static_cast<char>(value & 0xFF);
}

std::string value_text(const TypeInfo& type, std::string_view bytes) {
  switch (type.wire) {
    case Wire::kBitN:
    case Wire::kIntN:
      return std::to_string(decode_integer(type, bytes));
    case Wire::kDecimalN:
    case Wire::kNumericN:
      return decimal_digits(decode_unscaled(type, bytes), type.scale);
    case Wire::kMoneyN:
      return decimal_digits(decode_unscaled(type, bytes), 4);
    case Wire::kFloatN:
      return type.length == 4 ? shortest(decode_real(bytes)) : shortest(decode_float(bytes));
    case Wire::kDateN:
    case Wire::kTimeN:
    case Wire::kDateTime2N:
    case Wire::kDateTimeOffsetN:
    case Wire::kDateTimeN:
      return moment_digits(type, decode_moment(type, bytes));
    case Wire::kGuid:
      return guid_digits(bytes);
    case Wire::kVarBinary:
    case Wire::kBinary:
    case Wire::kImage:
      return std::string(bytes);
    default: {
      std::string storage;
      return std::string(decode_text(type, bytes, storage));
    }
  }
}

}  // namespace tarn::tds::detail
