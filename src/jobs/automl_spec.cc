#include "jobs/automl_spec.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "base/yaml.h"
#include "detail/spec_section.h"

namespace tarn::jobs {

using detail::KeyRule;
using detail::Section;
using detail::Treatment;

namespace {

using Places = std::map<std::string, Place>;

// The keys of Azure ML's AutoMLRegressionJob schema, section by section.
constexpr KeyRule kJobKeys[] = {
    {"$schema", Treatment::kQuiet},
    {"type"},
    {"task"},
    {"name"},
    {"display_name"},
    {"experiment_name"},
    {"description"},
    {"tags"},
    {"properties"},
    {"primary_metric"},
    {"target_column_name"},
    {"training_data"},
    {"n_cross_validations"},
    {"validation_data"},
    {"validation_data_size"},
    {"limits"},
    {"featurization"},
    {"training"},
    {"log_verbosity"},
    {"compute"},
    {"seed"},
    {"model_name"},
    {"outputs", Treatment::kSkipped,
     "the model lies in the best trial's artifacts, in outputs/mlflow-model"},
    {"resources", Treatment::kSkipped, "the job runs on this machine"},
    {"queue_settings", Treatment::kSkipped, "the job runs on this machine"},
    {"identity", Treatment::kSkipped, "the job reads data with the rights of who submits it"},
    {"services", Treatment::kSkipped, "a training job has no services"},
    {"environment_id", Treatment::kSkipped, "training needs no environment"},
    {"environment_variables", Treatment::kSkipped, "training runs no user code"},
    {"test_data", Treatment::kRefused, "Score it with PREDICT once the model is registered."},
    {"test_data_size", Treatment::kRefused,
     "Keep test rows in a table of their own and score them with PREDICT."},
    {"cv_split_column_names", Treatment::kRefused, "Use n_cross_validations."},
    {"weight_column_name", Treatment::kRefused, "Rows cannot be weighted."},
};

constexpr KeyRule kDataKeys[] = {
    {"type"},
    {"path"},
    {"table"},
    {"version"},
    {"mode", Treatment::kSkipped, "data are read where they lie"},
    {"path_on_compute", Treatment::kSkipped, "data are read where they lie"},
};

constexpr KeyRule kLimitsKeys[] = {
    {"timeout_minutes"},
    {"max_trials"},
    {"max_concurrent_trials"},
    {"enable_early_termination"},
    {"exit_score"},
    {"trial_timeout_minutes", Treatment::kSkipped,
     "a trial runs until it is done or the job's time is over"},
    {"max_cores_per_trial", Treatment::kSkipped,
     "a trial computes in one thread, so that its result is always the same"},
    {"max_nodes", Treatment::kSkipped, "the job runs on this machine"},
};

constexpr KeyRule kFeaturizationKeys[] = {
    {"mode"},
    {"drop_columns"},
    {"dataset_language", Treatment::kSkipped, "texts are not split into words"},
    {"enable_dnn_featurization", Treatment::kSkippedIfTrue, "there are no neural networks"},
    {"blocked_transformers", Treatment::kRefused, "Featurisation is automatic."},
    {"column_name_and_types", Treatment::kRefused, "Give the columns their types in the table."},
    {"transformer_params", Treatment::kRefused, "Featurisation is automatic."},
};

constexpr KeyRule kTrainingKeys[] = {
    {"allowed_training_algorithms"},
    {"blocked_training_algorithms"},
    {"enable_vote_ensemble"},
    {"training_mode"},
    {"enable_onnx_compatible_models", Treatment::kQuiet},
    {"enable_stack_ensemble"},
    {"enable_model_explainability"},
    {"stack_ensemble_settings", Treatment::kSkipped,
     "the meta learner is an elastic net over out-of-fold predictions of all rows"},
    {"enable_dnn_training", Treatment::kSkippedIfTrue, "there are no neural networks"},
    {"ensemble_model_download_timeout_minutes", Treatment::kSkipped, "nothing is downloaded"},
};

// What Azure ML has besides: recognised, so that the error says what it is.
constexpr std::string_view kJobTypes[] = {"automl", "command", "sweep",     "pipeline",
                                          "spark",  "import",  "finetuning"};
constexpr std::string_view kTasks[] = {"regression",
                                       "classification",
                                       "forecasting",
                                       "image_classification",
                                       "image_classification_multilabel",
                                       "image_object_detection",
                                       "image_instance_segmentation",
                                       "text_classification",
                                       "text_classification_multilabel",
                                       "text_ner"};
constexpr std::string_view kDataTypes[] = {"mltable", "uri_file", "uri_folder"};
constexpr std::string_view kVerbosities[] = {"not_set", "debug", "info",
                                             "warning", "error", "critical"};

void require_only_first(const Yaml& value, std::string_view key,
                        std::span<const std::string_view> names) {
  const std::size_t index = detail::read_enum(value, key, names);
  if (index == 0) return;
  throw Error(Code::kUnsupported,
              "the " + std::string(key) + " '" + std::string(names[index]) +
                  "' is not in this version of Tarn.",
              "Here it is '" + std::string(names[0]) + "'.")
      .at(value.place());
}

struct SpecReader {
  AutoMlSpec spec;
  std::vector<Skipped> skipped;
  Places places;

