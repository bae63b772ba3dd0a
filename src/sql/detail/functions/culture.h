#pragma once
// What a .NET culture says about numbers and dates, for FORMAT and PARSE: a named list, as Windows
// has them. Any other culture is error 9818.

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::sql {

/// How a pattern of .NET's NumberFormatInfo places sign, symbol and number: "-$n", "($n)", "n $".
struct NumberPatterns {
  std::string_view positive;
  std::string_view negative;
};

struct Culture {
  std::string_view name;  // "de-DE"
  std::string_view decimal;
  std::string_view group;
  bool indian_groups = false;  // 12,34,567: after the first three digits by twos
  std::string_view currency;
  int currency_digits = 2;
  NumberPatterns money;    // n is the number, $ the symbol
  NumberPatterns percent;  // n and %
  std::string_view short_date;
  std::string_view long_date;
  std::string_view short_time;
  std::string_view long_time;
  std::string_view month_day;
  std::string_view year_month;
  std::string_view date_separator;
  std::string_view am;
  std::string_view pm;
  std::array<std::string_view, 12> months;
  std::array<std::string_view, 12> months_short;
  std::array<std::string_view, 7> days;  // from Sunday
  std::array<std::string_view, 7> days_short;
};

/// By its name in any case ("de-de", also the language alone: "de"), or null. Empty is the
/// invariant culture.
const Culture* find_culture(std::string_view name);
/// As above; throws 9818.
const Culture& culture_named(std::string_view name);
/// For the documentation and its test.
std::vector<std::string_view> culture_names();

}  // namespace tarn::sql
