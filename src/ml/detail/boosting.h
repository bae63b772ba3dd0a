#pragma once
// Gradient boosted trees by LightGBM and XGBoost. Both grow in one thread, on a target whose mean
// is taken off first.

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "detail/matrix.h"
#include "detail/stop.h"
#include "detail/tree_ensemble.h"

namespace tarn::ml::detail {

struct LightGbmParams {
  int iterations = 100;
  double learning_rate = 0.1;
  int num_leaves = 31;
  int min_child_samples = 20;
  double colsample_bytree = 1;
  double subsample = 1;
  double reg_lambda = 0;
  bool extra_trees = false;
};

struct XGBoostParams {
  int iterations = 100;
  double learning_rate = 0.3;
  int max_depth = 6;
  double min_child_weight = 1;
  double colsample_bynode = 1;
  double subsample = 1;
  double reg_lambda = 1;
};

/// Binned features of LightGBM are kept for as many different targets at a time (the scales of one
/// target), as long as they take no more than these bytes; else for one.
inline constexpr std::size_t kLightGbmTargetsKept = 3;
inline constexpr std::size_t kLightGbmBytesKept = 256u << 20;

/// Features as LightGBM bins them, shared by all fits on them. The bins depend on the features
/// alone. Borrows the features. Thread-safe.
class LightGbmData {
 public:
  explicit LightGbmData(const Matrix& features) : features_(features) {}

  /// LightGBM's dataset with these labels; whoever has it may train on it, but not change it.
  std::shared_ptr<void> with(std::vector<float> labels) const;

 private:
  const Matrix& features_;
  mutable std::mutex mutex_;
  mutable std::vector<std::pair<std::vector<float>, std::shared_ptr<void>>> kept_;
};

/// Throw Error(kInternal) with the library's text when it fails, and what `stop` throws.
TreeEnsemble fit_lightgbm(const LightGbmParams& params, const LightGbmData& features,
                          std::span<const double> target, std::uint64_t seed, const Stop& stop);
TreeEnsemble fit_xgboost(const XGBoostParams& params, const Matrix& features,
                         std::span<const double> target, std::uint64_t seed, const Stop& stop);

/// For tests: the library's own prediction of the model that was fitted, next to ours.
struct BoosterCheck {
  TreeEnsemble trees;
  std::vector<double> own_predictions;  // without the target's mean
};
BoosterCheck check_lightgbm(const LightGbmParams& params, const Matrix& features,
                            std::span<const double> target, std::uint64_t seed,
                            const Matrix& scored);
BoosterCheck check_xgboost(const XGBoostParams& params, const Matrix& features,
                           std::span<const double> target, std::uint64_t seed,
                           const Matrix& scored);

/// The two models' texts, read. Throw Error(kInternal) when they are not as expected.
TreeEnsemble parse_lightgbm(std::string_view text);
TreeEnsemble parse_xgboost(std::string_view ubjson);

}  // namespace tarn::ml::detail
