#pragma once
// Windows' names of time zones, as SQL Server has them, and the IANA zones that they mean.
//
// Source: Unicode CLDR, common/supplemental/windowsZones.xml (territory 001), Unicode licence. The
// engine knows the zones' rules.

#include <span>
#include <string_view>

namespace tarn::sql {

struct TimeZone {
  std::string_view windows;  // "Central European Standard Time"
  std::string_view iana;     // "Europe/Warsaw"
};

/// In Windows' order, from west to east.
std::span<const TimeZone> time_zones();
/// By its Windows name in any case, or null.
const TimeZone* find_time_zone(std::string_view windows_name);

}  // namespace tarn::sql
