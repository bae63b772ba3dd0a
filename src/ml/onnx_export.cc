#include "ml/onnx_export.h"

#include <map>

#include "base/error.h"
#include "detail/onnx_features.h"
#include "detail/onnx_learners.h"
#include "detail/pipeline.h"

namespace tarn::ml {

namespace {

constexpr char kOutput[] = "variable_out1";

using onnx::AttributeValue;
using onnx::ElementType;

void declare_inputs(const Pipeline& pipeline, onnx::GraphBuilder& graph) {
  for (const ModelInput& input : pipeline.inputs) {
    if (input.name == kOutput) {
      throw Error(Code::kInvalidArgument,
                  "a column has the name of the model's output: " + input.name,
                  "Rename the column.");
    }
    const bool text = input.type == ColumnType::kString;
    graph.input(input.name, text ? ElementType::kString : ElementType::kDouble,
                {onnx::kAnySize, 1});
    graph.metadata("tarn.input." + input.name, std::string(name_of(input.type)));
  }
}

}  // namespace

std::string export_onnx(const Model& model) {
  const Pipeline& pipeline = model.pipeline();
  onnx::GraphBuilder graph("tarn_regression");
  graph.description("A regression by " + pipeline.algorithm +
                    ", from raw columns. A missing value is NaN or the empty text.");
  declare_inputs(pipeline, graph);

  detail::LearnerEmitter learners(graph);
  std::map<const detail::FeatureSet*, std::string> features;
  std::string sum;
  for (const PipelineMember& member : pipeline.members) {
    auto found = features.find(member.features.get());
    if (found == features.end()) {
      found =
          features.emplace(member.features.get(), detail::emit_features(*member.features, graph))
              .first;
    }
    std::string predicted =
        learners.emit_backward(member.target, learners.emit(member.learner, found->second));
    if (member.weight != 1) {
      const std::string weight = graph.constant("weight", onnx::Tensor::scalar(member.weight));
      predicted = graph.node("Mul", {predicted, weight});
    }
    sum = sum.empty() ? predicted : graph.node("Add", {sum, predicted});
  }
  if (pipeline.bias != 0) {
    const std::string bias = graph.constant("bias", onnx::Tensor::scalar(pipeline.bias));
    sum = graph.node("Add", {sum, bias});
  }
  const auto to_float = static_cast<std::int64_t>(ElementType::kFloat);
  graph.node_into("Cast", {sum}, {kOutput}, {{"to", AttributeValue(to_float)}});
  graph.output(kOutput, ElementType::kFloat, {onnx::kAnySize, 1});
  return graph.serialize();
}

}  // namespace tarn::ml
