#include "jobs/automl_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tarn::jobs {
namespace {

using testing::ElementsAre;

constexpr const char* kWhole = R"(
$schema: https://azuremlschemas.azureedge.net/latest/autoMLRegressionJob.schema.json
type: automl
task: regression
name: bike-1
display_name: Bike rentals
experiment_name: mslearn-bike-rentals
description: Predicts rentals
tags: {course: dp-203, empty: }
compute: local
log_verbosity: debug
primary_metric: spearman_correlation
target_column_name: rentals
training_data:
  type: uri_file
  path: files/data/bike.csv
n_cross_validations: 5
limits:
  timeout_minutes: 15
  max_trials: 40
  max_concurrent_trials: 2
  enable_early_termination: false
  exit_score: 0.99
featurization:
  mode: auto
training:
  enable_vote_ensemble: false
  enable_onnx_compatible_models: true
  allowed_training_algorithms: [LightGBM, xg_boost_regressor]
  blocked_training_algorithms: [KNN, SGD, FastLinearRegressor]
seed: 7
model_name: rental-prediction-model
)";

constexpr const char* kLeast = R"(type: automl
task: regression
target_column_name: rentals
training_data:
  table: default.bike_data
)";

AutoMlSpec spec_of(std::string_view text) { return parse_automl(text, "job.yml").spec; }

TEST(AutoMlSpec, ReadsEveryKey) {
  const ParsedSpec parsed = parse_automl(kWhole, "job.yml");
  const AutoMlSpec& spec = parsed.spec;
  EXPECT_TRUE(parsed.skipped.empty());
  EXPECT_EQ(spec.name, "bike-1");
  EXPECT_EQ(spec.display_name, "Bike rentals");
  EXPECT_EQ(spec.experiment_name, "mslearn-bike-rentals");
  EXPECT_EQ(spec.description, "Predicts rentals");
  EXPECT_THAT(spec.tags,
              ElementsAre(testing::Pair("course", "dp-203"), testing::Pair("empty", "")));
  EXPECT_EQ(spec.primary_metric, ml::Metric::kSpearmanCorrelation);
  EXPECT_EQ(spec.target_column_name, "rentals");
  EXPECT_EQ(spec.training_data.type, "uri_file");
  EXPECT_EQ(spec.training_data.path, "files/data/bike.csv");
  EXPECT_EQ(spec.n_cross_validations, 5);
  EXPECT_EQ(spec.timeout_s, 900);
  EXPECT_EQ(spec.max_trials, 40);
  EXPECT_EQ(spec.max_concurrent_trials, 2);
  EXPECT_FALSE(spec.enable_early_termination);
  EXPECT_EQ(spec.exit_score, 0.99);
  EXPECT_FALSE(spec.enable_vote_ensemble);
  EXPECT_THAT(spec.allowed_training_algorithms,
              ElementsAre(ml::Algorithm::kLightGbm, ml::Algorithm::kXGBoostRegressor));
  // FastLinearRegressor is Azure's and not here: blocking it is already so.
  EXPECT_THAT(spec.blocked_training_algorithms,
              ElementsAre(ml::Algorithm::kKnn, ml::Algorithm::kSgd));
  EXPECT_EQ(spec.seed, 7u);
  EXPECT_EQ(spec.model_name, "rental-prediction-model");
}

TEST(AutoMlSpec, HasAzuresDefaults) {
  const AutoMlSpec spec = spec_of(kLeast);
  EXPECT_EQ(spec.primary_metric, ml::Metric::kNormalizedRootMeanSquaredError);
  EXPECT_EQ(spec.timeout_s, 6 * 3600);
  EXPECT_EQ(spec.max_trials, 1000);
  EXPECT_EQ(spec.max_concurrent_trials, 1);
  EXPECT_TRUE(spec.enable_early_termination);
  EXPECT_TRUE(spec.enable_vote_ensemble);
  EXPECT_FALSE(spec.n_cross_validations.has_value());
  EXPECT_EQ(spec.training_data.table, "default.bike_data");
}

TEST(AutoMlSpec, JsonIsReadBack) {
  for (const char* text : {kWhole, kLeast}) {
    const std::string json = to_json(spec_of(text));
    EXPECT_EQ(to_json(spec_of(json)), json);
  }
  AutoMlSpec spec = spec_of(kLeast);
  spec.timeout_s = 20;
  EXPECT_EQ(spec_of(to_json(spec)).timeout_s, 20);
}

TEST(AutoMlSpec, AcceptsAzuresSpellings) {
  EXPECT_EQ(spec_of(std::string(kLeast) + "primary_metric: R2Score\n").primary_metric,
            ml::Metric::kR2Score);
  EXPECT_FALSE(
      spec_of(std::string(kLeast) + "n_cross_validations: auto\n").n_cross_validations.has_value());
  EXPECT_EQ(spec_of(std::string(kLeast) + "limits:\n  timeout_minutes: 0.5\n").timeout_s, 30);
}

