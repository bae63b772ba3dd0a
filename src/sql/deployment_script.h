#pragma once
// The T-SQL that puts a registered model to work, as Synapse's wizard "Predict with a model" writes
// it: a table that holds the model, a procedure that scores a table or view with it, and its first
// execution.

#include <string>
#include <vector>

#include "onnx/types.h"

namespace tarn::sql {

struct Deployment {
  std::string model_id;  // the key of the model's row: "rental-prediction-model:1"
  std::string
      model_path;  // the ONNX file in the lake: "models/rental-prediction-model/1/model.onnx"
  // Names as in T-SQL: "dbo.predict_rentals", "[a b].[c]".
  std::string procedure;
  std::string table;
  std::string data;
  std::vector<onnx::Port> inputs;
  std::vector<onnx::Port> outputs;
};

/// Batches to run in this order; the last executes the procedure. Running them again changes
/// nothing but the procedure. Throws Error(kInvalidArgument) for a name that is none, kUnsupported
/// for an input or output that no column can be.
std::vector<std::string> deployment_batches(const Deployment& deployment);

}  // namespace tarn::sql
