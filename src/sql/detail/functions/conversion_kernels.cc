// Conversions from and to text and binary, with SQL Server's syntax of numbers and its errors.

#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "base/text.h"
#include "base/utf16.h"
#include "detail/functions/row_function.h"
#include "detail/functions/typed_binary.h"
#include "detail/functions/utf8_text.h"
#include "detail/functions/wide_integer.h"

namespace tarn::sql {
namespace {

using engine::Kind;

constexpr int kDigitsMax = 38;

enum class Parse { kOk, kSyntax, kOverflow };

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Blanks around, a sign, digits; empty is 0.
Parse parse_integer(std::string_view text, std::int64_t min, std::int64_t max,
                    std::int64_t& value) {
  text = trimmed(text);
  value = 0;
  if (text.empty()) return Parse::kOk;
  if (text.front() == '+' && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  while (text.size() > 1 && text.front() == '-' && text[1] == ' ') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument)
    return Parse::kSyntax;
  if (error != std::errc() || value < min || value > max) return Parse::kOverflow;
  return Parse::kOk;
}

/// An unscaled decimal with `scale` digits after the point, rounded half away from zero. Money may
/// have commas and a currency sign.
Parse parse_decimal(std::string_view text, int precision, int scale, bool money, Int128& value) {
  text = trimmed(text);
  value = 0;
  if (text.empty()) return money ? Parse::kOk : Parse::kSyntax;
  bool negative = false;
  bool digits_seen = false;
  bool point = false;
  int after = 0;
  int rounding = -1;
  bool overflow = false;
  std::size_t i = 0;
  if (money) i += currency_sign_bytes(text);
  if (i < text.size() && (text[i] == '+' || text[i] == '-')) negative = text[i++] == '-';
  if (money) i += currency_sign_bytes(text.substr(i));
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '.' && !point) {
      point = true;
    } else if (c == ',' && money && !point) {
      continue;
    } else if (c >= '0' && c <= '9') {
      digits_seen = true;
      if (point && after == scale) {
        if (rounding < 0) rounding = c - '0';
        continue;
      }
      value = value * 10 + (c - '0');
      overflow = overflow || !fits_38_digits(value);
      if (overflow) value = 0;
      after += point;
    } else {
      return Parse::kSyntax;
    }
  }
  if (!digits_seen) return Parse::kSyntax;
  for (; after < scale && !overflow; ++after) {
    value *= 10;
    overflow = !fits_38_digits(value);
  }
  if (rounding >= 5) ++value;
  if (overflow || value >= power_of_ten(std::min(precision, kDigitsMax))) return Parse::kOverflow;
  if (negative) value = -value;
  return Parse::kOk;
}

Parse parse_float(std::string_view text, double& value) {
  text = trimmed(text);
  value = 0;
  if (text.empty()) return Parse::kOk;
  if (text.front() == '+') text.remove_prefix(1);
  const std::size_t start = text.starts_with('-') ? 1 : 0;
  if (text.size() <= start || !((text[start] >= '0' && text[start] <= '9') || text[start] == '.'))
    return Parse::kSyntax;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument)
    return Parse::kSyntax;
  return error == std::errc() ? Parse::kOk : Parse::kOverflow;
}

std::string quoted(std::string_view text) { return "'" + std::string(text.substr(0, 200)) + "'"; }

struct IntegerTarget {
  std::string name;
  engine::Type type;
  std::int64_t min;
  std::int64_t max;
  int overflow_number;
  std::string column;  // as the overflow's message names it
};

Error integer_failure(const IntegerTarget& target, Parse result, std::string_view text,
                      std::string_view source) {
  const std::string from(source);
  if (result == Parse::kSyntax && target.name == "bigint") {
    return runtime_failure(8114, "Error converting data type " + from + " to bigint.");
  }
  if (result == Parse::kSyntax) {
    return runtime_failure(245, "Conversion failed when converting the " + from + " value " +
                                    quoted(text) + " to data type " + target.name + ".");
  }
  if (target.name == "bigint") {
    return runtime_failure(8115,
                           "Arithmetic overflow error converting expression to data type bigint.");
  }
  const std::string hint = target.name == "int" ? "" : " Use a larger integer column.";
  return runtime_failure(target.overflow_number, "The conversion of the " + from + " value " +
                                                     quoted(text) + " overflowed " + target.column +
                                                     "." + hint);
}

