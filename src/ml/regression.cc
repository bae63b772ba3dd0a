#include "ml/regression.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "detail/features.h"
#include "detail/training_run.h"
#include "detail/validation.h"

namespace tarn::ml {

namespace {

void check_range(const char* what, double value, double low, double high) {
  if (value >= low && value <= high) return;
  throw Error(Code::kInvalidArgument,
              std::string(what) + " is out of range: " + std::to_string(value),
              "Give " + std::to_string(static_cast<long long>(low)) + " to " +
                  std::to_string(static_cast<long long>(high)) + ".");
}

void check_settings(const Settings& settings) {
  parse_primary_metric(name_of(settings.primary_metric));
  check_range("the number of trials", settings.trials_max, 1, kTrialsMax);
  check_range("the number of concurrent trials", settings.concurrency, 1, kConcurrencyMax);
  check_range("the number of trials without progress", settings.trials_without_progress_max, 0,
              kTrialsMax);
  if (settings.timeout_s && !(*settings.timeout_s > 0)) {
    throw Error(Code::kInvalidArgument,
                "the time for training must be positive: " + std::to_string(*settings.timeout_s));
  }
  const int ways = settings.folds.has_value() + settings.holdout_part.has_value() +
                   (settings.validation != nullptr);
  if (ways > 1) {
    throw Error(Code::kInvalidArgument, "trials can be judged in one way only",
                "Give folds, a part to hold out, or validation data.");
  }
  if (settings.holdout_part &&
      !(*settings.holdout_part >= kHoldoutPartMin && *settings.holdout_part <= kHoldoutPartMax)) {
    throw Error(Code::kInvalidArgument,
                "the part of the rows to hold out is out of range: " +
                    std::to_string(*settings.holdout_part),
                "Give 0.01 to 0.9.");
  }
  check(settings.clock != nullptr, "training settings without a clock");
}

std::vector<Algorithm> algorithms_of(const Settings& settings) {
  std::vector<Algorithm> algorithms =
      settings.allowed_algorithms.empty() ? all_algorithms() : settings.allowed_algorithms;
  for (const Algorithm blocked : settings.blocked_algorithms) std::erase(algorithms, blocked);
  std::sort(algorithms.begin(), algorithms.end());
  algorithms.erase(std::unique(algorithms.begin(), algorithms.end()), algorithms.end());
  if (algorithms.empty()) {
    throw Error(Code::kInvalidArgument, "no algorithm is left to try",
                "Every allowed algorithm is also blocked. Allow another one.");
  }
  return algorithms;
}

struct Target {
  std::vector<std::size_t> rows;
  std::vector<double> values;
};

Target read_target(const Column& column) {
  if (column.type != ColumnType::kInt64 && column.type != ColumnType::kDouble) {
    throw Error(Code::kInvalidArgument,
                "the target of a regression must be a number: " + column.name + " is " +
                    std::string(name_of(column.type)),
                "Choose another target, or cast the column to a number.");
  }
  Target target;
  for (std::size_t row = 0; row < column.valid.size(); ++row) {
    if (column.missing(row)) continue;
    const double value = column.number(row);
    if (!std::isfinite(value) || std::abs(value) > detail::kNumberMax) {
      throw Error(
          Code::kInvalidArgument,
          "the target has a value that is no finite number, in row " + std::to_string(row + 1),
          "Leave out such rows.");
    }
    target.rows.push_back(row);
    target.values.push_back(value);
  }
  return target;
}

/// Splits off the rows from `row` on.
Target take_rows_from(Target& target, std::size_t row) {
  const auto first = static_cast<std::ptrdiff_t>(
      std::lower_bound(target.rows.begin(), target.rows.end(), row) - target.rows.begin());
  Target taken{{target.rows.begin() + first, target.rows.end()},
               {target.values.begin() + first, target.values.end()}};
  target.rows.resize(static_cast<std::size_t>(first));
  target.values.resize(static_cast<std::size_t>(first));
  return taken;
}

void check_target(const Frame& frame, const Column& column, const Target& target) {
  if (frame.rows() == 0) {
    throw Error(Code::kInvalidArgument, "the training data has no rows",
                "Train on a table with rows.");
  }
  if (target.rows.empty()) {
    throw Error(Code::kInvalidArgument, "all values of the target are missing: " + column.name,
                "Choose another target.");
  }
  if (target.rows.size() < detail::kRowsMin) {
    throw Error(Code::kInvalidArgument,
                "too few rows with a target to train on: " + std::to_string(target.rows.size()),
                "Give at least " + std::to_string(detail::kRowsMin) + " rows.");
  }
  const auto [low, high] = std::minmax_element(target.values.begin(), target.values.end());
  if (*low == *high) {
    throw Error(Code::kInvalidArgument, "the target has only one value: " + column.name,
                "There is nothing to predict. Choose another target.");
  }
}

FeatureReport report_of(const detail::Validation& validation, std::size_t frame_rows,
                        std::size_t target_rows) {
  FeatureReport report;
  report.columns = validation.plan().report;
  report.rows = target_rows;
  report.rows_without_target = frame_rows - target_rows;
  const detail::FeatureSet& set = *validation.all_features(detail::View::kTree).set;
  for (const detail::ColumnEncoder& encoder : set.encoders) {
    for (ColumnReport& column : report.columns) {
      if (column.column == encoder.column) column.features += encoder.width();
    }
  }
  return report;
}

}  // namespace

TrainResult train(const Frame& frame, std::string_view target_name, const Settings& settings,
                  TrialListener& listener, const CancelToken& cancel) {
  check_settings(settings);
  const Micros started_us = settings.clock->now();
  std::vector<Algorithm> algorithms = algorithms_of(settings);
  cancel.check();
  const std::size_t rows = frame.rows();
  std::optional<Frame> with_validation;
  if (settings.validation != nullptr) with_validation = frame.followed_by(*settings.validation);
  const Frame& all = with_validation ? *with_validation : frame;
  const Column& column = all.column(target_name);
  Target target = read_target(column);
  const Target to_judge = take_rows_from(target, rows);  // only of validation data
  check_target(frame, column, target);
  if (settings.validation != nullptr && to_judge.rows.size() < detail::kRowsToJudgeMin) {
    throw Error(Code::kInvalidArgument,
                "too few rows with a target in the validation data: " +
                    std::to_string(to_judge.rows.size()),
                "Give at least " + std::to_string(detail::kRowsToJudgeMin) + " rows.");
  }
  const std::size_t target_rows = target.rows.size();
  detail::Parting parting;
  if (settings.validation != nullptr) {
    parting.rows_to_fit = target_rows;
  } else if (settings.holdout_part) {
    parting.holdout_part = *settings.holdout_part;
  } else {
    parting.folds = detail::folds_for(target_rows, settings.folds);
  }
  detail::FeaturePlan plan =
      detail::plan_features(all, column, target.rows, settings.dropped_columns);
  std::vector<ModelInput> inputs;
  for (const detail::PlannedColumn& planned : plan.columns)
    inputs.push_back({planned.name, planned.type});
  target.rows.insert(target.rows.end(), to_judge.rows.begin(), to_judge.rows.end());
  target.values.insert(target.values.end(), to_judge.values.begin(), to_judge.values.end());
  const detail::Validation validation(all, std::move(plan), std::move(target.rows),
                                      std::move(target.values), parting, settings.seed);
  FeatureReport report = report_of(validation, rows, target_rows);
  listener.on_features(report);

  detail::TrainingRun run(settings, started_us, validation, std::move(algorithms),
                          std::move(inputs), listener, cancel);
  TrainResult result = run.run();
  result.features = std::move(report);
  result.folds = parting.folds;
  return result;
}

}  // namespace tarn::ml
