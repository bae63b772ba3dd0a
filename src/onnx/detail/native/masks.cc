#include "detail/native/masks.h"

#include <bit>
#include <cstring>
#include <map>

#include "detail/native/step.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tarn::onnx::native {
namespace {

constexpr std::size_t kRowBytes = MaskedTrees<float>::kRowBytes;
constexpr std::size_t kRowsAtOnce = 4;

/// Relative costs, measured: a column's words of a block, and a tree's leaf.
constexpr double kColumnWork = 5, kLeafWork = 1;

unsigned word_bits(std::span<const RankedTree> trees) {
  std::size_t leaves = 0;
  for (const RankedTree& tree : trees) leaves = std::max(leaves, tree.leaves.size());
  return leaves <= 32 ? 32 : leaves <= 64 ? 64 : 0;
}

std::size_t trees_per_block(unsigned bits) { return kRowBytes / (bits / 8); }

/// The leaves under each inner node, as bits in the order from left to right, and the leaf of each
/// bit.
struct LeafBits {
  std::vector<std::uint64_t> left, right;  // of inner nodes
  std::vector<std::uint32_t> leaf;         // by bit: index into RankedTree::leaves

  explicit LeafBits(const RankedTree& tree) : left(tree.inner.size()), right(tree.inner.size()) {
    visit(tree, 0);
  }

 private:
  // No tree here has more than 64 leaves, so none is deeper than that.
  std::uint64_t visit(const RankedTree& tree, std::uint32_t node) {
    if (node >= tree.inner.size()) {
      leaf.push_back(node - static_cast<std::uint32_t>(tree.inner.size()));
      return std::uint64_t{1} << (leaf.size() - 1);
    }
    left[node] = visit(tree, tree.inner[node].left);
    right[node] = visit(tree, tree.inner[node].right);
    return left[node] | right[node];
  }
};

/// A test of one column in a block.
struct Test {
  std::size_t tree;
  std::uint32_t ranks_left;
  bool missing_left;
  std::uint64_t left, right;  // leaves
};

/// The words of a block's trees for one column, as the rank goes up.
class MaskWriter {
 public:
  MaskWriter(std::vector<Test> tests, unsigned bits) : tests_(std::move(tests)), bits_(bits) {
    for (std::size_t i = 0; i < tests_.size(); ++i) by_tree_[tests_[i].tree].push_back(i);
  }

  /// Sets the words of all trees that the column has tests in. `goes_left` decides a test.
  template <typename GoesLeft>
  void write(std::uint8_t* row, const GoesLeft& goes_left) const {
    for (const auto& [tree, tests] : by_tree_) {
      std::uint64_t word = ~std::uint64_t{0};
      for (const std::size_t i : tests)
        word &= goes_left(tests_[i]) ? ~tests_[i].right : ~tests_[i].left;
      std::memcpy(row + tree * (bits_ / 8), &word, bits_ / 8);  // little-endian: the low half
    }
  }

 private:
  std::vector<Test> tests_;
  unsigned bits_;
  std::map<std::size_t, std::vector<std::size_t>> by_tree_;
};

template <typename Block, typename MaskRow>
std::uint32_t add_row(Block& block, MaskRow& row) {
  row.bytes.fill(0xff);
  block.masks.push_back(row);
  return static_cast<std::uint32_t>(block.masks.size() - 1);
}

/// The AND of a row's words over all columns.
template <typename Block>
inline __attribute__((always_inline)) void and_words(const Block& block, const std::uint32_t* ranks,
                                                     std::size_t row, std::uint8_t* words) {
  using Vector = std::uint64_t __attribute__((vector_size(32), aligned(32)));
  constexpr std::size_t kVectors = kRowBytes / sizeof(Vector);
  Vector all[kVectors];
  for (Vector& part : all) part = Vector{} - 1;
  for (const auto& column : block.columns) {
    const std::uint32_t at = column.rows[ranks[column.column * kTileRows + row]];
    const auto* masks = reinterpret_cast<const Vector*>(block.masks[at].bytes.data());
    for (std::size_t v = 0; v < kVectors; ++v) all[v] &= masks[v];
  }
  for (std::size_t v = 0; v < kVectors; ++v) reinterpret_cast<Vector*>(words)[v] = all[v];
}

template <typename T, typename Word, std::size_t kRows, typename Block>
inline __attribute__((always_inline)) void add_rows(const Block& block, const std::uint32_t* ranks,
                                                    std::size_t row, T* const* sums) {
  constexpr std::size_t kBits = sizeof(Word) * 8;
  alignas(64) std::uint8_t bytes[kRows][kRowBytes];
  for (std::size_t k = 0; k < kRows; ++k) and_words(block, ranks, row + k, bytes[k]);
  const auto leaf = [&](std::size_t k, std::size_t tree) {
    Word word;
    std::memcpy(&word, bytes[k] + tree * sizeof(Word), sizeof word);
    return tree * kBits + static_cast<std::size_t>(std::countr_zero(word));
  };
  if (!block.leaves.one()) {
    for (std::size_t tree = 0; tree < block.trees; ++tree) {
      for (std::size_t k = 0; k < kRows; ++k) block.leaves.add(leaf(k, tree), row + k, sums);
    }
    return;
  }
  const T* values = block.leaves.values();
  T total[kRows];
  for (std::size_t k = 0; k < kRows; ++k) total[k] = sums[0][row + k];
  for (std::size_t tree = 0; tree < block.trees; ++tree) {
    for (std::size_t k = 0; k < kRows; ++k) total[k] += values[leaf(k, tree)];
  }
  for (std::size_t k = 0; k < kRows; ++k) sums[0][row + k] = total[k];
}

template <typename T, typename Word, typename Block>
inline __attribute__((always_inline)) void add_block(const Block& block, const std::uint32_t* ranks,
                                                     std::size_t rows, T* const* sums) {
  std::size_t row = 0;
  for (; row + kRowsAtOnce <= rows; row += kRowsAtOnce)
    add_rows<T, Word, kRowsAtOnce>(block, ranks, row, sums);
  for (; row < rows; ++row) add_rows<T, Word, 1>(block, ranks, row, sums);
}

template <typename T, typename Word, typename Block>
void add_portable(const Block& block, const std::uint32_t* ranks, std::size_t rows,
                  T* const* sums) {
  add_block<T, Word>(block, ranks, rows, sums);
}

#if defined(__x86_64__)
template <typename T, typename Word, typename Block>
__attribute__((target("avx2,bmi"))) void add_avx2(const Block& block, const std::uint32_t* ranks,
                                                  std::size_t rows, T* const* sums) {
  add_block<T, Word>(block, ranks, rows, sums);
}
#endif

template <typename T, typename Word, typename Block>
void add(const Block& block, const std::uint32_t* ranks, std::size_t rows, T* const* sums,
         [[maybe_unused]] bool wide) {
#if defined(__x86_64__)
  if (wide) {
    add_avx2<T, Word>(block, ranks, rows, sums);
    return;
  }
#endif
  add_portable<T, Word>(block, ranks, rows, sums);
}

}  // namespace

