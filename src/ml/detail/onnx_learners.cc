#include "detail/onnx_learners.h"

#include "base/error.h"

namespace tarn::ml::detail {

namespace {

using onnx::Attribute;
using onnx::AttributeValue;
using onnx::ElementType;
using onnx::Tensor;

/// The attributes of a TreeEnsembleRegressor, tree by tree. Values are doubles: it sums them as
/// doubles then.
struct TreeAttributes {
  std::vector<std::int64_t> tree_ids, node_ids, feature_ids, true_ids, false_ids, missing_true;
  std::vector<std::string> modes;
  std::vector<double> values;
  std::vector<std::int64_t> leaf_tree_ids, leaf_node_ids, leaf_target_ids;
  std::vector<double> leaf_values;

  void add(const TreeEnsemble& ensemble, std::size_t first, std::size_t last, std::int64_t tree) {
    const char* const test =
        ensemble.test == TreeEnsemble::Test::kLess ? "BRANCH_LT" : "BRANCH_LEQ";
    for (std::size_t i = first; i < last; ++i) {
      const TreeNode& node = ensemble.nodes[i];
      const bool leaf = node.feature < 0;
      const auto id = static_cast<std::int64_t>(i - first);
      const auto child = [&](std::int32_t index) {
        return leaf ? std::int64_t{0}
                    : static_cast<std::int64_t>(index) - static_cast<std::int64_t>(first);
      };
      tree_ids.push_back(tree);
      node_ids.push_back(id);
      feature_ids.push_back(leaf ? 0 : node.feature);
      modes.emplace_back(leaf ? "LEAF" : test);
      values.push_back(leaf ? 0 : static_cast<double>(node.threshold));
      true_ids.push_back(child(node.left));
      false_ids.push_back(child(node.right));
      missing_true.push_back(!leaf && node.missing_left ? 1 : 0);
      if (!leaf) continue;
      leaf_tree_ids.push_back(tree);
      leaf_node_ids.push_back(id);
      leaf_target_ids.push_back(0);
      leaf_values.push_back(node.value);
    }
  }

