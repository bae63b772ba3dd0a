#pragma once
// When a trial ends before its last fold: it is so much worse than what is known that it cannot
// win.

#include <span>
#include <vector>

#include "detail/objective.h"
#include "detail/validation.h"

namespace tarn::ml::detail {

/// Azure's rule: not before so many trials.
inline constexpr int kEarlyTerminationTrialsMin = 20;
/// A trial is measured against the trial of this rank, ...
inline constexpr std::size_t kBarRank = 10;
/// ... on the rows of as many folds or more, ...
inline constexpr std::size_t kBarFoldsMin = 2;
/// ... and ends when its loss is so many times as large.
inline constexpr double kBarFactor = 1.15;

/// Losses on the rows of the first folds.
class FoldPrefixes {
 public:
  FoldPrefixes(const Validation& validation, Metric primary);

  /// `predicted` is in the order of Validation::validated(); only the rows of the first `folds`
  /// folds are looked at.
  double loss(std::size_t folds, std::span<const double> predicted) const;
  /// For 1, 2, ... folds, but not for all.
  std::vector<double> losses(std::span<const double> predicted) const;
  /// Their places in validated(), fold by fold.
  std::span<const std::size_t> slots(std::size_t folds) const;
  std::span<const double> truth(std::size_t folds) const;

 private:
  std::vector<std::size_t> slots_;
  std::vector<std::size_t> ends_;  // by fold: where its rows end in slots_
  std::vector<Objective> objectives_;
};

/// By the number of folds less one: the loss above which a trial ends. Empty: none ends.
using Bar = std::vector<double>;

/// `losses` are those of FoldPrefixes::losses() of all trials that count. Empty with fewer than
/// kBarRank of them.
Bar bar_of(const std::vector<std::span<const double>>& losses);

}  // namespace tarn::ml::detail
