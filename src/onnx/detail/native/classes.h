#pragma once
// From the scores of classes to a label and its probabilities.

#include <cstdint>
#include <string>
#include <vector>

#include "detail/native/step.h"

namespace tarn::onnx::native {

struct ClassRule {
  std::vector<std::string> texts;  // labels: texts or integers
  std::vector<std::int64_t> integers;
  bool logistic = false;  // what becomes of the scores
  bool softmax = false;
  bool all_positive = true;  // no leaf has a value below zero

  std::size_t count() const { return texts.empty() ? integers.size() : texts.size(); }
};

/// `scores` are one float register a class; or one for two classes, which is that of the second.
/// `out` are the label (int64 or text), then a float for each class. The rules are those of ONNX
/// Runtime's TreeEnsembleClassifier.
StepPtr decide(ClassRule rule, std::vector<int> scores, std::vector<int> out);

}  // namespace tarn::onnx::native
