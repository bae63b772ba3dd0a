#pragma once
// A trained model as a folder in MLflow's model format: MLmodel with the flavours onnx and
// python_function, a signature and an input example, model.onnx, the files of its Python
// environment, and a model card.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "detail/job_file.h"
#include "ml/onnx_export.h"
#include "ml/regression.h"

namespace tarn::jobs::detail {

/// Where the best model lies among the artifacts of its trial, as Azure AutoML has it.
inline constexpr const char* kModelArtifactPath = "outputs/mlflow-model";

struct ModelFolder {
  std::string onnx;    // bytes
  std::string run_id;  // of the trial
  const JobFile* job = nullptr;
  const ml::Model* model = nullptr;
  const ml::TrialResult* trial = nullptr;
  const ml::FeatureReport* features = nullptr;
  const ml::Frame* example = nullptr;  // a few rows of the data: the input example
  ml::OnnxVerification verification;
  Micros time = 0;
};

/// Writes all files into a temporary folder beside `target` and renames it to `target`, replacing
/// what was there.
void write_model_folder(const ModelFolder& model, const std::filesystem::path& target,
                        FileSystem& files);

}  // namespace tarn::jobs::detail
