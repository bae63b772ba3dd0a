#pragma once
// Ensembles: which trials count in them, and with what weight.
//
// Sources: R. Caruana et al., Ensemble Selection from Libraries of Models, 2004 (voting); D.
// Wolpert, Stacked Generalization, 1992, and L. Breiman, Stacked Regressions, 1996 (stacking).

#include <cstddef>
#include <span>
#include <vector>

#include "detail/objective.h"

namespace tarn::ml::detail {

inline constexpr int kEnsembleSteps = 24;
/// Only as many of the best trials are candidates: with more, chance would choose.
inline constexpr std::size_t kEnsembleCandidatesMax = 30;
/// An ensemble is judged by weights that were chosen without the rows that they are judged on: so
/// many parts of the rows are left out in turn.
inline constexpr std::size_t kEnsembleParts = 5;
/// With more rows, votes are so sure that they are judged on the rows that they were chosen on.
inline constexpr std::size_t kPartedVotesRowsMax = 2'000;

struct Vote {
  std::size_t candidate = 0;
  double weight = 0;
};

/// Its prediction is the weighted sum of the candidates' and the bias.
struct Ensemble {
  std::vector<Vote> votes;  // ascending by candidate, no weight is 0
  double bias = 0;
  std::vector<double> predicted;  // what it is judged by
  double loss = 0;                // of `predicted`
};

/// Out-of-fold predictions of trials, each in the order of the objective's rows.
using Candidates = std::vector<const std::vector<double>*>;

/// Adds, one vote at a time and with repetition, the candidate that lowers the loss of the mean
/// most. Weights add up to 1.
std::vector<Vote> choose_votes(const Candidates& candidates, const Objective& objective);
/// `part_of` has a number below kEnsembleParts for each row.
Ensemble make_voting(const Candidates& candidates, const Objective& objective,
                     std::span<const std::size_t> part_of);
/// An elastic net without negative weights over the candidates' predictions; its penalty is chosen
/// by validation over the parts.
Ensemble make_stack(const Candidates& candidates, const Objective& objective,
                    std::span<const std::size_t> part_of);

/// Indexes of the candidates with the least loss, best first, at most kEnsembleCandidatesMax.
std::vector<std::size_t> best_candidates(const Candidates& candidates, const Objective& objective);

}  // namespace tarn::ml::detail
