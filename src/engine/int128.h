#pragma once
// The engine aligns 128-bit values to 8 bytes, where the compiler takes 16 for granted: an aligned
// load of one would fault. So they are copied by their bytes.

#include <cstddef>
#include <cstring>

#include "engine/type.h"

namespace tarn::engine {

inline Int128 load_int128(const Int128* values, std::size_t row) {
  Int128 value;
  std::memcpy(&value, reinterpret_cast<const char*>(values) + row * sizeof value, sizeof value);
  return value;
}

inline void store_int128(Int128* values, std::size_t row, Int128 value) {
  std::memcpy(reinterpret_cast<char*>(values) + row * sizeof value, &value, sizeof value);
}

}  // namespace tarn::engine
