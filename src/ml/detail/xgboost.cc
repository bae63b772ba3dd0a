#include <charconv>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "detail/boosting.h"
#include "detail/mean.h"
#include "detail/random.h"
#include "detail/shared_library.h"
#include "detail/xgboost_api.h"

namespace tarn::ml::detail {

namespace {

struct XGBoost {
  SharedLibrary library{"libxgboost.so"};
  XgbGetLastError* last_error = nullptr;
  XgbSetGlobalConfig* set_global_config = nullptr;
  XgbMatrixCreateFromMat* matrix_create = nullptr;
  XgbMatrixSetFloatInfo* matrix_set_float_info = nullptr;
  XgbMatrixFree* matrix_free = nullptr;
  XgbBoosterCreate* booster_create = nullptr;
  XgbBoosterSetParam* booster_set_param = nullptr;
  XgbBoosterUpdateOneIter* booster_update = nullptr;
  XgbBoosterSaveModelToBuffer* booster_save = nullptr;
  XgbBoosterPredict* booster_predict = nullptr;
  XgbBoosterFree* booster_free = nullptr;

  XGBoost() {
    library.find("XGBGetLastError", last_error);
    library.find("XGBSetGlobalConfig", set_global_config);
    library.find("XGDMatrixCreateFromMat", matrix_create);
    library.find("XGDMatrixSetFloatInfo", matrix_set_float_info);
    library.find("XGDMatrixFree", matrix_free);
    library.find("XGBoosterCreate", booster_create);
    library.find("XGBoosterSetParam", booster_set_param);
    library.find("XGBoosterUpdateOneIter", booster_update);
    library.find("XGBoosterSaveModelToBuffer", booster_save);
    library.find("XGBoosterPredict", booster_predict);
    library.find("XGBoosterFree", booster_free);
    check(set_global_config(R"({"verbosity": 0})"));
  }

  static const XGBoost& get() {
    static const XGBoost library;
    return library;
  }

