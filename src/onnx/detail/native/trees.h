#pragma once
// A tree ensemble for scoring tiles of columns.
//
// Each feature's value is first replaced by its rank among the cuts that the trees make on it;
// missing values have a rank of their own. Then one of two ways, by what is faster for the model:
//
//  - masks, for small trees: for a feature and a rank, a word per tree has a bit for each leaf that
//    can still be reached. The words of all features are ANDed, for 256 bytes of trees at a time;
//    the one bit left in each word is the leaf. After C. Lucchese et al., "QuickScorer" (SIGIR
//    2015), with the masks of all nodes of a feature combined beforehand for each rank.
//  - descent, for larger ones: rows go down a tree eight at a time, comparing ranks.
//
// Leaves are summed in the order of the trees, in the type of the input, as ONNX Runtime does on
// one thread.

#include <cstdint>
#include <utility>
#include <vector>

#include "detail/native/step.h"
#include "onnx/types.h"

namespace tarn::onnx::native {

struct Tree {
  struct Node {
    std::int32_t feature = -1;  // -1: a leaf
    /// Numbers go to the left where x <= cut. No number does where `never`, each where `always`.
    double cut = 0;
    bool never = false;
    bool always = false;
    bool missing_left = false;
    std::int32_t left = -1;  // indexes into the tree's nodes; the root is node 0
    std::int32_t right = -1;
    std::vector<std::pair<std::int32_t, double>> weights;  // of a leaf: target and value
  };
  std::vector<Node> nodes;
};

struct Ensemble {
  std::vector<Tree> trees;
  std::int32_t targets = 1;
  std::vector<double> base;  // one a target, or empty
  bool average = false;
};

/// Targets of an ensemble that is scored natively.
inline constexpr std::size_t kTargetsMax = 64;

/// Which way rows go, and whether without the processor's wider instructions. The defaults choose
/// by the model and the processor; the others are for tests.
enum class TreeWay { kFaster, kMasks, kDescent };
struct TreeOptions {
  TreeWay way = TreeWay::kFaster;
  bool portable = false;
};

/// The sums of an ensemble: a register of the type `features` in for each feature index of the
/// trees, and one of the type `sums` out for each target, at most kTargetsMax. Floats may be summed
/// as floats or doubles, doubles as doubles. Null when the way asked for cannot take the trees.
StepPtr tree_ensemble(const Ensemble& ensemble, ElementType features, ElementType sums,
                      const std::vector<int>& in, std::vector<int> out,
                      const TreeOptions& options = {});

}  // namespace tarn::onnx::native
