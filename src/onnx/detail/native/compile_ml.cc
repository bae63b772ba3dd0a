// The operators of ai.onnx.ml but the trees: onnx.ai/onnx/operators, section ai.onnx.ml.

#include <algorithm>

#include "detail/native/elementwise.h"
#include "detail/native/graph_compiler.h"

namespace tarn::onnx::native {

using detail::NotNative;
using Ints = std::vector<std::int64_t>;
using Floats = std::vector<float>;
using Texts = std::vector<std::string>;

bool GraphCompiler::read_ml(const Node& node) {
  const std::string& op = node.op;
  if (op == "TreeEnsembleRegressor") return tree_regressor(node), true;
  if (op == "TreeEnsembleClassifier") return tree_classifier(node), true;
  if (op == "LinearRegressor") return linear_regressor(node), true;
  if (op == "Scaler") return scaler(node), true;
  if (op == "Imputer") return imputer(node), true;
  if (op == "OneHotEncoder") return one_hot(node), true;
  if (op == "LabelEncoder") return label_encoder(node), true;
  if (op == "ArrayFeatureExtractor") return array_feature_extractor(node), true;
  if (op == "FeatureVectorizer") return feature_vectorizer(node), true;
  return false;
}

void GraphCompiler::linear_regressor(const Node& node) {
  const Value& value = batch(node, 0);
  const auto targets = static_cast<std::size_t>(node.get<std::int64_t>("targets", 1));
  if (value.type != ElementType::kFloat ||
      node.get<std::string>("post_transform", "NONE") != "NONE")
    throw NotNative{"LinearRegressor of " + std::string(name_of(value.type))};
  const Floats coefficients = node.get<Floats>("coefficients");
  const Floats intercepts = node.get<Floats>("intercepts");
  std::vector<double> bias;
  if (intercepts.size() == targets) bias.assign(intercepts.begin(), intercepts.end());
  weighted_sums(node, value, {coefficients.begin(), coefficients.end()}, targets, true, bias);
}

void GraphCompiler::scaler(const Node& node) {
  const Value& value = batch(node, 0);
  const Floats offset = node.get<Floats>("offset");
  const Floats factor = node.get<Floats>("scale");
  if (value.inner.size() != 1 || offset.size() != factor.size() ||
      (offset.size() != 1 && offset.size() != value.width()))
    throw NotNative{"Scaler of another shape"};
  Value result{ElementType::kFloat, value.inner, {}, {}};
  for (std::size_t i = 0; i < value.width(); ++i) {
    const std::size_t at = offset.size() == 1 ? 0 : i;
    result.columns.push_back(emit(node, ElementType::kFloat, [&](int out) {
      return scale(value.type, offset[at], factor[at], value.columns[i], out);
    }));
  }
  set(node, std::move(result));
}

void GraphCompiler::imputer(const Node& node) {
  const Value& value = batch(node, 0);
  const Floats fill = node.get<Floats>("imputed_value_floats");
  const float replaced = node.get<float>("replaced_value_float");
  if (value.type != ElementType::kFloat || value.inner.size() != 1 || fill.empty() ||
      !node.has("replaced_value_float"))
    throw NotNative{"Imputer of " + std::string(name_of(value.type))};
  Value result{value.type, value.inner, {}, {}};
  for (std::size_t i = 0; i < value.width(); ++i) {
    const int reg = value.columns[i];
    const float with = fill[fill.size() == value.width() ? i : 0];
    const int filling = number_register(value.type, static_cast<double>(with));
    result.columns.push_back(emit(node, value.type, [&](int out) -> StepPtr {
      if (replaced != replaced) return select_nan(value.type, value.type, reg, filling, reg, out);
      const int sought = number_register(value.type, static_cast<double>(replaced));
      const int same = emit(node, ElementType::kBool, [&](int to) {
        return native::compare("Equal", value.type, reg, sought, to);
      });
      return select(value.type, same, filling, reg, out);
    }));
  }
  set(node, std::move(result));
}

void GraphCompiler::one_hot(const Node& node) {
  const Value& value = batch(node, 0);
  const Texts texts = node.get<Texts>("cats_strings");
  const Ints integers = node.get<Ints>("cats_int64s");
  const bool in_text = value.type == ElementType::kString;
  if (node.get<std::int64_t>("zeros", 1) == 0 || (in_text ? texts.empty() : integers.empty()) ||
      texts.empty() == integers.empty())
    throw NotNative{"OneHotEncoder with other categories"};
  const std::size_t count = in_text ? texts.size() : integers.size();
  Value result{ElementType::kFloat, value.inner, {}, {}};
  result.inner.push_back(static_cast<std::int64_t>(count));
  for (int reg : value.columns) {
    if (!in_text && value.type != ElementType::kInt64) {
      reg = emit(node, ElementType::kInt64,
                 [&](int out) { return native::cast(value.type, ElementType::kInt64, reg, out); });
    }
    for (std::size_t c = 0; c < count; ++c) {
      // Of a category that is listed twice, the last counts.
      const bool listed_again =
          in_text ? std::count(texts.begin() + static_cast<long>(c) + 1, texts.end(), texts[c]) > 0
                  : std::count(integers.begin() + static_cast<long>(c) + 1, integers.end(),
                               integers[c]) > 0;
      if (listed_again) throw NotNative{"OneHotEncoder with a category twice"};
      const ElementType type = in_text ? ElementType::kString : ElementType::kInt64;
      const int category =
          builder_.constant(type, 0, in_text ? 0 : integers[c], in_text ? texts[c] : "");
      const int same = emit(node, ElementType::kBool, [&](int out) {
        return native::compare("Equal", type, reg, category, out);
      });
      result.columns.push_back(emit(node, ElementType::kFloat, [&](int out) {
        return native::cast(ElementType::kBool, ElementType::kFloat, same, out);
      }));
    }
  }
  set(node, std::move(result));
}

template <typename Key, typename Out>
void GraphCompiler::encode(const Node& node, const Value& from, const std::vector<Key>& keys,
                           const std::vector<Out>& values, const Out& absent, ElementType type) {
  if (keys.size() != values.size()) throw NotNative{"LabelEncoder with odd lists"};
  Value result{type, from.inner, {}, {}};
  for (const int reg : from.columns) {
    Lookup<Key, Out> table;
    for (std::size_t i = 0; i < keys.size(); ++i) table.entries.emplace(keys[i], values[i]);
    table.absent = absent;
    result.columns.push_back(
        emit(node, type, [&](int out) { return look_up(std::move(table), reg, out); }));
  }
  set(node, std::move(result));
}

void GraphCompiler::label_encoder(const Node& node) {
  const Value& value = batch(node, 0);
  for (const char* unknown :
       {"keys_floats", "keys_tensor", "values_tensor", "default_tensor", "classes_strings"}) {
    if (node.has(unknown)) throw NotNative{std::string("LabelEncoder with ") + unknown};
  }
  const auto by_key = [&](const auto& keys) {
    if (node.has("values_floats")) {
      encode(node, value, keys, node.get<Floats>("values_floats"),
             node.get<float>("default_float", -0.0f), ElementType::kFloat);
    } else if (node.has("values_int64s")) {
      encode(node, value, keys, node.get<Ints>("values_int64s"),
             node.get<std::int64_t>("default_int64", -1), ElementType::kInt64);
    } else if (node.has("values_strings")) {
      encode(node, value, keys, node.get<Texts>("values_strings"),
             node.get<std::string>("default_string", "_Unused"), ElementType::kString);
    } else {
      throw NotNative{"LabelEncoder without values"};
    }
  };
  if (value.type == ElementType::kString && node.has("keys_strings")) {
    by_key(node.get<Texts>("keys_strings"));
  } else if (value.type == ElementType::kInt64 && node.has("keys_int64s")) {
    by_key(node.get<Ints>("keys_int64s"));
  } else {
    throw NotNative{"LabelEncoder of " + std::string(name_of(value.type))};
  }
}

void GraphCompiler::array_feature_extractor(const Node& node) {
  const Value& value = batch(node, 0);
  if (value.inner.size() != 1) throw NotNative{"ArrayFeatureExtractor of another shape"};
  Value result{value.type, {}, {}, {}};
  for (const std::int64_t at : integers(node, 1)) {
    if (at < 0 || at >= static_cast<std::int64_t>(value.width()))
      throw NotNative{"ArrayFeatureExtractor of a column that is not there"};
    result.columns.push_back(value.columns[static_cast<std::size_t>(at)]);
  }
  result.inner = {static_cast<std::int64_t>(result.columns.size())};
  set(node, std::move(result));
}

void GraphCompiler::feature_vectorizer(const Node& node) {
  const Ints sizes = node.get<Ints>("inputdimensions");
  if (sizes.size() != node.inputs.size()) throw NotNative{"FeatureVectorizer of other sizes"};
  Value result{ElementType::kFloat, {}, {}, {}};
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Value& value = batch(node, i);
    if (value.inner.size() != 1 || sizes[i] != static_cast<std::int64_t>(value.width()))
      throw NotNative{"FeatureVectorizer of other sizes"};
    for (const int reg : value.columns) {
      const bool is_float = value.type == ElementType::kFloat;
      result.columns.push_back(is_float ? reg : emit(node, ElementType::kFloat, [&](int out) {
        return native::cast(value.type, ElementType::kFloat, reg, out);
      }));
    }
  }
  result.inner = {static_cast<std::int64_t>(result.columns.size())};
  set(node, std::move(result));
}

}  // namespace tarn::onnx::native
