#pragma once
// The engine function behind PREDICT: chunks of columns in, a struct of outputs out.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "detail/exec/predict.h"
#include "engine/database.h"
#include "onnx/types.h"

namespace tarn::sql {

/// The type that a column is converted to before it goes into an input of this element type.
SqlType input_sql_type(onnx::ElementType element);
/// The type that an output has in SQL; refuses what is no column (by its name and shape).
SqlType output_sql_type(const onnx::Port& port, ast::Span span);

struct PredictFunction {
  std::string name;
  std::vector<engine::Type> parameters;                       // of the features that are read
  std::vector<bool> read;                                     // for each feature of the model
  std::vector<std::pair<std::string, engine::Type>> outputs;  // fields of the struct
  std::vector<std::size_t> wanted;                            // the model's outputs, one a field
};

/// Registers the function unless it is there.
void register_predict_function(engine::Database& database, PredictFunction function,
                               std::shared_ptr<ModelFunctions::Slot> slot);

}  // namespace tarn::sql
