#include "detail/functions/moment_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "base/text.h"
#include "detail/functions/moment_value.h"
#include "detail/types/date_order.h"
#include "sql/offset_moment.h"

namespace tarn::sql {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr int kTwoDigitYearCutoff = 50;   // 49 is 2049, 50 is 1950
constexpr std::size_t kOffsetLength = 6;  // +hh:mm

template <typename... Values>
std::string print(const char* format, Values... values) {
  char text[64];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

DateOrder order_of(int style) {
  if (style >= kDateOrderStyles) return static_cast<DateOrder>(style - kDateOrderStyles);
  switch (style % 100) {
    case 3:
    case 4:
    case 5:
    case 6:
    case 13:
      return DateOrder::kDmy;
    case 2:
    case 11:
    case 12:
      return DateOrder::kYmd;
    default:
      return DateOrder::kMdy;
  }
}

bool day_before_month(DateOrder order) {
  return order == DateOrder::kDmy || order == DateOrder::kYdm || order == DateOrder::kDym;
}

/// Reads a text from left to right.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool done() const { return at_ == text_.size(); }
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void blanks() {
    while (take(' ')) {
    }
  }
  std::size_t digits_ahead() const {
    std::size_t count = 0;
    while (peek(count) >= '0' && peek(count) <= '9') ++count;
    return count;
  }
  int number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + (text_[at_++] - '0');
    return value;
  }
  std::string_view letters() {
    const std::size_t start = at_;
    while ((peek() >= 'A' && peek() <= 'Z') || (peek() >= 'a' && peek() <= 'z')) ++at_;
    return text_.substr(start, at_ - start);
  }
  std::string_view ahead(std::size_t count) const { return text_.substr(at_, count); }
  void skip(std::size_t count) { at_ = std::min(at_ + count, text_.size()); }
  std::size_t position() const { return at_; }
  void back_to(std::size_t position) { at_ = position; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

class MomentParser {
 public:
  MomentParser(std::string_view text, int style, bool older)
      : scan_(text),
        order_(order_of(style)),
        turns_iso_(older && style >= kDateOrderStyles && day_before_month(order_)) {}

  std::optional<ParsedMoment> parse() {
    scan_.blanks();
    if (!date()) return std::nullopt;
    if (result_.has_date && !scan_.done() && !scan_.take('T')) scan_.blanks();
    if (!scan_.done() && !time()) return std::nullopt;
    scan_.blanks();
    if (!scan_.done() || (!result_.has_date && !result_.has_time)) return std::nullopt;
    if (!valid_date(civil_.year, civil_.month, civil_.day)) return std::nullopt;
    result_.moment = moment_of(civil_);
    return result_;
  }

 private:
  bool date() {
    civil_.year = 1900;
    const std::size_t digits = scan_.digits_ahead();
    if (digits == 0) return named_month_first();
    const char after = scan_.peek(digits);
    if (digits <= 2 && (after == ':' || ((after == ' ' || after == '\0' || after == 'A' ||
                                          after == 'P' || after == 'a' || after == 'p') &&
                                         time_word(digits)))) {
      return true;  // a time alone
    }
    result_.has_date = true;
    if (digits == 8) {
      civil_.year = scan_.number(4);
      civil_.month = scan_.number(2);
      civil_.day = scan_.number(2);
      return true;
    }
    if (digits == 6) {
      civil_.year = full_year(scan_.number(2), 2);
      civil_.month = scan_.number(2);
      civil_.day = scan_.number(2);
      return true;
    }
    if (digits > 4) return false;
    const bool year_first = digits == 4;
    const int first = scan_.number(digits);
    if (after == '-' || after == '/' || after == '.')
      return numbers(first, digits, after, year_first);
    scan_.blanks();
    if (const int month = month_word(); month > 0) {
      civil_.month = month;
      scan_.take(',');
      scan_.blanks();
      const std::size_t next = scan_.digits_ahead();
      if (next == 0) return false;
      const int second = scan_.number(next);
      civil_.day = year_first ? second : first;
      civil_.year = year_first ? first : full_year(second, next);
      return true;
    }
    if (!year_first) return false;
    civil_.year = first;  // a year alone
    return true;
  }

  /// "5 PM" is a time, "5 May 2024" is a date.
  bool time_word(std::size_t digits) const {
    std::size_t at = digits;
    while (scan_.peek(at) == ' ') ++at;
    const char first = scan_.peek(at);
    const char second = scan_.peek(at + 1);
    return (first == 'A' || first == 'P' || first == 'a' || first == 'p') &&
           (second == 'M' || second == 'm') &&
           (scan_.peek(at + 2) == '\0' || scan_.peek(at + 2) == ' ');
  }

  bool numbers(int first, std::size_t first_digits, char separator, bool year_first) {
    int parts[3] = {first, 0, 0};
    std::size_t digits[3] = {first_digits, 0, 0};
    for (int i = 1; i < 3; ++i) {
      if (!scan_.take(separator)) return false;
      if (i == 1 && separator == '-' && scan_.digits_ahead() == 0) {  // 5-May-2024
        const int month = month_word();
        if (month == 0) return false;
        parts[1] = month;
        named_month_ = true;
        continue;
      }
      digits[i] = scan_.digits_ahead();
      if (digits[i] == 0 || digits[i] > 4) return false;
      parts[i] = scan_.number(digits[i]);
    }
    // Where the year stands; the other two follow each other as the order has them.
    std::size_t year = 2;
    if (year_first) {
      year = 0;
    } else if (digits[2] <= 2) {
      if (order_ == DateOrder::kYmd || order_ == DateOrder::kYdm) year = 0;
      if (order_ == DateOrder::kMyd || order_ == DateOrder::kDym) year = 1;
    }
    const std::size_t first_part = year == 0 ? 1 : 0;
    const std::size_t second_part = year == 2 ? 1 : 2;
    bool day_first = day_before_month(order_) || named_month_;
    if (year_first) day_first = turns_iso_ && scan_.peek() != 'T';
    civil_.month = parts[day_first ? second_part : first_part];
    civil_.day = parts[day_first ? first_part : second_part];
    civil_.year = full_year(parts[year], digits[year]);
    return true;
  }

  bool named_month_first() {
    const int month = month_word();
    if (month == 0) return scan_.done();
    result_.has_date = true;
    civil_.month = month;
    scan_.blanks();
    std::size_t digits = scan_.digits_ahead();
    if (digits == 0) return false;
    const int first = scan_.number(digits);
    if (digits == 4) {
      civil_.year = first;
      return true;
    }
    civil_.day = first;
    scan_.take(',');
    scan_.blanks();
    digits = scan_.digits_ahead();
    if (digits != 4 && digits != 2) return false;
    civil_.year = full_year(scan_.number(digits), digits);
    return true;
  }

  int month_word() {
    const std::size_t start = scan_.position();
    const std::string_view word = scan_.letters();
    for (std::size_t i = 0; i < kMonths.size(); ++i) {
      if (equal_ignoring_case(word, kMonths[i]) ||
          equal_ignoring_case(word, kMonths[i].substr(0, 3))) {
        return static_cast<int>(i) + 1;
      }
    }
    scan_.back_to(start);
    return 0;
  }

  static int full_year(int year, std::size_t digits) {
    if (digits > 2) return year;
    return year < kTwoDigitYearCutoff ? 2000 + year : 1900 + year;
  }

  bool time() {
    std::size_t digits = scan_.digits_ahead();
    if (digits == 0 || digits > 2) return false;
    result_.has_time = true;
    std::int64_t hour = scan_.number(digits);
    std::int64_t minute = 0;
    std::int64_t second = 0;
    std::int64_t fraction = 0;
    if (scan_.take(':')) {
      digits = scan_.digits_ahead();
      if (digits == 0 || digits > 2) return false;
      minute = scan_.number(digits);
      if (scan_.take(':')) {
        digits = scan_.digits_ahead();
        if (digits == 0 || digits > 2) return false;
        second = scan_.number(digits);
        const bool colon = scan_.peek() == ':';
        if (scan_.take('.') || scan_.take(':')) {
          if (!read_fraction(colon, fraction)) return false;
        }
      }
    }
    scan_.blanks();
    if (const char mark = scan_.peek(); mark == 'A' || mark == 'P' || mark == 'a' || mark == 'p') {
      const std::string_view word = scan_.letters();
      if (!equal_ignoring_case(word, "AM") && !equal_ignoring_case(word, "PM")) return false;
      if (hour > 12 || (hour == 0 && (mark == 'P' || mark == 'p'))) return false;
      const bool afternoon = mark == 'P' || mark == 'p';
      if (hour == 12) hour = 0;
      if (afternoon) hour += 12;
    }
    if (hour > 23 || minute > 59 || second > 59) return false;
    civil_.micros = hour * kHour + minute * kMinute + second * kSecond + fraction;
    scan_.blanks();
    return zone();
  }

  bool read_fraction(bool milliseconds, std::int64_t& micros) {
    const std::size_t digits = scan_.digits_ahead();
    if (digits == 0 || digits > 9) return false;
    result_.fraction_digits = static_cast<int>(digits);
    std::int64_t value = scan_.number(digits);
    if (milliseconds) {
      micros = value * 1000;
      return digits <= 3;
    }
    for (std::size_t i = digits; i < 6; ++i) value *= 10;
    for (std::size_t i = digits; i > 6; --i) value /= 10;
    micros = value;
    return true;
  }

  bool zone() {
    if (scan_.take('Z') || scan_.take('z')) {
      result_.offset_minutes = 0;
      return true;
    }
    if (scan_.peek() != '+' && scan_.peek() != '-') return true;
    // "-5:00" is taken for "-05:00".
    const std::string sign(1, scan_.peek());
    scan_.skip(1);
    const std::size_t hours = scan_.digits_ahead();
    const std::string text =
        sign + (hours == 1 ? "0" : "") +
        std::string(scan_.ahead(hours == 1 ? kOffsetLength - 2 : kOffsetLength - 1));
    result_.offset_minutes = parse_offset(text);
    scan_.skip(hours == 1 ? kOffsetLength - 2 : kOffsetLength - 1);
    return result_.offset_minutes.has_value();
  }

  Scanner scan_;
  DateOrder order_;
  bool turns_iso_;
  ParsedMoment result_;
  CivilMoment civil_;
  bool named_month_ = false;
};

struct HijriDate {
  int year;
  int month;
  int day;
};

/// The tabular Islamic calendar that SQL Server calls the Kuwaiti algorithm: cycles of 30 years of
/// 10,631 days, in which 11 years have a day more; 1 Muharram 1 is 18 July 622.
HijriDate hijri_date(std::int64_t moment) {
  constexpr std::int64_t kEpochDay = -492'149;  // of 1 Muharram 1, from 1970-01-01
  constexpr std::int64_t kCycleDays = 10'631;
  std::int64_t day = moment / kDayMicros - (moment % kDayMicros < 0 ? 1 : 0) - kEpochDay;
  const std::int64_t cycle = day / kCycleDays - (day % kCycleDays < 0 ? 1 : 0);
  day -= cycle * kCycleDays;
  const auto days_before = [](std::int64_t year) { return year * 354 + (11 * year + 14) / 30; };
  std::int64_t year = 0;
  while (year < 29 && days_before(year + 1) <= day) ++year;
  day -= days_before(year);
  std::int64_t month = 0;
  const auto length = [](std::int64_t number) { return number % 2 == 0 ? 30 : 29; };
  while (month < 11 && day >= length(month)) day -= length(month++);
  return {static_cast<int>(cycle * 30 + year + 1), static_cast<int>(month + 1),
          static_cast<int>(day + 1)};
}

constexpr std::array<std::string_view, 12> kHijriMonths = {
    "\u0645\u062d\u0631\u0645",
    "\u0635\u0641\u0631",
    "\u0631\u0628\u064a\u0639 \u0627\u0644\u0627\u0648\u0644",
    "\u0631\u0628\u064a\u0639 \u0627\u0644\u062b\u0627\u0646\u064a",
    "\u062c\u0645\u0627\u062f\u0649 \u0627\u0644\u0627\u0648\u0644\u0649",
    "\u062c\u0645\u0627\u062f\u0649 \u0627\u0644\u062b\u0627\u0646\u064a\u0629",
    "\u0631\u062c\u0628",
    "\u0634\u0639\u0628\u0627\u0646",
    "\u0631\u0645\u0636\u0627\u0646",
    "\u0634\u0648\u0627\u0644",
    "\u0630\u0648 \u0627\u0644\u0642\u0639\u062f\u0629",
    "\u0630\u0648 \u0627\u0644\u062d\u062c\u0629"};

/// The pieces of a moment, printed.
struct Pieces {
  explicit Pieces(std::int64_t at) : moment(at), date(civil(at)) {
    hour = static_cast<int>(date.micros / kHour);
    minute = static_cast<int>(date.micros / kMinute % 60);
    second = static_cast<int>(date.micros / kSecond % 60);
    micros = static_cast<int>(date.micros % kSecond);
  }

  std::string year(bool century) const {
    return century ? print("%04d", date.year) : print("%02d", date.year % 100);
  }
  std::string month() const { return print("%02d", date.month); }
  std::string day() const { return print("%02d", date.day); }
  std::string month_word() const { return std::string(month_name(date.month).substr(0, 3)); }
  int hour12() const { return hour % 12 == 0 ? 12 : hour % 12; }
  std::string half() const { return hour < 12 ? "AM" : "PM"; }
  std::string clock() const { return print("%02d:%02d:%02d", hour, minute, second); }
  std::string fraction(int digits) const {
    return print("%06d", micros).substr(0, static_cast<std::size_t>(std::min(digits, 6))) +
           (digits == 7 ? "0" : "");
  }
  std::string millis() const { return print("%03d", micros / 1000); }

  std::int64_t moment;
  CivilMoment date;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int micros = 0;
};

/// The date and the time half of a style; either may be empty.
struct StyledText {
  std::string date;
  std::string time;
  std::string between = " ";
};

std::optional<StyledText> styled(const Pieces& p, int style, int scale) {
  const bool century = style >= 100 || style == 0 || style == 9 || style == 13 || style == 20 ||
                       style == 21 || style == 23 || style == 25;
  const std::string year = p.year(century);
  const std::string iso = p.year(true) + "-" + p.month() + "-" + p.day();
  const std::string fraction = scale > 0 ? "." + p.fraction(scale) : "";
  const std::string exact = p.clock() + fraction;
  switch (style) {
    case 0:
    case 100:
      return StyledText{p.month_word() + print(" %2d ", p.date.day) + year,
                        print("%2d:%02d", p.hour12(), p.minute) + p.half()};
    case 9:
    case 109:
      return StyledText{p.month_word() + print(" %2d ", p.date.day) + year,
                        print("%2d:%02d:%02d", p.hour12(), p.minute, p.second) +
                            (scale == 3 ? ":" + p.millis() : fraction) + p.half()};
    case 1:
    case 101:
      return StyledText{p.month() + "/" + p.day() + "/" + year, ""};
    case 2:
    case 102:
      return StyledText{year + "." + p.month() + "." + p.day(), ""};
    case 3:
    case 103:
      return StyledText{p.day() + "/" + p.month() + "/" + year, ""};
    case 4:
    case 104:
      return StyledText{p.day() + "." + p.month() + "." + year, ""};
    case 5:
    case 105:
      return StyledText{p.day() + "-" + p.month() + "-" + year, ""};
    case 6:
    case 106:
      return StyledText{p.day() + " " + p.month_word() + " " + year, ""};
    case 7:
    case 107:
      return StyledText{p.month_word() + " " + p.day() + ", " + year, ""};
    case 8:
    case 24:
    case 108:
      return StyledText{"", p.clock()};
    case 10:
    case 110:
      return StyledText{p.month() + "-" + p.day() + "-" + year, ""};
    case 11:
    case 111:
      return StyledText{year + "/" + p.month() + "/" + p.day(), ""};
    case 12:
    case 112:
      return StyledText{year + p.month() + p.day(), ""};
    case 13:
    case 113:
      return StyledText{p.day() + " " + p.month_word() + " " + year,
                        p.clock() + (scale == 3 ? ":" + p.millis() : fraction)};
    case 14:
    case 114:
      return StyledText{"", p.clock() + (scale == 3 ? ":" + p.millis() : fraction)};
    case 20:
    case 120:
      return StyledText{iso, p.clock()};
    case 21:
    case 25:
    case 121:
      return StyledText{iso, exact};
    case 22:
      return StyledText{p.month() + "/" + p.day() + "/" + year,
                        print("%2d:%02d:%02d ", p.hour12(), p.minute, p.second) + p.half()};
    case 23:
      return StyledText{iso, ""};
    case 126:
    case 127:
      return StyledText{iso, p.clock() + (p.micros ? fraction : ""), "T"};
    case 130:
    case 131: {
      const HijriDate hijri = hijri_date(p.moment);
      const std::string date =
          style == 131 ? print("%2d/%02d/%04d", hijri.day, hijri.month, hijri.year)
                       : print("%2d ", hijri.day) +
                             std::string(kHijriMonths[static_cast<std::size_t>(hijri.month - 1)]) +
                             print(" %04d", hijri.year);
      return StyledText{date, print("%2d:%02d:%02d", p.hour12(), p.minute, p.second) +
                                  (scale == 3 ? ":" + p.millis() : fraction) + p.half()};
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

CivilMoment civil(std::int64_t moment) {
  using namespace std::chrono;
  std::int64_t day = moment / kDayMicros;
  std::int64_t micros = moment % kDayMicros;
  if (micros < 0) {
    micros += kDayMicros;
    --day;
  }
  const year_month_day date{sys_days{days{day}}};
  return {static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())), micros};
}

std::int64_t moment_of(const CivilMoment& value) {
  using namespace std::chrono;
  const year_month_day date{year{value.year}, month{static_cast<unsigned>(value.month)},
                            day{static_cast<unsigned>(value.day)}};
  return sys_days{date}.time_since_epoch().count() * kDayMicros + value.micros;
}

bool valid_date(int year, int month, int day) {
  using namespace std::chrono;
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) return false;
  return year_month_day{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                        std::chrono::day{static_cast<unsigned>(day)}}
      .ok();
}

std::optional<ParsedMoment> parse_moment(std::string_view text, int style, bool older) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.empty()) {  // T-SQL takes an empty text for 1900-01-01
    ParsedMoment base;
    base.moment = moment_of({1900, 1, 1, 0});
    base.has_date = true;
    return base;
  }
  return MomentParser(text, style, older).parse();
}

