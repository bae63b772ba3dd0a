#include "ml/regression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "base/error.h"
#include "ml/onnx_export.h"
#include "test_data.h"

namespace tarn::ml {
namespace {

using testing::HasSubstr;

/// Moves on by a fixed step whenever it is looked at.
class SteppingClock : public Clock {
 public:
  explicit SteppingClock(Micros step) : step_(step) {}
  Micros now() const override { return now_ += step_; }

 private:
  Micros step_;
  mutable std::atomic<Micros> now_ = 0;
};

class Recorder : public TrialListener {
 public:
  void on_features(const FeatureReport&) override { ++features; }
  void on_trial_started(const TrialInfo& info) override { started.insert(info.index); }
  void on_trial_finished(const TrialResult& result) override {
    finished.insert(result.info.index);
    if (cancel_after > 0 && static_cast<int>(finished.size()) == cancel_after) source.cancel();
  }
  void on_best(const TrialResult& result, const Model& model) override {
    best.push_back(result.metrics[Metric::kSpearmanCorrelation]);
    exported = export_onnx(model);
  }
  void on_ensemble(const TrialResult&) override { ++ensembles; }

  int features = 0;
  std::set<int> started;
  std::set<int> finished;
  std::vector<double> best;
  std::string exported;
  int ensembles = 0;
  int cancel_after = 0;
  CancelSource source;
};

Error error_of(const Frame& frame, const std::string& target,
               const Settings& settings = quick_settings()) {
  TrialListener listener;
  try {
    train(frame, target, settings, listener);
  } catch (const Error& e) {
    return e;
  }
  ADD_FAILURE() << "no error";
  return Error(Code::kInternal, "none");
}

TEST(RegressionTest, LearnsAndReports) {
  Recorder recorder;
  Settings settings = quick_settings();
  settings.trials_max = 6;
  const TrainResult result = train(mixed_frame({.rows = 200}), "price", settings, recorder);
  EXPECT_EQ(result.trials.size(), 6u);
  EXPECT_EQ(result.ended_by, "trials");
  EXPECT_EQ(result.folds, 3);
  EXPECT_EQ(recorder.features, 1);
  EXPECT_EQ(recorder.started.size(), 6u);
  EXPECT_EQ(recorder.finished.size(), 6u);
  EXPECT_EQ(recorder.ensembles, 2);  // voting and stacking
  EXPECT_TRUE(std::is_sorted(recorder.best.begin(), recorder.best.end()));
  EXPECT_FALSE(recorder.exported.empty());
  EXPECT_EQ(result.features.rows, 200u);
  EXPECT_EQ(result.features.columns.size(), 7u);
  EXPECT_GT(result.best.metrics[Metric::kSpearmanCorrelation], 0.8);
  for (const TrialResult& trial : result.trials) {
    EXPECT_TRUE(trial.succeeded()) << trial.error;
    EXPECT_EQ(trial.folds.size(), 3u);
    EXPECT_FALSE(trial.info.params.empty());
  }
  ASSERT_EQ(result.ensembles.size(), 2u);
  EXPECT_EQ(result.ensembles[0].info.algorithm, "VotingEnsemble");
  EXPECT_EQ(result.ensembles[1].info.algorithm, "StackEnsemble");
}

TEST(RegressionTest, SameSeedSameModelWhateverTheConcurrencyAndTheClock) {
  const Frame frame = mixed_frame({.rows = 60});
  const SteppingClock clock(1000);
  const auto bytes = [&](int concurrency, std::uint64_t seed, const Clock* with) {
    Settings settings = quick_settings();
    settings.folds = 2;
    settings.trials_max = 30;  // past the portfolio, and past where trials may end early
    settings.concurrency = concurrency;
    settings.seed = seed;
    if (with != nullptr) settings.clock = with;
    settings.blocked_algorithms = {Algorithm::kRandomForest, Algorithm::kElasticNet};
    TrialListener listener;
    return export_onnx(train(frame, "price", settings, listener).model);
  };
  const std::string one = bytes(1, 0, nullptr);
  EXPECT_EQ(one, bytes(2, 0, nullptr));
  EXPECT_EQ(one, bytes(3, 0, &clock));
  EXPECT_NE(one, bytes(1, 1, nullptr));
}

/// Keeps what a crash would leave.
class RecordKeeper : public Recorder {
 public:
  void on_trial_record(const TrialResult& result, std::string_view record) override {
    records.emplace(result.info.index, record);
  }
  std::map<int, std::string> records;
};

TEST(RegressionTest, GoesOnWithWhatAnEarlierRunHadDone) {
  const Frame frame = mixed_frame({.rows = 60});
  Settings settings = quick_settings();
  settings.folds = 3;
  settings.trials_max = 30;
  settings.blocked_algorithms = {Algorithm::kRandomForest, Algorithm::kXGBoostRegressor};
  RecordKeeper whole;
  const TrainResult first = train(frame, "price", settings, whole);
  ASSERT_EQ(whole.records.size(), 30u);
  for (const auto& [index, record] : whole.records) {
    if (index != 3 && index < 25) settings.records.push_back(record);
  }
  settings.records.emplace_back("rubbish");
  settings.records.push_back(whole.records.at(7).substr(0, 90));
  RecordKeeper rest;
  const TrainResult second = train(frame, "price", settings, rest);
  EXPECT_EQ(rest.started, (std::set<int>{3, 25, 26, 27, 28, 29}));
  EXPECT_EQ(rest.finished, rest.started);
  EXPECT_EQ(export_onnx(first.model), export_onnx(second.model));
  ASSERT_EQ(second.trials.size(), first.trials.size());
  for (std::size_t i = 0; i < first.trials.size(); ++i) {
    EXPECT_EQ(
        first.trials[i].metrics[Metric::kR2Score] == second.trials[i].metrics[Metric::kR2Score],
        first.trials[i].succeeded());
    EXPECT_EQ(first.trials[i].ended_early, second.trials[i].ended_early);
  }
  // Of another seed: nothing fits.
  settings.seed = 1;
  settings.trials_max = 2;
  RecordKeeper other;
  train(frame, "price", settings, other);
  EXPECT_EQ(other.started.size(), 2u);
}

TEST(RegressionTest, TrialsThatCannotWinEndEarly) {
  Settings settings = quick_settings();
  settings.folds = 5;
  settings.trials_max = 60;
  settings.allowed_algorithms = {Algorithm::kElasticNet, Algorithm::kKnn, Algorithm::kDecisionTree};
  const auto ended = [&](int concurrency) {
    settings.concurrency = concurrency;
    TrialListener listener;
    std::vector<int> indexes;
    for (const TrialResult& trial : train(plain_frame(80), "y", settings, listener).trials) {
      if (trial.ended_early.empty()) continue;
      EXPECT_FALSE(trial.succeeded());
      EXPECT_THAT(trial.ended_early,
                  testing::MatchesRegex("after [234] of 5 folds: it is too far behind to win"));
      indexes.push_back(trial.info.index);
    }
    return indexes;
  };
  const std::vector<int> one = ended(1);
  ASSERT_FALSE(one.empty());
  EXPECT_GE(one.front(), 20);
  EXPECT_EQ(one, ended(2));
  settings.early_termination = false;
  EXPECT_TRUE(ended(2).empty());
}

TEST(RegressionTest, PredictionsAreTold) {
  class Listener : public TrialListener {
   public:
    void on_predictions(const TrialInfo& info, std::span<const double> truth,
                        std::span<const double> predicted) override {
      EXPECT_EQ(truth.size(), 60u);
      EXPECT_EQ(predicted.size(), 60u);
      algorithms.push_back(info.algorithm);
    }
    std::vector<std::string> algorithms;
  } listener;
  Settings settings = quick_settings();
  settings.trials_max = 2;
  train(plain_frame(60), "y", settings, listener);
  EXPECT_THAT(listener.algorithms, testing::ElementsAre("LightGBM", "GaussianProcess",
                                                        "VotingEnsemble", "StackEnsemble"));
}

TEST(RegressionTest, ATimeLimitOnlyCutsTheListOfTrials) {
  const Frame frame = plain_frame(60);
  const SteppingClock clock(2000);
  Settings settings = quick_settings();
  settings.trials_max = 500;
  settings.timeout_s = 6;
  settings.clock = &clock;
  TrialListener listener;
  const TrainResult cut = train(frame, "y", settings, listener);
  EXPECT_EQ(cut.ended_by, "timeout");
  ASSERT_GT(cut.trials.size(), 0u);
  ASSERT_LT(cut.trials.size(), 500u);
  settings.timeout_s.reset();
  settings.trials_max = static_cast<int>(cut.trials.size());
  const TrainResult whole = train(frame, "y", settings, listener);
  EXPECT_EQ(export_onnx(cut.model), export_onnx(whole.model));
}

TEST(RegressionTest, NoTimeAtAllIsAnError) {
  const SteppingClock clock(1'000'000);
  Settings settings = quick_settings();
  settings.timeout_s = 0.5;
  settings.clock = &clock;
  EXPECT_EQ(error_of(plain_frame(100), "y", settings).code(), Code::kDeadlineExceeded);
}

TEST(RegressionTest, ATrialThatTookNearlyAllTheTimeIsStillAModel) {
  const Frame frame = plain_frame(60);
  Settings settings = quick_settings();
  settings.trials_max = 500;
  TrialListener listener;
  for (const double timeout_s : {1.0, 1.2, 1.4, 1.7, 2.0, 3.0}) {
    const SteppingClock clock(1000);  // the first trial looks at it some 900 times
    settings.timeout_s = timeout_s;
    settings.clock = &clock;
    const TrainResult result = train(frame, "y", settings, listener);
    EXPECT_EQ(result.ended_by, "timeout");
    EXPECT_EQ(result.model.predict(frame).size(), 60u);
  }
}

TEST(RegressionTest, EndsWithoutProgress) {
  Settings settings = quick_settings();
  settings.trials_max = 200;
  settings.trials_without_progress_max = 3;
  settings.allowed_algorithms = {Algorithm::kElasticNet};
  const auto run = [&](int concurrency) {
    settings.concurrency = concurrency;
    TrialListener listener;
    return train(plain_frame(60), "y", settings, listener);
  };
  const TrainResult one = run(1);
  EXPECT_EQ(one.ended_by, "no progress");
  EXPECT_LT(one.trials.size(), 200u);
  EXPECT_EQ(export_onnx(one.model), export_onnx(run(2).model));
}

TEST(RegressionTest, CancelEndsItAtOnce) {
  Recorder recorder;
  recorder.cancel_after = 2;
  Settings settings = quick_settings();
  settings.trials_max = 1000;
  settings.concurrency = 2;
  try {
    train(mixed_frame({.rows = 100}), "price", settings, recorder, recorder.source.token());
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kCancelled);
  }
  EXPECT_LT(recorder.finished.size(), 6u);
}

TEST(RegressionTest, WhatAListenerThrowsComesOut) {
  class Thrower : public TrialListener {
    void on_trial_finished(const TrialResult&) override {
      throw Error(Code::kDataLoss, "the disk is full");
    }
  } thrower;
  Settings settings = quick_settings();
  settings.concurrency = 2;
  try {
    train(plain_frame(50), "y", settings, thrower);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kDataLoss);
  }
}

