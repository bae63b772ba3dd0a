#include "ids.h"

#include <sys/random.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <mutex>

#include "clock.h"
#include "digest.h"
#include "error.h"

namespace tarn {
namespace {

void fill_random(void* bytes, std::size_t size) {
  auto* at = static_cast<char*>(bytes);
  while (size > 0) {
    const ssize_t got = getrandom(at, size, 0);
    check(got > 0, "getrandom failed");
    at += got;
    size -= got;
  }
}

}  // namespace

std::string new_id() {
  // Millisecond, then a 12-bit counter that carries into the millisecond: strictly increasing
  // within the process.
  static std::mutex mutex;
  static std::uint64_t last = 0;
  std::uint64_t stamp;
  {
    std::lock_guard lock(mutex);
    const auto now = static_cast<std::uint64_t>(Clock::system().now() / 1000) << 12;
    last = std::max(last + 1, now);
    stamp = last;
  }
  unsigned char bytes[16];
  fill_random(bytes, sizeof bytes);
  const std::uint64_t millis = stamp >> 12;
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<unsigned char>(millis >> (40 - 8 * i));
  bytes[6] = 0x70 | static_cast<unsigned char>((stamp >> 8) & 0x0f);
  bytes[7] = static_cast<unsigned char>(stamp);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  std::string text = to_hex({reinterpret_cast<const char*>(bytes), sizeof bytes});
  for (const std::size_t at : {20, 16, 12, 8}) text.insert(at, 1, '-');
  return text;
}

std::string hex_of(std::string_view uuid) {
  std::string hex(uuid);
  std::erase(hex, '-');
  return hex;
}

std::string random_hex(std::size_t size) {
  std::string bytes(size, '\0');
  fill_random(bytes.data(), bytes.size());
  return to_hex(bytes);
}

}  // namespace tarn
