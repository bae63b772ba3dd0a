#pragma once
// One trial: a configuration fitted on every fold and judged on the rows left out; and its fit on
// all rows.

#include <cstdint>
#include <optional>
#include <vector>

#include "detail/configuration.h"
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
  std::optional<Learner> learner_of_fold;  // of the first fold; dropped when no longer needed
};

/// Depends on nothing but its arguments. Throws what `stop` throws, and Error(kInternal) when a
/// learner fails.
TrialOutcome run_trial(int index, const Configuration& configuration, const Validation& validation,
                       const Objective& objective, std::uint64_t seed, const Stop& stop);

/// The learner of the first fold, with weight 1: at hand without another fit.
PipelineMember member_of_fold(const TrialOutcome& outcome, const Validation& validation);

/// The outcome's learner fitted on all rows, with weight 1.
PipelineMember fit_on_all(const TrialOutcome& outcome, const Validation& validation,
                          std::uint64_t seed, const Stop& stop);

}  // namespace tarn::ml::detail
