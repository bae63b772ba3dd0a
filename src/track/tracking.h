#pragma once
// track: experiments and runs, in MLflow's data model: params (write-once), metrics (a history with
// steps), tags, status, an artifact folder, parents and children.
//
// It owns the rows of experiments and runs. It never schedules or runs anything, and never writes
// artifacts: it says where a run's folder lies. Thread-safe. Times are UTC microseconds (MLflow's
// are milliseconds: its surface converts).

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "meta/paging.h"
#include "meta/store.h"

namespace tarn::track {

// Limits. Those that MLflow has are MLflow's (docs/experiments.md); characters are Unicode code
// points.
inline constexpr std::size_t kKeyCharactersMax = 250;  // of a param, metric or tag
inline constexpr std::size_t kParamValueCharactersMax = 6000;
inline constexpr std::size_t kTagValueCharactersMax = 8000;
inline constexpr std::size_t kExperimentTagValueCharactersMax = 5000;
inline constexpr std::size_t kExperimentNameCharactersMax = 500;
inline constexpr std::size_t kRunNameCharactersMax = 250;
inline constexpr std::size_t kBatchItemsMax = 1000;  // metrics + params + tags of one batch
inline constexpr std::size_t kBatchParamsMax = 100;
inline constexpr std::size_t kBatchTagsMax = 100;
inline constexpr int kExperimentPageMax = 1000;
inline constexpr int kRunPageMax = 1000;
inline constexpr int kMetricPageMax = 25'000;
inline constexpr int kLinkPageMax = 1000;
inline constexpr int kSearchPageMax = 50'000;
inline constexpr std::size_t kDatasetNameCharactersMax = 500;
inline constexpr std::size_t kDatasetDigestCharactersMax = 36;
inline constexpr std::size_t kDatasetSchemaCharactersMax = 1'048'575;
inline constexpr std::size_t kDatasetSourceCharactersMax = 65'535;
inline constexpr std::size_t kDatasetProfileCharactersMax = 16'777'215;
inline constexpr std::size_t kInputsMax = 1000;               // of one request
inline constexpr std::size_t kSearchExperimentsMax = 10'000;  // that a search of runs names

/// The experiment that a run without one belongs to.
inline constexpr std::string_view kDefaultExperimentId = "0";
inline constexpr std::string_view kDefaultExperimentName = "Default";

// Tags that MLflow's tools know.
inline constexpr std::string_view kTagParentRun = "mlflow.parentRunId";
inline constexpr std::string_view kTagRunName = "mlflow.runName";
inline constexpr std::string_view kTagUser = "mlflow.user";
inline constexpr std::string_view kTagSourceType = "mlflow.source.type";
inline constexpr std::string_view kTagSourceName = "mlflow.source.name";
inline constexpr std::string_view kTagDatasetContext = "mlflow.data.context";

enum class RunStatus { kRunning, kScheduled, kFinished, kFailed, kKilled };
/// MLflow's names: "RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED".
std::string_view name_of(RunStatus status);
/// Throws Error(kInvalidArgument).
RunStatus parse_run_status(std::string_view name);
inline bool ended(RunStatus status) {
  return status != RunStatus::kRunning && status != RunStatus::kScheduled;
}

enum class Stage { kActive, kDeleted };
enum class Show { kActive, kDeleted, kAll };

using Tags = std::map<std::string, std::string>;

struct Experiment {
  std::string id;
  std::string name;
  std::string artifact_location;  // "artifacts/<id>": container and folder
  Stage stage = Stage::kActive;
  Micros created_at = 0;
  Micros modified_at = 0;
  Tags tags;
  std::string etag;
};

struct Metric {
  std::string key;
  double value = 0;  // NaN and infinities included
  Micros timestamp = 0;
  std::int64_t step = 0;
  // Of a metric that also belongs to a logged model; the dataset that it was measured on.
  std::string model_id;
  std::string dataset_name;
  std::string dataset_digest;
};

/// A dataset by name and digest, as MLflow describes it.
struct Dataset {
  std::string name;
  std::string digest;
  std::string source_type;
  std::string source;
  std::string schema;
  std::string profile;
};

/// A dataset that a run read; the tag mlflow.data.context says for what.
struct DatasetInput {
  Dataset dataset;
  std::vector<std::pair<std::string, std::string>> tags;
};

/// A logged model that a run read or made.
struct ModelLink {
  std::string model_id;
  std::int64_t step = 0;
};

struct Run {
  std::string id;  // 32 hex digits
  std::string experiment_id;
  std::optional<std::string> parent_id;
  std::string name;
  std::string user;
  RunStatus status = RunStatus::kRunning;
  Micros start_time = 0;
  std::optional<Micros> end_time;
  Stage stage = Stage::kActive;
  std::string artifact_uri;  // "artifacts/<experiment>/<run>/artifacts": container and folder
  std::int64_t last_sequence = 0;
  std::string etag;

