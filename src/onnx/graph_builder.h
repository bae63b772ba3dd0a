#pragma once
// Builds an ONNX model from nothing but this header: inputs, initialisers and nodes in, the bytes
// of a ModelProto out.
//
// It owns the wire format (protobuf, written by hand: no protobuf runtime is loaded or linked) and
// the versions that our models declare. It does not know what the operators mean, and checks no
// types: loading the bytes into a Scorer does.

#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "onnx/types.h"

namespace tarn::onnx {

inline constexpr std::int64_t kIrVersion = 8;
inline constexpr std::int64_t kOpset = 17;   // domain ""
inline constexpr std::int64_t kMlOpset = 3;  // domain "ai.onnx.ml"
inline constexpr std::string_view kMlDomain = "ai.onnx.ml";

/// A constant. The data's type decides the element type; `shape` empty is a scalar. Data must fill
/// the shape.
struct Tensor {
  std::vector<std::int64_t> shape;
  std::variant<std::vector<float>, std::vector<double>, std::vector<std::int64_t>,
               std::vector<std::int32_t>, std::vector<std::string>, std::vector<bool>>
      data;

  ElementType type() const;

  static Tensor scalar(float value) { return {{}, std::vector<float>{value}}; }
  static Tensor scalar(double value) { return {{}, std::vector<double>{value}}; }
  static Tensor scalar(std::int64_t value) { return {{}, std::vector<std::int64_t>{value}}; }
  static Tensor scalar(std::string value) {
    return {{}, std::vector<std::string>{std::move(value)}};
  }
  static Tensor scalar(bool value) { return {{}, std::vector<bool>{value}}; }
  /// A tensor of one dimension.
  template <typename T>
  static Tensor vector(std::vector<T> values) {
    const auto size = static_cast<std::int64_t>(values.size());
    return {{size}, std::move(values)};
  }
};

using AttributeValue = std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>,
                                    std::vector<float>, std::vector<std::string>, Tensor>;
using Attribute = std::pair<std::string, AttributeValue>;

class GraphBuilder {
 public:
  explicit GraphBuilder(std::string graph_name);

  /// Declares an input; `shape` uses kAnySize for the rows, as in {kAnySize, 1}. Returns the name.
  std::string input(std::string name, ElementType type, const std::vector<std::int64_t>& shape);
  /// Declares that the value `name` is an output of the model.
  void output(const std::string& name, ElementType type, const std::vector<std::int64_t>& shape);

  /// Adds a constant under a name made from `stem`. Returns the name.
  std::string constant(std::string_view stem, const Tensor& tensor);

  /// Adds a node with one output, named after `stem`. Returns the output's name. Nodes must come in
  /// order of use.
  std::string node(std::string_view op_type, const std::vector<std::string>& inputs,
                   const std::vector<Attribute>& attributes = {}, std::string_view domain = {},
                   std::string_view stem = {});
  /// Adds a node whose output names are given (for a declared output, or for several outputs; ""
  /// leaves one out).
  void node_into(std::string_view op_type, const std::vector<std::string>& inputs,
                 const std::vector<std::string>& outputs,
                 const std::vector<Attribute>& attributes = {}, std::string_view domain = {});

  /// A name that no value of the graph has yet: `stem`, `stem_1`, `stem_2`, ...
  std::string fresh_name(std::string_view stem);

  /// An entry of the model's metadata_props, readable through Scorer::metadata().
  void metadata(std::string key, std::string value);
  void description(std::string text) { description_ = std::move(text); }

  /// The bytes of the ModelProto: the same calls give the same bytes.
  std::string serialize() const;

 private:
  std::string graph_name_;
  std::string description_;
  std::string nodes_;  // encoded fields of the GraphProto, in the order of the calls
  std::string initializers_;
  std::string inputs_;
  std::string outputs_;
  std::vector<std::pair<std::string, std::string>> metadata_;
  std::set<std::string, std::less<>> names_;
  std::int64_t node_count_ = 0;
};

}  // namespace tarn::onnx