template <typename Stored>
void add_integer(std::vector<engine::ScalarFunction>& functions, const IntegerTarget& target) {
  functions.push_back(row_function(
      "tarn_to_" + target.name, {Kind::kText, Kind::kText}, target.type, [target](const Row& row) {
        std::int64_t value = 0;
        const Parse result = parse_integer(row.text(0), target.min, target.max, value);
        if (result != Parse::kOk) {
          throw integer_failure(target, result, row.text(0), row.text(1));
        }
        return static_cast<Stored>(value);
      }));
  functions.push_back(row_function("tarn_try_to_" + target.name, {Kind::kText, Kind::kText},
                                   target.type, [target](const Row& row) -> std::optional<Stored> {
                                     std::int64_t value = 0;
                                     const Parse result =
                                         parse_integer(row.text(0), target.min, target.max, value);
                                     if (result != Parse::kOk) return std::nullopt;
                                     return static_cast<Stored>(value);
                                   }));
}

std::optional<bool> parse_bit(std::string_view text) {
  text = trimmed(text);
  if (equal_ignoring_case(text, "true")) return true;
  if (equal_ignoring_case(text, "false") || text.empty()) return false;
  std::int64_t value = 0;
  const Parse result = parse_integer(text, std::numeric_limits<std::int64_t>::min(),
                                     std::numeric_limits<std::int64_t>::max(), value);
  if (result != Parse::kOk) return std::nullopt;
  return value != 0;
}

std::optional<Int128> parse_guid(std::string_view text) {
  if (text.starts_with('{')) text.remove_prefix(1);
  if (text.size() < 36) return std::nullopt;
  Int128 value = 0;
  for (std::size_t i = 0; i < 36; ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    int digit = 0;
    const auto [end, error] = std::from_chars(&text[i], &text[i] + 1, digit, 16);
    if (error != std::errc()) return std::nullopt;
    value =
        static_cast<Int128>(static_cast<Unsigned128>(value) << 4 | static_cast<unsigned>(digit));
  }
  // The engine keeps a UUID with its topmost bit flipped, so that it sorts as a signed number.
  return static_cast<Int128>(static_cast<Unsigned128>(value) ^
                             (static_cast<Unsigned128>(1) << 127));
}

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view text, bool prefix) {
  if (prefix) {
    if (!text.starts_with("0x") && !text.starts_with("0X")) return std::nullopt;
    text.remove_prefix(2);
  }
  if (text.size() % 2) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(&text[i], &text[i] + 2, value, 16);
    if (error != std::errc() || end != &text[i] + 2) return std::nullopt;
    bytes += static_cast<char>(value);
  }
  return bytes;
}

/// CONVERT(varbinary, text, style): 0 the bytes of the text, 1 hexadecimal with 0x, 2 without.
std::optional<std::string> text_binary(std::string_view text, std::int64_t style, bool unicode) {
  if (style == 1 || style == 2) return from_hex(text, style == 1);
  return unicode ? utf16_from_utf8(text) : std::string(text);
}

/// CAST(float AS varchar): six digits, exponents with three digits; style 1 and 2 are scientific, 3
/// is exact.
std::string float_text(double value, std::int64_t style, int exact_digits) {
  char text[64];
  if (value == 0) return style == 0 ? "0" : "0.0000000e+000";
  if (style == 1 || style == 2 || style == 3) {
    std::snprintf(text, sizeof text, "%.*e",
                  style == 1   ? 7
                  : style == 2 ? 15
                               : exact_digits - 1,
                  value);
  } else {
    std::snprintf(text, sizeof text, "%.6g", value);
  }
  std::string result = text;
  const std::size_t e = result.find('e');
  if (e != std::string::npos && result.size() - e == 4) result.insert(e + 2, "0");
  return result;
}