  std::vector<Attribute> finish(double bias) && {
    return {
        {"n_targets", AttributeValue(std::int64_t{1})},
        {"aggregate_function", AttributeValue(std::string("SUM"))},
        {"post_transform", AttributeValue(std::string("NONE"))},
        {"base_values_as_tensor", AttributeValue(Tensor::vector(std::vector<double>{bias}))},
        {"nodes_treeids", AttributeValue(std::move(tree_ids))},
        {"nodes_nodeids", AttributeValue(std::move(node_ids))},
        {"nodes_featureids", AttributeValue(std::move(feature_ids))},
        {"nodes_modes", AttributeValue(std::move(modes))},
        {"nodes_values_as_tensor", AttributeValue(Tensor::vector(std::move(values)))},
        {"nodes_truenodeids", AttributeValue(std::move(true_ids))},
        {"nodes_falsenodeids", AttributeValue(std::move(false_ids))},
        {"nodes_missing_value_tracks_true", AttributeValue(std::move(missing_true))},
        {"target_treeids", AttributeValue(std::move(leaf_tree_ids))},
        {"target_nodeids", AttributeValue(std::move(leaf_node_ids))},
        {"target_ids", AttributeValue(std::move(leaf_target_ids))},
        {"target_weights_as_tensor", AttributeValue(Tensor::vector(std::move(leaf_values)))},
    };
  }
};

}  // namespace

std::string LearnerEmitter::number(double value) {
  return graph_.constant("number", Tensor::scalar(value));
}

std::string LearnerEmitter::as_double(const std::string& value) {
  const auto to = static_cast<std::int64_t>(ElementType::kDouble);
  return graph_.node("Cast", {value}, {{"to", AttributeValue(to)}});
}

std::string LearnerEmitter::emit(const Learner& learner, const std::string& features) {
  if (const auto* ensemble = std::get_if<TreeEnsemble>(&learner)) return trees(*ensemble, features);
  if (const auto* model = std::get_if<LinearModel>(&learner)) return linear(*model, features);
  if (const auto* model = std::get_if<KnnModel>(&learner)) return knn(*model, features);
  return gaussian_process(std::get<GaussianProcessModel>(learner), features);
}

std::string LearnerEmitter::trees(const TreeEnsemble& ensemble, const std::string& features) {
  TreeAttributes attributes;
  double bias = ensemble.bias;
  std::int64_t tree = 0;
  for (std::size_t t = 0; t < ensemble.roots.size(); ++t) {
    const auto first = static_cast<std::size_t>(ensemble.roots[t]);
    const bool is_last = t + 1 == ensemble.roots.size();
    const std::size_t last =
        is_last ? ensemble.nodes.size() : static_cast<std::size_t>(ensemble.roots[t + 1]);
    if (last - first == 1) {
      bias += ensemble.nodes[first].value;  // a tree of one leaf
    } else {
      attributes.add(ensemble, first, last, tree++);
    }
  }
  if (tree == 0) {
    // No split at all: the same for every row. Zeros of the right length come from the features.
    const std::string axis = graph_.constant("axis", Tensor::vector(std::vector<std::int64_t>{1}));
    const std::string none = graph_.node("IsInf", {features}, {});
    const auto to = static_cast<std::int64_t>(ElementType::kDouble);
    const std::string zeros = graph_.node("Cast", {none}, {{"to", AttributeValue(to)}});
    const std::string zero = graph_.node("ReduceSum", {zeros, axis});
    return graph_.node("Add", {zero, number(bias)});
  }
  auto in_double = doubles_.find(features);
  if (in_double == doubles_.end())
    in_double = doubles_.emplace(features, as_double(features)).first;
  return as_double(graph_.node("TreeEnsembleRegressor", {in_double->second},
                               std::move(attributes).finish(bias), onnx::kMlDomain, "trees"));
}

std::string LearnerEmitter::standardise(const Standardiser& standardiser,
                                        const std::string& features) {
  const auto found = standardised_.find(features);
  if (found != standardised_.end()) return found->second;
  const auto width = static_cast<std::int64_t>(standardiser.mean.size());
  const auto scalar = [&](float value) { return graph_.constant("number", Tensor::scalar(value)); };
  const std::string mean = graph_.constant("mean", {{1, width}, standardiser.mean});
  const std::string scale = graph_.constant("scale", {{1, width}, standardiser.scale});
  const std::string scaled = graph_.node("Mul", {graph_.node("Sub", {features, mean}), scale});
  const std::string cut =
      graph_.node("Clip", {scaled, scalar(-kStandardisedMax), scalar(kStandardisedMax)});
  const std::string steps =
      graph_.node("Round", {graph_.node("Mul", {cut, scalar(kStandardisedSteps)})});
  const std::string standardised =
      as_double(graph_.node("Mul", {steps, scalar(1 / kStandardisedSteps)}));
  standardised_.emplace(features, standardised);
  return standardised;
}

std::string LearnerEmitter::linear(const LinearModel& model, const std::string& features) {
  const std::string values = standardise(model.standardiser, features);
  const auto width = static_cast<std::int64_t>(model.weights.size());
  const std::string weights = graph_.constant("weights", {{width, 1}, model.weights});
  return graph_.node("Add", {graph_.node("MatMul", {values, weights}), number(model.bias)});
}

std::string LearnerEmitter::knn(const KnnModel& model, const std::string& features) {
  const std::string values = standardise(model.standardiser, features);
  const auto points = static_cast<std::int64_t>(model.points.rows);
  const auto width = static_cast<std::int64_t>(model.points.columns);
  // Squared distances as |x|² - 2 x·p + |p|²: exact, see kStandardisedSteps.
  std::vector<double> minus_twice(model.points.values.size());
  std::vector<double> squares(model.points.rows, 0.0);
  for (std::size_t c = 0; c < model.points.columns; ++c) {
    for (std::size_t p = 0; p < model.points.rows; ++p) {
      const double value = model.points.column(c)[p];
      minus_twice[c * model.points.rows + p] = -2 * value;
      squares[p] += value * value;
    }
  }
  const AttributeValue keep = std::int64_t{1};
  const std::string product = graph_.node(
      "MatMul", {values, graph_.constant("points", {{width, points}, std::move(minus_twice)})});
  const std::string own =
      graph_.node("ReduceSumSquare", {values},
                  {{"axes", AttributeValue(std::vector<std::int64_t>{1})}, {"keepdims", keep}});
  const std::string of_points = graph_.constant("squares", {{1, points}, std::move(squares)});
  const std::string distances = graph_.node("Add", {graph_.node("Add", {product, of_points}), own});

  const std::string which = std::to_string(knn_count_++);
  const std::string nearest = "tarn.nearest." + which;
  const std::string indexes = "tarn.indexes." + which;
  const std::string count =
      graph_.constant("count", Tensor::vector(std::vector<std::int64_t>{model.neighbours}));
  graph_.node_into(
      "TopK", {distances, count}, {nearest, indexes},
      {{"largest", AttributeValue(std::int64_t{0})}, {"sorted", AttributeValue(std::int64_t{1})}});
  const std::string targets =
      graph_.node("Gather", {graph_.constant("targets", Tensor::vector(model.targets)), indexes});
  const std::string axis = graph_.constant("axis", Tensor::vector(std::vector<std::int64_t>{1}));
  if (!model.by_distance) {
    const std::string sum = graph_.node("ReduceSum", {targets, axis});
    return graph_.node("Div", {sum, number(model.neighbours)});
  }
  const std::string weights =
      graph_.node("Reciprocal", {graph_.node("Add", {nearest, number(kKnnDistanceFloor)})});
  const std::string sum = graph_.node("ReduceSum", {graph_.node("Mul", {weights, targets}), axis});
  return graph_.node("Div", {sum, graph_.node("ReduceSum", {weights, axis})});
}

std::string LearnerEmitter::gaussian_process(const GaussianProcessModel& model,
                                             const std::string& features) {
  const auto width = static_cast<std::int64_t>(model.scales.size());
  const auto points = static_cast<std::int64_t>(model.points);
  const std::string scales = graph_.constant("scales", {{1, width}, model.scales});
  const std::string values =
      graph_.node("Mul", {standardise(model.standardiser, features), scales});
  // Squared distances as |x|² - 2 x·p + |p|², which rounding may bring below 0.
  std::vector<double> minus_twice(model.positions);
  std::vector<double> squares(model.points, 0.0);
  for (std::size_t i = 0; i < minus_twice.size(); ++i) {
    squares[i % model.points] += minus_twice[i] * minus_twice[i];
    minus_twice[i] *= -2;
  }
  const std::string axis = graph_.constant("axis", Tensor::vector(std::vector<std::int64_t>{1}));
  const std::string product = graph_.node(
      "MatMul", {values, graph_.constant("points", {{width, points}, std::move(minus_twice)})});
  const std::string own = graph_.node("ReduceSum", {graph_.node("Mul", {values, values}), axis});
  const std::string of_points = graph_.constant("squares", {{1, points}, std::move(squares)});
  const std::string sum = graph_.node("Add", {graph_.node("Add", {product, of_points}), own});
  const std::string distances = graph_.node("Max", {sum, number(0)});
  const std::string near =
      graph_.node("MatMul", {covariances(model.covariance, distances),
                             graph_.constant("weights", {{points, 1}, model.weights})});
  const std::string linear =
      graph_.node("MatMul", {values, graph_.constant("weights", {{width, 1}, model.linear})});
  return graph_.node("Add", {graph_.node("Add", {near, linear}), number(model.bias)});
}

std::string LearnerEmitter::covariances(Covariance covariance, const std::string& distances) {
  if (covariance == Covariance::kGaussian)
    return graph_.node("Exp", {graph_.node("Mul", {distances, number(-0.5)})});
  const std::string far = graph_.node("Sqrt", {graph_.node("Mul", {distances, number(5)})});
  const std::string square = graph_.node("Mul", {graph_.node("Mul", {far, far}), number(1.0 / 3)});
  const std::string factor = graph_.node("Add", {graph_.node("Add", {far, number(1)}), square});
  return graph_.node("Mul", {factor, graph_.node("Exp", {graph_.node("Neg", {far})})});
}

std::string LearnerEmitter::emit_backward(const TargetTransform& transform,
                                          const std::string& predicted) {
  const std::string cut =
      graph_.node("Clip", {predicted, number(transform.low), number(transform.high)});
  switch (transform.scale) {
    case TargetScale::kSquareRoot:
      return graph_.node("Add", {graph_.node("Mul", {cut, cut}), number(transform.shift)});
    case TargetScale::kLog: {
      const std::string less_one = graph_.node("Sub", {graph_.node("Exp", {cut}), number(1)});
      return graph_.node("Mul", {less_one, number(transform.factor)});
    }
    default:
      return cut;
  }
}

}  // namespace tarn::ml::detail
