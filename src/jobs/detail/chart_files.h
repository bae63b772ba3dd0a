#pragma once
// Charts and importances as files among a run's artifacts, under Azure AutoML's names and in its
// form where it has one.
//
// Source: Azure ML SDK, Run.log_residuals and Run.log_predictions.

#include <string>
#include <string_view>
#include <vector>

#include "ml/charts.h"
#include "ml/regression.h"

namespace tarn::jobs::detail {

inline constexpr const char* kArtifactsFolder = "artifacts";  // of a run
inline constexpr const char* kResidualsFile = "residuals";
inline constexpr const char* kPredictedTrueFile = "predicted_true";
inline constexpr const char* kImportanceFile = "permutation_importance.json";

std::string to_json(const ml::ResidualChart& chart);
std::string to_json(const ml::PredictedTrueChart& chart);
std::string to_json(const std::vector<ml::ColumnImportance>& importance, std::string_view metric);

}  // namespace tarn::jobs::detail
