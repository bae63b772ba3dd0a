#include "detail/functions/culture_parse.h"

#include <algorithm>

#include "base/text.h"
#include "detail/characters.h"
#include "detail/functions/moment_value.h"

namespace tarn::sql {
namespace {

/// Reads a text from left to right by words and numbers.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_[0]; }
  std::string_view rest() const { return rest_; }
  bool take(std::string_view word) {
    if (word.empty() || rest_.size() < word.size() ||
        !equal_ignoring_case(rest_.substr(0, word.size()), word)) {
      return false;
    }
    rest_.remove_prefix(word.size());
    return true;
  }
  void blanks() {
    while (take(" ") || take("\t") || take("\u00a0") || take("\n") || take("\r")) {
    }
  }
  std::string_view digits() {
    std::size_t count = 0;
    while (count < rest_.size() && is_digit(rest_[count])) ++count;
    const std::string_view found = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return found;
  }
  void skip() { rest_.remove_prefix(1); }

 private:
  std::string_view rest_;
};

class NumberReader {
 public:
  NumberReader(std::string_view text, NumberStyle style, const Culture& culture)
      : reader_(text), style_(style), culture_(culture) {}

  std::optional<std::string> read() {
    const bool currency = style_ == NumberStyle::kCurrency;
    bool brackets = false;
    for (bool moved = true; moved;) {  // what may stand before the digits, in any order
      reader_.blanks();
      moved = sign() || (currency && reader_.take(culture_.currency));
      if (currency && !brackets && reader_.take("(")) brackets = negative_ = moved = true;
    }
    if (!digits()) return std::nullopt;
    if (style_ == NumberStyle::kFloat && !exponent()) return std::nullopt;
    for (bool moved = true; moved;) {
      reader_.blanks();
      moved = (style_ != NumberStyle::kFloat && sign()) ||
              (currency && reader_.take(culture_.currency)) || (brackets && reader_.take(")"));
    }
    if (!reader_.done()) return std::nullopt;
    return (negative_ ? "-" : "") + literal_;
  }

 private:
  bool sign() {
    if (signed_) return false;
    signed_ = reader_.take("-") || reader_.peek() == '+';
    if (signed_ && !reader_.take("+")) negative_ = true;
    return signed_;
  }

  bool group() {
    if (style_ == NumberStyle::kFloat) return false;
    return reader_.take(culture_.group) || (culture_.group == "\u00a0" && reader_.take(" ")) ||
           (culture_.group == "’" && reader_.take("'"));
  }

  bool digits() {
    literal_ = reader_.digits();
    while (!literal_.empty() && group()) literal_ += reader_.digits();
    if (reader_.take(culture_.decimal)) {
      const std::string_view fraction = reader_.digits();
      if (literal_.empty() && fraction.empty()) return false;
      if (literal_.empty()) literal_ = "0";
      if (!fraction.empty()) literal_ += "." + std::string(fraction);
    }
    return !literal_.empty();
  }

  bool exponent() {
    if (!reader_.take("e")) return true;
    const bool negative = reader_.take("-");
    if (!negative) reader_.take("+");
    const std::string_view power = reader_.digits();
    literal_ += std::string(negative ? "e-" : "e") + std::string(power);
    return !power.empty();
  }

  Reader reader_;
  NumberStyle style_;
  const Culture& culture_;
  std::string literal_;
  bool negative_ = false;
  bool signed_ = false;
};

/// A text such as "Montag, 13. Dezember 2010 14:05".
class MomentReader {
 public:
  MomentReader(std::string_view text, const Culture& culture) : reader_(text), culture_(culture) {}

  std::optional<ParsedMoment> read() {
    while (!reader_.done()) {
      if (!separator() && !word() && !number()) return std::nullopt;
    }
    if (!date()) return std::nullopt;
    if (hour_ > 23 || minute_ > 59 || second_ > 59) return std::nullopt;
    if (!valid_date(date_.year, date_.month, date_.day)) return std::nullopt;
    date_.micros = hour_ * kHour + minute_ * kMinute + second_ * kSecond + fraction_;
    result_.moment = moment_of(date_);
    return result_;
  }

 private:
  bool separator() {
    for (const std::string_view mark :
         {" ", "\t", "\u00a0", ",", ".", "/", "-", "年", "月", "日", "T"}) {
      if (mark == "-" && result_.has_time && zone()) return true;
      if (reader_.take(mark)) return true;
    }
    return result_.has_time && zone();
  }

  bool zone() {
    if (reader_.take("Z")) {
      result_.offset_minutes = 0;
      return true;
    }
    if ((reader_.peek() != '+' && reader_.peek() != '-') || reader_.rest().size() < 6) return false;
    result_.offset_minutes = parse_offset(reader_.rest().substr(0, 6));
    if (!result_.offset_minutes) return false;
    for (int i = 0; i < 6; ++i) reader_.skip();
    return true;
  }