MaskCost mask_cost(std::span<const RankedTree> trees) {
  MaskCost cost;
  const unsigned bits = word_bits(trees);
  if (bits == 0) return cost;
  cost.possible = true;
  for (std::size_t first = 0; first < trees.size(); first += trees_per_block(bits)) {
    const auto block = trees.subspan(first, std::min(trees_per_block(bits), trees.size() - first));
    std::map<std::uint32_t, std::size_t> tests;
    for (const RankedTree& tree : block) {
      for (const auto& node : tree.inner) ++tests[node.column];
    }
    for (const auto& [column, count] : tests) {
      cost.work += kColumnWork;
      cost.bytes += (count + 2) * kRowBytes;
    }
    cost.work += kLeafWork * static_cast<double>(block.size());
  }
  return cost;
}

template <typename T>
MaskedTrees<T>::MaskedTrees(std::span<const RankedTree> trees, std::span<const std::uint32_t> ranks,
                            std::size_t targets)
    : word_bits_(word_bits(trees)) {
  const std::size_t per_block = trees_per_block(word_bits_);
  for (std::size_t first = 0; first < trees.size(); first += per_block) {
    blocks_.push_back(make_block(trees.subspan(first, std::min(per_block, trees.size() - first)),
                                 ranks, targets));
  }
}

template <typename T>
typename MaskedTrees<T>::Block MaskedTrees<T>::make_block(std::span<const RankedTree> trees,
                                                          std::span<const std::uint32_t> ranks,
                                                          std::size_t targets) const {
  Block block;
  block.trees = trees.size();
  block.leaves = LeafValues<T>(trees.size() * word_bits_, targets);
  std::map<std::uint32_t, std::vector<Test>> tests;
  for (std::size_t t = 0; t < trees.size(); ++t) {
    const LeafBits bits(trees[t]);
    for (std::size_t bit = 0; bit < bits.leaf.size(); ++bit)
      block.leaves.set(t * word_bits_ + bit, trees[t].leaves[bits.leaf[bit]]);
    for (std::size_t n = 0; n < trees[t].inner.size(); ++n) {
      const RankedTree::Inner& node = trees[t].inner[n];
      tests[node.column].push_back(
          {t, node.ranks_left, node.missing_left, bits.left[n], bits.right[n]});
    }
  }
  block.leaves.finish();
  for (auto& [column, list] : tests) {
    Column& made = block.columns.emplace_back();
    made.column = column;
    made.rows.resize(ranks[column] + 2);
    std::vector<bool> changes(ranks[column] + 2);  // ranks at which a test changes sides
    for (const Test& test : list) changes[test.ranks_left] = true;
    const MaskWriter writer(std::move(list), word_bits_);
    MaskRow row;
    for (std::uint32_t rank = 0; rank <= ranks[column]; ++rank) {
      if (rank == 0 || changes[rank]) {
        const std::uint32_t at = add_row(block, row);
        writer.write(block.masks[at].bytes.data(),
                     [&](const Test& test) { return rank < test.ranks_left; });
      }
      made.rows[rank] = static_cast<std::uint32_t>(block.masks.size() - 1);
    }
    made.rows[ranks[column] + 1] = add_row(block, row);
    writer.write(block.masks.back().bytes.data(),
                 [](const Test& test) { return test.missing_left; });
  }
  return block;
}

template <typename T>
void MaskedTrees<T>::add(const std::uint32_t* ranks, std::size_t rows, T* const* sums,
                         bool wide) const {
  for (const Block& block : blocks_) {
    if (word_bits_ == 32) {
      native::add<T, std::uint32_t>(block, ranks, rows, sums, wide);
    } else {
      native::add<T, std::uint64_t>(block, ranks, rows, sums, wide);
    }
  }
}

template class MaskedTrees<float>;
template class MaskedTrees<double>;

}  // namespace tarn::onnx::native
