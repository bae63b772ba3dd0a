// What follows the search: ensembles, the choice, and the last fits.

#include <algorithm>
#include <cstdio>
#include <map>
#include <utility>

#include "base/error.h"
#include "detail/importance.h"
#include "detail/side_by_side.h"
#include "detail/training_run.h"

namespace tarn::ml::detail {

namespace {

/// The stack has more members than the voting ensemble and takes longer to score: it is chosen when
/// its loss is lower by this part.
constexpr double kLossGainMin = 0.01;
/// An ensemble is taken before the best trial unless its loss is more than so many times that
/// one's.
constexpr double kEnsembleLossFactor = 1.05;
/// Of one algorithm only so many of the best trials are candidates for ensembles: different models
/// make different mistakes, neighbours in one space the same.
constexpr int kCandidatesOfAlgorithmMax = 5;

std::string digits(double value) {
  char text[24];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}

}  // namespace

Model TrainingRun::model_of(std::string algorithm, std::vector<PipelineMember> members,
                            double bias) const {
  auto pipeline = std::make_shared<Pipeline>();
  pipeline->algorithm = std::move(algorithm);
  pipeline->inputs = inputs_;
  pipeline->members = std::move(members);
  pipeline->bias = bias;
  return Model(std::move(pipeline));
}

/// The trials that count: all from the first on without a gap, so that a time limit only cuts the
/// list.
TrainResult TrainingRun::conclude() {
  const int count = std::min(finished_prefix(), trials_limit_);
  std::vector<TrialResult> trials;
  std::vector<int> succeeded;
  for (int i = 0; i < count; ++i) {
    const Slot& slot = *slots_[static_cast<std::size_t>(i)];
    trials.push_back(slot.result);
    if (slot.state == Slot::State::kSucceeded) succeeded.push_back(i);
  }
  if (succeeded.empty()) return best_so_far(std::move(trials), {});
  int best = succeeded.front();
  for (const int i : succeeded) {
    const Metrics& metrics = trials[static_cast<std::size_t>(i)].metrics;
    if (metrics.better_than(trials[static_cast<std::size_t>(best)].metrics,
                            settings_.primary_metric))
      best = i;
  }
  const TrialResult& best_trial = trials[static_cast<std::size_t>(best)];

  Blend chosen{best_trial, {{best, 1}}, 0, slots_[static_cast<std::size_t>(best)]->outcome.loss};
  std::vector<TrialResult> ensembles;
  if (succeeded.size() > 1) {
    for (Blend& blend : make_blends(candidates_among(succeeded), count)) {
      ensembles.push_back(blend.result);
      // An ensemble varies less than a single trial, and the best of many trials looks better than
      // it is.
      const bool single = chosen.members.size() == 1;
      const double factor = single ? kEnsembleLossFactor : 1 - kLossGainMin;
      const bool better = blend.loss <= factor * chosen.loss;
      if (blend.members.size() > 1 && better) chosen = std::move(blend);
    }
  }
  std::optional<Model> model = fit_members(chosen);
  if (!model && chosen.members.size() > 1) {
    chosen = Blend{best_trial, {{best, 1}}, 0, 0};
    model = fit_members(chosen);
  }
  if (!model) return best_so_far(std::move(trials), std::move(ensembles));
  std::vector<ColumnImportance> importance;
  if (settings_.importance) importance = importance_of(chosen);
  TrainResult result =
      result_of(*model, std::move(chosen.result), std::move(trials), std::move(ensembles));
  result.importance = std::move(importance);
  return result;
}

/// Of the same members, fitted without the rows that are looked at. None when the time is over
/// first.
std::vector<ColumnImportance> TrainingRun::importance_of(const Blend& blend) const {
  try {
    std::vector<PipelineMember> members;
    for (const Member& member : blend.members) {
      const TrialOutcome& outcome = slots_[static_cast<std::size_t>(member.trial)]->outcome;
      members.push_back(fit_on_fold(outcome, validation_, 0, settings_.seed, stop_));
      members.back().weight = member.weight;
    }
    const Model model = model_of(blend.result.info.algorithm, std::move(members), blend.bias);
    const Frame rows = validation_.validation_rows(0, kImportanceRowsMax);
    std::vector<double> truth;
    for (std::size_t i = 0; i < rows.rows(); ++i)
      truth.push_back(validation_.target()[validation_.folds()[0].validation[i]]);
    return permutation_importance(model, rows, truth, validation_.target_range(),
                                  settings_.primary_metric, settings_.seed, stop_);
  } catch (const Error& e) {
    if (e.code() != Code::kDeadlineExceeded) throw;
    return {};
  }
}

/// Out of time even for one fit: what was announced has a model.
TrainResult TrainingRun::best_so_far(std::vector<TrialResult> trials,
                                     std::vector<TrialResult> ensembles) const {
  if (!announced_) fail_without_model(trials);
  return result_of(*announced_model_, *announced_, std::move(trials), std::move(ensembles));
}

TrainResult TrainingRun::result_of(Model model, TrialResult best, std::vector<TrialResult> trials,
                                   std::vector<TrialResult> ensembles) const {
  TrainResult result{
      std::move(model), std::move(best), std::move(trials), std::move(ensembles), {}, 0, {}, {}};
  result.ended_by = timed_out_ ? "timeout" : no_progress_ ? "no progress" : "trials";
  return result;
}

void TrainingRun::fail_without_model(const std::vector<TrialResult>& trials) const {
  for (const TrialResult& trial : trials) {
    if (!trial.error.empty())
      throw Error(Code::kInternal, "no trial succeeded; the first one: " + trial.error);
  }
  throw Error(Code::kDeadlineExceeded,
              "the time for training was over before the first trial ended",
              "Give more time, or train on fewer rows.");
}

/// In the order of trials.
std::vector<int> TrainingRun::candidates_among(const std::vector<int>& trials) const {
  const auto outcome = [&](int trial) -> const TrialOutcome& {
    return slots_[static_cast<std::size_t>(trial)]->outcome;
  };
  std::vector<int> order = trials;
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return outcome(a).loss < outcome(b).loss; });
  std::map<Algorithm, int> counts;
  std::erase_if(order, [&](int trial) {
    return ++counts[outcome(trial).configuration.algorithm] > kCandidatesOfAlgorithmMax;
  });
  std::sort(order.begin(), order.end());
  return order;
}

