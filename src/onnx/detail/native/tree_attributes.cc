#include "detail/native/tree_attributes.h"

#include <cmath>
#include <limits>
#include <map>
#include <utility>

namespace tarn::onnx::native {
namespace {

using detail::Node;
using detail::NotNative;
using Ints = std::vector<std::int64_t>;

[[noreturn]] void odd(const Node& node, const std::string& what) {
  throw NotNative{node.op + " with " + what};
}

double below(double threshold, bool in_double) {
  if (in_double) return std::nextafter(threshold, -std::numeric_limits<double>::infinity());
  return std::nextafter(static_cast<float>(threshold), -std::numeric_limits<float>::infinity());
}

/// The test "mode threshold" as "x <= cut goes to the left". The comparisons with > have their
/// children swapped.
void set_test(const Node& node, const std::string& mode, double threshold, bool missing_true,
              bool in_double, Tree::Node& to) {
  const bool equal_is_left = mode == "BRANCH_LEQ" || mode == "BRANCH_GT";
  const bool swapped = mode == "BRANCH_GT" || mode == "BRANCH_GTE";
  if (!equal_is_left && mode != "BRANCH_LT" && mode != "BRANCH_GTE") odd(node, mode);
  if (swapped) std::swap(to.left, to.right);
  to.missing_left = missing_true != swapped;
  if (std::isnan(threshold)) {  // no comparison with it is true
    (swapped ? to.always : to.never) = true;
  } else if (equal_is_left) {
    to.cut = threshold;
  } else if (threshold == -std::numeric_limits<double>::infinity()) {
    to.never = true;
  } else {
    to.cut = below(threshold, in_double);
  }
}

/// Each node but the first is the child of one that comes from the first.
void check_tree(const Node& node, const Tree& tree) {
  std::vector<bool> seen(tree.nodes.size());
  std::vector<std::int32_t> open = {0};
  std::size_t count = 0;
  while (!open.empty()) {
    const auto index = static_cast<std::size_t>(open.back());
    open.pop_back();
    if (seen[index]) odd(node, "a node of two parents");
    seen[index] = true;
    ++count;
    if (tree.nodes[index].feature < 0) continue;
    open.push_back(tree.nodes[index].left);
    open.push_back(tree.nodes[index].right);
  }
  if (count != tree.nodes.size()) odd(node, "a node that no other leads to");
}

struct Attributes {
  Ints tree_ids, node_ids, feature_ids, true_ids, false_ids, missing_true;
  std::vector<std::string> modes;
  std::vector<double> thresholds;