  void read(const Yaml& document) {
    if (document.kind() != Yaml::Kind::kMap)
      document.fail("expected the keys of a job, found something else.");
    // The type and the task decide which keys there are, so they are looked at first.
    if (const Yaml* type = document.find("type"); type != nullptr && !type->is_null()) {
      require_only_first(*type, "type", kJobTypes);
    }
    if (const Yaml* task = document.find("task"); task != nullptr && !task->is_null()) {
      require_only_first(*task, "task", kTasks);
    }
    const Section job(document, "an AutoML regression job", "", kJobKeys, skipped);
    job.require("type");
    job.require("task");
    for (const auto& [key, value] : document.entries()) places[key.as_string()] = value.place();
    read_names(job);
    read_goal(job);
    spec.training_data = read_data(job.require("training_data"), "training_data", kDataKeys);
    if (const Yaml* validation = job.find("validation_data"))
      spec.validation_data = read_data(*validation, "validation_data", kDataKeys);
    if (const Yaml* limits = job.find("limits")) read_limits(*limits);
    if (const Yaml* featurization = job.find("featurization")) read_featurization(*featurization);
    if (const Yaml* training = job.find("training")) read_training(*training);
  }

  void read_names(const Section& job) {
    spec.name = job.text("name");
    spec.display_name = job.text("display_name");
    spec.experiment_name = job.text("experiment_name");
    spec.description = job.text("description");
    spec.model_name = job.text("model_name");
    if (const Yaml* tags = job.find("tags")) spec.tags = detail::read_texts(*tags);
    if (const Yaml* properties = job.find("properties"))
      spec.properties = detail::read_texts(*properties);
    if (const Yaml* verbosity = job.find("log_verbosity")) {
      detail::read_enum(*verbosity, "log_verbosity", kVerbosities);
    }
    if (const Yaml* compute = job.find("compute");
        compute != nullptr && compute->as_string() != "local") {
      skipped.push_back({compute->place(), "compute: the job runs on this machine"});
    }
    if (const Yaml* seed = job.find("seed")) {
      const long long value = seed->as_int();
      if (value < 0) seed->fail("'seed' must not be negative.");
      spec.seed = static_cast<std::uint64_t>(value);
    }
  }

  void read_goal(const Section& job) {
    const Yaml& target = job.require("target_column_name");
    spec.target_column_name = target.as_string();
    spec.target_place = target.place();
    if (const Yaml* metric = job.find("primary_metric")) {
      std::vector<std::string_view> names;
      for (const ml::Metric known : ml::primary_metrics()) names.push_back(ml::name_of(known));
      spec.primary_metric =
          ml::primary_metrics()[detail::read_enum(*metric, "primary_metric", names)];
    }
    if (const Yaml* folds = job.find("n_cross_validations");
        folds != nullptr && folds->as_string() != "auto") {
      spec.n_cross_validations = static_cast<int>(std::clamp(folds->as_int(), -1ll, 1'000'000ll));
    }
    if (const Yaml* size = job.find("validation_data_size"))
      spec.validation_data_size = size->as_double();
  }

