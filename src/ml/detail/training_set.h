#pragma once
// What learners are fitted on: the features of some rows, and what is made of them once for all
// trials and threads.

#include <memory>
#include <mutex>

#include "detail/bins.h"
#include "detail/boosting.h"
#include "detail/matrix.h"

namespace tarn::ml::detail {

/// Thread-safe.
class TrainingSet {
 public:
  explicit TrainingSet(Matrix features) : features_(std::move(features)), lightgbm_(features_) {}
  TrainingSet(const TrainingSet&) = delete;
  TrainingSet& operator=(const TrainingSet&) = delete;

  const Matrix& features() const { return features_; }
  /// Made on first use.
  const Bins& bins() const {
    std::call_once(binned_, [this] { bins_ = make_bins(features_); });
    return bins_;
  }
  const LightGbmData& lightgbm() const { return lightgbm_; }

 private:
  const Matrix features_;
  const LightGbmData lightgbm_;
  mutable std::once_flag binned_;
  mutable Bins bins_;
};

}  // namespace tarn::ml::detail
