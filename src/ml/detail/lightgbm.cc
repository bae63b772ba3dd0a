#include <LightGBM/c_api.h>

#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "detail/boosting.h"
#include "detail/mean.h"
#include "detail/random.h"
#include "detail/shared_library.h"

namespace tarn::ml::detail {

namespace {

void be_silent(const char*) {}

struct LightGbm {
  SharedLibrary library{"lib_lightgbm.so"};
  decltype(LGBM_GetLastError)* last_error = nullptr;
  decltype(LGBM_RegisterLogCallback)* register_log_callback = nullptr;
  decltype(LGBM_DatasetCreateFromMat)* dataset_create = nullptr;
  decltype(LGBM_DatasetSetField)* dataset_set_field = nullptr;
  decltype(LGBM_DatasetFree)* dataset_free = nullptr;
  decltype(LGBM_BoosterCreate)* booster_create = nullptr;
  decltype(LGBM_BoosterUpdateOneIter)* booster_update = nullptr;
  decltype(LGBM_BoosterSaveModelToString)* booster_save = nullptr;
  decltype(LGBM_BoosterPredictForMat)* booster_predict = nullptr;
  decltype(LGBM_BoosterFree)* booster_free = nullptr;

  LightGbm() {
    library.find("LGBM_GetLastError", last_error);
    library.find("LGBM_RegisterLogCallback", register_log_callback);
    library.find("LGBM_DatasetCreateFromMat", dataset_create);
    library.find("LGBM_DatasetSetField", dataset_set_field);
    library.find("LGBM_DatasetFree", dataset_free);
    library.find("LGBM_BoosterCreate", booster_create);
    library.find("LGBM_BoosterUpdateOneIter", booster_update);
    library.find("LGBM_BoosterSaveModelToString", booster_save);
    library.find("LGBM_BoosterPredictForMat", booster_predict);
    library.find("LGBM_BoosterFree", booster_free);
    register_log_callback(be_silent);
  }

  static const LightGbm& get() {
    static const LightGbm library;
    return library;
  }

  void check(int status) const {
    if (status != 0) throw Error(Code::kInternal, "LightGBM failed: " + std::string(last_error()));
  }
};

struct FreeDataset {
  void operator()(void* handle) const { LightGbm::get().dataset_free(handle); }
};
struct FreeBooster {
  void operator()(void* handle) const { LightGbm::get().booster_free(handle); }
};

struct Booster {
  std::shared_ptr<void> dataset;  // must outlive the booster
  std::unique_ptr<void, FreeBooster> handle;
};

/// " key=value" after `text`, with the shortest digits that read back the same.
void add(std::string& text, std::string_view key, double value) {
  char digits[40];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  text.append(" ").append(key).append("=").append(digits, end.ptr);
}

std::string text_of(const LightGbmParams& params, std::uint64_t seed) {
  std::string text =
      "objective=regression boost_from_average=false num_threads=1 deterministic=true "
      "force_col_wise=true "
      "verbosity=-1 feature_pre_filter=false min_data_in_bin=1 metric=none";
  add(text, "learning_rate", params.learning_rate);
  add(text, "num_leaves", params.num_leaves);
  add(text, "min_data_in_leaf", params.min_child_samples);
  add(text, "feature_fraction", params.colsample_bytree);
  add(text, "lambda_l2", params.reg_lambda);
  if (params.subsample < 1) {
    add(text, "bagging_fraction", params.subsample);
    add(text, "bagging_freq", 1);
  }
  if (params.extra_trees) text.append(" extra_trees=true");
  add(text, "seed", Random(seed, {}).seed31());
  return text;
}

/// Of the dataset alone: nothing in it depends on a trial.
constexpr char kDatasetText[] =
    "num_threads=1 deterministic=true force_col_wise=true verbosity=-1 feature_pre_filter=false "
    "min_data_in_bin=1";

std::shared_ptr<void> make_dataset(const Matrix& features, const std::vector<float>& labels) {
  const LightGbm& lib = LightGbm::get();
  void* handle = nullptr;
  lib.check(lib.dataset_create(
      features.values.data(), C_API_DTYPE_FLOAT32, static_cast<std::int32_t>(features.rows),
      static_cast<std::int32_t>(features.columns), 0, kDatasetText, nullptr, &handle));
  std::shared_ptr<void> dataset(handle, FreeDataset());
  lib.check(lib.dataset_set_field(handle, "label", labels.data(), static_cast<int>(labels.size()),
                                  C_API_DTYPE_FLOAT32));
  return dataset;
}

Booster grow(const LightGbmParams& params, const LightGbmData& features,
             std::span<const double> target, double mean, std::uint64_t seed, const Stop& stop) {
  const LightGbm& lib = LightGbm::get();
  const std::string text = text_of(params, seed);
  std::vector<float> labels;
  labels.reserve(target.size());
  for (const double value : target) labels.push_back(static_cast<float>(value - mean));
  Booster booster;
  booster.dataset = features.with(std::move(labels));
  void* handle = nullptr;
  lib.check(lib.booster_create(booster.dataset.get(), text.c_str(), &handle));
  booster.handle.reset(handle);
  int finished = 0;
  for (int i = 0; i < params.iterations && finished == 0; ++i) {
    stop.check();
    lib.check(lib.booster_update(handle, &finished));
  }
  return booster;
}

TreeEnsemble trees_of(const Booster& booster) {
  const LightGbm& lib = LightGbm::get();
  std::string text(1 << 18, '\0');
  std::int64_t length = 0;
  const auto save = [&] {
    lib.check(lib.booster_save(booster.handle.get(), 0, -1, C_API_FEATURE_IMPORTANCE_SPLIT,
                               static_cast<std::int64_t>(text.size()), &length, text.data()));
  };
  save();
  if (static_cast<std::size_t>(length) > text.size()) {
    text.resize(static_cast<std::size_t>(length));
    save();
  }
  text.resize(static_cast<std::size_t>(length));
  return parse_lightgbm(text);
}

/// Reads the "key=value" lines of one tree.
class TreeText {
 public:
  explicit TreeText(std::string_view text) : text_(text) {}