TEST(RegressionTest, RowsWithoutTargetAreLeftOut) {
  FrameBuilder builder({{"x", ColumnType::kDouble}, {"y", ColumnType::kInt64}});
  for (int i = 0; i < 60; ++i) {
    builder.append_double(0, i % 17);
    i % 3 == 0 ? builder.append_null(1) : builder.append_integer(1, i % 17);
  }
  TrialListener listener;
  const TrainResult result = train(builder.finish(), "y", quick_settings(), listener);
  EXPECT_EQ(result.features.rows, 40u);
  EXPECT_EQ(result.features.rows_without_target, 20u);
}

TEST(RegressionTest, ATargetBelowZeroIsOnlyTriedRaw) {
  FrameBuilder builder({{"x", ColumnType::kDouble}, {"y", ColumnType::kDouble}});
  for (int i = 0; i < 60; ++i) {
    builder.append_double(0, i * 0.3);
    builder.append_double(1, i - 30);
  }
  Settings settings = quick_settings();
  settings.trials_max = 20;
  settings.allowed_algorithms = {Algorithm::kElasticNet, Algorithm::kKnn};
  TrialListener listener;
  for (const TrialResult& trial : train(builder.finish(), "y", settings, listener).trials) {
    EXPECT_EQ(trial.info.preprocessing, "target=raw");
  }
}