std::optional<std::string> moment_text(std::int64_t moment, std::string_view type, int style,
                                       int scale, int offset_minutes) {
  const bool date_only = type == "date";
  const bool time_only = type == "time";
  const bool has_offset = type == "datetimeoffset";
  if (type == "datetime") scale = 3;
  if (type == "smalldatetime" || date_only) scale = 0;
  const bool utc = has_offset && style == 127;
  if (utc) moment -= offset_minutes * kMinute;
  const std::optional<StyledText> text = styled(Pieces(moment), style, scale);
  if (!text) return std::nullopt;
  if (date_only) return text->date;
  if (time_only) return text->time;
  std::string result = text->date;
  if (!text->date.empty() && !text->time.empty()) result += text->between;
  result += text->time;
  if (!has_offset || text->time.empty()) return result;
  if (utc) return result + "Z";
  return result + (style == 126 ? "" : " ") + offset_text(offset_minutes);
}

std::string offset_text(int minutes) {
  const int size = minutes < 0 ? -minutes : minutes;
  return print("%c%02d:%02d", minutes < 0 ? '-' : '+', size / 60, size % 60);
}

std::optional<int> parse_offset(std::string_view text) {
  Scanner scan(text);
  const bool negative = scan.take('-');
  if (!negative && !scan.take('+')) return std::nullopt;
  if (scan.digits_ahead() != 2) return std::nullopt;
  const int hours = scan.number(2);
  if (!scan.take(':') || scan.digits_ahead() != 2) return std::nullopt;
  const int minutes = scan.number(2);
  const int total = hours * 60 + minutes;
  if (!scan.done() || minutes > 59 || total > kOffsetMinutesMax) return std::nullopt;
  return negative ? -total : total;
}

std::string_view month_name(int month) { return kMonths[static_cast<std::size_t>(month - 1)]; }
std::string_view weekday_name(int weekday) { return kWeekdays[static_cast<std::size_t>(weekday)]; }

int weekday_of(std::int64_t moment) {
  std::int64_t day = moment / kDayMicros;
  if (moment % kDayMicros < 0) --day;
  return static_cast<int>(((day + 4) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
}

}  // namespace tarn::sql
