#pragma once
// From a graph to a program.

#include <memory>

#include "detail/model_proto.h"
#include "detail/native/program.h"

namespace tarn::onnx::native {

/// The oldest and newest operators that are read natively: their meaning did not change between.
inline constexpr std::int64_t kOpsetMin = 7, kOpsetMax = 23;
inline constexpr std::int64_t kMlOpsetMax = 5;
inline constexpr std::int64_t kIrVersionMax = 12;

/// The program of a graph whose operators all compute each row by itself. Throws NotNative, with
/// the reason, for any other.
std::unique_ptr<const Program> compile(const detail::ModelProto& model);

}  // namespace tarn::onnx::native
