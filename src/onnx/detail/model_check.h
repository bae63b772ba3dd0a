#pragma once
// What must hold of a model's bytes before they are given to the runtime.

#include <string_view>

namespace tarn::onnx::detail {

/// Nesting of graphs within graphs (If, Loop, Scan) that a model may have.
inline constexpr int kGraphDepthMax = 32;

/// Throws Error(kInvalidArgument) when the bytes are no ModelProto with a graph, or when a tensor
/// of it lies in a file beside the model: the runtime would open any path that the model names.
void check_model(std::string_view bytes);

}  // namespace tarn::onnx::detail
