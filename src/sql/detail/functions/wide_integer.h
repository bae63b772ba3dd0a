#pragma once
// Arithmetic on unscaled decimals of 38 digits with an intermediate of 256 bits.

#include <optional>

#include "engine/type.h"

namespace tarn::sql {

__extension__ typedef unsigned __int128 Unsigned128;

/// 10^digits for 0 … 38.
engine::Int128 power_of_ten(int digits);
/// Whether a value has at most 38 digits.
bool fits_38_digits(engine::Int128 value);

/// a × 10^shift / b, cut towards zero; nothing when it has more than 38 digits. `b` is not zero;
/// shift may be negative.
std::optional<engine::Int128> scaled_quotient(engine::Int128 a, engine::Int128 b, int shift);
/// a × b / 10^dropped, rounded half away from zero; nothing when it has more than 38 digits.
std::optional<engine::Int128> scaled_product(engine::Int128 a, engine::Int128 b, int dropped);

}  // namespace tarn::sql
