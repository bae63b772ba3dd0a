#pragma once
// One trial: a configuration fitted on every fold and judged on the rows left out; and its fit on
// all rows.

#include <cstdint>
#include <optional>
#include <vector>

#include "detail/configuration.h"
#include "detail/early_termination.h"
#include "detail/objective.h"
#include "detail/pipeline.h"
#include "detail/stop.h"
#include "detail/validation.h"

namespace tarn::ml::detail {

/// At how many sizes a boosted model is judged.
inline constexpr int kCheckpoints = 16;

struct TrialOutcome {
  int index = 0;
  Configuration configuration;
  int rounds = 0;  // trees of a boosted learner, chosen by validation; else 0
  TargetTransform target;
  std::vector<double> predicted;  // out of fold, in the order of Validation::validated()
  std::vector<Metrics> folds;
  Metrics metrics;                         // their mean
  double loss = 0;                         // by the objective
  std::vector<double> prefix_losses;       // FoldPrefixes::losses(); empty where there are none
  std::size_t folds_judged = 0;            // fewer than there are when the bar ended it
  std::optional<Learner> learner_of_fold;  // of the first fold; dropped when no longer needed
};

/// What trials are judged by.
struct Judgement {
  const Validation& validation;
  const Objective& objective;
  const FoldPrefixes& prefixes;
};

/// Depends on nothing but its arguments. When `bar` ends it early, its outcome has no predictions,
/// and the metrics are those of the folds until then. Throws what `stop` throws, and
/// Error(kInternal) when a learner fails.
TrialOutcome run_trial(int index, const Configuration& configuration, const Judgement& judgement,
                       const Bar& bar, std::uint64_t seed, const Stop& stop);
/// Fills in what follows from `predicted`: the metrics and losses.
void judge(const Judgement& judgement, TrialOutcome& outcome);

/// The learner of the first fold, with weight 1: at hand without another fit.
PipelineMember member_of_fold(const TrialOutcome& outcome, const Validation& validation);

/// The outcome's learner fitted again on the training rows of a fold, with weight 1.
PipelineMember fit_on_fold(const TrialOutcome& outcome, const Validation& validation,
                           std::size_t fold, std::uint64_t seed, const Stop& stop);

/// The outcome's learner fitted on all rows, with weight 1.
PipelineMember fit_on_all(const TrialOutcome& outcome, const Validation& validation,
                          std::uint64_t seed, const Stop& stop);

}  // namespace tarn::ml::detail
