#pragma once
// The rank of a number among the sorted cuts of a feature: how many cuts are below it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tarn::onnx::native {

/// A static search tree: nodes of sixteen keys, one or two cache lines, so that a rank costs
/// log16(cuts) steps without a branch. Ranks go from 0 to size(); NaN has rank size() + 1.
template <typename T>
class Ranks {
 public:
  static constexpr std::size_t kFanOut = 16;

  /// `cuts` ascend, without duplicates and NaN.
  explicit Ranks(std::span<const T> cuts);

  std::uint32_t size() const { return size_; }
  std::uint32_t missing() const { return size_ + 1; }

  /// ranks[i] of values[i]; `wide` needs has_avx2().
  void find(const T* values, std::size_t count, std::uint32_t* ranks, bool wide) const;

 private:
  std::uint32_t size_ = 0;
  std::vector<T> keys_;               // level by level, the root first, each a multiple of kFanOut
  std::vector<std::size_t> offsets_;  // where each level begins in keys_
};

/// Whether the processor has the instructions of the faster kernels (AVX2, BMI); the others give
/// the same answers.
bool has_avx2();

}  // namespace tarn::onnx::native