TEST(AutoMlSpec, ReadsHowTrialsAreJudged) {
  const AutoMlSpec own =
      spec_of(std::string(kLeast) + "validation_data: {table: default.holdout, version: 3}\n");
  ASSERT_TRUE(own.validation_data.has_value());
  EXPECT_EQ(own.validation_data->table, "default.holdout");
  EXPECT_EQ(own.validation_data->table_version, 3);
  const AutoMlSpec part = spec_of(std::string(kLeast) + "validation_data_size: 0.25\n");
  EXPECT_EQ(part.validation_data_size, 0.25);
  for (const AutoMlSpec& spec : {own, part})
    EXPECT_EQ(to_json(spec_of(to_json(spec))), to_json(spec));
}

TEST(AutoMlSpec, ReadsDroppedColumnsAndEnsembles) {
  const AutoMlSpec spec = spec_of(std::string(kLeast) + R"(featurization:
  mode: custom
  drop_columns: [hum, windspeed]
training:
  enable_stack_ensemble: false
  enable_model_explainability: false
)");
  EXPECT_THAT(spec.drop_columns, ElementsAre("hum", "windspeed"));
  EXPECT_FALSE(spec.enable_stack_ensemble);
  EXPECT_FALSE(spec.enable_model_explainability);
  EXPECT_TRUE(spec.enable_vote_ensemble);
  EXPECT_EQ(to_json(spec_of(to_json(spec))), to_json(spec));
}

TEST(AutoMlSpec, NamesWhatHasNoEffect) {
  const std::string text = std::string(kLeast) + R"(compute: azureml:cpu-cluster
limits:
  trial_timeout_minutes: 20
training:
  enable_dnn_training: true
  enable_model_explainability: false
  allowed_training_algorithms: [LightGBM, FastLinearRegressor]
)";
  std::vector<std::string> told;
  for (const Skipped& skipped : parse_automl(text, "job.yml").skipped) {
    told.push_back(std::to_string(skipped.place.line) + ": " + skipped.text);
  }
  EXPECT_THAT(told,
              ElementsAre("6: compute: the job runs on this machine",
                          "8: limits.trial_timeout_minutes: a trial runs until it is done or "
                          "the job's time is over",
                          "10: training.enable_dnn_training: there are no neural networks",
                          "12: training.allowed_training_algorithms: FastLinearRegressor is not "
                          "in this version of Tarn"));
}

struct Bad {
  const char* text;  // appended to kLeast, unless it begins with "type"
  const char* what;
};

class BadSpec : public testing::TestWithParam<Bad> {};

