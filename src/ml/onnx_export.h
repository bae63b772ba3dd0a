#pragma once
// A fitted model as one ONNX graph from raw columns to the prediction, and the proof that it
// computes the same.
//
// Inputs: one per column of Model::inputs(), by its name, of shape [N,1]:
//   int64, double, bool, date, datetime -> tensor(double); NaN is a missing value (SQL NULL). A
//   bool is 0 or 1, a date the
//     days and a datetime the UTC microseconds since 1970-01-01 (both exact in a double).
//   string -> tensor(string); the empty text is a missing value.
// Output: `variable_out1`, tensor(float) of shape [N,1]. Opset 17, ai.onnx.ml 3.

#include <string>

#include "ml/regression.h"

namespace tarn::ml {

/// The relative difference that verify_onnx accepts.
inline constexpr double kOnnxDifferenceMax = 1e-5;

/// The bytes of a ModelProto. Deterministic.
std::string export_onnx(const Model& model);

struct OnnxVerification {
  std::size_t rows = 0;
  double difference_max = 0;  // relative
};

/// Scores the graph, as Tarn does and by ONNX Runtime, and the model on rows of `sample` (held-out
/// rows, if there are any) and on rows made from them: with missing values, an unseen category,
/// extreme numbers, and each as a batch of one. Throws Error(kDataLoss) naming the case when they
/// differ by more than kOnnxDifferenceMax: such a model must not be registered.
OnnxVerification verify_onnx(std::string_view bytes, const Model& model, const Frame& sample);

}  // namespace tarn::ml
