#pragma once
// Random numbers by counting: a stream is named by its keys, so that what one trial, fold or tree
// draws depends on nothing that another did before. SplitMix64 (Steele, Lea, Flood: Fast Splittable
// Pseudorandom Number Generators).

#include <cstdint>
#include <initializer_list>

namespace tarn::ml::detail {

constexpr std::uint64_t mix_bits(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

class Random {
 public:
  Random(std::uint64_t seed, std::initializer_list<std::uint64_t> stream) : state_(mix_bits(seed)) {
    for (const std::uint64_t key : stream)
      state_ = mix_bits(state_ + kStep + mix_bits(key + kStep));
  }

  std::uint64_t next() {
    state_ += kStep;
    return mix_bits(state_);
  }
  /// In [0, 1), with 53 bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// In [0, n), n > 0. Its bias, n / 2^64, is of no consequence here.
  std::uint64_t below(std::uint64_t n) {
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * n) >> 64);
  }
  /// A seed for a library that takes 31 bits.
  int seed31() { return static_cast<int>(next() >> 33); }

 private:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15ULL;
  std::uint64_t state_;
};

}  // namespace tarn::ml::detail
