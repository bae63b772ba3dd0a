#pragma once
// The events of an AutoML worker's journal: their names and bodies (docs/jobs.md), written here and
// read here.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/process.h"
#include "ml/onnx_export.h"
#include "ml/regression.h"

namespace tarn::jobs::detail {

namespace events {
inline constexpr std::string_view kWorker = "worker";      // a worker has the job: pid, start_time
inline constexpr std::string_view kData = "data";          // the rows are read
inline constexpr std::string_view kFeatures = "features";  // what becomes of the columns
inline constexpr std::string_view kTrialStarted = "trial_started";
inline constexpr std::string_view kTrialFinished = "trial_finished";
inline constexpr std::string_view kBest = "best";  // a model that can be kept lies in `folder`
inline constexpr std::string_view kNote = "note";  // something that a person should know
inline constexpr std::string_view kFinalizing = "finalizing";  // the search is over
inline constexpr std::string_view kFinished = "finished";      // the last one, or
inline constexpr std::string_view kFailed = "failed";          // this
}  // namespace events

struct WorkerEvent {
  ProcessId process;
};
struct DataEvent {
  std::size_t rows = 0;
  std::size_t columns = 0;
};
struct TrialStartedEvent {
  int trial = 0;
  std::string run_id;
  std::string algorithm;
  std::string preprocessing;
  ml::Params params;
};
struct TrialFinishedEvent {
  int trial = 0;
  std::string run_id;
  std::vector<std::pair<std::string, double>> metrics;  // those that are defined
  std::string primary_metric;
  std::vector<std::optional<double>> fold_scores;
  double duration_s = 0;
  std::string error;        // why it failed; empty when it did not
  std::string ended_early;  // why it was ended before its last fold; empty when it was not
};
/// Of `best` and of `finished`.
struct ModelEvent {
  int trial = 0;
  std::string run_id;
  std::string algorithm;
  std::string preprocessing;
  std::vector<std::pair<std::string, double>> metrics;
  std::string primary_metric;
  std::optional<double> score;
  std::string folder;  // below the job's folder
  std::string sha256;  // of model.onnx
  std::size_t verified_rows = 0;
  double difference_max = 0;
  std::vector<std::pair<std::string, double>> members;
  std::string ended_by;  // of `finished`
};

std::string to_json(const WorkerEvent&);
std::string to_json(const DataEvent&);
std::string to_json(const ml::FeatureReport&);
std::string to_json(const TrialStartedEvent&);
std::string to_json(const TrialFinishedEvent&);
std::string to_json(const ModelEvent&);
std::string to_json(const Error&);
std::string note(std::string_view text);

/// Throw Error(kDataLoss) for another body than to_json() makes.
WorkerEvent read_worker(std::string_view body);
DataEvent read_data(std::string_view body);
TrialStartedEvent read_trial_started(std::string_view body);
TrialFinishedEvent read_trial_finished(std::string_view body);
ModelEvent read_model(std::string_view body);
struct FailedEvent {
  std::string code, message, hint;
};
FailedEvent read_failed(std::string_view body);

std::vector<std::pair<std::string, double>> defined(const ml::Metrics& metrics);
std::optional<double> score_of(const ml::Metrics& metrics, ml::Metric metric);

}  // namespace tarn::jobs::detail
