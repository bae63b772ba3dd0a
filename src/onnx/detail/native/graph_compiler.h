#pragma once
// The state of compile(): the values of the graph so far, as columns.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detail/model_proto.h"
#include "detail/native/program.h"
#include "detail/native/trees.h"

namespace tarn::onnx::native {

/// A value of the graph: a batch of shape [N, inner...] as columns (those of `inner` in row order),
/// or a constant.
struct Value {
  ElementType type = ElementType::kUndefined;
  std::vector<std::int64_t> inner;  // of a batch: [N] has none, [N,3] has {3}
  std::vector<int> columns;         // registers, as many as `inner` makes
  std::optional<Tensor> constant;

  bool is_constant() const { return constant.has_value(); }
  std::size_t width() const { return columns.size(); }
};

class GraphCompiler {
 public:
  explicit GraphCompiler(const detail::ModelProto& model);
  std::unique_ptr<const Program> compile() &&;

 private:
  using Node = detail::Node;

  void declare_inputs();
  void declare_outputs();
  void read(const Node& node);
  bool read_standard(const Node& node);  // false: not one that it knows
  bool read_shape_operator(const Node& node);
  bool read_ml(const Node& node);

  // Operators of one kind.
  void constant(const Node& node);
  void unary(const Node& node);
  void binary(const Node& node);
  void variadic(const Node& node);
  void compare(const Node& node);
  void test(const Node& node);
  void cast(const Node& node);
  void where(const Node& node);
  void clip(const Node& node);
  void matmul(const Node& node);
  void gemm(const Node& node);
  void reduce_sum(const Node& node);
  void concat(const Node& node);
  void gather(const Node& node);
  void reshape(const Node& node);
  void flatten(const Node& node);
  void squeeze(const Node& node);
  void unsqueeze(const Node& node);
  // Of ai.onnx.ml.
  void tree_regressor(const Node& node);
  void tree_classifier(const Node& node);
  void linear_regressor(const Node& node);
  void scaler(const Node& node);
  void imputer(const Node& node);
  void one_hot(const Node& node);
  void label_encoder(const Node& node);
  void array_feature_extractor(const Node& node);
  void feature_vectorizer(const Node& node);

  /// The value of an input; refuses one that is not there.
  const Value& in(const Node& node, std::size_t index) const;
  /// The same, and it must be a batch, not a constant.
  const Value& batch(const Node& node, std::size_t index) const;
  bool has_input(const Node& node, std::size_t index) const;
  /// The numbers of a constant input.
  std::vector<double> numbers(const Node& node, std::size_t index) const;
  std::vector<std::int64_t> integers(const Node& node, std::size_t index) const;
  void set(const Node& node, Value value, std::size_t index = 0);

  /// The shape that values broadcast to, by its inner dimensions.
  std::vector<std::int64_t> broadcast(const Node& node,
                                      const std::vector<const Value*>& values) const;
  /// The register of column `index` of a value that is broadcast to `width` columns.
  int column(const Value& value, std::size_t index);
  int constant_register(const Tensor& tensor, std::size_t index);
  int number_register(ElementType type, double number);
  /// Adds the step made for a fresh register; null is refused.
  template <typename Make>
  int emit(const Node& node, ElementType type, const Make& make);
  void weighted_sums(const Node& node, const Value& value, const std::vector<double>& weights,
                     std::size_t targets, bool targets_first, const std::vector<double>& bias);
  template <typename Key, typename Out>
  void encode(const Node& node, const Value& from, const std::vector<Key>& keys,
              const std::vector<Out>& values, const Out& absent, ElementType type);

  /// The registers of an ensemble's sums, of the input's type.
  std::vector<int> tree_sums(const Node& node, const Value& value, const Ensemble& ensemble);

  const detail::ModelProto& model_;
  ProgramBuilder builder_;
  std::map<std::string, Value, std::less<>> values_;
  std::map<int, int> nan_tested_;  // the bool of an IsNaN: what it tested
  std::map<int, int> widened_;     // a double that was cast from a float: that float
};

template <typename Make>
int GraphCompiler::emit(const Node& node, ElementType type, const Make& make) {
  const int out = builder_.fresh(type);
  StepPtr step = make(out);
  if (step == nullptr) throw detail::NotNative{node.op + " of " + std::string(name_of(type))};
  builder_.add(std::move(step));
  return out;
}

}  // namespace tarn::onnx::native
