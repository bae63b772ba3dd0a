#include "detail/functions/wide_integer.h"

#include <array>
#include <cstdint>

namespace tarn::sql {
namespace {

using engine::Int128;

constexpr int kDigitsMax = 38;

/// An unsigned number of 256 bits, little end first.
struct Wide {
  std::array<std::uint64_t, 4> words{};

  bool zero() const { return !(words[0] | words[1] | words[2] | words[3]); }

  /// Overflow of the 256 bits is reported.
  bool multiply(std::uint64_t factor) {
    std::uint64_t carry = 0;
    for (std::uint64_t& word : words) {
      const Unsigned128 product = static_cast<Unsigned128>(word) * factor + carry;
      word = static_cast<std::uint64_t>(product);
      carry = static_cast<std::uint64_t>(product >> 64);
    }
    return carry == 0;
  }
  std::uint64_t divide(std::uint64_t divisor) {
    Unsigned128 rest = 0;
    for (std::size_t i = words.size(); i-- > 0;) {
      const Unsigned128 current = rest << 64 | words[i];
      words[i] = static_cast<std::uint64_t>(current / divisor);
      rest = current % divisor;
    }
    return static_cast<std::uint64_t>(rest);
  }
};

Unsigned128 magnitude(Int128 value) {
  return value < 0 ? Unsigned128{0} - static_cast<Unsigned128>(value)
                   : static_cast<Unsigned128>(value);
}

Wide wide(Unsigned128 value) {
  Wide result;
  result.words[0] = static_cast<std::uint64_t>(value);
  result.words[1] = static_cast<std::uint64_t>(value >> 64);
  return result;
}

Wide product(Unsigned128 a, Unsigned128 b) {
  Wide result;
  const std::uint64_t left[2] = {static_cast<std::uint64_t>(a),
                                 static_cast<std::uint64_t>(a >> 64)};
  const std::uint64_t right[2] = {static_cast<std::uint64_t>(b),
                                  static_cast<std::uint64_t>(b >> 64)};
  for (std::size_t i = 0; i < 2; ++i) {
    std::uint64_t carry = 0;
    for (std::size_t j = 0; j < 2; ++j) {
      const Unsigned128 sum =
          static_cast<Unsigned128>(left[i]) * right[j] + result.words[i + j] + carry;
      result.words[i + j] = static_cast<std::uint64_t>(sum);
      carry = static_cast<std::uint64_t>(sum >> 64);
    }
    result.words[i + 2] += carry;
  }
  return result;
}

/// Long division bit by bit: both may have up to 256 and 128 bits.
Wide quotient(const Wide& dividend, Unsigned128 divisor) {
  Wide result;
  Unsigned128 rest = 0;
  for (std::size_t bit = 256; bit-- > 0;) {
    const bool carries = rest >> 127;
    rest = rest << 1 | (dividend.words[bit / 64] >> (bit % 64) & 1);
    if (carries || rest >= divisor) {
      rest -= divisor;
      result.words[bit / 64] |= std::uint64_t{1} << (bit % 64);
    }
  }
  return result;
}

std::optional<Int128> signed_value(const Wide& value, bool negative) {
  if (value.words[2] | value.words[3] || value.words[1] >> 63) return std::nullopt;
  const auto number =
      static_cast<Int128>(static_cast<Unsigned128>(value.words[1]) << 64 | value.words[0]);
  if (!fits_38_digits(number)) return std::nullopt;
  return negative ? -number : number;
}

}  // namespace

engine::Int128 power_of_ten(int digits) {
  static const auto powers = [] {
    std::array<Int128, kDigitsMax + 1> all{};
    all[0] = 1;
    for (std::size_t i = 1; i < all.size(); ++i) all[i] = all[i - 1] * 10;
    return all;
  }();
  return powers[static_cast<std::size_t>(digits)];
}

bool fits_38_digits(Int128 value) {
  const Int128 limit = power_of_ten(kDigitsMax);
  return value < limit && value > -limit;
}

std::optional<Int128> scaled_quotient(Int128 a, Int128 b, int shift) {
  const bool negative = (a < 0) != (b < 0);
  Wide dividend = wide(magnitude(a));
  for (int i = 0; i < shift; ++i) {
    if (!dividend.multiply(10)) return std::nullopt;
  }
  Wide result = quotient(dividend, magnitude(b));
  for (int i = 0; i > shift; --i) result.divide(10);
  return signed_value(result, negative);
}

std::optional<Int128> scaled_product(Int128 a, Int128 b, int dropped) {
  const bool negative = (a < 0) != (b < 0);
  Wide result = product(magnitude(a), magnitude(b));
  std::uint64_t last = 0;
  for (int i = 0; i < dropped; ++i) last = result.divide(10);
  if (last >= 5) {
    std::size_t i = 0;
    while (i < result.words.size() && ++result.words[i] == 0) ++i;
  }
  return signed_value(result, negative);
}

}  // namespace tarn::sql