  bool word() {
    if (result_.has_time && (reader_.take(culture_.am) || reader_.take("AM"))) return half(false);
    if (result_.has_time && (reader_.take(culture_.pm) || reader_.take("PM"))) return half(true);
    for (const auto* names : {&culture_.months, &culture_.months_short}) {
      if (is_digit((*names)[0][0])) continue;  // numbered months are read as numbers
      // December before its beginning "De": from the longest name on.
      for (std::size_t i = names->size(); i-- > 0;) {
        if (month_ == 0 && reader_.take((*names)[i])) {
          month_ = static_cast<int>(i) + 1;
          return true;
        }
      }
    }
    for (const auto* names : {&culture_.days, &culture_.days_short}) {
      for (const std::string_view name : *names) {
        if (reader_.take(name)) return true;
      }
    }
    return reader_.take("den ") || reader_.take("de ");  // as some long dates have it
  }

  bool half(bool afternoon) {
    if (hour_ > 12) return false;
    hour_ = hour_ % 12 + (afternoon ? 12 : 0);
    return true;
  }

  bool number() {
    const std::string_view digits = reader_.digits();
    if (digits.empty() || digits.size() > 4) return false;
    const int value = std::stoi(std::string(digits));
    const bool names_half = [&] {
      Reader ahead = reader_;
      ahead.blanks();
      return ahead.take("AM") || ahead.take("PM");
    }();
    if (reader_.peek() == ':' || (names_half && !result_.has_time)) return time(value);
    if (count_ == 3) return false;
    if (digits.size() >= 3) year_at_ = count_;
    numbers_[count_++] = value;
    digits_[count_ - 1] = digits.size();
    return true;
  }

  bool time(int hour) {
    if (result_.has_time) return false;
    result_.has_time = true;
    hour_ = hour;
    if (!reader_.take(":")) return true;
    minute_ = part();
    if (minute_ < 0) return false;
    if (!reader_.take(":")) return true;
    second_ = part();
    if (second_ < 0) return false;
    if (is_digit(reader_.rest().size() > 1 ? reader_.rest()[1] : '\0') &&
        (reader_.take(".") || reader_.take(culture_.decimal))) {
      std::string digits(reader_.digits().substr(0, 6));
      digits.append(6 - digits.size(), '0');
      fraction_ = std::stoll(digits);
    }
    return true;
  }

  int part() {
    const std::string_view digits = reader_.digits();
    return digits.empty() || digits.size() > 2 ? -1 : std::stoi(std::string(digits));
  }

  /// The numbers as year, month and day, in the culture's order.
  bool date() {
    date_ = {1900, 1, 1, 0};
    if (count_ == 0 && month_ == 0) return result_.has_time;
    result_.has_date = true;
    if (month_ > 0) {
      if (count_ == 0 || count_ > 2) return false;
      const std::size_t year = year_at_ < count_ ? year_at_ : 1;
      date_.month = month_;
      date_.day = count_ == 1 && year_at_ == 0 ? 1 : numbers_[year == 0 ? 1 : 0];
      if (count_ == 1 && year_at_ > 0) return false;
      date_.year = full_year(year);
      return true;
    }
    if (count_ != 3) return false;
    const bool year_first = year_at_ == 0 || (year_at_ > 2 && culture_.short_date.starts_with('y'));
    const bool day_first = culture_.short_date.starts_with('d');
    if (year_first) {
      date_.year = full_year(0);
      date_.month = numbers_[1];
      date_.day = numbers_[2];
      return true;
    }
    date_.month = numbers_[day_first ? 1 : 0];
    date_.day = numbers_[day_first ? 0 : 1];
    date_.year = full_year(2);
    return true;
  }

  int full_year(std::size_t index) const {
    const int year = numbers_[index];
    if (digits_[index] > 2) return year;
    return year < 50 ? 2000 + year : 1900 + year;
  }

  Reader reader_;
  const Culture& culture_;
  ParsedMoment result_;
  CivilMoment date_;
  int month_ = 0;
  int numbers_[3] = {0, 0, 0};
  std::size_t digits_[3] = {0, 0, 0};
  std::size_t count_ = 0;
  std::size_t year_at_ = 9;  // which number has four digits
  int hour_ = 0;
  int minute_ = 0;
  int second_ = 0;
  std::int64_t fraction_ = 0;
};

}  // namespace

std::optional<std::string> parse_number(std::string_view text, NumberStyle style,
                                        const Culture& culture) {
  return NumberReader(text, style, culture).read();
}

std::optional<ParsedMoment> parse_culture_moment(std::string_view text, const Culture& culture) {
  return MomentReader(text, culture).read();
}

}  // namespace tarn::sql
