#include "detail/validation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "detail/random.h"

namespace tarn::ml::detail {

namespace {

constexpr std::uint64_t kFoldStream = 0xf01d;
constexpr std::size_t kFoldRowsMin = 5;

std::vector<std::size_t> shuffled(std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Random random(seed, {kFoldStream});
  for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

std::vector<Fold> own_rows(std::size_t rows, std::size_t rows_to_fit) {
  Fold fold;
  for (std::size_t row = 0; row < rows; ++row)
    (row < rows_to_fit ? fold.training : fold.validation).push_back(row);
  return {fold};
}

std::vector<Fold> holdout(std::size_t rows, double part, std::uint64_t seed) {
  const auto wanted = static_cast<std::size_t>(std::llround(static_cast<double>(rows) * part));
  const std::size_t held_out = std::clamp<std::size_t>(wanted, 1, rows - 1);
  const std::vector<std::size_t> order = shuffled(rows, seed);
  Fold fold;
  fold.validation.assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(held_out));
  fold.training.assign(order.begin() + static_cast<std::ptrdiff_t>(held_out), order.end());
  std::sort(fold.validation.begin(), fold.validation.end());
  std::sort(fold.training.begin(), fold.training.end());
  return {fold};
}

std::vector<Fold> make_folds(std::size_t rows, const Parting& parting, std::uint64_t seed) {
  if (parting.rows_to_fit > 0) return own_rows(rows, parting.rows_to_fit);
  if (parting.holdout_part > 0) return holdout(rows, parting.holdout_part, seed);
  const std::vector<std::size_t> order = shuffled(rows, seed);
  const bool one = parting.folds == 0;
  const auto parts = static_cast<std::size_t>(one ? kHoldoutPart : parting.folds);
  std::vector<std::size_t> part_of(rows);
  for (std::size_t i = 0; i < rows; ++i) part_of[order[i]] = i % parts;
  std::vector<Fold> folds(one ? 1 : parts);
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t fold = 0; fold < folds.size(); ++fold) {
      (part_of[row] == fold ? folds[fold].validation : folds[fold].training).push_back(row);
    }
  }
  return folds;
}

}  // namespace

int folds_for(std::size_t rows, std::optional<int> wanted) {
  int folds = 0;
  if (wanted) {
    if (*wanted < 2 || *wanted > kFoldsMax) {
      throw Error(Code::kInvalidArgument,
                  "the number of folds is out of range: " + std::to_string(*wanted),
                  "Give 2 to " + std::to_string(kFoldsMax) + " folds.");
    }
    folds = *wanted;
  } else if (rows <= kTenFoldsRowsMax) {
    folds = 10;
  } else if (rows <= kThreeFoldsRowsMax) {
    folds = 3;
  } else {
    return 0;
  }
  return std::clamp(static_cast<int>(rows / kFoldRowsMin), 2, folds);
}

Validation::Validation(const Frame& frame, FeaturePlan plan, std::vector<std::size_t> rows,
                       std::vector<double> target, const Parting& parting, std::uint64_t seed)
    : frame_(frame),
      plan_(std::move(plan)),
      rows_(std::move(rows)),
      target_(std::move(target)),
      rows_to_fit_(parting.rows_to_fit > 0 ? parting.rows_to_fit : rows_.size()) {
  const auto [low, high] = std::minmax_element(target_.begin(), target_.end());
  target_range_ = *high - *low;
  folds_ = make_folds(rows_.size(), parting, seed);
  fold_features_ = std::vector<std::array<Lazy<FoldFeatures>, kViewCount>>(folds_.size());
  std::vector<std::size_t> slot_of(rows_.size());
  for (const Fold& fold : folds_)
    validated_.insert(validated_.end(), fold.validation.begin(), fold.validation.end());
  std::sort(validated_.begin(), validated_.end());
  for (std::size_t slot = 0; slot < validated_.size(); ++slot) slot_of[validated_[slot]] = slot;
  for (const Fold& fold : folds_) {
    auto& slots = slots_.emplace_back();
    for (const std::size_t position : fold.validation) slots.push_back(slot_of[position]);
  }
}

std::vector<std::size_t> Validation::parts(std::size_t count) const {
  std::vector<std::size_t> part_of(validated_.size());
  for (std::size_t fold = 0; fold < folds_.size(); ++fold) {
    for (std::size_t i = 0; i < slots_[fold].size(); ++i)
      part_of[slots_[fold][i]] = (folds_.size() == 1 ? i : fold) % count;
  }
  return part_of;
}

std::vector<double> Validation::training_target(std::size_t fold) const {
  std::vector<double> values;
  for (const std::size_t position : folds_[fold].training) values.push_back(target_[position]);
  return values;
}

std::vector<double> Validation::validated_target() const {
  std::vector<double> values;
  for (const std::size_t position : validated_) values.push_back(target_[position]);
  return values;
}

std::vector<std::size_t> Validation::rows_of(std::span<const std::size_t> positions) const {
  std::vector<std::size_t> rows;
  rows.reserve(positions.size());
  for (const std::size_t position : positions) rows.push_back(rows_[position]);
  return rows;
}

const Validation::FoldFeatures& Validation::features(std::size_t fold, View view) const {
  auto& lazy = fold_features_[fold][static_cast<std::size_t>(view)];
  std::call_once(lazy.once, [&] {
    FittedFeatures fitted =
        fit_features(plan_, view, frame_, rows_of(folds_[fold].training), training_target(fold));
    lazy.value.validation = fitted.set.transform(frame_, rows_of(folds_[fold].validation));
    lazy.value.training.emplace(std::move(fitted.matrix));
    lazy.value.set = std::make_shared<const FeatureSet>(std::move(fitted.set));
  });
  return lazy.value;
}

const Validation::AllFeatures& Validation::all_features(View view) const {
  auto& lazy = all_features_[static_cast<std::size_t>(view)];
  std::call_once(lazy.once, [&] {
    FittedFeatures fitted =
        fit_features(plan_, view, frame_, {rows_.data(), rows_to_fit_}, target_to_fit());
    lazy.value.set = std::make_shared<const FeatureSet>(std::move(fitted.set));
    lazy.value.training.emplace(std::move(fitted.matrix));
  });
  return lazy.value;
}

Frame Validation::validation_rows(std::size_t fold, std::size_t rows_max) const {
  std::vector<std::size_t> rows = rows_of(folds_[fold].validation);
  if (rows.size() > rows_max) rows.resize(rows_max);
  return frame_.select(rows);
}

std::vector<Metrics> Validation::fold_metrics(std::span<const double> predicted) const {
  std::vector<Metrics> metrics;
  for (std::size_t fold = 0; fold < folds_.size(); ++fold) {
    std::vector<double> truth;
    std::vector<double> of_fold;
    for (std::size_t i = 0; i < slots_[fold].size(); ++i) {
      truth.push_back(target_[folds_[fold].validation[i]]);
      of_fold.push_back(predicted[slots_[fold][i]]);
    }
    metrics.push_back(regression_metrics(truth, of_fold, target_range_));
  }
  return metrics;
}

}  // namespace tarn::ml::detail
