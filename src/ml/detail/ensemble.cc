#include "detail/ensemble.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>

namespace tarn::ml::detail {

namespace {

std::vector<double> rows_of(std::span<const double> values, const std::vector<std::size_t>& rows) {
  std::vector<double> result;
  result.reserve(rows.size());
  for (const std::size_t row : rows) result.push_back(values[row]);
  return result;
}

double weighted(const Candidates& candidates, const std::vector<Vote>& votes, std::size_t row) {
  double sum = 0;
  for (const Vote& vote : votes) sum += vote.weight * (*candidates[vote.candidate])[row];
  return sum;
}

}  // namespace

std::vector<std::size_t> best_candidates(const Candidates& candidates, const Objective& objective) {
  std::vector<double> losses;
  for (const auto* candidate : candidates) losses.push_back(objective.loss(*candidate));
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return losses[a] < losses[b]; });
  if (order.size() > kEnsembleCandidatesMax) order.resize(kEnsembleCandidatesMax);
  return order;
}

std::vector<Vote> choose_votes(const Candidates& candidates, const Objective& objective) {
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

Ensemble make_voting(const Candidates& candidates, const Objective& objective,
                     std::span<const std::size_t> part_of) {
  Ensemble ensemble;
  ensemble.votes = choose_votes(candidates, objective);
  ensemble.predicted.resize(part_of.size());
  const bool parted = part_of.size() <= kPartedVotesRowsMax;
  for (std::size_t part = 0; part < (parted ? kEnsembleParts : 1); ++part) {
    std::vector<std::size_t> inside;
    std::vector<std::size_t> outside;
    for (std::size_t row = 0; row < part_of.size(); ++row)
      (!parted || part_of[row] == part ? inside : outside).push_back(row);
    std::vector<Vote> votes = ensemble.votes;
    if (parted && !inside.empty() && !outside.empty()) {
      std::vector<std::vector<double>> predicted;
      for (const auto* candidate : candidates) predicted.push_back(rows_of(*candidate, outside));
      Candidates of_outside;
      for (const auto& values : predicted) of_outside.push_back(&values);
      votes = choose_votes(of_outside,
                           Objective(objective.primary(), rows_of(objective.truth(), outside)));
    }
    for (const std::size_t row : inside) ensemble.predicted[row] = weighted(candidates, votes, row);
  }
  ensemble.loss = objective.loss(ensemble.predicted);
  return ensemble;
}

}  // namespace tarn::ml::detail