  void check(int status) const {
    if (status != 0) throw Error(Code::kInternal, "XGBoost failed: " + std::string(last_error()));
  }
};

struct FreeMatrix {
  void operator()(void* handle) const { XGBoost::get().matrix_free(handle); }
};
struct FreeBooster {
  void operator()(void* handle) const { XGBoost::get().booster_free(handle); }
};
using MatrixHandle = std::unique_ptr<void, FreeMatrix>;

struct Booster {
  MatrixHandle matrix;
  std::unique_ptr<void, FreeBooster> handle;
};

MatrixHandle make_matrix(const Matrix& features) {
  const XGBoost& lib = XGBoost::get();
  std::vector<float> by_row(features.values.size());
  for (std::size_t c = 0; c < features.columns; ++c) {
    const auto column = features.column(c);
    for (std::size_t r = 0; r < features.rows; ++r) by_row[r * features.columns + c] = column[r];
  }
  void* handle = nullptr;
  lib.check(lib.matrix_create(by_row.data(), features.rows, features.columns,
                              std::numeric_limits<float>::quiet_NaN(), &handle));
  return MatrixHandle(handle);
}

std::string text_of(double value) {
  char text[40];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

void set_params(void* booster, const XGBoostParams& params, std::uint64_t seed) {
  const XGBoost& lib = XGBoost::get();
  const std::pair<const char*, std::string> values[] = {
      {"objective", "reg:squarederror"},
      {"base_score", "0"},
      {"boost_from_average", "0"},
      {"tree_method", "hist"},
      {"nthread", "1"},
      {"verbosity", "0"},
      {"seed", std::to_string(Random(seed, {}).seed31())},
      {"eta", text_of(params.learning_rate)},
      {"max_depth", std::to_string(params.max_depth)},
      {"min_child_weight", text_of(params.min_child_weight)},
      {"colsample_bynode", text_of(params.colsample_bynode)},
      {"subsample", text_of(params.subsample)},
      {"lambda", text_of(params.reg_lambda)},
  };
  for (const auto& [name, value] : values)
    lib.check(lib.booster_set_param(booster, name, value.c_str()));
}

Booster grow(const XGBoostParams& params, const Matrix& features, std::span<const double> target,
             double mean, std::uint64_t seed, const Stop& stop) {
  const XGBoost& lib = XGBoost::get();
  Booster booster;
  booster.matrix = make_matrix(features);
  std::vector<float> labels;
  labels.reserve(target.size());
  for (const double value : target) labels.push_back(static_cast<float>(value - mean));
  void* const matrix = booster.matrix.get();
  lib.check(lib.matrix_set_float_info(matrix, "label", labels.data(), labels.size()));
  void* handle = nullptr;
  lib.check(lib.booster_create(&matrix, 1, &handle));
  booster.handle.reset(handle);
  set_params(handle, params, seed);
  for (int i = 0; i < params.iterations; ++i) {
    stop.check();
    lib.check(lib.booster_update(handle, i, matrix));
  }
  return booster;
}

TreeEnsemble trees_of(const Booster& booster) {
  const XGBoost& lib = XGBoost::get();
  XgbUlong length = 0;
  const char* bytes = nullptr;
  lib.check(lib.booster_save(booster.handle.get(), R"({"format": "ubj"})", &length, &bytes));
  return parse_xgboost({bytes, static_cast<std::size_t>(length)});
}

void add_tree(const Json& tree, TreeEnsemble& ensemble) {
  const Json& left = tree.at("left_children");
  const Json& right = tree.at("right_children");
  const Json& feature = tree.at("split_indices");
  const Json& value = tree.at("split_conditions");  // of a leaf: its value
  const Json& missing_left = tree.at("default_left");
  const auto first = static_cast<std::int32_t>(ensemble.nodes.size());
  ensemble.roots.push_back(first);
  for (std::size_t i = 0; i < left.size(); ++i) {
    TreeNode node;
    const auto left_child = left[i].get<std::int32_t>();
    if (left_child < 0) {
      node.value = value[i].get<double>();
    } else {
      node.feature = feature[i].get<std::int32_t>();
      node.threshold = value[i].get<float>();
      node.left = first + left_child;
      node.right = first + right[i].get<std::int32_t>();
      node.missing_left = missing_left[i].get<int>() != 0;
    }
    ensemble.nodes.push_back(node);
  }
}

}  // namespace

TreeEnsemble parse_xgboost(std::string_view ubjson) {
  TreeEnsemble ensemble;
  ensemble.test = TreeEnsemble::Test::kLess;
  try {
    const Json model = Json::from_ubjson(ubjson);
    for (const Json& tree : model.at("learner").at("gradient_booster").at("model").at("trees")) {
      add_tree(tree, ensemble);
    }
  } catch (const Json::exception& e) {
    throw Error(Code::kInternal, "a model of XGBoost is not as expected: " + std::string(e.what()));
  }
  return ensemble;
}

TreeEnsemble fit_xgboost(const XGBoostParams& params, const Matrix& features,
                         std::span<const double> target, std::uint64_t seed, const Stop& stop) {
  const double mean = mean_of(target);
  TreeEnsemble trees = trees_of(grow(params, features, target, mean, seed, stop));
  trees.bias = mean;
  return trees;
}

BoosterCheck check_xgboost(const XGBoostParams& params, const Matrix& features,
                           std::span<const double> target, std::uint64_t seed,
                           const Matrix& scored) {
  const XGBoost& lib = XGBoost::get();
  const Booster booster = grow(params, features, target, mean_of(target), seed, Stop());
  BoosterCheck result;
  result.trees = trees_of(booster);
  const MatrixHandle matrix = make_matrix(scored);
  XgbUlong length = 0;
  const float* predictions = nullptr;
  lib.check(
      lib.booster_predict(booster.handle.get(), matrix.get(), 0, 0, 0, &length, &predictions));
  result.own_predictions.assign(predictions, predictions + length);
  return result;
}

}  // namespace tarn::ml::detail
