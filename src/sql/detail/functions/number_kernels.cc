// Arithmetic that must fail as SQL Server's does: division by zero, overflow, decimals of 38
// digits.

#include <cmath>
#include <limits>
#include <random>

#include "detail/functions/row_function.h"
#include "detail/functions/wide_integer.h"

namespace tarn::sql {
namespace {

using engine::Kind;

Error divide_by_zero() { return runtime_failure(8134, "Divide by zero error encountered."); }
Error overflow(const char* type) {
  return runtime_failure(
      8115,
      std::string("Arithmetic overflow error converting expression to data type ") + type + ".");
}

std::int64_t divide(std::int64_t a, std::int64_t b) {
  if (b == 0) throw divide_by_zero();
  if (b == -1) {
    if (a == std::numeric_limits<std::int64_t>::min()) throw overflow("bigint");
    return -a;
  }
  return a / b;
}

Int128 require(const std::optional<Int128>& value) {
  if (!value) throw overflow("numeric");
  return *value;
}

/// ROUND(value, digits, truncate) on an unscaled decimal with `scale` digits after the point.
Int128 round_unscaled(Int128 value, int scale, std::int64_t digits, bool cuts) {
  const std::int64_t dropped = scale - digits;
  if (dropped <= 0) return value;
  if (dropped > 38) return 0;
  const Int128 unit = power_of_ten(static_cast<int>(dropped));
  Int128 whole = value / unit;
  const Int128 rest = value % unit;
  const Int128 away = rest < 0 ? -rest : rest;
  if (!cuts && away >= unit - away) whole += value < 0 ? -1 : 1;
  const Int128 result = whole * unit;
  if (!fits_38_digits(result)) throw overflow("numeric");
  return result;
}

double round_float(double value, std::int64_t digits, bool cuts) {
  if (!std::isfinite(value) || digits > 17) return value;
  if (digits < -308) return 0;
  const double unit = std::pow(10.0, static_cast<double>(std::abs(digits)));
  const double scaled = digits < 0 ? value / unit : value * unit;
  if (!std::isfinite(scaled)) return value;
  const double whole = cuts ? std::trunc(scaled) : std::round(scaled);
  return digits < 0 ? whole * unit : whole / unit;
}

void add_decimals(std::vector<engine::ScalarFunction>& functions) {
  for (int scale = 0; scale <= 38; ++scale) {
    const engine::Type decimal = engine::Type::decimal(38, scale);
    const std::string suffix = std::to_string(scale);
    functions.push_back(row_function("tarn_unscaled_" + suffix, {decimal}, Kind::kInt128,
                                     [](const Row& row) { return row.unscaled(0); }));
    functions.push_back(row_function("tarn_decimal_" + suffix, {Kind::kInt128}, decimal,
                                     [](const Row& row) { return row.wide(0); }));
  }
  functions.push_back(row_function(
      "tarn_divide_unscaled", {Kind::kInt128, Kind::kInt128, Kind::kInt32}, Kind::kInt128,
      [](const Row& row) {
        if (row.wide(1) == 0) throw divide_by_zero();
        return require(scaled_quotient(row.wide(0), row.wide(1), static_cast<int>(row.integer(2))));
      }));
  functions.push_back(row_function(
      "tarn_multiply_unscaled", {Kind::kInt128, Kind::kInt128, Kind::kInt32}, Kind::kInt128,
      [](const Row& row) {
        return require(scaled_product(row.wide(0), row.wide(1), static_cast<int>(row.integer(2))));
      }));
  functions.push_back(row_function("tarn_modulo_unscaled", {Kind::kInt128, Kind::kInt128},
                                   Kind::kInt128, [](const Row& row) -> Int128 {
                                     if (row.wide(1) == 0) throw divide_by_zero();
                                     return row.wide(0) % row.wide(1);
                                   }));
  functions.push_back(
      row_function("tarn_round_unscaled", {Kind::kInt128, Kind::kInt32, Kind::kInt32, Kind::kInt32},
                   Kind::kInt128, [](const Row& row) {
                     return round_unscaled(row.wide(0), static_cast<int>(row.integer(1)),
                                           row.integer(2), row.integer(3) != 0);
                   }));
}

}  // namespace

std::vector<engine::ScalarFunction> number_engine_functions() {
  std::vector<engine::ScalarFunction> functions;
  add_decimals(functions);
  functions.push_back(
      row_function("tarn_divide_integer", {Kind::kInt64, Kind::kInt64}, Kind::kInt64,
                   [](const Row& row) { return divide(row.integer(0), row.integer(1)); }));
  functions.push_back(row_function("tarn_modulo_integer", {Kind::kInt64, Kind::kInt64},
                                   Kind::kInt64, [](const Row& row) -> std::int64_t {
                                     if (row.integer(1) == 0) throw divide_by_zero();
                                     return row.integer(1) == -1 ? 0
                                                                 : row.integer(0) % row.integer(1);
                                   }));
  functions.push_back(row_function("tarn_divide_float", {Kind::kDouble, Kind::kDouble},
                                   Kind::kDouble, [](const Row& row) {
                                     if (row.number(1) == 0) throw divide_by_zero();
                                     const double result = row.number(0) / row.number(1);
                                     if (!std::isfinite(result)) throw overflow("float");
                                     return result;
                                   }));
  functions.push_back(
      row_function("tarn_finite", {Kind::kDouble}, Kind::kDouble, [](const Row& row) {
        const double value = row.number(0);
        if (std::isnan(value))
          throw runtime_failure(3623, "An invalid floating point operation occurred.");
        if (std::isinf(value)) throw overflow("float");
        return value;
      }));
  functions.push_back(row_function("tarn_round_float", {Kind::kDouble, Kind::kInt32, Kind::kInt32},
                                   Kind::kDouble, [](const Row& row) {
                                     return round_float(row.number(0), row.integer(1),
                                                        row.integer(2) != 0);
                                   }));
  functions.push_back(row_function("tarn_rand", {Kind::kInt32}, Kind::kDouble, [](const Row& row) {
    std::mt19937_64 generator(static_cast<std::uint64_t>(row.integer(0)));
    return std::uniform_real_distribution<double>()(generator);
  }));
  functions.push_back(row_function(
      "tarn_recursion", {Kind::kInt32, Kind::kInt32}, Kind::kInt32, [](const Row& row) {
        const std::int64_t depth = row.integer(0) + 1;
        if (row.integer(1) > 0 && depth > row.integer(1)) {
          throw runtime_failure(530, "The statement terminated. The maximum recursion " +
                                         std::to_string(row.integer(1)) +
                                         " has been exhausted before statement completion.");
        }
        return static_cast<std::int32_t>(depth);
      }));
  engine::ScalarFunction fail = row_function(
      "tarn_fail", {Kind::kInt32, Kind::kText}, Kind::kText, [](const Row& row) -> std::string {
        throw runtime_failure(static_cast<int>(row.integer(0)), std::string(row.text(1)));
      });
  fail.pure = false;  // never folded: it may stand where no row comes
  functions.push_back(std::move(fail));
  return functions;
}

}  // namespace tarn::sql
