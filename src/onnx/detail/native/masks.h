#pragma once
// Small trees by masks of the leaves that can be reached: see trees.h.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "detail/native/ranked_trees.h"

namespace tarn::onnx::native {

/// What it would take to score these trees by masks.
struct MaskCost {
  bool possible = false;  // no tree has more leaves than a word has bits
  double work = 0;        // for a row, in the measure of descent_work()
  std::size_t bytes = 0;  // of masks
};
MaskCost mask_cost(std::span<const RankedTree> trees);

template <typename T>
class MaskedTrees {
 public:
  /// `ranks` are the cuts of each column.
  MaskedTrees(std::span<const RankedTree> trees, std::span<const std::uint32_t> ranks,
              std::size_t targets);

  /// Adds the trees' values of each row to sums[target][row]. `ranks` has kTileRows entries a
  /// column; `wide` needs has_avx2().
  void add(const std::uint32_t* ranks, std::size_t rows, T* const* sums, bool wide) const;

  static constexpr std::size_t kRowBytes = 256;  // the words of a block of trees
  struct alignas(64) MaskRow {
    std::array<std::uint8_t, kRowBytes> bytes;
  };
  /// A column in a block: ranks to the row of masks that stands for them.
  struct Column {
    std::uint32_t column = 0;
    std::vector<std::uint32_t> rows;
  };
  struct Block {
    std::vector<Column> columns;
    std::vector<MaskRow> masks;
    LeafValues<T> leaves;  // word_bits_ a tree
    std::size_t trees = 0;
  };

 private:
  Block make_block(std::span<const RankedTree> trees, std::span<const std::uint32_t> ranks,
                   std::size_t targets) const;

  unsigned word_bits_ = 32;
  std::vector<Block> blocks_;
};

}  // namespace tarn::onnx::native
