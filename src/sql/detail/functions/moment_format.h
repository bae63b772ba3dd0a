#pragma once
// Dates and times as .NET's standard and custom format strings write them ("d", "yyyy-MM-dd").
// Source: .NET, "Standard date and time format strings", "Custom date and time format strings" and
// "Custom TimeSpan format strings".

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "detail/functions/culture.h"

namespace tarn::sql {

/// FORMAT of a date with or without a time; with an offset it is a datetimeoffset, on its own
/// clock. Nothing for a format that .NET refuses.
std::optional<std::string> format_moment(std::int64_t moment, std::optional<int> offset_minutes,
                                         std::string_view format, const Culture& culture);
/// FORMAT of a time, which is a TimeSpan to .NET: "hh\:mm", where what is no letter must be
/// escaped.
std::optional<std::string> format_time(std::int64_t micros, std::string_view format);

}  // namespace tarn::sql
