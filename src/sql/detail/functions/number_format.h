#pragma once
// Numbers as .NET's standard and custom format strings write them ("N2", "C", "#,##0.00;(0)").
// Source: .NET, "Standard numeric format strings" and "Custom numeric format strings".

#include <optional>
#include <string>
#include <string_view>

#include "detail/functions/culture.h"

namespace tarn::sql {

/// A number in decimal digits: sign, digits before and after the point.
struct DecimalText {
  bool negative = false;
  std::string whole;     // without leading zeros; empty for 0
  std::string fraction;  // as many digits as were given

  bool zero() const;
  /// Moves the point to the right by `places` (left where negative).
  void shift(int places);
  /// Keeps so many digits after the point, half away from zero; fewer are filled up with zeros.
  void round(int digits);
};

enum class NumberKind { kInteger, kDecimal, kFloat, kReal };

/// Digits of a literal such as "-12.50" or "1.5e+20".
DecimalText decimal_text_of(std::string_view literal);

/// FORMAT of a number; nothing for a format string that .NET refuses for its kind.
std::optional<std::string> format_number(std::string_view literal, NumberKind kind,
                                         std::string_view format, const Culture& culture);

}  // namespace tarn::sql
