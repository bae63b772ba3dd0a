#pragma once
// Random tree ensembles and numbers that reach every side of their tests.

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "onnx/graph_builder.h"

namespace tarn::onnx {

/// Mostly small multiples of a half, which thresholds are too, so that x = threshold is common; now
/// and then NaN, an infinity, an extreme or a neighbour of a threshold.
template <typename T>
T any_number(std::mt19937& random) {
  using Limits = std::numeric_limits<T>;
  const T step = static_cast<T>(static_cast<int>(random() % 17) - 8) / 2;
  switch (random() % 16) {
    case 0:
      return Limits::quiet_NaN();
    case 1:
      return random() % 2 == 0 ? Limits::infinity() : -Limits::infinity();
    case 2:
      return random() % 2 == 0 ? Limits::max() : Limits::lowest();
    case 3:
      return std::nextafter(step, Limits::infinity());
    case 4:
      return std::nextafter(step, -Limits::infinity());
    case 5:
      return random() % 2 == 0 ? Limits::denorm_min() : -T{0};
    case 6:
      return static_cast<T>(random() % 1000000) / 1000000;
    default:
      return step;
  }
}

struct RandomTrees {
  std::size_t trees = 10;
  std::size_t leaves_max = 31;
  std::size_t features = 4;
  std::int64_t targets = 1;
  bool in_double = false;
  bool doubles_as_tensors = false;
  bool average = false;
  bool base = false;
  bool one_mode = false;
  std::size_t cut_steps = 0;  // finer thresholds
  // A classifier of so many labels, of which `targets` are scored, instead of a regressor.
  std::size_t labels = 0;
  bool text_labels = false;
  bool negative = false;  // some leaves are
  std::string transform = "NONE";
};

/// A TreeEnsembleRegressor "y", or a TreeEnsembleClassifier "label" and "scores", over "x"
/// [N, features].
inline std::string tree_model(const RandomTrees& shape, std::mt19937& random) {
  std::vector<std::int64_t> tree_ids, node_ids, features, true_ids, false_ids, missing;
  std::vector<std::int64_t> leaf_trees, leaf_nodes, leaf_targets;
  std::vector<std::string> modes;
  std::vector<float> thresholds, weights;
  constexpr const char* kModes[] = {"BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT"};
  const std::string one_mode = kModes[random() % 4];
  for (std::size_t t = 0; t < shape.trees; ++t) {
    const std::size_t leaves = 1 + random() % shape.leaves_max;
    const std::size_t first = tree_ids.size();
    const auto add = [&] {
      tree_ids.push_back(static_cast<std::int64_t>(t));
      node_ids.push_back(static_cast<std::int64_t>(tree_ids.size() - first - 1));
      features.push_back(0);
      true_ids.push_back(0);
      false_ids.push_back(0);
      missing.push_back(0);
      modes.emplace_back("LEAF");
      thresholds.push_back(0);
    };
    add();
    std::vector<std::size_t> open = {first};
    while (open.size() < leaves) {  // a leaf of any depth becomes a test
      const std::size_t which = random() % open.size();
      const std::size_t node = open[which];
      add();
      add();
      open[which] = tree_ids.size() - 2;
      open.push_back(tree_ids.size() - 1);
      modes[node] = shape.one_mode ? one_mode : kModes[random() % 4];
      features[node] = static_cast<std::int64_t>(random() % shape.features);
      thresholds[node] = shape.cut_steps == 0 ? any_number<float>(random)
                                              : static_cast<float>(random() % shape.cut_steps) /
                                                    static_cast<float>(shape.cut_steps);
      const bool turned = random() % 2 == 0;
      true_ids[node] = node_ids[tree_ids.size() - (turned ? 1 : 2)];
      false_ids[node] = node_ids[tree_ids.size() - (turned ? 2 : 1)];
      missing[node] = static_cast<std::int64_t>(random() % 2);
    }
    for (const std::size_t node : open) {
      for (std::int64_t target = 0; target < shape.targets; ++target) {
        if (t > 0 && shape.targets > 1 && random() % 3 == 0) continue;
        leaf_trees.push_back(static_cast<std::int64_t>(t));
        leaf_nodes.push_back(node_ids[node]);
        leaf_targets.push_back(target);
        const float weight = static_cast<float>(random() % 2000) / (shape.labels > 0 ? 4096 : 64);
        weights.push_back(shape.negative && random() % 2 == 0 ? -weight : weight);
      }
    }
  }
  const bool classifies = shape.labels > 0;
  const std::string leaf = classifies ? "class_" : "target_";
  std::vector<Attribute> attributes = {
      {"post_transform", shape.transform},
      {"nodes_treeids", tree_ids},
      {"nodes_nodeids", node_ids},
      {"nodes_featureids", features},
      {"nodes_modes", modes},
      {"nodes_truenodeids", true_ids},
      {"nodes_falsenodeids", false_ids},
      {"nodes_missing_value_tracks_true", missing},
      {leaf + "treeids", leaf_trees},
      {leaf + "nodeids", leaf_nodes},
      {leaf + "ids", leaf_targets},
  };
  const auto reals = [&](const std::string& name, const std::vector<float>& values) {
    if (shape.doubles_as_tensors) {
      attributes.emplace_back(name + "_as_tensor",
                              Tensor::vector(std::vector<double>(values.begin(), values.end())));
    } else {
      attributes.emplace_back(name, values);
    }
  };
  reals("nodes_values", thresholds);
  reals(leaf + "weights", weights);
  if (shape.base) {
    reals("base_values", std::vector<float>(static_cast<std::size_t>(shape.targets), 2.5f));
  }
  if (classifies) {
    std::vector<std::int64_t> integers;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < shape.labels; ++i) {
      integers.push_back(static_cast<std::int64_t>(10 + i));
      texts.push_back("class " + std::to_string(i));
    }
    shape.text_labels ? attributes.emplace_back("classlabels_strings", texts)
                      : attributes.emplace_back("classlabels_int64s", integers);
  } else {
    attributes.emplace_back("n_targets", shape.targets);
    attributes.emplace_back("aggregate_function", std::string(shape.average ? "AVERAGE" : "SUM"));
  }
  GraphBuilder graph("trees");
  graph.input("x", shape.in_double ? ElementType::kDouble : ElementType::kFloat,
              {kAnySize, static_cast<std::int64_t>(shape.features)});
  if (classifies) {
    graph.node_into("TreeEnsembleClassifier", {"x"}, {"label", "scores"}, attributes, kMlDomain);
    graph.output("label", shape.text_labels ? ElementType::kString : ElementType::kInt64,
                 {kAnySize});
    graph.output("scores", ElementType::kFloat,
                 {kAnySize, static_cast<std::int64_t>(shape.labels)});
    return graph.serialize();
  }
  graph.node_into("TreeEnsembleRegressor", {"x"}, {"y"}, attributes, kMlDomain);
  graph.output("y", ElementType::kFloat, {kAnySize, shape.targets});
  return graph.serialize();
}

}  // namespace tarn::onnx
