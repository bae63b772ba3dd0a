#pragma once
// Experiments and runs as MLflow's messages.

#include <string>
#include <vector>

#include "base/json.h"
#include "detail/mlflow/message.h"
#include "track/logged_models.h"
#include "track/tracking.h"

namespace tarn::api::mlflow {

/// MLflow's times are milliseconds.
inline std::int64_t to_millis(Micros time) { return time / 1000; }
/// Throws Error(kInvalidArgument) for one that no clock shows.
Micros to_micros(std::int64_t millis);

/// "mlflow-artifacts:/0/<run>/artifacts" of "artifacts/0/<run>/artifacts": the client fetches such
/// files through the server that it tracks to.
std::string artifact_uri(const std::string& location);

Json experiment_json(const track::Experiment& experiment);
Json run_info_json(const track::Run& run);
Json run_json(const track::Run& run);
Json metric_json(const track::Metric& metric);
Json logged_model_json(const track::LoggedModel& model);

/// ACTIVE_ONLY, DELETED_ONLY, ALL, or their numbers; ACTIVE_ONLY where it is absent.
track::Show view_type_of(const Message& message, std::string_view field);
/// `max_results` of a search; `otherwise` where it is absent. Throws Error(kInvalidArgument) unless
/// it is 1 to `max`.
int page_size_of(const Message& message, int otherwise, int max);
/// [{key, value}, …]. Throws Error(kInvalidArgument).
std::vector<std::pair<std::string, std::string>> pairs_of(const Message& message,
                                                          std::string_view field);

}  // namespace tarn::api::mlflow
