// TreeEnsembleRegressor and TreeEnsembleClassifier: onnx.ai/onnx/operators, section ai.onnx.ml, and
// ONNX Runtime's tree_ensemble_aggregator.h for what the standard leaves open.

#include <algorithm>

#include "detail/native/classes.h"
#include "detail/native/elementwise.h"
#include "detail/native/graph_compiler.h"
#include "detail/native/tree_attributes.h"

namespace tarn::onnx::native {

using detail::NotNative;
using Ints = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

namespace {

/// Whether some tree gives each target a value in all its leaves.
bool scores_all(const Ensemble& ensemble) {
  std::vector<bool> scored(static_cast<std::size_t>(ensemble.targets));
  for (const Tree& tree : ensemble.trees) {
    std::size_t leaves = 0;
    std::vector<std::size_t> values(scored.size());
    for (const Tree::Node& node : tree.nodes) {
      if (node.feature >= 0) continue;
      ++leaves;
      std::vector<bool> seen(scored.size());
      for (const auto& [target, value] : node.weights) {
        const auto at = static_cast<std::size_t>(target);
        if (!seen[at]) ++values[at];
        seen[at] = true;
      }
    }
    for (std::size_t t = 0; t < scored.size(); ++t) scored[t] = scored[t] || values[t] == leaves;
  }
  return std::find(scored.begin(), scored.end(), false) == scored.end();
}

}  // namespace

std::vector<int> GraphCompiler::tree_sums(const Node& node, const Value& value,
                                          const Ensemble& ensemble) {
  // Floats made doubles are compared as the floats that they were: the same leaves. The sum stays
  // one of doubles.
  std::vector<int> features = value.columns;
  const bool were_floats = std::all_of(features.begin(), features.end(),
                                       [&](int reg) { return widened_.contains(reg); });
  if (were_floats) {
    for (int& reg : features) reg = widened_.at(reg);
  }
  std::vector<int> sums;
  for (std::int32_t t = 0; t < ensemble.targets; ++t) sums.push_back(builder_.fresh(value.type));
  StepPtr step = tree_ensemble(ensemble, were_floats ? ElementType::kFloat : value.type, value.type,
                               features, sums);
  if (step == nullptr) throw NotNative{node.op + " of " + std::string(name_of(value.type))};
  builder_.add(std::move(step));
  return sums;
}

void GraphCompiler::tree_regressor(const Node& node) {
  const Value& value = batch(node, 0);
  const bool in_double = value.type == ElementType::kDouble;
  if (value.inner.size() != 1 || (!in_double && value.type != ElementType::kFloat))
    throw NotNative{"TreeEnsembleRegressor of " + std::string(name_of(value.type))};
  const std::int64_t targets = node.get<std::int64_t>("n_targets");
  const auto transform = node.get<std::string>("post_transform", "NONE");
  const auto aggregate = node.get<std::string>("aggregate_function", "SUM");
  if (targets < 1 || targets > static_cast<std::int64_t>(kTargetsMax))
    throw NotNative{"TreeEnsembleRegressor with that many targets"};
  if (transform != "NONE" || (aggregate != "SUM" && aggregate != "AVERAGE"))
    throw NotNative{"TreeEnsembleRegressor with " + transform + ", " + aggregate};
  Ensemble ensemble =
      read_ensemble(node, "target", static_cast<std::int32_t>(targets), value.width(), in_double);
  ensemble.average = aggregate == "AVERAGE";
  ensemble.base = read_reals(node, "base_values", in_double);
  if (!ensemble.base.empty() && ensemble.base.size() != static_cast<std::size_t>(targets))
    throw NotNative{"TreeEnsembleRegressor with other base values"};
  if (targets > 1 && !ensemble.base.empty() && !scores_all(ensemble))
    throw NotNative{"TreeEnsembleRegressor with a target that not every row scores"};

  Value result{ElementType::kFloat, {targets}, tree_sums(node, value, ensemble), {}};
  if (in_double) {
    for (int& reg : result.columns) {
      reg = emit(node, ElementType::kFloat, [&](int out) {
        return native::cast(ElementType::kDouble, ElementType::kFloat, reg, out);
      });
    }
  }
  set(node, std::move(result));
}

void GraphCompiler::tree_classifier(const Node& node) {
  const Value& value = batch(node, 0);
  if (value.inner.size() != 1 || value.type != ElementType::kFloat)
    throw NotNative{"TreeEnsembleClassifier of " + std::string(name_of(value.type))};
  ClassRule rule;
  rule.texts = node.get<Texts>("classlabels_strings");
  rule.integers = node.get<Ints>("classlabels_int64s");
  if (rule.texts.empty() == rule.integers.empty())
    throw NotNative{"TreeEnsembleClassifier with other labels"};
  const std::size_t classes = rule.count();
  const auto transform = node.get<std::string>("post_transform", "NONE");
  rule.logistic = transform == "LOGISTIC";
  rule.softmax = transform == "SOFTMAX";
  const Ints ids = node.get<Ints>("class_ids");
  // Of two classes converters score one: the first, by its id, which stands for the second's.
  const bool one_score =
      classes == 2 && std::all_of(ids.begin(), ids.end(), [](std::int64_t id) { return id == 0; });
  const bool known = transform == "NONE" || rule.logistic || (rule.softmax && !one_score);
  if (!known || (classes < 3 && !one_score) || classes > kTargetsMax)
    throw NotNative{"TreeEnsembleClassifier of " + std::to_string(classes) + " classes with " +
                    transform};
  Ensemble ensemble = read_ensemble(
      node, "class", one_score ? 1 : static_cast<std::int32_t>(classes), value.width(), false);
  ensemble.base = read_reals(node, "base_values", false);
  if (!ensemble.base.empty() && ensemble.base.size() != static_cast<std::size_t>(ensemble.targets))
    throw NotNative{"TreeEnsembleClassifier with other base values"};
  if (!scores_all(ensemble))
    throw NotNative{"TreeEnsembleClassifier with a class that not every row scores"};
  for (const Tree& tree : ensemble.trees) {
    for (const Tree::Node& each : tree.nodes) {
      for (const auto& [target, weight] : each.weights)
        rule.all_positive = rule.all_positive && !(weight < 0);
    }
  }

  std::vector<int> sums = tree_sums(node, value, ensemble);
  const ElementType label_type = rule.texts.empty() ? ElementType::kInt64 : ElementType::kString;
  std::vector<int> out = {builder_.fresh(label_type)};
  for (std::size_t c = 0; c < classes; ++c) out.push_back(builder_.fresh(ElementType::kFloat));
  Value label{label_type, {}, {out[0]}, {}};
  Value scores{
      ElementType::kFloat, {static_cast<std::int64_t>(classes)}, {out.begin() + 1, out.end()}, {}};
  builder_.add(decide(std::move(rule), std::move(sums), std::move(out)));
  set(node, std::move(label));
  if (node.outputs.size() > 1 && !node.outputs[1].empty()) set(node, std::move(scores), 1);
}

}  // namespace tarn::onnx::native
