#pragma once
// The voting ensemble: which trials vote, and with what weight.
//
// Source: R. Caruana et al., Ensemble Selection from Libraries of Models, 2004.

#include <cstddef>
#include <vector>

#include "detail/objective.h"

namespace tarn::ml::detail {

inline constexpr int kEnsembleSteps = 24;
/// Only as many of the best trials are candidates: with more, chance would choose.
inline constexpr std::size_t kEnsembleCandidatesMax = 30;

struct Vote {
  std::size_t candidate = 0;
  double weight = 0;  // they add up to 1
};

/// Adds, one vote at a time and with repetition, the candidate that lowers the loss of the mean
/// most. Candidates are out-of-fold predictions; ascending by candidate.
std::vector<Vote> choose_votes(const std::vector<const std::vector<double>*>& candidates,
                               const Objective& objective);
/// The weighted mean of the candidates' predictions.
std::vector<double> vote(const std::vector<const std::vector<double>*>& candidates,
                         const std::vector<Vote>& votes);

}  // namespace tarn::ml::detail