  std::map<std::string, std::string> params;
  std::map<std::string, Metric> metrics;  // the latest of each key
  Tags tags;
  std::vector<DatasetInput> datasets;
  std::vector<ModelLink> model_inputs;
  std::vector<ModelLink> model_outputs;
};

struct RunSpec {
  std::string experiment_id = std::string(kDefaultExperimentId);
  std::string id;    // 32 hex digits; empty: a new one. A run of this id that is there already is
                     // returned as it is
  std::string name;  // empty: the tag mlflow.runName, else one made of the id
  std::string user;
  std::optional<std::string> parent_id;  // also from the tag mlflow.parentRunId; kept as both
  RunStatus status = RunStatus::kRunning;
  std::optional<Micros> start_time;  // empty: now
  Tags tags;
};

/// What one event of a run says, applied together or not at all.
struct Batch {
  std::vector<Metric> metrics;
  std::vector<std::pair<std::string, std::string>> params;
  std::vector<std::pair<std::string, std::string>> tags;
  std::optional<RunStatus> status;  // an ended run stays ended, whatever a later batch says
  std::optional<Micros> end_time;   // with a status that ends; empty: now
};

/// What a run read or made.
struct Link {
  enum class Relation { kInput, kOutput };
  Relation relation = Relation::kInput;
  std::string kind;            // "table", "model", "job", "file"
  std::string target;          // "default.dbo.bike_data"
  std::string target_version;  // a Delta or model version; may be empty

  friend bool operator==(const Link&, const Link&) = default;
};

struct RunFilter {
  std::optional<std::string> experiment_id;  // empty: all
  std::optional<std::string> parent_id;      // its children
  std::optional<RunStatus> status;
  Show show = Show::kActive;
  bool newest_first = true;
};

/// MLflow's search: `filter` and `order_by` in its language (meta/search_language.h).
struct Search {
  std::string filter;
  std::vector<std::string> order_by;  // "metrics.rmse ASC"
  Show show = Show::kActive;
  int size = 1000;    // of a page, 1 .. kSearchPageMax
  std::string token;  // of the page before
};

class Tracking {
 public:
  /// `artifacts` is the local folder of the lake's container `artifacts`.
  Tracking(meta::Store& store, std::string workspace_id, std::filesystem::path artifacts,
           const Clock& clock = Clock::system());

  // -- Experiments
  // --------------------------------------------------------------------------------------------------

  /// Throws Error(kAlreadyExists), also where a deleted experiment has the name.
  Experiment create_experiment(std::string_view name, const Tags& tags = {});
  /// The active experiment of this name, made when absent.
  Experiment ensure_experiment(std::string_view name);
  /// Throws Error(kNotFound). The default experiment is made on first use.
  Experiment experiment(std::string_view id);
  std::optional<Experiment> find_experiment(std::string_view name);
  /// By id or name, as people type it. Throws Error(kNotFound) with the nearest name.
  Experiment resolve_experiment(std::string_view id_or_name);
  /// Newest first.
  meta::PageOf<Experiment> experiments(Show show = Show::kActive, const meta::Page& page = {});
  /// `etag`: what the caller saw; empty: any. Throws Error(kConflict), kAlreadyExists.
  Experiment rename_experiment(std::string_view id, std::string_view name,
                               const std::optional<std::string>& etag = {});
  void set_experiment_tag(std::string_view id, std::string_view key, std::string_view value);
  /// False where it had no such tag.
  bool remove_experiment_tag(std::string_view id, std::string_view key);
  /// By default the newest first. Throws Error(kInvalidArgument) for what the language does not
  /// have.
  meta::PageOf<Experiment> search_experiments(const Search& search);
  /// Its runs go and come back with it. The default experiment stays.
  void delete_experiment(std::string_view id);
  void restore_experiment(std::string_view id);

