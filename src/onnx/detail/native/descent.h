#pragma once
// Trees of any size, gone down by ranks eight rows at a time: see trees.h.

#include <cstdint>
#include <span>
#include <vector>

#include "detail/native/ranked_trees.h"

namespace tarn::onnx::native {

/// The work for a row: steps down, weighed against mask_cost().
double descent_work(std::span<const RankedTree> trees);

template <typename T>
class DescendedTrees {
 public:
  /// `ranks` are the cuts of each column.
  DescendedTrees(std::span<const RankedTree> trees, std::span<const std::uint32_t> ranks,
                 std::size_t targets);

  /// Columns of kTileRows that add() wants in its ranks: the first are the ensemble's, the others
  /// are filled by it.
  std::size_t columns() const { return plain_columns_ + lowered_.size(); }
  void add(std::uint32_t* ranks, std::size_t rows, T* const* sums) const;

 private:
  struct Node {
    std::uint32_t ranks_left;
    std::uint32_t column;  // times kTileRows
    std::uint32_t left, right;
  };
  struct Root {
    std::uint32_t node;
    std::uint32_t first_leaf;   // nodes from here on are leaves: they lead to themselves
    std::uint32_t leaf_offset;  // of the tree's leaves in leaves_, less first_leaf
    std::uint32_t depth;
  };
  /// A column again, with missing values below all others: for tests that send them to the left.
  struct Lowered {
    std::uint32_t from;
    std::uint32_t missing;
  };

  void lower(std::uint32_t* ranks, std::size_t rows) const;
  template <std::size_t kRows>
  void go_down(const Root& root, const std::uint32_t* ranks, std::size_t row, T* const* sums) const;

  std::size_t plain_columns_;
  std::vector<Lowered> lowered_;
  std::vector<Node> nodes_;
  std::vector<Root> roots_;
  LeafValues<T> leaves_;
};

}  // namespace tarn::onnx::native
