#pragma once
// The nodes of a graph that turn raw columns into the float32 features of a view: the counterpart
// of features.cc.

#include <string>

#include "detail/features.h"
#include "onnx/graph_builder.h"

namespace tarn::ml::detail {

/// Returns the name of a tensor(float) of shape [N, set.width()]. The raw columns must be inputs
/// under their names.
std::string emit_features(const FeatureSet& set, onnx::GraphBuilder& graph);

}  // namespace tarn::ml::detail
