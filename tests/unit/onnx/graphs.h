#pragma once
// Small models that the tests of this module score.

#include <string>

#include "onnx/graph_builder.h"

namespace tarn::onnx {

/// y = 2 a + 3 b, of two columns [N,1].
inline std::string weighted_sum() {
  GraphBuilder graph("weighted_sum");
  graph.input("a", ElementType::kFloat, {kAnySize, 1});
  graph.input("b", ElementType::kFloat, {kAnySize, 1});
  const std::string two = graph.constant("two", Tensor::scalar(2.0f));
  const std::string three = graph.constant("three", Tensor::scalar(3.0f));
  const std::string left = graph.node("Mul", {"a", two});
  const std::string right = graph.node("Mul", {"b", three});
  graph.node_into("Add", {left, right}, {"y"});
  graph.output("y", ElementType::kFloat, {kAnySize, 1});
  graph.metadata("purpose", "test");
  return graph.serialize();
}

/// Passes one column of `type` and `shape` through.
inline std::string identity(ElementType type, const std::vector<std::int64_t>& shape) {
  GraphBuilder graph("identity");
  graph.input("x", type, shape);
  graph.node_into("Identity", {"x"}, {"y"});
  graph.output("y", type, shape);
  return graph.serialize();
}

}  // namespace tarn::onnx
