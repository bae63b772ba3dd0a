#include "detail/encoded.h"

#include <charconv>
#include <chrono>
#include <cstring>

#include "base/error.h"
#include "base/utf16.h"
#include "detail/bytes.h"
#include "detail/moments.h"
#include "detail/text_bytes.h"
#include "engine/type.h"

namespace tarn::tds::detail {
namespace {

__extension__ typedef unsigned __int128 Magnitude;

constexpr int kPlpNullBytes = 8;

[[noreturn]] void throw_no_value(const TypeInfo& type) {
  throw Error(Code::kInternal, "A returned value is not of its type: " + declaration(type));
}

/// Reads a text from its front.
class TextScan {
 public:
  TextScan(const TypeInfo& type, std::string_view text) : type_(type), text_(text) {}

  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) throw_no_value(type_);
  }
  bool at_end() const { return text_.empty(); }
  bool at_digit() const { return !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; }
  int digit() {
    if (!at_digit()) throw_no_value(type_);
    const int value = text_[0] - '0';
    text_.remove_prefix(1);
    return value;
  }
  int number(int digits) {
    int value = 0;
    for (int i = 0; i < digits; ++i) value = 10 * value + digit();
    return value;
  }
  void end() const {
    if (!at_end()) throw_no_value(type_);
  }

 private:
  const TypeInfo& type_;
  std::string_view text_;
};

struct SignedDigits {
  Magnitude magnitude = 0;
  bool negative = false;
};

/// "-12.5" with scale 2: -1250. Digits beyond the scale are cut.
SignedDigits scan_decimal(const TypeInfo& type, std::string_view text, int scale) {
  TextScan scan(type, text);
  SignedDigits value;
  value.negative = scan.take('-');
  if (!value.negative) scan.take('+');
  while (scan.at_digit())
    value.magnitude = value.magnitude * 10 + static_cast<Magnitude>(scan.digit());
  int digits = 0;
  if (scan.take('.')) {
    for (; scan.at_digit(); ++digits) {
      const int digit = scan.digit();
      if (digits < scale) value.magnitude = value.magnitude * 10 + static_cast<Magnitude>(digit);
    }
  }
  scan.end();
  for (; digits < scale; ++digits) value.magnitude *= 10;
  return value;
}

std::int64_t scan_integer(const TypeInfo& type, std::string_view text, int scale) {
  const SignedDigits value = scan_decimal(type, text, scale);
  const auto magnitude = static_cast<std::uint64_t>(value.magnitude);
  return static_cast<std::int64_t>(value.negative ? -magnitude : magnitude);
}

template <typename T>
T scan_number(const TypeInfo& type, std::string_view text) {
  T value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) throw_no_value(type);
  return value;
}

int scan_days(TextScan& scan, const TypeInfo& type) {
  const int year = scan.number(4);
  scan.expect('-');
  const int month = scan.number(2);
  scan.expect('-');
  const int day = scan.number(2);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) throw_no_value(type);
  return static_cast<int>(std::chrono::sys_days(date).time_since_epoch().count());
}

/// Counts of 10^-7 seconds since midnight.
std::int64_t scan_units(TextScan& scan) {
  std::int64_t seconds = scan.number(2) * 3600;
  scan.expect(':');
  seconds += scan.number(2) * 60;
  if (scan.take(':')) seconds += scan.number(2);
  std::int64_t fraction = 0;
  if (scan.take('.')) {
    int digits = 0;
    for (; scan.at_digit(); ++digits) {
      const int digit = scan.digit();
      if (digits < 7) fraction = 10 * fraction + digit;
    }
    for (; digits < 7; ++digits) fraction *= 10;
  }
  return seconds * 10'000'000 + fraction;
}

struct ScannedMoment {
  int days = 0;            // since 1970-01-01, UTC where there is an offset
  std::int64_t units = 0;  // 10^-7 seconds
  int offset_minutes = 0;
};

ScannedMoment scan_moment(const TypeInfo& type, std::string_view text) {
  constexpr std::int64_t kUnitsPerDay = 864'000'000'000;
  TextScan scan(type, text);
  ScannedMoment moment;
  if (type.wire != Wire::kTimeN) {
    moment.days = scan_days(scan, type);
    if (!scan.take(' ')) scan.take('T');
  }
  if (!scan.at_end()) moment.units = scan_units(scan);
  scan.take(' ');
  if (!scan.at_end()) {
    const bool west = scan.take('-');
    if (!west) scan.expect('+');
    moment.offset_minutes = scan.number(2) * 60;
    scan.expect(':');
    moment.offset_minutes += scan.number(2);
    if (west) moment.offset_minutes = -moment.offset_minutes;
    const std::int64_t utc = moment.units - moment.offset_minutes * std::int64_t{600'000'000};
    const std::int64_t day = floor_divide(utc, kUnitsPerDay);
    moment.days += static_cast<int>(day);
    moment.units = utc - day * kUnitsPerDay;
  }
  scan.end();
  return moment;
}

