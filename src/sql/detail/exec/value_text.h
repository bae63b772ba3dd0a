#pragma once
// Values of the engine as text: the canonical form of constants, and pieces of what clients are
// shown.

#include <cstdint>
#include <string>

#include "detail/bind/context.h"
#include "engine/chunk.h"

namespace tarn::sql {

/// "-12.50" of (-1250, 2).
std::string decimal_text(engine::Int128 unscaled, int scale);
/// "2024-01-31", of days since 1970-01-01.
std::string date_text(std::int64_t days);
/// "12:30:00.1230000" with exactly `digits` digits of the second (0 to 7).
std::string time_text(std::int64_t micros_of_day, int digits);
/// "2024-01-31 12:30:00.123".
std::string timestamp_text(std::int64_t micros, int digits);
/// A packed datetimeoffset on its own clock: "2024-01-31 12:30:00.123" `between` "+01:00".
std::string offset_moment_text(engine::Int128 value, int digits, std::string_view between);
/// The shortest text that reads back as the same number.
std::string float_text(double value);
std::string real_text(float value);
/// "6F9619FF-8B86-D011-B42D-00C04FC964FF".
std::string uuid_text(engine::Int128 stored);

/// The value as a constant; NULL gives a constant without text. `values` have the engine type of
/// `type`.
Constant constant_of(const SqlType& type, const engine::Column& values, std::size_t row);

}  // namespace tarn::sql