/// Those that are wanted, told to the listener.
std::vector<TrainingRun::Blend> TrainingRun::make_blends(const std::vector<int>& trials,
                                                         int first_index) {
  Candidates candidates;
  for (const int trial : trials)
    candidates.push_back(&slots_[static_cast<std::size_t>(trial)]->outcome.predicted);
  std::vector<Blend> blends;
  if (settings_.vote_ensemble)
    blends.push_back(make_blend("VotingEnsemble", first_index, trials, candidates));
  if (settings_.stack_ensemble) {
    const int index = first_index + static_cast<int>(blends.size());
    blends.push_back(make_blend("StackEnsemble", index, trials, candidates));
  }
  return blends;
}

TrainingRun::Blend TrainingRun::make_blend(const char* algorithm, int index,
                                           const std::vector<int>& trials,
                                           const Candidates& candidates) {
  const Micros started = settings_.clock->now();
  const std::vector<std::size_t> parts = validation_.parts(kEnsembleParts);
  const Ensemble ensemble = algorithm == std::string_view("StackEnsemble")
                                ? make_stack(candidates, objective_, parts)
                                : make_voting(candidates, objective_, parts);
  Blend blend;
  blend.bias = ensemble.bias;
  blend.loss = ensemble.loss;
  TrialResult& result = blend.result;
  result.info.index = index;
  result.info.algorithm = algorithm;
  for (const Vote& vote : ensemble.votes) {
    const int trial = trials[vote.candidate];
    blend.members.push_back({trial, vote.weight});
    result.info.params.emplace_back("trial_" + std::to_string(trial), digits(vote.weight));
  }
  if (ensemble.bias != 0) result.info.params.emplace_back("intercept", digits(ensemble.bias));
  result.folds = validation_.fold_metrics(ensemble.predicted);
  result.metrics = mean_metrics(result.folds);
  result.duration_s = static_cast<double>(settings_.clock->now() - started) * 1e-6;
  const std::lock_guard lock(listener_mutex_);
  listener_.on_ensemble(result);
  listener_.on_predictions(result.info, objective_.truth(), ensemble.predicted);
  return blend;
}

/// Members are fitted side by side. None when the time is over first.
std::optional<Model> TrainingRun::fit_members(const Blend& blend) {
  const std::vector<Member>& members = blend.members;
  std::vector<std::optional<PipelineMember>> fitted(members.size());
  std::atomic<std::size_t> next = 0;
  const auto fit_some = [&] {
    try {
      for (std::size_t i = next++; i < members.size(); i = next++) {
        const auto done = fitted_.find(members[i].trial);
        const TrialOutcome& outcome = slots_[static_cast<std::size_t>(members[i].trial)]->outcome;
        fitted[i] = done != fitted_.end() ? done->second
                                          : fit_on_all(outcome, validation_, settings_.seed, stop_);
        fitted[i]->weight = members[i].weight;
      }
    } catch (...) {
      fail(std::current_exception());
    }
  };
  run_side_by_side(std::min(static_cast<int>(members.size()), settings_.concurrency), fit_some);
  if (const std::exception_ptr error = std::exchange(error_, nullptr)) {
    try {
      std::rethrow_exception(error);
    } catch (const Error& e) {
      if (e.code() != Code::kDeadlineExceeded) throw;
      return std::nullopt;
    }
  }
  std::vector<PipelineMember> all;
  for (auto& member : fitted) all.push_back(std::move(*member));
  return model_of(blend.result.info.algorithm, std::move(all), blend.bias);
}

}  // namespace tarn::ml::detail