  // -- Runs
  // ---------------------------------------------------------------------------------------------------------

  Run create_run(const RunSpec& spec);
  /// The same in the caller's transaction, for instance with the job that it belongs to.
  Run create_run(meta::Transaction& tx, const RunSpec& spec);
  /// With params, latest metrics and tags. Throws Error(kNotFound).
  Run run(std::string_view id);
  /// An experiment's active run of this name, the newest where there are several.
  std::optional<Run> find_run(std::string_view experiment_id, std::string_view name);
  meta::PageOf<Run> runs(const RunFilter& filter, const meta::Page& page = {});
  /// Runs of these experiments; none for no experiment. By default the latest started first.
  meta::PageOf<Run> search_runs(std::span<const std::string> experiment_ids, const Search& search);

  /// Logs at once what it holds. Throws Error: kInvalidArgument for a param that has another value
  /// already or a wrong key, kTooLarge over a limit, kNotFound, kConflict for a deleted run.
  void log(std::string_view run_id, const Batch& batch);
  /// The same, once: a batch whose sequence number is not above the run's last is ignored (false).
  /// Sequence numbers of a run's journal grow from 1, so a journal may be replayed from any point.
  bool log(std::string_view run_id, std::int64_t sequence, const Batch& batch);
  bool log(meta::Transaction& tx, std::string_view run_id, std::int64_t sequence,
           const Batch& batch);

  /// Ends the run; one that has ended keeps its status and time.
  void end_run(std::string_view run_id, RunStatus status, std::optional<Micros> end_time = {});
  /// MLflow's update of a run: status, end and name become what the batch says, whatever they were.
  /// Throws as log().
  void update_run(std::string_view run_id, const Batch& batch);
  /// An ended run goes on: RUNNING, without an end (MLflow's start_run(run_id=...)). Throws
  /// Error(kConflict) where it is deleted.
  void resume_run(std::string_view run_id);
  void rename_run(std::string_view run_id, std::string_view name);
  /// False where the run had no such tag.
  bool remove_tag(std::string_view run_id, std::string_view key);
  void delete_run(std::string_view id);
  void restore_run(std::string_view id);

  /// A metric's points by (step, timestamp).
  meta::PageOf<Metric> metric_history(std::string_view run_id, std::string_view key,
                                      const meta::Page& page = {.size = 1000, .token = {}});
  /// At most `size` of its points by (step, timestamp), evenly spread, the first and the last among
  /// them; with steps, only those of [first_step, last_step].
  std::vector<Metric> sampled_history(std::string_view run_id, std::string_view key, int size,
                                      std::optional<std::int64_t> first_step = {},
                                      std::optional<std::int64_t> last_step = {});

  /// What a run read, in MLflow's terms; what is said twice is kept once. Throws as log().
  void log_inputs(std::string_view run_id, std::span<const DatasetInput> datasets,
                  std::span<const ModelLink> models);
  /// The logged models that it made.
  void log_outputs(std::string_view run_id, std::span<const ModelLink> models);

  void link(std::string_view run_id, const Link& link);
  void link(meta::Transaction& tx, std::string_view run_id, const Link& link);
  meta::PageOf<Link> links(std::string_view run_id, const meta::Page& page = {});

  /// The local folder of a run's artifacts; not made by this call.
  std::filesystem::path artifact_folder(const Run& run) const;

 private:
  meta::Store& store_;
  std::string workspace_id_;
  std::filesystem::path artifacts_;
  const Clock& clock_;
};

}  // namespace tarn::track
