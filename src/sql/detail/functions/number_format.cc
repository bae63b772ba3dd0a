#include "detail/functions/number_format.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace tarn::sql {
namespace {

constexpr int kPrecisionMax = 99;
constexpr int kFloatDigits = 15;  // that .NET shows of a double, and 7 of a single
constexpr int kRealDigits = 7;

/// Whether a group separator stands before the digit with so many digits to its right.
bool group_ends(std::size_t digits_right, const Culture& culture) {
  if (digits_right == 0) return false;
  if (!culture.indian_groups) return digits_right % 3 == 0;
  return digits_right == 3 || (digits_right > 3 && digits_right % 2 == 1);
}

std::string grouped(const std::string& whole, const Culture& culture) {
  std::string text;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    text += whole[i];
    if (group_ends(whole.size() - 1 - i, culture)) text += culture.group;
  }
  return text;
}

/// "1.234,50": the number without its sign.
std::string plain(DecimalText number, int digits, bool groups, const Culture& culture) {
  number.round(digits);
  const std::string whole = number.whole.empty() ? "0" : number.whole;
  std::string text = groups ? grouped(whole, culture) : whole;
  if (digits > 0) text.append(culture.decimal).append(number.fraction);
  return text;
}

bool rounds_to_zero(DecimalText number, int digits) {
  number.round(digits);
  return number.zero();
}

/// "n" of the pattern becomes the number, "$" and "%" the symbol.
std::string patterned(std::string_view pattern, const std::string& number,
                      std::string_view symbol) {
  std::string text;
  for (const char c : pattern) {
    if (c == 'n') {
      text += number;
    } else if (c == '$' || c == '%') {
      text += symbol;
    } else {
      text += c;
    }
  }
  return text;
}

/// One digit before the point and `digits` after it: the mantissa and its exponent.
int normalize(DecimalText& number) {
  if (number.zero()) return 0;
  int exponent = 0;
  if (!number.whole.empty()) {
    exponent = static_cast<int>(number.whole.size()) - 1;
  } else {
    exponent = -static_cast<int>(number.fraction.find_first_not_of('0')) - 1;
  }
  number.shift(-exponent);
  return exponent;
}

std::string scientific(DecimalText number, int digits, char letter, int exponent_digits,
                       bool always_signed, const Culture& culture) {
  int exponent = normalize(number);
  number.round(digits);
  if (number.whole.size() > 1) {  // 9.99 rounds to 10
    number.shift(-1);
    ++exponent;
    number.round(digits);
  }
  std::string text = plain(number, digits, false, culture) + letter;
  if (exponent < 0) {
    text += '-';
  } else if (always_signed) {
    text += '+';
  }
  std::string power = std::to_string(exponent < 0 ? -exponent : exponent);
  const auto width = static_cast<std::size_t>(exponent_digits);
  if (power.size() < width) power.insert(0, width - power.size(), '0');
  return text + power;
}

/// "G": the shorter of fixed and scientific with so many digits (0: all that there are).
std::string general(const DecimalText& number, NumberKind kind, int digits, char letter,
                    const Culture& culture) {
  if (digits == 0 && (kind == NumberKind::kInteger || kind == NumberKind::kDecimal)) {
    return plain(number, static_cast<int>(number.fraction.size()), false, culture);
  }
  if (digits == 0) digits = kind == NumberKind::kReal ? kRealDigits : kFloatDigits;
  DecimalText mantissa = number;
  int exponent = normalize(mantissa);
  mantissa.round(digits - 1);
  if (mantissa.whole.size() > 1) {
    mantissa.shift(-1);
    ++exponent;
  }
  while (!mantissa.fraction.empty() && mantissa.fraction.back() == '0')
    mantissa.fraction.pop_back();
  const int kept = static_cast<int>(mantissa.fraction.size());
  if (exponent >= digits || exponent < -5) {
    mantissa.shift(exponent);
    return scientific(mantissa, kept, letter == 'g' ? 'e' : 'E', 2, true, culture);
  }
  mantissa.shift(exponent);
  return plain(mantissa, std::max(0, kept - exponent), false, culture);
}