/// Style 0: two digits after the point; 1: with commas; 2: four digits.
std::string money_text(Int128 unscaled, std::int64_t style) {
  const bool negative = unscaled < 0;
  Int128 value = negative ? -unscaled : unscaled;
  const int digits = style == 2 || style == 126 ? 4 : 2;
  if (digits == 2) value = (value + 50) / 100;
  const auto unit = static_cast<std::int64_t>(power_of_ten(digits));
  std::string whole = std::to_string(static_cast<std::int64_t>(value / unit));
  std::string fraction = std::to_string(static_cast<std::int64_t>(value % unit));
  fraction.insert(0, static_cast<std::size_t>(digits) - fraction.size(), '0');
  if (style == 1) {
    for (std::size_t i = whole.size(); i > 3; i -= 3) whole.insert(i - 3, ",");
  }
  return (negative ? "-" : "") + whole + "." + fraction;
}

std::string fit(const Row& row) {
  const auto unit = static_cast<LengthUnit>(row.integer(2));
  const std::string_view text = row.text(0);
  const auto length = static_cast<std::size_t>(row.integer(1));
  const std::string_view prefix = text_prefix(text, length, unit);
  if (prefix.size() == text.size()) return std::string(text);
  // Blanks at the end that do not fit are dropped silently.
  if (text.find_first_not_of(' ', prefix.size()) == std::string_view::npos)
    return std::string(prefix);
  throw runtime_failure(2628, "String or binary data would be truncated in table '" +
                                  std::string(row.text(3)) + "', column '" +
                                  std::string(row.text(4)) + "'. Truncated value: '" +
                                  std::string(prefix) + "'.");
}

void add_lengths(std::vector<engine::ScalarFunction>& functions) {
  functions.push_back(
      row_function("tarn_fit", {Kind::kText, Kind::kInt32, Kind::kInt32, Kind::kText, Kind::kText},
                   Kind::kText, fit));
  functions.push_back(row_function(
      "tarn_cut", {Kind::kText, Kind::kInt32, Kind::kInt32}, Kind::kText, [](const Row& row) {
        return text_prefix(row.text(0), static_cast<std::size_t>(row.integer(1)),
                           static_cast<LengthUnit>(row.integer(2)));
      }));
  functions.push_back(row_function(
      "tarn_pad", {Kind::kText, Kind::kInt32, Kind::kInt32}, Kind::kText, [](const Row& row) {
        std::string text(row.text(0));
        const auto length = static_cast<std::size_t>(row.integer(1));
        const std::size_t now = text_length(text, static_cast<LengthUnit>(row.integer(2)));
        if (now < length) text.append(length - now, ' ');
        return text;
      }));
  const auto fit_number = [](const Row& row) -> std::optional<std::string> {
    const std::string_view text = row.text(0);
    if (text.size() <= static_cast<std::size_t>(row.integer(1))) return std::string(text);
    const std::string_view source = row.text(2);
    const bool integer = source.find("int") != std::string_view::npos;
    if (integer && !row.text(3).starts_with('n')) return "*";
    return std::nullopt;
  };
  const std::vector<engine::Type> parameters = {Kind::kText, Kind::kInt32, Kind::kText,
                                                Kind::kText};
  functions.push_back(row_function("tarn_try_fit_number", parameters, Kind::kText, fit_number));
  functions.push_back(
      row_function("tarn_fit_number", parameters, Kind::kText, [fit_number](const Row& row) {
        std::optional<std::string> text = fit_number(row);
        if (text) return *std::move(text);
        const std::string source(row.text(2));
        if (source.ends_with("money")) {
          throw runtime_failure(234,
                                "There is insufficient result space to convert a money value "
                                "to " +
                                    std::string(row.text(3)) + ".");
        }
        if (source == "float" || source == "real") {
          throw runtime_failure(232, "Arithmetic overflow error for type " +
                                         std::string(row.text(3)) +
                                         ", value = " + std::string(row.text(0)) + ".");
        }
        const bool integer = source.find("int") != std::string::npos;
        throw runtime_failure(8115, "Arithmetic overflow error converting " +
                                        (integer               ? "expression"
                                         : source == "decimal" ? "numeric"
                                                               : source) +
                                        " to data type " + std::string(row.text(3)) + ".");
      }));
}