TEST_P(BadSpec, SaysWhatAndWhere) {
  const std::string_view text = GetParam().text;
  const std::string whole =
      text.starts_with("type") ? std::string(text) : kLeast + std::string(text);
  try {
    parse_automl(whole, "job.yml");
    FAIL() << "accepted: " << whole;
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), GetParam().what);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Corpus, BadSpec,
    testing::Values(
        Bad{"target_colum_name: x\n",
            "job.yml:6:1: unknown key 'target_colum_name' in an AutoML regression job. Did you "
            "mean "
            "'target_column_name'?"},
        Bad{"limits:\n  timeout_minute: 3\n",
            "job.yml:7:3: unknown key 'timeout_minute' in limits. Did you mean 'timeout_minutes'?"},
        Bad{"training:\n  allowed_algorithms: []\n",
            "job.yml:7:3: unknown key 'allowed_algorithms' in training."},
        Bad{"primary_metric: spearman\n",
            "job.yml:6:17: unknown value 'spearman' of 'primary_metric'. It is one of: "
            "spearman_correlation, "
            "normalized_root_mean_squared_error, r2_score, normalized_mean_absolute_error."},
        Bad{"primary_metric: r2_scor\n",
            "job.yml:6:17: unknown value 'r2_scor' of 'primary_metric'. Did you mean 'r2_score'?"},
        Bad{"limits:\n  max_trials: many\n",
            "job.yml:7:15: Expected a whole number, found 'many'."},
        Bad{"limits:\n  max_trials: 0\n",
            "job.yml:7:15: 'limits.max_trials' must be between 1 and 10000."},
        Bad{"limits:\n  timeout_minutes: -1\n",
            "job.yml:7:20: the time limit must be between 1 second and 30 days."},
        Bad{"n_cross_validations: 1\n",
            "job.yml:6:22: 'n_cross_validations' must be between 2 and 50."},
        Bad{"training:\n  enable_vote_ensemble: maybe\n",
            "job.yml:7:25: Expected true or false, found 'maybe'."},
        Bad{"seed: -4\n", "job.yml:6:7: 'seed' must not be negative."},
        Bad{"name: bike rentals\n",
            "job.yml:6:7: the name of a job has letters, digits, '-' and '_', and at most 255 of "
            "them."},
        Bad{"validation_data:\n  path: files/v.csv\nn_cross_validations: 5\n",
            "job.yml:7:3: trials are judged in one way only. Give one of n_cross_validations, "
            "validation_data_size and validation_data."},
        Bad{"validation_data: {}\n",
            "job.yml:6:18: validation_data needs one of 'path' and 'table'. For instance table: "
            "default.bike_data, or type: uri_file with path: files/data/rentals.csv."},
        Bad{"validation_data_size: 1.5\n",
            "job.yml:6:23: 'validation_data_size' must be between 0.01 and 0.9."},
        Bad{"featurization:\n  drop_columns: [Rentals]\n",
            "job.yml:7:3: the target cannot be left out: 'Rentals'."},
        Bad{"weight_column_name: w\n",
            "job.yml:6:1: 'weight_column_name' is not in this version of Tarn. Rows cannot be "
            "weighted."},
        Bad{"featurization:\n  mode: custom\n",
            "job.yml:7:9: the featurization mode 'custom' is not in this version of Tarn. Here it "
            "is 'auto'."},
        Bad{"featurization:\n  transformer_params: {}\n",
            "job.yml:7:3: 'featurization.transformer_params' is not in this version of Tarn. "
            "Featurisation is "
            "automatic."},
        Bad{"limits: 7\n", "job.yml:6:9: Expected keys with values here."},
        Bad{"type: automl\ntask: classification\n",
            "job.yml:2:7: the task 'classification' is not in this version of Tarn. Here it is "
            "'regression'."},
        Bad{"type: comand\n",
            "job.yml:1:7: unknown value 'comand' of 'type'. Did you mean 'command'?"},
        Bad{"type: command\n",
            "job.yml:1:7: the type 'command' is not in this version of Tarn. Here it is 'automl'."},
        Bad{"type: automl\ntask: regression\n",
            "job.yml:1:1: the key 'target_column_name' is missing in an AutoML regression job."},
        Bad{"type: automl\ntask: regression\ntarget_column_name: y\ntraining_data:\n  type: "
            "mltable\n",
            "job.yml:5:3: training_data needs one of 'path' and 'table'. For instance table: "
            "default.bike_data, or "
            "type: uri_file with path: files/data/rentals.csv."},
        Bad{"type: automl\ntask: regression\ntarget_column_name: y\ntraining_data:\n  path: "
            "azureml:bike:1\n",
            "job.yml:5:9: data assets are not in this version of Tarn: 'azureml:bike:1'. Use a "
            "path of the lake, or "
            "table: with a table's name."},
        Bad{"type: automl\ntask: regression\ntarget_column_name: y\ntraining_data:\n  path: "
            "./training\n",
            "job.yml:5:9: the data lie outside the lake: './training'. Put them into it first: "
            "tarn lake put FILE "
            "files/data/"},
        Bad{"type: automl\ntask: regression\ntarget_column_name: y\ntraining_data:\n  path: a\n  "
            "type: csv\n",
            "job.yml:6:9: unknown value 'csv' of 'type'. It is one of: mltable, uri_file, "
            "uri_folder."}));

TEST(AutoMlSpec, RefusesAlgorithmsThatDoNotExist) {
  const std::string text =
      std::string(kLeast) + "training:\n  allowed_training_algorithms: [LightGMB]\n";
  try {
    parse_automl(text, "job.yml");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInvalidArgument);
    ASSERT_TRUE(error.place().has_value());
    EXPECT_EQ(error.place()->line, 7);
    EXPECT_THAT(error.hint(), testing::HasSubstr("LightGBM"));
  }
}

TEST(AutoMlSpec, RefusesWhenNoAlgorithmIsLeft) {
  const std::string none =
      std::string(kLeast) + "training:\n  allowed_training_algorithms: [FastLinearRegressor]\n";
  EXPECT_THROW(parse_automl(none, "job.yml"), Error);
  const std::string blocked =
      std::string(kLeast) +
      "training:\n  allowed_training_algorithms: [KNN]\n  blocked_training_algorithms: [KNN]\n";
  EXPECT_THROW(parse_automl(blocked, "job.yml"), Error);
}

TEST(AutoMlSpec, RefusesWhatIsNoMap) {
  for (const char* text : {"", "[]", "just text", "- a\n- b"})
    EXPECT_THROW(parse_automl(text, "job.yml"), Error) << text;
}

}  // namespace
}  // namespace tarn::jobs
