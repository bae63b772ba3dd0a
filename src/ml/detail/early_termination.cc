#include "detail/early_termination.h"

#include <algorithm>
#include <limits>

namespace tarn::ml::detail {

FoldPrefixes::FoldPrefixes(const Validation& validation, Metric primary) {
  std::vector<double> truth;
  const std::vector<double> all = validation.validated_target();
  for (std::size_t fold = 0; fold + 1 < validation.folds().size(); ++fold) {
    for (const std::size_t slot : validation.slots(fold)) {
      slots_.push_back(slot);
      truth.push_back(all[slot]);
    }
    ends_.push_back(slots_.size());
    objectives_.emplace_back(primary, truth);
  }
}

std::span<const std::size_t> FoldPrefixes::slots(std::size_t folds) const {
  return {slots_.data(), ends_[folds - 1]};
}

std::span<const double> FoldPrefixes::truth(std::size_t folds) const {
  return objectives_[folds - 1].truth();
}

double FoldPrefixes::loss(std::size_t folds, std::span<const double> predicted) const {
  std::vector<double> of_rows;
  for (const std::size_t slot : slots(folds)) of_rows.push_back(predicted[slot]);
  return objectives_[folds - 1].loss(of_rows);
}

std::vector<double> FoldPrefixes::losses(std::span<const double> predicted) const {
  std::vector<double> result;
  for (std::size_t folds = 1; folds <= ends_.size(); ++folds)
    result.push_back(loss(folds, predicted));
  return result;
}

Bar bar_of(const std::vector<std::span<const double>>& losses) {
  Bar bar;
  if (losses.size() < kBarRank) return bar;
  std::vector<double> of_folds;
  for (std::size_t folds = 0; folds < losses.front().size(); ++folds) {
    if (folds + 1 < kBarFoldsMin) {
      bar.push_back(std::numeric_limits<double>::infinity());
      continue;
    }
    of_folds.clear();
    for (const auto& trial : losses) of_folds.push_back(trial[folds]);
    const auto rank = of_folds.begin() + static_cast<std::ptrdiff_t>(kBarRank - 1);
    std::nth_element(of_folds.begin(), rank, of_folds.end());
    bar.push_back(kBarFactor * *rank);
  }
  return bar;
}

}  // namespace tarn::ml::detail