void add_binary(std::vector<engine::ScalarFunction>& functions) {
  functions.push_back(row_function("tarn_binary_text", {Kind::kBlob, Kind::kInt32, Kind::kBoolean},
                                   Kind::kText, [](const Row& row) {
                                     const std::string_view bytes = row.text(0);
                                     if (row.integer(1) == 1) return "0x" + hex(bytes);
                                     if (row.integer(1) == 2) return hex(bytes);
                                     if (row.flag(2)) return utf8_from_utf16(bytes);
                                     return valid_utf8(bytes) ? std::string(bytes) : hex(bytes);
                                   }));
  functions.push_back(row_function(
      "tarn_text_binary", {Kind::kText, Kind::kInt32, Kind::kBoolean}, Kind::kBlob,
      [](const Row& row) {
        auto bytes = text_binary(row.text(0), row.integer(1), row.flag(2));
        if (!bytes) {
          throw runtime_failure(8114, "Error converting data type varchar to varbinary.");
        }
        return *std::move(bytes);
      }));
  functions.push_back(row_function(
      "tarn_try_text_binary", {Kind::kText, Kind::kInt32, Kind::kBoolean}, Kind::kBlob,
      [](const Row& row) { return text_binary(row.text(0), row.integer(1), row.flag(2)); }));
  functions.push_back(row_function("tarn_integer_binary", {Kind::kInt64, Kind::kInt32}, Kind::kBlob,
                                   [](const Row& row) {
                                     std::string bytes;
                                     for (std::int64_t i = row.integer(1); i-- > 0;) {
                                       bytes += static_cast<char>(row.integer(0) >> (8 * i) & 0xFF);
                                     }
                                     return bytes;
                                   }));
  functions.push_back(
      row_function("tarn_binary_integer", {Kind::kBlob}, Kind::kInt64, [](const Row& row) {
        std::uint64_t value = 0;
        const std::string_view bytes = row.text(0);
        for (const char c : bytes.substr(bytes.size() > 8 ? bytes.size() - 8 : 0)) {
          value = value << 8 | static_cast<unsigned char>(c);
        }
        return bytes.size() == 4 ? static_cast<std::int64_t>(static_cast<std::int32_t>(value))
                                 : static_cast<std::int64_t>(value);
      }));
  functions.push_back(row_function(
      "tarn_fit_binary", {Kind::kBlob, Kind::kInt32, Kind::kBoolean, Kind::kBoolean}, Kind::kBlob,
      [](const Row& row) {
        std::string bytes(row.text(0));
        const auto length = static_cast<std::size_t>(row.integer(1));
        const bool keeps_end = row.flag(3);
        if (bytes.size() > length) {
          bytes = keeps_end ? bytes.substr(bytes.size() - length) : bytes.substr(0, length);
        } else if (row.flag(2)) {
          bytes.insert(keeps_end ? 0 : bytes.size(), length - bytes.size(), '\0');
        }
        return bytes;
      }));
}