  Attributes(const Node& node, bool in_double)
      : tree_ids(node.get<Ints>("nodes_treeids")),
        node_ids(node.get<Ints>("nodes_nodeids")),
        feature_ids(node.get<Ints>("nodes_featureids")),
        true_ids(node.get<Ints>("nodes_truenodeids")),
        false_ids(node.get<Ints>("nodes_falsenodeids")),
        missing_true(node.get<Ints>("nodes_missing_value_tracks_true")),
        modes(node.get<std::vector<std::string>>("nodes_modes")),
        thresholds(read_reals(node, "nodes_values", in_double)) {
    const std::size_t count = tree_ids.size();
    if (count == 0 || count > kTreeNodesMax) odd(node, "that many nodes");
    if (missing_true.empty()) missing_true.resize(count);
    for (const std::size_t size :
         {node_ids.size(), feature_ids.size(), true_ids.size(), false_ids.size(),
          missing_true.size(), modes.size(), thresholds.size()}) {
      if (size != count) odd(node, "lists of different lengths");
    }
  }
};

/// Nodes by tree and id: where each lies.
using Places = std::map<std::pair<std::int64_t, std::int64_t>, std::pair<std::size_t, std::size_t>>;

Places place(const Node& node, const Attributes& from, std::vector<Tree>& trees) {
  Places places;
  std::map<std::int64_t, std::size_t> known;
  for (std::size_t i = 0; i < from.tree_ids.size(); ++i) {
    const std::int64_t id = from.tree_ids[i];
    if (i == 0 || id != from.tree_ids[i - 1]) {
      if (!known.emplace(id, trees.size()).second) odd(node, "a tree in two places");
      trees.emplace_back();
    }
    Tree& tree = trees.back();
    if (!places
             .emplace(std::pair(id, from.node_ids[i]),
                      std::pair(trees.size() - 1, tree.nodes.size()))
             .second)
      odd(node, "two nodes of one id");
    tree.nodes.emplace_back();
  }
  return places;
}

}  // namespace

std::vector<double> read_reals(const Node& node, const std::string& name, bool in_double) {
  const std::string tensor_name = name + "_as_tensor";
  if (!node.has(tensor_name)) {
    const auto floats = node.get<std::vector<float>>(name);
    return {floats.begin(), floats.end()};
  }
  if (node.has(name)) odd(node, "both " + name + " and " + tensor_name);
  const Tensor tensor = node.get<Tensor>(tensor_name);
  if (in_double && tensor.type() == ElementType::kDouble)
    return std::get<std::vector<double>>(tensor.data);
  if (!in_double && tensor.type() == ElementType::kFloat) {
    const auto& floats = std::get<std::vector<float>>(tensor.data);
    return {floats.begin(), floats.end()};
  }
  odd(node, tensor_name + " of another type than its input");
}

Ensemble read_ensemble(const Node& node, const std::string& prefix, std::int32_t targets,
                       std::size_t features, bool in_double) {
  const Attributes from(node, in_double);
  Ensemble ensemble;
  ensemble.targets = targets;
  const Places places = place(node, from, ensemble.trees);
  const auto child = [&](std::size_t tree, std::int64_t id, std::int64_t child_id) {
    const auto found = places.find({id, child_id});
    if (found == places.end() || found->second.first != tree)
      odd(node, "a child that is not there");
    return static_cast<std::int32_t>(found->second.second);
  };
  std::size_t tree = 0;
  for (std::size_t i = 0, in_tree = 0; i < from.tree_ids.size(); ++i, ++in_tree) {
    if (i > 0 && from.tree_ids[i] != from.tree_ids[i - 1]) {
      ++tree;
      in_tree = 0;
    }
    if (from.modes[i] == "LEAF") continue;
    Tree::Node& to = ensemble.trees[tree].nodes[in_tree];
    if (from.feature_ids[i] < 0 || static_cast<std::size_t>(from.feature_ids[i]) >= features)
      odd(node, "a feature that its input does not have");
    to.feature = static_cast<std::int32_t>(from.feature_ids[i]);
    to.left = child(tree, from.tree_ids[i], from.true_ids[i]);
    to.right = child(tree, from.tree_ids[i], from.false_ids[i]);
    set_test(node, from.modes[i], from.thresholds[i], from.missing_true[i] == 1, in_double, to);
  }
  for (const Tree& each : ensemble.trees) check_tree(node, each);

  const Ints leaf_trees = node.get<Ints>(prefix + "_treeids");
  const Ints leaf_nodes = node.get<Ints>(prefix + "_nodeids");
  const Ints leaf_targets = node.get<Ints>(prefix + "_ids");
  const std::vector<double> weights = read_reals(node, prefix + "_weights", in_double);
  if (leaf_nodes.size() != leaf_trees.size() || leaf_targets.size() != leaf_trees.size() ||
      weights.size() != leaf_trees.size())
    odd(node, "lists of leaves of different lengths");
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const auto found = places.find({leaf_trees[i], leaf_nodes[i]});
    if (found == places.end()) odd(node, "a leaf that is not there");
    Tree::Node& leaf = ensemble.trees[found->second.first].nodes[found->second.second];
    if (leaf.feature >= 0) odd(node, "a value of an inner node");
    if (leaf_targets[i] < 0 || leaf_targets[i] >= targets) odd(node, "a target out of range");
    if (targets == 1 && !leaf.weights.empty()) odd(node, "a leaf of two values");
    leaf.weights.emplace_back(static_cast<std::int32_t>(leaf_targets[i]), weights[i]);
  }
  return ensemble;
}

}  // namespace tarn::onnx::native