TEST(RegressionTest, FoldsFollowTheNumberOfRows) {
  Settings settings = quick_settings();
  settings.trials_max = 1;
  settings.folds.reset();
  settings.allowed_algorithms = {Algorithm::kElasticNet};
  TrialListener listener;
  EXPECT_EQ(train(plain_frame(10), "y", settings, listener).folds, 2);
  EXPECT_EQ(train(plain_frame(1000), "y", settings, listener).folds, 10);
  EXPECT_EQ(train(plain_frame(1001), "y", settings, listener).folds, 3);
  const TrainResult holdout = train(plain_frame(20'001), "y", settings, listener);
  EXPECT_EQ(holdout.folds, 0);
  EXPECT_EQ(holdout.trials[0].folds.size(), 1u);
}

TEST(RegressionTest, RowsOfTheirOwnJudgeAndAreNotFittedOn) {
  Settings settings = quick_settings();
  settings.folds.reset();
  const Frame own = plain_frame(30, 8);
  settings.validation = &own;
  class Listener : public TrialListener {
   public:
    void on_predictions(const TrialInfo&, std::span<const double> truth,
                        std::span<const double>) override {
      rows = truth.size();
    }
    std::size_t rows = 0;
  } listener;
  const Frame frame = plain_frame(60);
  const TrainResult judged = train(frame, "y", settings, listener);
  EXPECT_EQ(listener.rows, 30u);
  EXPECT_EQ(judged.folds, 0);
  EXPECT_EQ(judged.features.rows, 60u);
  // One algorithm, one trial: the final model depends on the training rows alone.
  settings.allowed_algorithms = {Algorithm::kElasticNet};
  settings.trials_max = 1;
  const std::string one = export_onnx(train(frame, "y", settings, listener).model);
  const Frame other = plain_frame(40, 9);
  settings.validation = &other;
  EXPECT_EQ(one, export_onnx(train(frame, "y", settings, listener).model));
}

TEST(RegressionTest, ValidationRowsMustFit) {
  Settings settings = quick_settings();
  settings.folds.reset();
  const Frame lacking = plain_frame(30).without("b");
  settings.validation = &lacking;
  EXPECT_EQ(error_of(plain_frame(60), "y", settings).code(), Code::kNotFound);
  const Frame none = plain_frame(1);
  settings.validation = &none;
  EXPECT_THAT(error_of(plain_frame(60), "y", settings).message(),
              HasSubstr("too few rows with a target in the validation data: 1"));
  settings.folds = 3;
  EXPECT_THAT(error_of(plain_frame(60), "y", settings).message(), HasSubstr("in one way only"));
}

TEST(RegressionTest, APartIsHeldOut) {
  Settings settings = quick_settings();
  settings.folds.reset();
  settings.holdout_part = 0.25;
  settings.trials_max = 2;
  TrialListener listener;
  const TrainResult result = train(plain_frame(80), "y", settings, listener);
  EXPECT_EQ(result.folds, 0);
  EXPECT_EQ(result.trials[0].folds.size(), 1u);
  settings.holdout_part = 0.95;
  EXPECT_THAT(error_of(plain_frame(60), "y", settings).message(), HasSubstr("out of range"));
}

TEST(RegressionTest, DroppedColumnsAreLeftOut) {
  Settings settings = quick_settings();
  settings.dropped_columns = {"B"};
  TrialListener listener;
  const TrainResult result = train(plain_frame(60), "y", settings, listener);
  ASSERT_EQ(result.model.inputs().size(), 1u);
  EXPECT_EQ(result.model.inputs()[0].name, "a");
  EXPECT_EQ(result.features.columns[1].reason, "left out, as asked");
  EXPECT_FALSE(result.features.columns[1].kept);
  settings.dropped_columns = {"c"};
  EXPECT_EQ(error_of(plain_frame(60), "y", settings).code(), Code::kNotFound);
  settings.dropped_columns = {"y"};
  EXPECT_THAT(error_of(plain_frame(60), "y", settings).message(), HasSubstr("cannot be left out"));
  settings.dropped_columns = {"a", "b"};
  EXPECT_THAT(error_of(plain_frame(60), "y", settings).message(),
              HasSubstr("no column can be used"));
}

TEST(RegressionTest, ImportanceNamesTheColumnThatMatters) {
  Settings settings = quick_settings();
  settings.importance = true;
  TrialListener listener;
  const TrainResult result = train(plain_frame(120), "y", settings, listener);
  ASSERT_EQ(result.importance.size(), 2u);
  EXPECT_EQ(result.importance[0].column, "a");  // 100 a - 30 b
  EXPECT_GT(result.importance[0].mean, 2 * result.importance[1].mean);
  EXPECT_GT(result.importance[0].deviation, 0);
  settings.importance = false;
  EXPECT_TRUE(train(plain_frame(60), "y", settings, listener).importance.empty());
}

TEST(RegressionTest, BadDataIsRefusedByName) {
  EXPECT_THAT(error_of(plain_frame(0), "y").message(), HasSubstr("no rows"));
  EXPECT_EQ(error_of(plain_frame(50), "z").code(), Code::kNotFound);
  EXPECT_THAT(error_of(plain_frame(1), "y").message(), HasSubstr("too few rows"));
  EXPECT_THAT(error_of(mixed_frame({.rows = 50}), "colour").message(),
              HasSubstr("must be a number"));

  FrameBuilder nothing({{"x", ColumnType::kDouble}, {"y", ColumnType::kDouble}});
  FrameBuilder constant({{"x", ColumnType::kDouble}, {"y", ColumnType::kDouble}});
  FrameBuilder infinite({{"x", ColumnType::kDouble}, {"y", ColumnType::kDouble}});
  FrameBuilder featureless({{"x", ColumnType::kDouble}, {"y", ColumnType::kDouble}});
  for (int i = 0; i < 30; ++i) {
    for (FrameBuilder* builder : {&nothing, &constant, &infinite}) builder->append_double(0, i);
    featureless.append_double(0, 3);
    nothing.append_null(1);
    constant.append_double(1, 4);
    infinite.append_double(1, i == 7 ? std::numeric_limits<double>::infinity() : i);
    featureless.append_double(1, i);
  }
  EXPECT_THAT(error_of(nothing.finish(), "y").message(),
              HasSubstr("all values of the target are missing"));
  EXPECT_THAT(error_of(constant.finish(), "y").message(), HasSubstr("only one value"));
  EXPECT_THAT(error_of(infinite.finish(), "y").message(), HasSubstr("row 8"));
  EXPECT_THAT(error_of(featureless.finish(), "y").message(), HasSubstr("no column can be used"));
}

TEST(RegressionTest, BadSettingsAreRefused) {
  const Frame frame = plain_frame(50);
  const auto code = [&](auto change) {
    Settings settings = quick_settings();
    change(settings);
    return error_of(frame, "y", settings).code();
  };
  EXPECT_EQ(code([](Settings& s) { s.trials_max = 0; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](Settings& s) { s.trials_max = kTrialsMax + 1; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](Settings& s) { s.concurrency = 0; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](Settings& s) { s.concurrency = kConcurrencyMax + 1; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](Settings& s) { s.folds = 1; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](Settings& s) { s.folds = kFoldsMax + 1; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](Settings& s) { s.timeout_s = 0; }), Code::kInvalidArgument);
  EXPECT_EQ(code([](Settings& s) { s.primary_metric = Metric::kMedianAbsoluteError; }),
            Code::kInvalidArgument);
  EXPECT_EQ(code([](Settings& s) { s.blocked_algorithms = all_algorithms(); }),
            Code::kInvalidArgument);
}

TEST(RegressionTest, PredictWantsTheColumnsOfTheModel) {
  TrialListener listener;
  const Frame frame = mixed_frame({.rows = 60});
  const TrainResult result = train(frame, "price", quick_settings(), listener);
  EXPECT_EQ(result.model.predict(frame).size(), 60u);
  EXPECT_EQ(result.model.predict(frame.select({})).size(), 0u);
  try {
    result.model.predict(frame.without("rooms"));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kNotFound);
  }
  FrameBuilder texts({{"size", ColumnType::kString}, {"rooms", ColumnType::kString}});
  EXPECT_THROW(result.model.predict(texts.finish()), Error);
}

TEST(AlgorithmTest, AzureNamesInBothSpellings) {
  for (const Algorithm algorithm : all_algorithms())
    EXPECT_EQ(parse_algorithm(name_of(algorithm)), algorithm);
  EXPECT_EQ(parse_algorithm("light_gbm"), Algorithm::kLightGbm);
  EXPECT_EQ(parse_algorithm("XGBOOSTREGRESSOR"), Algorithm::kXGBoostRegressor);
  try {
    parse_algorithm("FastLinearRegressor");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kUnsupported);
  }
  try {
    parse_algorithm("LightGMB");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::kInvalidArgument);
    EXPECT_THAT(e.hint(), HasSubstr("LightGBM"));
  }
}

}  // namespace
}  // namespace tarn::ml