std::optional<std::string> hexadecimal(const DecimalText& number, char letter, int digits) {
  std::int64_t value = 0;
  const std::string text =
      (number.negative ? "-" : "") + (number.whole.empty() ? "0" : number.whole);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  const bool small = value >= INT32_MIN && value <= INT32_MAX;
  char buffer[32];
  if (small) {
    std::snprintf(buffer, sizeof buffer, letter == 'x' ? "%x" : "%X",
                  static_cast<unsigned>(static_cast<std::int32_t>(value)));
  } else {
    std::snprintf(buffer, sizeof buffer, letter == 'x' ? "%llx" : "%llX",
                  static_cast<unsigned long long>(value));
  }
  std::string result = buffer;
  const auto width = static_cast<std::size_t>(digits);
  if (result.size() < width) result.insert(0, width - result.size(), '0');
  return result;
}

std::optional<std::string> standard(const DecimalText& number, NumberKind kind, char letter,
                                    int digits, const Culture& culture) {
  const bool integer = kind == NumberKind::kInteger;
  const int places = digits < 0 ? 2 : digits;
  const auto signed_text = [&](const std::string& text, int kept) {
    return (number.negative && !rounds_to_zero(number, kept) ? "-" : "") + text;
  };
  switch (std::toupper(static_cast<unsigned char>(letter))) {
    case 'N':
      return signed_text(plain(number, places, true, culture), places);
    case 'F':
      return signed_text(plain(number, places, false, culture), places);
    case 'C': {
      const int kept = digits < 0 ? culture.currency_digits : digits;
      const bool negative = number.negative && !rounds_to_zero(number, kept);
      return patterned(negative ? culture.money.negative : culture.money.positive,
                       plain(number, kept, true, culture), culture.currency);
    }
    case 'P': {
      DecimalText hundredfold = number;
      hundredfold.shift(2);
      const bool negative = number.negative && !rounds_to_zero(hundredfold, places);
      return patterned(negative ? culture.percent.negative : culture.percent.positive,
                       plain(hundredfold, places, true, culture), "%");
    }
    case 'E':
      return signed_text(scientific(number, digits < 0 ? 6 : digits, letter, 3, true, culture),
                         static_cast<int>(number.fraction.size()));
    case 'D': {
      if (!integer) return std::nullopt;
      std::string text = number.whole.empty() ? "0" : number.whole;
      const auto width = static_cast<std::size_t>(std::max(digits, 0));
      if (text.size() < width) text.insert(0, width - text.size(), '0');
      return signed_text(text, 0);
    }
    case 'X':
      if (!integer) return std::nullopt;
      return hexadecimal(number, letter, std::max(digits, 0));
    case 'R':
      if (kind != NumberKind::kFloat && kind != NumberKind::kReal) return std::nullopt;
      return signed_text(general(number, kind, 0, 'G', culture),
                         static_cast<int>(number.fraction.size()));
    case 'G':
      return signed_text(general(number, kind, std::max(digits, 0), letter, culture),
                         static_cast<int>(number.fraction.size()));
    default:
      return std::nullopt;
  }
}

/// The sections of a custom format, split at semicolons outside of quotes.
std::vector<std::string_view> sections_of(std::string_view format) {
  std::vector<std::string_view> sections;
  std::size_t start = 0;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '\\') {
      ++i;
    } else if (format[i] == '\'' || format[i] == '"') {
      i = std::min(format.find(format[i], i + 1), format.size());
    } else if (format[i] == ';') {
      sections.push_back(format.substr(start, i - start));
      start = i + 1;
    }
  }
  sections.push_back(format.substr(std::min(start, format.size())));
  return sections;
}

/// One section of a custom format, read once for its counts and once for its output.
class CustomSection {
 public:
  CustomSection(std::string_view pattern, const Culture& culture)
      : pattern_(pattern), culture_(culture) {
    measure();
  }

  /// The number as the section counts it: scaled and rounded.
  DecimalText scaled(DecimalText number) const {
    number.shift(shift_);
    if (has_exponent_) return number;
    number.round(fraction_places_);
    return number;
  }

