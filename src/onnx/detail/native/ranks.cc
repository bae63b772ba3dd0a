#include "detail/native/ranks.h"

#include <limits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tarn::onnx::native {
namespace {

constexpr std::size_t kFan = Ranks<float>::kFanOut;

/// How many of sixteen keys are below x. None is below NaN.
template <typename T>
inline std::uint32_t count_below(const T* keys, T x) {
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < kFan; ++i) count += keys[i] < x ? 1 : 0;
  return count;
}

template <typename T>
void find_portable(const T* keys, const std::size_t* offsets, std::size_t levels,
                   std::uint32_t missing, const T* values, std::size_t count,
                   std::uint32_t* ranks) {
  for (std::size_t i = 0; i < count; ++i) {
    const T x = values[i];
    std::uint32_t at = 0;
    for (std::size_t level = 0; level < levels; ++level)
      at = at * kFan + count_below(keys + offsets[level] + at * kFan, x);
    ranks[i] = x != x ? missing : at;
  }
}

#if defined(__x86_64__)
#define TARN_AVX2 __attribute__((target("avx2,bmi,popcnt")))

TARN_AVX2 inline std::uint32_t count_below_avx2(const float* keys, float x) {
  const __m256 value = _mm256_set1_ps(x);
  const int low = _mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(keys), value, _CMP_LT_OQ));
  const int high = _mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(keys + 8), value, _CMP_LT_OQ));
  return static_cast<std::uint32_t>(__builtin_popcount(static_cast<unsigned>(low | (high << 8))));
}

TARN_AVX2 inline std::uint32_t count_below_avx2(const double* keys, double x) {
  const __m256d value = _mm256_set1_pd(x);
  int bits = 0;
  for (int part = 0; part < 4; ++part) {
    const __m256d below = _mm256_cmp_pd(_mm256_loadu_pd(keys + 4 * part), value, _CMP_LT_OQ);
    bits |= _mm256_movemask_pd(below) << (4 * part);
  }
  return static_cast<std::uint32_t>(__builtin_popcount(static_cast<unsigned>(bits)));
}

template <typename T>
TARN_AVX2 void find_avx2(const T* keys, const std::size_t* offsets, std::size_t levels,
                         std::uint32_t missing, const T* values, std::size_t count,
                         std::uint32_t* ranks) {
  if (levels == 1) {
    for (std::size_t i = 0; i < count; ++i) {
      const T x = values[i];
      ranks[i] = x != x ? missing : count_below_avx2(keys, x);
    }
    return;
  }
  if (levels == 2) {
    const T* const leaves = keys + offsets[1];
    for (std::size_t i = 0; i < count; ++i) {
      const T x = values[i];
      const std::uint32_t at = count_below_avx2(keys, x);
      const std::uint32_t rank = at * kFan + count_below_avx2(leaves + at * kFan, x);
      ranks[i] = x != x ? missing : rank;
    }
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const T x = values[i];
    std::uint32_t at = 0;
    for (std::size_t level = 0; level < levels; ++level)
      at = at * kFan + count_below_avx2(keys + offsets[level] + at * kFan, x);
    ranks[i] = x != x ? missing : at;
  }
}
#endif

}  // namespace

bool has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("popcnt");
#else
  return false;
#endif
}

template <typename T>
Ranks<T>::Ranks(std::span<const T> cuts) : size_(static_cast<std::uint32_t>(cuts.size())) {
  // At least one key of infinity ends the lowest level, so that no search leaves it.
  constexpr T kEnd = std::numeric_limits<T>::infinity();
  std::vector<std::vector<T>> levels(1, {cuts.begin(), cuts.end()});
  levels[0].resize((cuts.size() / kFanOut + 1) * kFanOut, kEnd);
  while (levels.back().size() > kFanOut) {
    std::vector<T> above;
    for (std::size_t i = kFanOut - 1; i < levels.back().size(); i += kFanOut)
      above.push_back(levels.back()[i]);
    above.resize((above.size() + kFanOut - 1) / kFanOut * kFanOut, kEnd);
    levels.push_back(std::move(above));
  }
  for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
    offsets_.push_back(keys_.size());
    keys_.insert(keys_.end(), level->begin(), level->end());
  }
}

template <typename T>
void Ranks<T>::find(const T* values, std::size_t count, std::uint32_t* ranks,
                    [[maybe_unused]] bool wide) const {
#if defined(__x86_64__)
  if (wide) {
    find_avx2(keys_.data(), offsets_.data(), offsets_.size(), missing(), values, count, ranks);
    return;
  }
#endif
  find_portable(keys_.data(), offsets_.data(), offsets_.size(), missing(), values, count, ranks);
}

template class Ranks<float>;
template class Ranks<double>;

}  // namespace tarn::onnx::native
