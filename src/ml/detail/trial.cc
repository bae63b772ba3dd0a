#include "detail/trial.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace tarn::ml::detail {

namespace {

constexpr std::uint64_t kAllRowsStream = 0xa11;

std::uint64_t seed_of(std::uint64_t seed, int trial, std::uint64_t part) {
  return Random(seed, {static_cast<std::uint64_t>(trial), part}).next();
}

std::vector<int> checkpoints_of(const Configuration& configuration) {
  if (!is_boosted(configuration.algorithm)) return {0};
  const int rounds = boosting_rounds(configuration);
  std::vector<int> checkpoints;
  for (int i = 1; i <= kCheckpoints; ++i) {
    const int at = std::max(1, rounds * i / kCheckpoints);
    if (checkpoints.empty() || at > checkpoints.back()) checkpoints.push_back(at);
  }
  return checkpoints;
}

std::vector<std::vector<double>> predict_checkpoints(const Learner& learner, const Matrix& features,
                                                     const std::vector<int>& checkpoints) {
  const auto* trees = std::get_if<TreeEnsemble>(&learner);
  if (trees != nullptr && checkpoints.back() > 0) return trees->predict_at(features, checkpoints);
  return {predict(learner, features)};
}

void check_finite(const std::vector<double>& predicted) {
  for (const double value : predicted) {
    if (!std::isfinite(value))
      throw Error(Code::kInternal, "the learner predicts no finite number");
  }
}

std::string label_of(const TrialOutcome& outcome) {
  std::string label = std::string(ml::name_of(outcome.configuration.algorithm)) +
                      " target=" + std::string(name_of(outcome.configuration.scale));
  for (const auto& [name, value] : params_of(outcome.configuration))
    label += " " + name + "=" + value;
  if (outcome.rounds > 0) label += " trees=" + std::to_string(outcome.rounds);
  return label;
}

/// Predictions on the learner's scale, in the order of Validation::validated(), for each size that
/// is judged.
using Checkpoints = std::vector<std::vector<double>>;

/// The least loss of all sizes on the rows of the first `folds` folds.
double best_so_far(const FoldPrefixes& prefixes, std::size_t folds, const TargetTransform& target,
                   const Checkpoints& scaled) {
  double best = std::numeric_limits<double>::infinity();
  std::vector<double> predicted;
  for (const std::vector<double>& at : scaled) {
    std::vector<double> of_rows;
    for (const std::size_t slot : prefixes.slots(folds)) of_rows.push_back(at[slot]);
    TargetTransform transform = target;
    transform.correct(prefixes.truth(folds), of_rows);
    predicted = transform.backward(at);
    best = std::min(best, prefixes.loss(folds, predicted));
  }
  return best;
}

/// The size with the least loss, its way back to the target's scale, and its predictions.
void choose_rounds(const Judgement& judgement, const std::vector<int>& checkpoints,
                   const Checkpoints& scaled, TrialOutcome& outcome) {
  const std::vector<double> truth = judgement.validation.validated_target();
  const TargetTransform target = outcome.target;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < checkpoints.size(); ++c) {
    TargetTransform transform = target;
    transform.correct(truth, scaled[c]);
    std::vector<double> predicted = transform.backward(scaled[c]);
    const double loss = judgement.objective.loss(predicted);
    if (loss >= least) continue;
    least = loss;
    outcome.rounds = checkpoints[c];
    outcome.target = transform;
    outcome.predicted = std::move(predicted);
  }
}

}  // namespace

void judge(const Judgement& judgement, TrialOutcome& outcome) {
  const Validation& validation = judgement.validation;
  outcome.loss = judgement.objective.loss(outcome.predicted);
  outcome.folds = validation.fold_metrics(outcome.predicted);
  outcome.metrics = mean_metrics(outcome.folds);
  outcome.prefix_losses = judgement.prefixes.losses(outcome.predicted);
  outcome.folds_judged = validation.folds().size();
}

TrialOutcome run_trial(int index, const Configuration& configuration, const Judgement& judgement,
                       const Bar& bar, std::uint64_t seed, const Stop& stop) {
  const Validation& validation = judgement.validation;
  TrialOutcome outcome;
  outcome.index = index;
  outcome.configuration = configuration;
  outcome.target = TargetTransform::fit(configuration.scale, validation.target_to_fit());
  const View view = view_of(configuration.algorithm);
  const std::vector<int> checkpoints = checkpoints_of(configuration);
  Checkpoints scaled(checkpoints.size(), std::vector<double>(validation.validated().size()));
  for (std::size_t fold = 0; fold < validation.folds().size(); ++fold) {
    stop.check();
    const Validation::FoldFeatures& features = validation.features(fold, view);
    const std::vector<double> target = outcome.target.forward(validation.training_target(fold));
    Learner learner = fit_learner(configuration, checkpoints.back(), *features.training, target,
                                  seed_of(seed, index, fold), stop);
    const auto predictions = predict_checkpoints(learner, features.validation, checkpoints);
    const std::vector<std::size_t>& slots = validation.slots(fold);
    for (std::size_t c = 0; c < checkpoints.size(); ++c) {
      check_finite(predictions[c]);
      for (std::size_t i = 0; i < slots.size(); ++i) scaled[c][slots[i]] = predictions[c][i];
    }
    if (fold == 0) outcome.learner_of_fold = std::move(learner);
    const std::size_t folds = fold + 1;
    if (fold < bar.size() &&
        best_so_far(judgement.prefixes, folds, outcome.target, scaled) > bar[fold]) {
      outcome.folds_judged = folds;
      return outcome;
    }
  }
  choose_rounds(judgement, checkpoints, scaled, outcome);
  judge(judgement, outcome);
  return outcome;
}

PipelineMember member_of_fold(const TrialOutcome& outcome, const Validation& validation) {
  check(outcome.learner_of_fold.has_value(), "the learner of a trial's first fold is gone");
  PipelineMember member;
  member.label = label_of(outcome);
  member.features = validation.features(0, view_of(outcome.configuration.algorithm)).set;
  member.target = outcome.target;
  member.learner = *outcome.learner_of_fold;
  auto* const trees = std::get_if<TreeEnsemble>(&member.learner);
  if (trees != nullptr && outcome.rounds > 0)
    trees->truncate(static_cast<std::size_t>(outcome.rounds));
  return member;
}

PipelineMember fit_on_fold(const TrialOutcome& outcome, const Validation& validation,
                           std::size_t fold, std::uint64_t seed, const Stop& stop) {
  const Validation::FoldFeatures& features =
      validation.features(fold, view_of(outcome.configuration.algorithm));
  const std::vector<double> target = outcome.target.forward(validation.training_target(fold));
  PipelineMember member;
  member.label = label_of(outcome);
  member.features = features.set;
  member.target = outcome.target;
  member.learner = fit_learner(outcome.configuration, outcome.rounds, *features.training, target,
                               seed_of(seed, outcome.index, fold), stop);
  return member;
}

PipelineMember fit_on_all(const TrialOutcome& outcome, const Validation& validation,
                          std::uint64_t seed, const Stop& stop) {
  const Validation::AllFeatures& features =
      validation.all_features(view_of(outcome.configuration.algorithm));
  const std::vector<double> target = outcome.target.forward(validation.target_to_fit());
  PipelineMember member;
  member.label = label_of(outcome);
  member.features = features.set;
  member.target = outcome.target;
  member.learner = fit_learner(outcome.configuration, outcome.rounds, *features.training, target,
                               seed_of(seed, outcome.index, kAllRowsStream), stop);
  return member;
}

}  // namespace tarn::ml::detail
