#pragma once
// The order in which a date's numbers stand in a text: SET DATEFORMAT.

#include <array>
#include <string_view>

namespace tarn::sql {

enum class DateOrder { kMdy, kDmy, kYmd, kYdm, kMyd, kDym };

/// In the order of the enumeration.
inline constexpr std::array<std::string_view, 6> kDateOrderNames = {"mdy", "dmy", "ymd",
                                                                    "ydm", "myd", "dym"};

inline constexpr std::string_view name_of(DateOrder order) {
  return kDateOrderNames[static_cast<std::size_t>(order)];
}

/// The styles that conversions of text to dates have under SET DATEFORMAT; CONVERT's own end below.
inline constexpr int kDateOrderStyles = 10'000;
inline constexpr int style_of(DateOrder order) {
  return order == DateOrder::kMdy ? 0 : kDateOrderStyles + static_cast<int>(order);
}

}  // namespace tarn::sql
