#pragma once
// The attributes of TreeEnsembleRegressor and TreeEnsembleClassifier as trees.

#include <cstdint>
#include <string>
#include <vector>

#include "detail/model_proto.h"
#include "detail/native/trees.h"

namespace tarn::onnx::native {

/// Nodes that an ensemble may have.
inline constexpr std::size_t kTreeNodesMax = 1u << 26;

/// `prefix` is that of the leaves' attributes: "target" or "class". Sets all but `base`. Throws
/// NotNative for tests that are no comparison with a threshold, nodes that form no tree, and what
/// the runtime would refuse.
Ensemble read_ensemble(const detail::Node& node, const std::string& prefix, std::int32_t targets,
                       std::size_t features, bool in_double);

/// A list of floats, or of doubles where it is given as a tensor: NAME or NAME_as_tensor.
std::vector<double> read_reals(const detail::Node& node, const std::string& name, bool in_double);

}  // namespace tarn::onnx::native
