#include "detail/functions/old_digests.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace tarn::sql {
namespace {

// RFC 1319: 256 bytes made from the digits of pi.
constexpr std::array<std::uint8_t, 256> kPi = {
    41,  46,  67,  201, 162, 216, 124, 1,   61,  54,  84,  161, 236, 240, 6,   19,  98,  167, 5,
    243, 192, 199, 115, 140, 152, 147, 43,  217, 188, 76,  130, 202, 30,  155, 87,  60,  253, 212,
    224, 22,  103, 66,  111, 24,  138, 23,  229, 18,  190, 78,  196, 214, 218, 158, 222, 73,  160,
    251, 245, 142, 187, 47,  238, 122, 169, 104, 121, 145, 21,  178, 7,   63,  148, 194, 16,  137,
    11,  34,  95,  33,  128, 127, 93,  154, 90,  144, 50,  39,  53,  62,  204, 231, 191, 247, 151,
    3,   255, 25,  48,  179, 72,  165, 181, 209, 215, 94,  146, 42,  172, 86,  170, 198, 79,  184,
    56,  210, 150, 164, 125, 182, 118, 252, 107, 226, 156, 116, 4,   241, 69,  157, 112, 89,  100,
    113, 135, 32,  134, 91,  207, 101, 230, 45,  168, 2,   27,  96,  37,  173, 174, 176, 185, 246,
    28,  70,  97,  105, 52,  64,  126, 15,  85,  71,  163, 35,  221, 81,  175, 58,  195, 92,  249,
    206, 186, 197, 234, 38,  44,  83,  13,  110, 133, 40,  132, 9,   211, 223, 205, 244, 65,  129,
    77,  82,  106, 220, 55,  200, 108, 193, 171, 250, 36,  225, 123, 8,   12,  189, 177, 74,  120,
    136, 149, 139, 227, 99,  232, 109, 233, 203, 213, 254, 59,  0,   29,  57,  242, 239, 183, 14,
    102, 88,  208, 228, 166, 119, 114, 248, 235, 117, 75,  10,  49,  68,  80,  180, 143, 237, 31,
    26,  219, 153, 141, 51,  159, 17,  131, 20};

constexpr std::size_t kMd2Block = 16;
constexpr std::size_t kMd4Block = 64;

void md4_block(std::array<std::uint32_t, 4>& state, const char* bytes) {
  std::array<std::uint32_t, 16> x{};
  std::memcpy(x.data(), bytes, kMd4Block);
  auto [a, b, c, d] = state;
  const auto round = [&](auto mix, std::uint32_t constant, const std::array<int, 4>& shifts,
                         auto index) {
    for (int i = 0; i < 16; ++i) {
      const std::uint32_t sum = a + mix(b, c, d) + x[index(i)] + constant;
      a = d;
      d = c;
      c = b;
      b = std::rotl(sum, shifts[static_cast<std::size_t>(i % 4)]);
    }
  };
  using U = std::uint32_t;
  round([](U p, U q, U r) { return (p & q) | (~p & r); }, 0, {3, 7, 11, 19},
        [](int i) { return static_cast<std::size_t>(i); });
  round(
      [](U p, U q, U r) { return (p & q) | (p & r) | (q & r); }, 0x5A827999, {3, 5, 9, 13},
      [](int i) { return static_cast<std::size_t>(i) % 4 * 4 + static_cast<std::size_t>(i) / 4; });
  constexpr std::array<std::size_t, 16> kLast = {0, 8, 4, 12, 2, 10, 6, 14,
                                                 1, 9, 5, 13, 3, 11, 7, 15};
  round([](U p, U q, U r) { return p ^ q ^ r; }, 0x6ED9EBA1, {3, 9, 11, 15},
        [&](int i) { return kLast[static_cast<std::size_t>(i)]; });
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

}  // namespace

std::string md2(std::string_view bytes) {
  std::string text(bytes);
  const std::size_t padding = kMd2Block - text.size() % kMd2Block;
  text.append(padding, static_cast<char>(padding));
  std::array<std::uint8_t, kMd2Block> checksum{};
  std::uint8_t last = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    last = checksum[i % kMd2Block] ^= kPi[byte ^ last];
  }
  text.append(reinterpret_cast<const char*>(checksum.data()), checksum.size());
  std::array<std::uint8_t, 48> state{};
  for (std::size_t block = 0; block < text.size(); block += kMd2Block) {
    for (std::size_t i = 0; i < kMd2Block; ++i) {
      state[16 + i] = static_cast<std::uint8_t>(text[block + i]);
      state[32 + i] = state[16 + i] ^ state[i];
    }
    std::uint8_t t = 0;
    for (int round = 0; round < 18; ++round) {
      for (std::uint8_t& byte : state) t = byte ^= kPi[t];
      t = static_cast<std::uint8_t>(t + round);
    }
  }
  return {reinterpret_cast<const char*>(state.data()), kMd2Block};
}

std::string md4(std::string_view bytes) {
  std::string text(bytes);
  text += '\x80';
  text.append((kMd4Block + 56 - text.size() % kMd4Block) % kMd4Block, '\0');
  const std::uint64_t bits = std::uint64_t{bytes.size()} * 8;
  text.append(reinterpret_cast<const char*>(&bits), sizeof bits);
  std::array<std::uint32_t, 4> state = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
  for (std::size_t block = 0; block < text.size(); block += kMd4Block)
    md4_block(state, text.data() + block);
  return {reinterpret_cast<const char*>(state.data()), sizeof state};
}

}  // namespace tarn::sql
