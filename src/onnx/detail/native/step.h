#pragma once
// The native scorer's program: steps over columns, a tile of rows at a time.
//
// A register is one column of a tile. A step reads whole registers and writes whole registers, so
// that each is one plain loop; which registers share memory is the program's business (program.h).

#include <cstddef>
#include <memory>
#include <vector>

namespace tarn::onnx::native {

/// Rows that go through all steps at once: their registers stay in the processor's caches.
inline constexpr std::size_t kTileRows = 512;

struct Tile {
  void* const* registers = nullptr;
  std::byte* scratch = nullptr;  // of the largest Step::scratch_bytes(), aligned to 64
  std::size_t rows = 0;          // at most kTileRows

  template <typename T>
  T* at(int reg) const {
    return static_cast<T*>(registers[reg]);
  }
};

/// Immutable; run() may be called by many threads, each with a tile of its own.
class Step {
 public:
  Step(std::vector<int> inputs, std::vector<int> outputs)
      : inputs_(std::move(inputs)), outputs_(std::move(outputs)) {}
  virtual ~Step() = default;
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  virtual void run(const Tile& tile) const = 0;
  virtual std::size_t scratch_bytes() const { return 0; }

  const std::vector<int>& inputs() const { return inputs_; }
  const std::vector<int>& outputs() const { return outputs_; }

 private:
  std::vector<int> inputs_;
  std::vector<int> outputs_;
};

using StepPtr = std::unique_ptr<const Step>;

}  // namespace tarn::onnx::native