void add_decimals(std::vector<engine::ScalarFunction>& functions) {
  const auto parse = [](const Row& row, Int128& value) {
    return parse_decimal(row.text(0), static_cast<int>(row.integer(1)),
                         static_cast<int>(row.integer(2)), row.text(4).ends_with("money"), value);
  };
  const std::vector<engine::Type> parameters = {Kind::kText, Kind::kInt32, Kind::kInt32,
                                                Kind::kText, Kind::kText};
  functions.push_back(
      row_function("tarn_to_unscaled", parameters, Kind::kInt128, [parse](const Row& row) {
        Int128 value = 0;
        const Parse result = parse(row, value);
        if (result == Parse::kOk) return value;
        const std::string from(row.text(3));
        const std::string to(row.text(4));
        if (to.ends_with("money") && result == Parse::kSyntax) {
          throw runtime_failure(
              235, "Cannot convert a char value to money. The char value has incorrect syntax.");
        }
        if (result == Parse::kSyntax)
          throw runtime_failure(8114, "Error converting data type " + from + " to numeric.");
        throw runtime_failure(8115, "Arithmetic overflow error converting " + from +
                                        " to data type " +
                                        (to.ends_with("money") ? to : "numeric") + ".");
      }));
  functions.push_back(row_function("tarn_try_to_unscaled", parameters, Kind::kInt128,
                                   [parse](const Row& row) -> std::optional<Int128> {
                                     Int128 value = 0;
                                     if (parse(row, value) != Parse::kOk) return std::nullopt;
                                     return value;
                                   }));
  functions.push_back(row_function(
      "tarn_to_float", {Kind::kText, Kind::kText, Kind::kText}, Kind::kDouble, [](const Row& row) {
        double value = 0;
        const Parse result = parse_float(row.text(0), value);
        const bool real = row.text(2) == "real";
        if (result == Parse::kOverflow ||
            (real && std::fabs(value) > std::numeric_limits<float>::max())) {
          throw runtime_failure(8115, "Arithmetic overflow error converting " +
                                          std::string(row.text(1)) + " to data type " +
                                          std::string(row.text(2)) + ".");
        }
        if (result == Parse::kOk) return value;
        throw runtime_failure(8114, "Error converting data type " + std::string(row.text(1)) +
                                        " to " + std::string(row.text(2)) + ".");
      }));
  functions.push_back(row_function("tarn_try_to_float", {Kind::kText, Kind::kText, Kind::kText},
                                   Kind::kDouble, [](const Row& row) -> std::optional<double> {
                                     double value = 0;
                                     if (parse_float(row.text(0), value) != Parse::kOk)
                                       return std::nullopt;
                                     return value;
                                   }));
}

}  // namespace

std::vector<engine::ScalarFunction> conversion_engine_functions() {
  std::vector<engine::ScalarFunction> functions;
  add_integer<std::uint8_t>(functions, {"tinyint", Kind::kUInt8, 0, 255, 244, "an INT1 column"});
  add_integer<std::int16_t>(functions,
                            {"smallint", Kind::kInt16, -32768, 32767, 244, "an INT2 column"});
  add_integer<std::int32_t>(functions,
                            {"int", Kind::kInt32, std::numeric_limits<std::int32_t>::min(),
                             std::numeric_limits<std::int32_t>::max(), 248, "an int column"});
  add_integer<std::int64_t>(functions,
                            {"bigint", Kind::kInt64, std::numeric_limits<std::int64_t>::min(),
                             std::numeric_limits<std::int64_t>::max(), 8115, ""});
  functions.push_back(
      row_function("tarn_to_bit", {Kind::kText, Kind::kText}, Kind::kBoolean, [](const Row& row) {
        const std::optional<bool> value = parse_bit(row.text(0));
        if (value) return *value;
        throw runtime_failure(245, "Conversion failed when converting the " +
                                       std::string(row.text(1)) + " value " + quoted(row.text(0)) +
                                       " to data type bit.");
      }));
  functions.push_back(row_function("tarn_try_to_bit", {Kind::kText, Kind::kText}, Kind::kBoolean,
                                   [](const Row& row) { return parse_bit(row.text(0)); }));
  functions.push_back(row_function("tarn_to_guid", {Kind::kText}, Kind::kUuid, [](const Row& row) {
    const std::optional<Int128> value = parse_guid(row.text(0));
    if (value) return *value;
    throw runtime_failure(
        8169, "Conversion failed when converting from a character string to uniqueidentifier.");
  }));
  functions.push_back(row_function("tarn_try_to_guid", {Kind::kText}, Kind::kUuid,
                                   [](const Row& row) { return parse_guid(row.text(0)); }));
  functions.push_back(
      row_function("tarn_float_text", {Kind::kDouble, Kind::kInt32}, Kind::kText,
                   [](const Row& row) { return float_text(row.number(0), row.integer(1), 17); }));
  functions.push_back(
      row_function("tarn_real_text", {Kind::kFloat, Kind::kInt32}, Kind::kText,
                   [](const Row& row) { return float_text(row.real(0), row.integer(1), 9); }));
  functions.push_back(
      row_function("tarn_money_text", {Kind::kInt128, Kind::kInt32}, Kind::kText,
                   [](const Row& row) { return money_text(row.wide(0), row.integer(1)); }));
  add_decimals(functions);
  add_lengths(functions);
  add_binary(functions);
  add_typed_binary(functions);
  return functions;
}

}  // namespace tarn::sql
