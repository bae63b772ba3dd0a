#pragma once
// PARSE: numbers and dates as people of a culture write them.

#include <optional>
#include <string>
#include <string_view>

#include "detail/functions/culture.h"
#include "detail/functions/moment_text.h"

namespace tarn::sql {

enum class NumberStyle {
  kNumber,    // signs on either side, group separators, a decimal separator
  kFloat,     // a leading sign, a decimal separator, an exponent
  kCurrency,  // as kNumber, and a currency symbol, and brackets for negative amounts
};

/// The number as a plain literal ("-1234.5"), or nothing for text that is none.
std::optional<std::string> parse_number(std::string_view text, NumberStyle style,
                                        const Culture& culture);
/// A date and time with the culture's order of day, month and year and its names of them.
std::optional<ParsedMoment> parse_culture_moment(std::string_view text, const Culture& culture);

}  // namespace tarn::sql