  std::string write(DecimalText number) const {
    number = scaled(std::move(number));
    int exponent = 0;
    if (has_exponent_) {
      exponent = normalize(number) - (whole_places_ > 0 ? whole_places_ - 1 : -1);
      number.shift(whole_places_ > 0 ? whole_places_ - 1 : -1);
      number.round(fraction_places_);
    }
    std::string whole = number.whole;
    if (whole.size() < static_cast<std::size_t>(whole_least_))
      whole.insert(0, static_cast<std::size_t>(whole_least_) - whole.size(), '0');
    std::string fraction = number.fraction;
    while (fraction.size() > static_cast<std::size_t>(fraction_least_) && fraction.back() == '0')
      fraction.pop_back();
    return emit(whole, fraction, exponent);
  }

 private:
  template <typename Visit>
  void each(Visit visit) const {
    for (std::size_t i = 0; i < pattern_.size(); ++i) {
      const char c = pattern_[i];
      if (c == '\\' && i + 1 < pattern_.size()) {
        visit('\\', pattern_.substr(++i, 1));
      } else if (c == '\'' || c == '"') {
        const std::size_t close = std::min(pattern_.find(c, i + 1), pattern_.size());
        visit('\\', pattern_.substr(i + 1, close - i - 1));
        i = close;
      } else if (c == 'E' || c == 'e') {
        std::size_t zeros = i + 1;
        if (zeros < pattern_.size() && (pattern_[zeros] == '+' || pattern_[zeros] == '-')) ++zeros;
        std::size_t end = zeros;
        while (end < pattern_.size() && pattern_[end] == '0') ++end;
        if (end == zeros) {
          visit('\\', pattern_.substr(i, 1));
        } else {
          visit('E', pattern_.substr(i, end - i));
          i = end - 1;
        }
      } else {
        visit(c, pattern_.substr(i, 1));
      }
    }
  }

  void measure() {
    bool point = false;
    int commas = 0;  // that no digit has followed yet
    each([&](char c, std::string_view) {
      if (c == '0' || c == '#') {
        if (point) {
          ++fraction_places_;
          if (c == '0') fraction_least_ = fraction_places_;
        } else {
          if (commas > 0 && whole_places_ > 0) groups_ = true;
          commas = 0;
          ++whole_places_;
          if (c == '0' || whole_least_ > 0) ++whole_least_;
        }
      } else if (c == '.') {
        point = true;
      } else if (c == ',' && !point) {
        ++commas;
      } else if (c == '%') {
        shift_ += 2;
      } else if (c == 'E') {
        has_exponent_ = true;
      }
    });
    if (whole_places_ > 0) shift_ -= 3 * commas;
  }

  std::string emit(const std::string& whole, const std::string& fraction, int exponent) const {
    std::string text;
    int place = 0;
    std::size_t next_fraction = 0;
    bool point = false;
    const auto digit = [&](std::size_t index) {
      text += whole[index];
      if (groups_ && group_ends(whole.size() - 1 - index, culture_)) text += culture_.group;
    };
    each([&](char c, std::string_view written) {
      if (c == '0' || c == '#') {
        if (point) {
          if (next_fraction < fraction.size()) text += fraction[next_fraction++];
          return;
        }
        const auto right = static_cast<std::size_t>(whole_places_ - 1 - place);
        if (place == 0) {  // what has no place of its own goes before the first
          for (std::size_t i = 0; i + right < whole.size(); ++i) digit(i);
        } else if (right < whole.size()) {
          digit(whole.size() - 1 - right);
        }
        ++place;
      } else if (c == '.') {
        if (!point && !fraction.empty()) text += culture_.decimal;
        point = true;
      } else if (c == 'E') {
        append_exponent(text, written, exponent);
      } else if (c != ',') {
        text += written;
      }
    });
    return text;
  }

  static void append_exponent(std::string& text, std::string_view written, int exponent) {
    const bool plus = written.size() > 1 && written[1] == '+';
    const auto width = static_cast<std::size_t>(std::count(written.begin(), written.end(), '0'));
    std::string power = std::to_string(exponent < 0 ? -exponent : exponent);
    if (power.size() < width) power.insert(0, width - power.size(), '0');
    text += written[0];
    if (exponent < 0) {
      text += '-';
    } else if (plus) {
      text += '+';
    }
    text += power;
  }