  DataInput read_data(const Yaml& map, const std::string& name, std::span<const KeyRule> keys) {
    const Section data(map, name, name + ".", keys, skipped);
    DataInput input;
    input.place = map.place();
    if (const Yaml* type = data.find("type")) {
      input.type = kDataTypes[detail::read_enum(*type, "type", kDataTypes)];
    }
    const Yaml* path = data.find("path");
    const Yaml* table = data.find("table");
    if ((path == nullptr) == (table == nullptr)) {
      map.fail(name + " needs one of 'path' and 'table'.",
               "For instance table: default.bike_data, or type: uri_file with path: "
               "files/data/rentals.csv.");
    }
    if (table != nullptr) {
      input.table = table->as_string();
      input.place = table->place();
    } else {
      input.path = path->as_string();
      input.place = path->place();
    }
    if (const Yaml* version = data.find("version")) {
      if (table == nullptr) version->fail("'version' goes with 'table'.");
      if (version->as_int() < 0) version->fail("'version' must not be negative.");
      input.table_version = version->as_int();
    }
    return input;
  }

  void read_limits(const Yaml& map) {
    const Section limits(map, "limits", "limits.", kLimitsKeys, skipped);
    for (const auto& [key, value] : map.entries())
      places["limits." + key.as_string()] = value.place();
    // Microseconds are enough, and make 20 s of 0.333… minutes.
    if (const Yaml* timeout = limits.find("timeout_minutes")) {
      spec.timeout_s = std::round(timeout->as_double() * 60e6) / 1e6;
    }
    const auto read_count = [&](std::string_view key, int& target) {
      if (const Yaml* value = limits.find(key)) {
        target = static_cast<int>(std::clamp(value->as_int(), -1ll, 1'000'000'000ll));
      }
    };
    read_count("max_trials", spec.max_trials);
    read_count("max_concurrent_trials", spec.max_concurrent_trials);
    if (const Yaml* early = limits.find("enable_early_termination"))
      spec.enable_early_termination = early->as_bool();
    if (const Yaml* score = limits.find("exit_score")) spec.exit_score = score->as_double();
  }

  void read_featurization(const Yaml& map) {
    // A plain `featurization: auto` is what the first version of the schema had.
    constexpr std::string_view kModes[] = {"auto", "off", "custom"};
    if (map.kind() == Yaml::Kind::kScalar) return require_only_first(map, "featurization", kModes);
    const Section featurization(map, "featurization", "featurization.", kFeaturizationKeys,
                                skipped);
    const Yaml* dropped = featurization.find("drop_columns");
    if (dropped != nullptr) {
      for (const Yaml& column : dropped->items()) spec.drop_columns.push_back(column.as_string());
    }
    const Yaml* mode = featurization.find("mode");
    if (mode == nullptr) return;
    const bool custom = detail::read_enum(*mode, "featurization mode", kModes) == 2;
    if (!custom || dropped == nullptr) require_only_first(*mode, "featurization mode", kModes);
  }

  void read_training(const Yaml& map) {
    const Section training(map, "training", "training.", kTrainingKeys, skipped);
    for (const auto& [key, value] : map.entries())
      places["training." + key.as_string()] = value.place();
    if (const Yaml* ensemble = training.find("enable_vote_ensemble"))
      spec.enable_vote_ensemble = ensemble->as_bool();
    if (const Yaml* ensemble = training.find("enable_stack_ensemble"))
      spec.enable_stack_ensemble = ensemble->as_bool();
    if (const Yaml* explain = training.find("enable_model_explainability"))
      spec.enable_model_explainability = explain->as_bool();
    if (const Yaml* mode = training.find("training_mode")) {
      constexpr std::string_view kModes[] = {"auto", "non_distributed", "distributed"};
      if (detail::read_enum(*mode, "training_mode", kModes) == 2) {
        skipped.push_back({mode->place(), "training.training_mode: trials are not distributed"});
      }
    }
    if (const Yaml* allowed = training.find("allowed_training_algorithms")) {
      spec.allowed_training_algorithms =
          read_algorithms(*allowed, "allowed_training_algorithms", true);
      if (spec.allowed_training_algorithms.empty() && !allowed->items().empty()) {
        throw Error(Code::kUnsupported,
                    "none of the allowed algorithms is in this version of Tarn.", algorithms_hint())
            .at(allowed->place());
      }
    }
    if (const Yaml* blocked = training.find("blocked_training_algorithms")) {
      spec.blocked_training_algorithms =
          read_algorithms(*blocked, "blocked_training_algorithms", false);
    }
  }

  static std::string algorithms_hint() {
    std::vector<std::string> names;
    for (const ml::Algorithm known : ml::all_algorithms()) names.emplace_back(ml::name_of(known));
    return "There are: " + join(names, ", ") + ".";
  }

  // Azure ML writes XGBoostRegressor and xg_boost_regressor.
  static ml::Algorithm read_algorithm(const std::string& name) {
    for (const ml::Algorithm known : ml::all_algorithms()) {
      if (detail::plain_name(ml::name_of(known)) == detail::plain_name(name)) return known;
    }
    return ml::parse_algorithm(name);
  }

  std::vector<ml::Algorithm> read_algorithms(const Yaml& list, std::string_view key, bool tell) {
    std::vector<ml::Algorithm> algorithms;
    for (const Yaml& item : list.items()) {
      try {
        const ml::Algorithm algorithm = read_algorithm(item.as_string());
        if (std::find(algorithms.begin(), algorithms.end(), algorithm) == algorithms.end()) {
          algorithms.push_back(algorithm);
        }
      } catch (Error& error) {
        if (error.code() != Code::kUnsupported) {
          error.set_place(item.place());
          throw;
        }
        if (tell) {
          skipped.push_back({item.place(), "training." + std::string(key) + ": " +
                                               item.as_string() +
                                               " is not in this version of Tarn"});
        }
      }
    }
    return algorithms;
  }
};

[[noreturn]] void refuse(const Places& places, std::string_view key, const std::string& message,
                         const std::string& hint = {}) {
  Error error(Code::kInvalidArgument, message, hint);
  if (const auto place = places.find(std::string(key)); place != places.end())
    error.set_place(place->second);
  throw error;
}

void check_names(const AutoMlSpec& spec, const Places& places) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  if (spec.name.size() > kJobNameBytesMax ||
      !std::all_of(spec.name.begin(), spec.name.end(), allowed)) {
    refuse(places, "name",
           "the name of a job has letters, digits, '-' and '_', and at most 255 of them.");
  }
  if (spec.description.size() > kDescriptionBytesMax) {
    refuse(places, "description", "the description is longer than 5000 bytes.");
  }
  if (spec.target_column_name.empty()) {
    refuse(places, "target_column_name", "the target column is missing.",
           "Name the column to predict.");
  }
  const DataInput& data = spec.training_data;
  if (data.table.empty() == data.path.empty()) {
    refuse(places, "training_data", "training data are a table or a path.");
  }
}

void check_data_path(const DataInput& data) {
  if (data.path.empty()) return;
  if (data.path.starts_with("azureml:") && !data.path.starts_with("azureml://")) {
    throw Error(Code::kUnsupported,
                "data assets are not in this version of Tarn: '" + data.path + "'.",
                "Use a path of the lake, or table: with a table's name.")
        .at(data.place);
  }
  const bool local = data.path.starts_with('.') || data.path.starts_with('/') ||
                     data.path.starts_with('~') || data.path.starts_with("file:");
  if (local) {
    throw Error(Code::kInvalidArgument, "the data lie outside the lake: '" + data.path + "'.",
                "Put them into it first: tarn lake put FILE files/data/")
        .at(data.place);
  }
}

void check_validation(const AutoMlSpec& spec, const Places& places) {
  const int ways = spec.n_cross_validations.has_value() + spec.validation_data_size.has_value() +
                   spec.validation_data.has_value();
  const char* key = spec.validation_data ? "validation_data" : "validation_data_size";
  if (ways > 1) {
    refuse(places, key, "trials are judged in one way only.",
           "Give one of n_cross_validations, validation_data_size and validation_data.");
  }
  if (spec.validation_data_size && !(*spec.validation_data_size >= ml::kHoldoutPartMin &&
                                     *spec.validation_data_size <= ml::kHoldoutPartMax)) {
    refuse(places, "validation_data_size", "'validation_data_size' must be between 0.01 and 0.9.");
  }
  for (const std::string& column : spec.drop_columns) {
    if (!equal_ignoring_case(column, spec.target_column_name)) continue;
    refuse(places, "featurization", "the target cannot be left out: '" + column + "'.");
  }
}

void check_limits(const AutoMlSpec& spec, const Places& places) {
  if (!(spec.timeout_s >= kTimeoutMinS && spec.timeout_s <= kTimeoutMaxS)) {
    refuse(places, "limits.timeout_minutes",
           "the time limit must be between 1 second and 30 days.");
  }
  const auto within = [&](std::string_view key, int value, int minimum, int maximum) {
    if (value >= minimum && value <= maximum) return;
    refuse(places, key,
           "'" + std::string(key) + "' must be between " + std::to_string(minimum) + " and " +
               std::to_string(maximum) + ".");
  };
  within("limits.max_trials", spec.max_trials, 1, ml::kTrialsMax);
  within("limits.max_concurrent_trials", spec.max_concurrent_trials, 1, ml::kConcurrencyMax);
  if (spec.n_cross_validations)
    within("n_cross_validations", *spec.n_cross_validations, 2, ml::kFoldsMax);
  std::size_t left = 0;
  const std::vector<ml::Algorithm> all = ml::all_algorithms();
  for (const ml::Algorithm algorithm :
       spec.allowed_training_algorithms.empty() ? all : spec.allowed_training_algorithms) {
    const auto& blocked = spec.blocked_training_algorithms;
    left += std::find(blocked.begin(), blocked.end(), algorithm) == blocked.end();
  }
  if (left == 0)
    refuse(places, "training.blocked_training_algorithms", "every algorithm is blocked.");
}

void check_all(const AutoMlSpec& spec, const Places& places) {
  check_names(spec, places);
  check_data_path(spec.training_data);
  if (spec.validation_data) check_data_path(*spec.validation_data);
  check_validation(spec, places);
  check_limits(spec, places);
}

Json data_json(const DataInput& input) {
  if (input.table.empty()) return {{"type", input.type}, {"path", input.path}};
  Json data{{"table", input.table}};
  if (input.table_version) data["version"] = *input.table_version;
  return data;
}

Json names_of(const std::vector<ml::Algorithm>& algorithms) {
  Json names = Json::array();
  for (const ml::Algorithm algorithm : algorithms) names.push_back(ml::name_of(algorithm));
  return names;
}

}  // namespace

ParsedSpec parse_automl(std::string_view text, std::string_view source) {
  if (text.size() > kSpecBytesMax) {
    throw Error(Code::kTooLarge,
                "The job's file is larger than " + std::to_string(kSpecBytesMax) + " bytes.");
  }
  const Yaml document = Yaml::parse(text, std::string(source));
  SpecReader reader;
  reader.read(document);
  check_all(reader.spec, reader.places);
  return {std::move(reader.spec), std::move(reader.skipped)};
}

void validate(const AutoMlSpec& spec) { check_all(spec, {}); }

std::string to_json(const AutoMlSpec& spec) {
  Json json{{"type", "automl"}, {"task", "regression"}};
  const auto put_text = [&](const char* key, const std::string& text) {
    if (!text.empty()) json[key] = text;
  };
  put_text("name", spec.name);
  put_text("display_name", spec.display_name);
  put_text("experiment_name", spec.experiment_name);
  put_text("description", spec.description);
  if (!spec.tags.empty()) json["tags"] = spec.tags;
  if (!spec.properties.empty()) json["properties"] = spec.properties;
  json["target_column_name"] = spec.target_column_name;
  json["training_data"] = data_json(spec.training_data);
  if (spec.validation_data) json["validation_data"] = data_json(*spec.validation_data);
  if (spec.validation_data_size) json["validation_data_size"] = *spec.validation_data_size;
  json["primary_metric"] = ml::name_of(spec.primary_metric);
  if (spec.n_cross_validations) json["n_cross_validations"] = *spec.n_cross_validations;
  Json limits{{"timeout_minutes", spec.timeout_s / 60},
              {"max_trials", spec.max_trials},
              {"max_concurrent_trials", spec.max_concurrent_trials},
              {"enable_early_termination", spec.enable_early_termination}};
  if (spec.exit_score) limits["exit_score"] = *spec.exit_score;
  json["limits"] = limits;
  if (!spec.drop_columns.empty())
    json["featurization"] = {{"mode", "custom"}, {"drop_columns", spec.drop_columns}};
  Json training{{"enable_vote_ensemble", spec.enable_vote_ensemble},
                {"enable_stack_ensemble", spec.enable_stack_ensemble},
                {"enable_model_explainability", spec.enable_model_explainability}};
  if (!spec.allowed_training_algorithms.empty()) {
    training["allowed_training_algorithms"] = names_of(spec.allowed_training_algorithms);
  }
  if (!spec.blocked_training_algorithms.empty()) {
    training["blocked_training_algorithms"] = names_of(spec.blocked_training_algorithms);
  }
  json["training"] = training;
  json["seed"] = spec.seed;
  put_text("model_name", spec.model_name);
  return json.dump();
}

}  // namespace tarn::jobs
