#pragma once
// Logged models, as MLflow 3 has them: what a run makes when it logs a model. Each belongs to an
// experiment, has params, tags and metrics of its own, and a folder of files that the client fills.
//
// It owns their rows, never their files. Thread-safe. (A registered model is another thing:
// assets.)

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "meta/paging.h"
#include "meta/store.h"
#include "track/tracking.h"

namespace tarn::track {

inline constexpr int kLoggedModelPageMax = 1000;
inline constexpr std::size_t kLoggedModelParamsMax = 10'000;  // of one request

enum class ModelStatus { kPending, kReady, kFailed };
/// "LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED".
std::string_view name_of(ModelStatus status);
/// By name or MLflow's number, 1 to 3. Throws Error(kInvalidArgument).
ModelStatus parse_model_status(std::string_view text);

/// A metric of a model, and the run that logged it.
struct ModelMetric {
  Metric metric;
  std::string run_id;
};

struct LoggedModel {
  std::string id;  // "m-" and 32 hex digits
  std::string experiment_id;
  std::string name;
  std::string artifact_location;  // "artifacts/<experiment>/models/<id>/artifacts"
  ModelStatus status = ModelStatus::kPending;
  std::string model_type;
  std::string source_run_id;
  Micros created_at = 0;
  Micros modified_at = 0;
  std::map<std::string, std::string> params;
  Tags tags;
  std::vector<ModelMetric> metrics;
};

struct LoggedModelSpec {
  std::string experiment_id;
  std::string name;  // empty: one made of the id
  std::string model_type;
  std::string source_run_id;
  std::map<std::string, std::string> params;
  Tags tags;
};

/// One term of the order of a search; a dataset narrows which metric is meant.
struct ModelOrder {
  std::string field;  // "creation_timestamp", "metrics.rmse"
  bool ascending = true;
  std::string dataset_name;
  std::string dataset_digest;
};

class LoggedModels {
 public:
  LoggedModels(meta::Store& store, std::string workspace_id, const Clock& clock = Clock::system());

  /// Throws Error: kNotFound and kConflict for the experiment, kInvalidArgument for names.
  LoggedModel create(const LoggedModelSpec& spec);
  /// These throw Error(kNotFound).
  LoggedModel get(std::string_view id);
  LoggedModel finalize(std::string_view id, ModelStatus status);
  void remove(std::string_view id);
  void log_params(std::string_view id, const std::map<std::string, std::string>& params);
  void set_tags(std::string_view id, const Tags& tags);
  bool remove_tag(std::string_view id, std::string_view key);

  /// By default the newest first.
  meta::PageOf<LoggedModel> search(std::span<const std::string> experiment_ids,
                                   const Search& search, std::span<const ModelOrder> order_by);

 private:
  std::vector<LoggedModel> read(meta::Transaction& tx, std::span<const meta::Row> rows);
  void require(meta::Transaction& tx, std::string_view id);
  void touch(meta::Transaction& tx, std::string_view id);

  meta::Store& store_;
  std::string workspace_id_;
  const Clock& clock_;
};

}  // namespace tarn::track