  std::string_view value(std::string_view key) const {
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t end = std::min(text_.find('\n', at), text_.size());
      const std::string_view line = text_.substr(at, end - at);
      if (line.size() > key.size() && line[key.size()] == '=' && line.starts_with(key)) {
        return line.substr(key.size() + 1);
      }
      at = end + 1;
    }
    return {};
  }

  template <typename T>
  std::vector<T> values(std::string_view key, std::size_t count) const {
    const std::string_view line = value(key);
    std::vector<T> numbers(count);
    const char* at = line.data();
    const char* end = line.data() + line.size();
    for (T& number : numbers) {
      while (at != end && *at == ' ') ++at;
      const auto [next, error] = std::from_chars(at, end, number);
      tarn::check(error == std::errc(), "a tree of LightGBM has fewer numbers than nodes");
      at = next;
    }
    return numbers;
  }

 private:
  std::string_view text_;
};

/// LightGBM's decision_type: bit 0 categorical, bit 1 missing to the left, bits 2 and 3 what counts
/// as missing.
bool missing_goes_left(int decision, double threshold) {
  constexpr int kMissingIsNaN = 2;
  if (((decision >> 2) & 3) == kMissingIsNaN) return (decision & 2) != 0;
  return 0.0 <= threshold;  // nothing was missing in training: it takes a NaN for 0
}

void add_tree(const TreeText& text, TreeEnsemble& ensemble) {
  const std::size_t leaves = text.values<std::size_t>("num_leaves", 1)[0];
  const std::size_t splits = leaves - 1;
  const auto first = static_cast<std::int32_t>(ensemble.nodes.size());
  const auto index = [&](int child) {  // a negative child is a leaf, counted from -1 downwards
    const auto inner = static_cast<std::int32_t>(splits);
    return first + (child >= 0 ? child : inner + (-child - 1));
  };
  const auto feature = text.values<int>("split_feature", splits);
  const auto threshold = text.values<double>("threshold", splits);
  const auto decision = text.values<int>("decision_type", splits);
  const auto left = text.values<int>("left_child", splits);
  const auto right = text.values<int>("right_child", splits);
  const auto leaf = text.values<double>("leaf_value", leaves);
  ensemble.roots.push_back(first);
  for (std::size_t i = 0; i < splits; ++i) {
    tarn::check((decision[i] & 1) == 0, "a tree of LightGBM has a categorical split");
    TreeNode node;
    node.feature = feature[i];
    node.threshold = round_down(threshold[i]);
    node.left = index(left[i]);
    node.right = index(right[i]);
    node.missing_left = missing_goes_left(decision[i], threshold[i]);
    ensemble.nodes.push_back(node);
  }
  for (const double value : leaf) {
    TreeNode node;
    node.value = value;
    ensemble.nodes.push_back(node);
  }
}

}  // namespace

TreeEnsemble parse_lightgbm(std::string_view text) {
  constexpr std::string_view kTree = "\nTree=";
  TreeEnsemble ensemble;
  ensemble.test = TreeEnsemble::Test::kLessEqual;
  const std::size_t trees_end = std::min(text.find("\nend of trees"), text.size());
  std::size_t at = text.find(kTree);
  while (at < trees_end) {
    const std::size_t next = std::min(text.find(kTree, at + 1), trees_end);
    add_tree(TreeText(text.substr(at + 1, next - at - 1)), ensemble);
    at = next;
  }
  return ensemble;
}

std::shared_ptr<void> LightGbmData::with(std::vector<float> labels) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [known, dataset] : kept_) {
    if (known == labels) return dataset;
  }
  std::shared_ptr<void> dataset = make_dataset(features_, labels);
  const bool small = kLightGbmTargetsKept * features_.values.size() <= kLightGbmBytesKept;
  if (kept_.size() >= (small ? kLightGbmTargetsKept : 1)) kept_.erase(kept_.begin());
  kept_.emplace_back(std::move(labels), dataset);
  return dataset;
}

TreeEnsemble fit_lightgbm(const LightGbmParams& params, const LightGbmData& features,
                          std::span<const double> target, std::uint64_t seed, const Stop& stop) {
  const double mean = mean_of(target);
  TreeEnsemble trees = trees_of(grow(params, features, target, mean, seed, stop));
  trees.bias = mean;
  return trees;
}

BoosterCheck check_lightgbm(const LightGbmParams& params, const Matrix& features,
                            std::span<const double> target, std::uint64_t seed,
                            const Matrix& scored) {
  const LightGbm& lib = LightGbm::get();
  const Booster booster =
      grow(params, LightGbmData(features), target, mean_of(target), seed, Stop());
  BoosterCheck result;
  result.trees = trees_of(booster);
  result.own_predictions.resize(scored.rows);
  std::int64_t length = 0;
  lib.check(lib.booster_predict(booster.handle.get(), scored.values.data(), C_API_DTYPE_FLOAT32,
                                static_cast<std::int32_t>(scored.rows),
                                static_cast<std::int32_t>(scored.columns), 0, C_API_PREDICT_NORMAL,
                                0, -1, "num_threads=1", &length, result.own_predictions.data()));
  return result;
}

}  // namespace tarn::ml::detail