  std::string_view pattern_;
  const Culture& culture_;
  int whole_places_ = 0;
  int whole_least_ = 0;
  int fraction_places_ = 0;
  int fraction_least_ = 0;
  int shift_ = 0;
  bool groups_ = false;
  bool has_exponent_ = false;
};

std::string custom(const DecimalText& number, std::string_view format, const Culture& culture) {
  const std::vector<std::string_view> sections = sections_of(format);
  const auto section = [&](std::size_t index) { return CustomSection(sections[index], culture); };
  const bool has_negative = sections.size() > 1 && !sections[1].empty();
  const std::size_t chosen = number.negative && has_negative ? 1 : 0;
  const bool zero = section(chosen).scaled(number).zero();
  if (zero && sections.size() > 2 && !sections[2].empty()) return section(2).write({});
  if (zero) return section(number.zero() ? 0 : chosen).write({});
  const std::string text = section(chosen).write(number);
  return number.negative && chosen == 0 ? "-" + text : text;
}

}  // namespace

bool DecimalText::zero() const {
  return whole.empty() && fraction.find_first_not_of('0') == std::string::npos;
}

void DecimalText::shift(int places) {
  for (; places > 0; --places) {
    if (fraction.empty()) fraction = "0";
    if (!whole.empty() || fraction[0] != '0') whole += fraction[0];
    fraction.erase(0, 1);
  }
  for (; places < 0; ++places) {
    fraction.insert(0, 1, whole.empty() ? '0' : whole.back());
    if (!whole.empty()) whole.pop_back();
  }
}

void DecimalText::round(int digits) {
  const auto kept = static_cast<std::size_t>(std::max(digits, 0));
  if (fraction.size() <= kept) {
    fraction.append(kept - fraction.size(), '0');
    return;
  }
  const bool up = fraction[kept] >= '5';
  fraction.resize(kept);
  if (!up) return;
  std::string all = "0" + whole + fraction;
  for (std::size_t i = all.size(); i-- > 0;) {
    if (all[i] != '9') {
      ++all[i];
      break;
    }
    all[i] = '0';
  }
  whole = all.substr(0, all.size() - kept);
  fraction = all.substr(all.size() - kept);
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
}

DecimalText decimal_text_of(std::string_view literal) {
  DecimalText number;
  if (literal.starts_with('-')) {
    number.negative = true;
    literal.remove_prefix(1);
  }
  const std::size_t e = literal.find_first_of("eE");
  int exponent = 0;
  if (e != std::string_view::npos) {
    std::string_view power = literal.substr(e + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    std::from_chars(power.data(), power.data() + power.size(), exponent);
    literal = literal.substr(0, e);
  }
  const std::size_t point = literal.find('.');
  number.whole = literal.substr(0, point);
  if (point != std::string_view::npos) number.fraction = literal.substr(point + 1);
  number.whole.erase(0, std::min(number.whole.find_first_not_of('0'), number.whole.size()));
  number.shift(exponent);
  if (number.zero()) number.negative = false;
  return number;
}

std::optional<std::string> format_number(std::string_view literal, NumberKind kind,
                                         std::string_view format, const Culture& culture) {
  std::string rounded(literal);
  if (kind == NumberKind::kFloat || kind == NumberKind::kReal) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*g", kind == NumberKind::kReal ? kRealDigits : kFloatDigits,
                  std::strtod(rounded.c_str(), nullptr));
    rounded = text;
  }
  const DecimalText number = decimal_text_of(rounded);
  if (format.empty()) format = "G";
  const std::string_view precision = format.substr(1);
  const bool is_standard = std::isalpha(static_cast<unsigned char>(format[0])) &&
                           precision.size() <= 2 &&
                           precision.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_standard) return custom(number, format, culture);
  int digits = -1;
  std::from_chars(precision.data(), precision.data() + precision.size(), digits);
  return standard(number, kind, format[0], std::min(digits, kPrecisionMax), culture);
}

}  // namespace tarn::sql
