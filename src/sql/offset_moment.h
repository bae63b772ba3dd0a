#pragma once
// datetimeoffset as the engine carries it: an instant and the offset from UTC that it was written
// with, packed into one 128-bit integer. Packed values order by instant first; two of one instant
// are equal to SQL Server whatever their offsets, so comparisons take utc_micros alone.

#include <cstdint>

#include "engine/type.h"

namespace tarn::sql {

inline constexpr int kOffsetMinutesMax = 14 * 60;  // of a datetimeoffset, either side of UTC

struct OffsetMoment {
  std::int64_t utc_micros = 0;  // since 1970-01-01
  int offset_minutes = 0;

  std::int64_t local_micros() const {
    return utc_micros + offset_minutes * std::int64_t{60'000'000};
  }
};

inline engine::Int128 packed(const OffsetMoment& moment) {
  return static_cast<engine::Int128>(moment.utc_micros) * 4096 +
         (moment.offset_minutes + kOffsetMinutesMax);
}

inline OffsetMoment unpacked(engine::Int128 value) {
  // An arithmetic shift: the offset's 12 bits are below the instant's, which may be negative.
  return {static_cast<std::int64_t>(value >> 12),
          static_cast<int>(value & 4095) - kOffsetMinutesMax};
}

}  // namespace tarn::sql
