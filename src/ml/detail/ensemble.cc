#include "detail/ensemble.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

namespace tarn::ml::detail {

namespace {

/// Of candidates with the least loss of their own.
std::vector<std::size_t> best_candidates(const std::vector<const std::vector<double>*>& candidates,
                                         const Objective& objective) {
  std::vector<double> losses;
  for (const auto* candidate : candidates) losses.push_back(objective.loss(*candidate));
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return losses[a] < losses[b]; });
  if (order.size() > kEnsembleCandidatesMax) order.resize(kEnsembleCandidatesMax);
  return order;
}

}  // namespace

std::vector<Vote> choose_votes(const std::vector<const std::vector<double>*>& candidates,
                               const Objective& objective) {
  const std::vector<std::size_t> order = best_candidates(candidates, objective);
  std::vector<double> sum(objective.truth().size(), 0.0);
  std::vector<double> mean(sum.size());
  std::vector<std::size_t> chosen;
  std::size_t best_size = 0;
  double best_loss = std::numeric_limits<double>::infinity();
  for (int step = 0; step < kEnsembleSteps; ++step) {
    std::size_t next = order.front();
    double next_loss = std::numeric_limits<double>::infinity();
    for (const std::size_t candidate : order) {
      const std::vector<double>& predicted = *candidates[candidate];
      const double votes = static_cast<double>(chosen.size() + 1);
      for (std::size_t i = 0; i < sum.size(); ++i) mean[i] = (sum[i] + predicted[i]) / votes;
      const double loss = objective.loss(mean);
      if (loss < next_loss) {
        next_loss = loss;
        next = candidate;
      }
    }
    chosen.push_back(next);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += (*candidates[next])[i];
    if (next_loss < best_loss) {
      best_loss = next_loss;
      best_size = chosen.size();
    }
  }
  std::map<std::size_t, int> counts;
  for (std::size_t i = 0; i < best_size; ++i) ++counts[chosen[i]];
  std::vector<Vote> votes;
  for (const auto& [candidate, count] : counts) {
    votes.push_back({candidate, static_cast<double>(count) / static_cast<double>(best_size)});
  }
  return votes;
}

std::vector<double> vote(const std::vector<const std::vector<double>*>& candidates,
                         const std::vector<Vote>& votes) {
  std::vector<double> mean(candidates.front()->size(), 0.0);
  for (const Vote& v : votes) {
    for (std::size_t i = 0; i < mean.size(); ++i)
      mean[i] += v.weight * (*candidates[v.candidate])[i];
  }
  return mean;
}

}  // namespace tarn::ml::detail
