#pragma once
// Steps that compute each row of a column from the same row of others, as the operators of ONNX do
// (onnx.ai/onnx/operators), with ONNX Runtime's answers for NaN and infinity.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "detail/native/step.h"
#include "onnx/types.h"

namespace tarn::onnx::native {

/// Each returns null when the operator is not computed on such values here.

/// Neg, Abs, Sqrt, Exp, Log, Floor, Ceil, Round, Reciprocal, Relu, Not: `type` in
/// and out.
StepPtr unary(std::string_view op, ElementType type, int in, int out);
/// Add, Sub, Mul, Div, Min, Max, And, Or: `type` in and out.
StepPtr binary(std::string_view op, ElementType type, int a, int b, int out);
/// Equal, Less, LessOrEqual, Greater, GreaterOrEqual: two of `type` to a bool.
StepPtr compare(std::string_view op, ElementType type, int a, int b, int out);
StepPtr is_nan(ElementType type, int in, int out);
StepPtr is_infinite(ElementType type, bool positive, bool negative, int in, int out);
StepPtr cast(ElementType from, ElementType to, int in, int out);
/// condition ? a : b, of `type`.
StepPtr select(ElementType type, int condition, int a, int b, int out);
/// The same where the condition is that `tested`, of `tested_type`, is NaN.
StepPtr select_nan(ElementType tested_type, ElementType type, int tested, int a, int b, int out);
StepPtr clip(ElementType type, int in, int low, int high, int out);
/// (x - offset) * scale in float, of a number of `type` (Scaler).
StepPtr scale(ElementType type, float offset, float scale, int in, int out);
/// Σ weights[i] * x[i] + bias, summed in double; float or double in and out.
StepPtr weighted_sum(ElementType type, std::vector<double> weights, double bias,
                     std::vector<int> in, int out);

/// A table from texts or int64 to values of one type; a key that is not there has `absent`.
template <typename Key, typename Value>
struct Lookup {
  std::unordered_map<Key, Value> entries;
  Value absent{};
};
using TextKey = std::string;
template <typename Value>
StepPtr look_up(const Lookup<TextKey, Value>& table, int in, int out);
template <typename Value>
StepPtr look_up(Lookup<std::int64_t, Value> table, int in, int out);

}  // namespace tarn::onnx::native