void put_low_bytes(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

void append_moment(std::string& out, const TypeInfo& type, std::string_view text) {
  const ScannedMoment moment = scan_moment(type, text);
  if (type.wire == Wire::kDateTimeN) {
    std::int64_t days = moment.days + kDaysFrom1900;
    if (type.length == 4) {
      put_low_bytes(out, static_cast<std::uint64_t>(days), 2);
      put_low_bytes(out, static_cast<std::uint64_t>(moment.units / 600'000'000), 2);
      return;
    }
    std::int64_t ticks = ticks_of_micros(moment.units / 10);
    days += ticks / kTicksPerDay;
    ticks %= kTicksPerDay;
    put_low_bytes(out, static_cast<std::uint64_t>(days), 4);
    put_low_bytes(out, static_cast<std::uint64_t>(ticks), 4);
    return;
  }
  if (type.wire != Wire::kDateN) {
    const std::int64_t units = moment.units / kPowersOf10[static_cast<std::size_t>(7 - type.scale)];
    put_low_bytes(out, static_cast<std::uint64_t>(units), time_length(type.scale));
  }
  if (type.wire == Wire::kTimeN) return;
  const std::int64_t days = std::int64_t{moment.days} + kDaysFromYear1;
  put_low_bytes(out, static_cast<std::uint64_t>(days), 3);
  if (type.wire == Wire::kDateTimeOffsetN)
    put(out, static_cast<std::int16_t>(moment.offset_minutes));
}

void append_guid(std::string& out, const TypeInfo& type, std::string_view text) {
  std::string bytes;
  int high = -1;
  for (const char c : text) {
    if (c == '-' || c == '{' || c == '}') continue;
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) throw_no_value(type);
    if (high < 0) {
      high = digit;
    } else {
      bytes += static_cast<char>(high << 4 | digit);
      high = -1;
    }
  }
  if (bytes.size() != 16 || high >= 0) throw_no_value(type);
  // The first three groups are numbers, least byte first.
  for (const std::size_t from : {3, 2, 1, 0, 5, 4, 7, 6}) out += bytes[from];
  out.append(bytes, 8);
}

void append_decimal(std::string& out, const TypeInfo& type, std::string_view text) {
  const SignedDigits value = scan_decimal(type, text, type.scale);
  out += value.negative ? '\0' : '\1';
  for (int i = 0; i < type.length - 1; ++i)
    out += static_cast<char>(static_cast<unsigned>(value.magnitude >> (8 * i)) & 0xFF);
}

void append_number_bytes(std::string& out, const TypeInfo& type, std::string_view text) {
  switch (type.wire) {
    case Wire::kBitN:
      out += text == "0" || text == "false" ? '\0' : '\1';
      return;
    case Wire::kIntN:
      put_low_bytes(out, static_cast<std::uint64_t>(scan_integer(type, text, 0)), type.length);
      return;
    case Wire::kDecimalN:
    case Wire::kNumericN:
      append_decimal(out, type, text);
      return;
    case Wire::kMoneyN: {
      const auto value = static_cast<std::uint64_t>(scan_integer(type, text, 4));
      if (type.length == 8) put_low_bytes(out, value >> 32, 4);
      put_low_bytes(out, value, 4);
      return;
    }
    case Wire::kFloatN: {
      char bytes[8];
      if (type.length == 4) {
        const auto value = scan_number<float>(type, text);
        std::memcpy(bytes, &value, sizeof value);
      } else {
        const auto value = scan_number<double>(type, text);
        std::memcpy(bytes, &value, sizeof value);
      }
      out.append(bytes, static_cast<std::size_t>(type.length));
      return;
    }
    case Wire::kGuid:
      append_guid(out, type, text);
      return;
    default:
      append_moment(out, type, text);
  }
}

std::string string_bytes(const TypeInfo& type, std::string_view text) {
  const std::size_t room = type.length < 0 ? kLongLengthMax : static_cast<std::size_t>(type.length);
  if (type.is_binary()) return std::string(text.substr(0, room));
  if (type.is_unicode())
    return utf16_from_utf8(text.substr(0, utf8_prefix_of_units(text, room / 2)));
  if (encoding_of(type.collation) == TextEncoding::kUtf8)
    return std::string(text.substr(0, utf8_prefix_of_bytes(text, room)));
  std::string bytes(text.size(), '\0');
  const char* const end = write_windows1252(text, bytes.data());
  bytes.resize(std::min(static_cast<std::size_t>(end - bytes.data()), room));
  return bytes;
}

}  // namespace

void append_null(std::string& out, const TypeInfo& type) {
  switch (type.prefix) {
    case Prefix::kNone:  // which has none: zeros
      out.append(static_cast<std::size_t>(type.length), '\0');
      break;
    case Prefix::kByte:
    case Prefix::kLong:
      out += '\0';
      break;
    case Prefix::kShort:
      out.append(2, '\xFF');
      break;
    case Prefix::kVariant:
      out.append(4, '\0');
      break;
    case Prefix::kPlp:
      out.append(kPlpNullBytes, '\xFF');
      break;
  }
}

void append_value(std::string& out, const TypeInfo& type, const std::optional<std::string>& text) {
  if (!text) {
    append_null(out, type);
    return;
  }
  if (type.prefix == Prefix::kByte) {
    std::string bytes;
    append_number_bytes(bytes, type, *text);
    put(out, static_cast<std::uint8_t>(bytes.size()));
    out += bytes;
    return;
  }
  if (type.prefix == Prefix::kVariant) {
    TypeInfo base;  // a text; what the value was is not known any more
    base.wire = Wire::kNVarChar;
    base.length = kShortLengthMax;
    base.collation = collation_bytes({});
    const std::string bytes = string_bytes(base, *text);
    put(out, static_cast<std::uint32_t>(2 + 7 + bytes.size()));
    put(out, static_cast<std::uint8_t>(base.wire));
    put(out, std::uint8_t{7});
    out.append(base.collation.data(), base.collation.size());
    put(out, static_cast<std::uint16_t>(kShortLengthMax));
    out += bytes;
    return;
  }
  const std::string bytes = string_bytes(type, *text);
  if (type.prefix == Prefix::kShort) {
    put(out, static_cast<std::uint16_t>(bytes.size()));
    out += bytes;
    return;
  }
  put(out, static_cast<std::uint64_t>(bytes.size()));
  if (!bytes.empty()) put(out, static_cast<std::uint32_t>(bytes.size()));
  out += bytes;
  put(out, std::uint32_t{0});
}

}  // namespace tarn::tds::detail
