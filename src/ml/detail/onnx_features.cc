#include "detail/onnx_features.h"

#include <map>
#include <numeric>

#include "detail/calendar.h"

namespace tarn::ml::detail {

namespace {

using onnx::AttributeValue;
using onnx::ElementType;
using onnx::GraphBuilder;
using onnx::Tensor;

std::int64_t type_code(ElementType type) { return static_cast<std::int64_t>(type); }

/// The arithmetic of calendar.h as nodes. Values are names of tensor(double).
class GraphOps {
 public:
  explicit GraphOps(GraphBuilder& graph) : graph_(graph) {}

  std::string add(const std::string& a, const std::string& b) { return graph_.node("Add", {a, b}); }
  std::string subtract(const std::string& a, const std::string& b) {
    return graph_.node("Sub", {a, b});
  }
  std::string multiply(const std::string& a, const std::string& b) {
    return graph_.node("Mul", {a, b});
  }
  std::string floor_divide(const std::string& a, const std::string& b) {
    return graph_.node("Floor", {graph_.node("Div", {a, b})});
  }
  std::string constant(double value) {
    auto found = constants_.find(value);
    if (found == constants_.end()) {
      found = constants_.emplace(value, graph_.constant("number", Tensor::scalar(value))).first;
    }
    return found->second;
  }

 private:
  GraphBuilder& graph_;
  std::map<double, std::string> constants_;
};

/// Collects numbers, which share their nodes, and blocks of indicators; then puts all into the
/// order of the features.
class FeatureEmitter {
 public:
  explicit FeatureEmitter(GraphBuilder& graph) : graph_(graph), ops_(graph) {}

  void add(const ColumnEncoder& encoder) {
    column_ = encoder.column;
    type_ = encoder.type;
    std::visit(*this, encoder.encoder);
    next_feature_ += encoder.width();
  }

  void operator()(const NumberEncoder& encoder) {
    add_number(column_, encoder.fill, next_feature_);
    if (!encoder.indicator) return;
    const std::string missing = graph_.node("IsNaN", {column_});
    add_block(cast(missing, ElementType::kFloat), next_feature_ + 1, 1);
  }

  void operator()(const EqualEncoder& encoder) {
    add_indicators(column_, {{1, static_cast<std::int64_t>(encoder.values.size())}, encoder.values},
                   encoder.values.size());
  }

  void operator()(const OneHotEncoder& encoder) {
    std::vector<std::int64_t> codes(encoder.categories.size());
    std::iota(codes.begin(), codes.end(), std::int64_t{0});
    const std::string code = graph_.node("LabelEncoder", {column_},
                                         {{"keys_strings", AttributeValue(encoder.categories)},
                                          {"values_int64s", AttributeValue(codes)},
                                          {"default_int64", AttributeValue(std::int64_t{-1})}},
                                         onnx::kMlDomain, "category");
    add_indicators(code, {{1, static_cast<std::int64_t>(codes.size())}, codes}, codes.size());
  }

  void operator()(const TargetMeanEncoder& encoder) {
    add_block(look_up(encoder.categories, encoder.means, encoder.unseen_mean), next_feature_, 1);
    add_block(look_up(encoder.categories, encoder.frequencies, encoder.unseen_frequency),
              next_feature_ + 1, 1);
  }

  void operator()(const DateEncoder& encoder) {
    std::string days = column_;
    std::string seconds;
    if (type_ == ColumnType::kDatetime) {
      days = days_of_micros(ops_, column_);
      seconds = seconds_of_micros(ops_, column_, days);
    }
    for (std::size_t p = 0; p < encoder.parts.size(); ++p) {
      add_number(date_part(ops_, days, seconds, encoder.parts[p]), encoder.fills[p],
                 next_feature_ + p);
    }
  }

  std::string finish() {
    if (!numbers_.empty()) blocks_.insert(blocks_.begin(), emit_numbers());
    std::vector<std::string> names;
    std::vector<std::int64_t> position(next_feature_);
    std::int64_t at = 0;
    bool ordered = true;
    for (const Block& block : blocks_) {
      names.push_back(block.name);
      for (const std::size_t feature : block.features) {
        ordered = ordered && feature == static_cast<std::size_t>(at);
        position[feature] = at++;
      }
    }
    const std::string all = concatenate(names);
    if (ordered) return all;
    const std::string order = graph_.constant("feature_order", Tensor::vector(position));
    return graph_.node("Gather", {all, order}, {{"axis", AttributeValue(std::int64_t{1})}}, {},
                       "features");
  }

 private:
  struct Block {
    std::string name;                   // tensor(float) of shape [N, features.size()]
    std::vector<std::size_t> features;  // where its columns belong
  };
  struct Number {
    std::string name;  // tensor(double) of shape [N, 1]
    float fill;
    std::size_t feature;
  };

  void add_number(const std::string& name, float fill, std::size_t feature) {
    numbers_.push_back({name, fill, feature});
  }

  void add_block(std::string name, std::size_t first, std::size_t count) {
    Block block{std::move(name), std::vector<std::size_t>(count)};
    std::iota(block.features.begin(), block.features.end(), first);
    blocks_.push_back(std::move(block));
  }

  void add_indicators(const std::string& value, const Tensor& values, std::size_t count) {
    const std::string equal = graph_.node("Equal", {value, graph_.constant("values", values)});
    add_block(cast(equal, ElementType::kFloat), next_feature_, count);
  }

  std::string look_up(const std::vector<std::string>& keys, const std::vector<float>& values,
                      float unseen) {
    return graph_.node("LabelEncoder", {column_},
                       {{"keys_strings", AttributeValue(keys)},
                        {"values_floats", AttributeValue(values)},
                        {"default_float", AttributeValue(unseen)}},
                       onnx::kMlDomain, "category_value");
  }

  std::string cast(const std::string& value, ElementType type) {
    return graph_.node("Cast", {value}, {{"to", AttributeValue(type_code(type))}});
  }

  std::string concatenate(const std::vector<std::string>& names) {
    if (names.size() == 1) return names.front();
    return graph_.node("Concat", names, {{"axis", AttributeValue(std::int64_t{1})}}, {},
                       "features");
  }

  /// Cut, made float32, and filled where missing.
  Block emit_numbers() {
    Block block;
    std::vector<std::string> names;
    std::vector<float> fills;
    for (const Number& number : numbers_) {
      names.push_back(number.name);
      fills.push_back(number.fill);
      block.features.push_back(number.feature);
    }
    const auto count = static_cast<std::int64_t>(fills.size());
    const std::string values = concatenate(names);
    const std::string missing = graph_.node("IsNaN", {values});
    const std::string present = graph_.node("Where", {missing, ops_.constant(0), values});
    const std::string cut =
        graph_.node("Clip", {present, ops_.constant(-kNumberMax), ops_.constant(kNumberMax)});
    const std::string fill = graph_.constant("fill", {{1, count}, fills});
    block.name =
        graph_.node("Where", {missing, fill, cast(cut, ElementType::kFloat)}, {}, {}, "numbers");
    return block;
  }

  GraphBuilder& graph_;
  GraphOps ops_;
  std::string column_;
  ColumnType type_ = ColumnType::kDouble;
  std::size_t next_feature_ = 0;
  std::vector<Number> numbers_;
  std::vector<Block> blocks_;
};

}  // namespace

std::string emit_features(const FeatureSet& set, GraphBuilder& graph) {
  FeatureEmitter emitter(graph);
  for (const ColumnEncoder& encoder : set.encoders) emitter.add(encoder);
  return emitter.finish();
}

}  // namespace tarn::ml::detail
