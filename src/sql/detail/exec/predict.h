#pragma once
// PREDICT: a model of ONNX as one vectorised function of the engine. See docs/predict.md.

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "detail/exec/statement_context.h"

namespace tarn::onnx {
class Scorer;
}

namespace tarn::sql {

/// The engine functions that stand for models. The engine keeps a function for good, so one stands
/// for a model with its columns, and gets the scorer from the statements that use it: a scorer is
/// not kept by a function.
class ModelFunctions {
 public:
  struct Slot {
    std::mutex mutex;
    std::weak_ptr<const onnx::Scorer> scorer;
  };
  /// The slot of the function of that name; the statement puts its scorer in.
  std::shared_ptr<Slot> slot(const std::string& function);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Slot>> slots_;
};

/// Checks the model against the data's columns and WITH, and makes the function.
Model predict_model(StatementFacts& facts, StatementContext& context, const ast::Predict& predict,
                    std::span<const SourceColumn> data, ast::Span span);

}  // namespace tarn::sql
