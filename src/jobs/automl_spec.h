#pragma once
// The specification of an AutoML regression job, as Azure ML's YAML has it (schema
// autoMLRegressionJob).
//
// Owns the reading of that YAML (JSON is YAML) with positions, its defaults, and the refusal of
// what is not here. Keys of our own: `table` and `version` in training_data, `model_name`, `seed`,
// and a fraction in timeout_minutes. Never looks at data, files or the store.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ml/regression.h"

namespace tarn::jobs {

inline constexpr std::size_t kSpecBytesMax = 1u << 20;
inline constexpr std::size_t kJobNameBytesMax = 255;
inline constexpr std::size_t kDescriptionBytesMax = 5000;
inline constexpr double kTimeoutMaxS = 30.0 * 24 * 3600;
inline constexpr double kTimeoutMinS = 1;

// Azure's defaults.
inline constexpr double kTimeoutDefaultS = 360.0 * 60;
inline constexpr int kTrialsDefault = 1000;
/// With enable_early_termination: trials in a row without a better one that end the search.
inline constexpr int kTrialsWithoutProgressMax = 100;

/// What to train on: a table of the catalog or a path of the lake.
struct DataInput {
  std::string table;                          // "default.bike_data"; empty: see path
  std::optional<std::int64_t> table_version;  // a Delta version; empty: the newest
  std::string type = "mltable";               // of a path: "mltable", "uri_file" or "uri_folder"
  std::string path;  // "files/data/x.csv", "azureml://datastores/…", "abfss://…"
  Place place;

  std::string text() const { return table.empty() ? path : table; }
};

struct AutoMlSpec {
  std::string name;             // of the job; empty: made up
  std::string display_name;     // empty: the name
  std::string experiment_name;  // empty: Default
  std::string description;
  std::map<std::string, std::string> tags;
  std::map<std::string, std::string> properties;

  std::string target_column_name;
  Place target_place;
  DataInput training_data;

  ml::Metric primary_metric = ml::Metric::kNormalizedRootMeanSquaredError;  // Azure's default
  // How trials are judged: one of these at most.
  std::optional<int> n_cross_validations;      // empty: auto
  std::optional<double> validation_data_size;  // a part of the rows, held out
  std::optional<DataInput> validation_data;    // rows of their own
  double timeout_s = kTimeoutDefaultS;
  int max_trials = kTrialsDefault;
  int max_concurrent_trials = 1;
  bool enable_early_termination = true;
  std::optional<double> exit_score;
  std::vector<ml::Algorithm> allowed_training_algorithms;  // empty: all
  std::vector<ml::Algorithm> blocked_training_algorithms;
  bool enable_vote_ensemble = true;
  bool enable_stack_ensemble = true;
  bool enable_model_explainability = true;  // the importance of columns beside the best model
  std::vector<std::string> drop_columns;    // left out of the features

  std::uint64_t seed = 0;
  std::string model_name;  // to register the best model under; empty: it is not registered
};

/// A key that Azure ML knows and that has no effect here, with the reason: told to the user, never
/// passed over.
struct Skipped {
  Place place;
  std::string text;  // "limits.trial_timeout_minutes: a trial runs until it is done"
};

struct ParsedSpec {
  AutoMlSpec spec;
  std::vector<Skipped> skipped;
};

/// Reads YAML or JSON; `source` names it in errors ("automl.yml"). Throws Error with a place:
/// kInvalidArgument for an unknown key (with the nearest), a wrong type or value, or a missing key;
/// kUnsupported for a job type, a task or a setting of Azure ML that would change the result and is
/// not here.
ParsedSpec parse_automl(std::string_view text, std::string_view source);

/// Checks a specification that was not parsed but filled in. Throws Error(kInvalidArgument).
void validate(const AutoMlSpec& spec);

/// The specification as JSON under Azure's keys; parse_automl() reads it back.
std::string to_json(const AutoMlSpec& spec);

}  // namespace tarn::jobs
