#pragma once
// An ONNX model's bytes as a graph that can be walked: nodes with their attributes, constants,
// inputs and outputs (onnx-ml.proto).

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "onnx/graph_builder.h"
#include "onnx/types.h"

namespace tarn::onnx::detail {

/// Why a model is not scored natively; caught where the native scorer is made.
struct NotNative {
  std::string reason;
};

struct Node {
  std::string op;
  std::string domain;  // "" for "ai.onnx", too
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::map<std::string, AttributeValue, std::less<>> attributes;

  bool has(std::string_view name) const { return attributes.contains(name); }
  /// The attribute, `absent` where there is none; throws NotNative when it is of another type.
  template <typename T>
  T get(std::string_view name, T absent = {}) const {
    const auto found = attributes.find(name);
    if (found == attributes.end()) return absent;
    const T* value = std::get_if<T>(&found->second);
    if (value == nullptr) throw NotNative{op + ": attribute " + std::string(name)};
    return *value;
  }
};

struct ModelProto {
  std::int64_t ir_version = 0;
  std::int64_t opset = 0;     // of the default domain; 0 where none is imported
  std::int64_t ml_opset = 0;  // of ai.onnx.ml
  std::vector<std::pair<std::string, std::string>> metadata;  // in the order of Scorer::metadata()
  std::vector<Node> nodes;
  std::map<std::string, Tensor, std::less<>> constants;
  std::vector<Port> inputs;
  std::vector<Port> outputs;
};

/// Throws NotNative for what only the runtime handles: functions, subgraphs, sparse tensors, other
/// domains, element types without a column type, and anything malformed.
ModelProto read_model(std::string_view bytes);

}  // namespace tarn::onnx::detail
