#include "onnx/graph_builder.h"

#include <type_traits>

#include "base/error.h"
#include "detail/wire.h"

namespace tarn::onnx {
namespace {

// Field numbers of onnx-ml.proto, message by message.
namespace model_field {
constexpr std::uint32_t kIrVersion = 1, kProducerName = 2, kDocString = 6, kGraph = 7,
                        kOpsetImport = 8, kMetadataProps = 14;
}
namespace graph_field {
constexpr std::uint32_t kNode = 1, kName = 2, kInitializer = 5, kInput = 11, kOutput = 12;
}
namespace node_field {
constexpr std::uint32_t kInput = 1, kOutput = 2, kName = 3, kOpType = 4, kAttribute = 5,
                        kDomain = 7;
}
namespace attribute_field {
constexpr std::uint32_t kName = 1, kFloat = 2, kInt = 3, kString = 4, kTensor = 5, kFloats = 7,
                        kInts = 8, kStrings = 9, kType = 20;
}
enum class AttributeType : int {
  kFloat = 1,
  kInt = 2,
  kString = 3,
  kTensor = 4,
  kFloats = 6,
  kInts = 7,
  kStrings = 8
};
namespace tensor_field {
constexpr std::uint32_t kDims = 1, kDataType = 2, kStringData = 6, kName = 8, kRawData = 9;
}

std::size_t size_of(const Tensor& tensor) {
  return std::visit([](const auto& values) { return values.size(); }, tensor.data);
}

template <typename T>
std::string_view raw_bytes(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string encode_tensor(const Tensor& tensor, std::string_view name) {
  std::size_t size = 1;
  for (const std::int64_t dimension : tensor.shape) size *= static_cast<std::size_t>(dimension);
  check(size == size_of(tensor), "a constant's values do not fill its shape");

  std::string out;
  for (const std::int64_t dimension : tensor.shape)
    wire::put_int(out, tensor_field::kDims, dimension);
  wire::put_int(out, tensor_field::kDataType, static_cast<std::int64_t>(tensor.type()));
  std::visit(
      [&](const auto& values) {
        using Values = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<Values, std::vector<std::string>>) {
          for (const std::string& value : values)
            wire::put_bytes(out, tensor_field::kStringData, value);
        } else if constexpr (std::is_same_v<Values, std::vector<bool>>) {
          std::string bytes;
          for (const bool value : values) bytes.push_back(value ? 1 : 0);
          wire::put_bytes(out, tensor_field::kRawData, bytes);
        } else {
          wire::put_bytes(out, tensor_field::kRawData, raw_bytes(values));
        }
      },
      tensor.data);
  if (!name.empty()) wire::put_bytes(out, tensor_field::kName, name);
  return out;
}

struct AttributeWriter {
  std::string& out;

  void type(AttributeType value) const {
    wire::put_int(out, attribute_field::kType, static_cast<int>(value));
  }

  void operator()(std::int64_t value) const {
    wire::put_int(out, attribute_field::kInt, value);
    type(AttributeType::kInt);
  }
  void operator()(float value) const {
    wire::put_float(out, attribute_field::kFloat, value);
    type(AttributeType::kFloat);
  }
  void operator()(const std::string& value) const {
    wire::put_bytes(out, attribute_field::kString, value);
    type(AttributeType::kString);
  }
  // The lists are packed: a tree ensemble has hundreds of thousands of entries.
  void operator()(const std::vector<std::int64_t>& values) const {
    std::string packed;
    for (const std::int64_t value : values)
      wire::put_varint(packed, static_cast<std::uint64_t>(value));
    wire::put_bytes(out, attribute_field::kInts, packed);
    type(AttributeType::kInts);
  }
  void operator()(const std::vector<float>& values) const {
    wire::put_bytes(out, attribute_field::kFloats, raw_bytes(values));
    type(AttributeType::kFloats);
  }
  void operator()(const std::vector<std::string>& values) const {
    for (const std::string& value : values) wire::put_bytes(out, attribute_field::kStrings, value);
    type(AttributeType::kStrings);
  }
  void operator()(const Tensor& tensor) const {
    wire::put_bytes(out, attribute_field::kTensor, encode_tensor(tensor, {}));
    type(AttributeType::kTensor);
  }
};

std::string encode_attribute(const Attribute& attribute) {
  std::string out;
  wire::put_bytes(out, attribute_field::kName, attribute.first);
  std::visit(AttributeWriter{out}, attribute.second);
  return out;
}

// A ValueInfoProto: name = 1, type = 2 {tensor_type = 1 {elem_type = 1, shape = 2 {dim = 1
// {dim_value = 1, dim_param = 2}}}}.
std::string encode_port(const std::string& name, ElementType type,
                        const std::vector<std::int64_t>& shape) {
  std::string dimensions;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    std::string dimension;
    if (shape[i] != kAnySize) {
      wire::put_int(dimension, 1, shape[i]);
    } else if (i == 0) {
      wire::put_bytes(dimension, 2, "N");
    }
    wire::put_bytes(dimensions, 1, dimension);
  }
  std::string tensor;
  wire::put_int(tensor, 1, static_cast<std::int64_t>(type));
  wire::put_bytes(tensor, 2, dimensions);
  std::string type_proto;
  wire::put_bytes(type_proto, 1, tensor);
  std::string out;
  wire::put_bytes(out, 1, name);
  wire::put_bytes(out, 2, type_proto);
  return out;
}

// An OperatorSetIdProto or a StringStringEntryProto begins with a string in field 1.
std::string encode_opset(std::string_view domain, std::int64_t version) {
  std::string out;
  wire::put_bytes(out, 1, domain);
  wire::put_int(out, 2, version);
  return out;
}

}  // namespace

ElementType Tensor::type() const {
  struct TypeOf {
    ElementType operator()(const std::vector<float>&) const { return ElementType::kFloat; }
    ElementType operator()(const std::vector<double>&) const { return ElementType::kDouble; }
    ElementType operator()(const std::vector<std::int64_t>&) const { return ElementType::kInt64; }
    ElementType operator()(const std::vector<std::int32_t>&) const { return ElementType::kInt32; }
    ElementType operator()(const std::vector<std::string>&) const { return ElementType::kString; }
    ElementType operator()(const std::vector<bool>&) const { return ElementType::kBool; }
  };
  return std::visit(TypeOf{}, data);
}

GraphBuilder::GraphBuilder(std::string graph_name) : graph_name_(std::move(graph_name)) {}

std::string GraphBuilder::fresh_name(std::string_view stem) {
  std::string name(stem.empty() ? "value" : stem);
  for (int i = 1; names_.contains(name); ++i) name = std::string(stem) + "_" + std::to_string(i);
  names_.insert(name);
  return name;
}

std::string GraphBuilder::input(std::string name, ElementType type,
                                const std::vector<std::int64_t>& shape) {
  check(names_.insert(name).second, "an ONNX graph has two values of one name");
  wire::put_bytes(inputs_, graph_field::kInput, encode_port(name, type, shape));
  return name;
}

void GraphBuilder::output(const std::string& name, ElementType type,
                          const std::vector<std::int64_t>& shape) {
  check(names_.contains(name), "an ONNX graph's output is no value of the graph");
  wire::put_bytes(outputs_, graph_field::kOutput, encode_port(name, type, shape));
}

std::string GraphBuilder::constant(std::string_view stem, const Tensor& tensor) {
  std::string name = fresh_name(stem);
  wire::put_bytes(initializers_, graph_field::kInitializer, encode_tensor(tensor, name));
  return name;
}

std::string GraphBuilder::node(std::string_view op_type, const std::vector<std::string>& inputs,
                               const std::vector<Attribute>& attributes, std::string_view domain,
                               std::string_view stem) {
  std::string name = fresh_name(stem.empty() ? op_type : stem);
  names_.erase(name);  // node_into() declares it
  node_into(op_type, inputs, {name}, attributes, domain);
  return name;
}

void GraphBuilder::node_into(std::string_view op_type, const std::vector<std::string>& inputs,
                             const std::vector<std::string>& outputs,
                             const std::vector<Attribute>& attributes, std::string_view domain) {
  std::string node;
  for (const std::string& name : inputs) {
    check(name.empty() || names_.contains(name), "an ONNX node's input is no value of the graph");
    wire::put_bytes(node, node_field::kInput, name);
  }
  for (const std::string& name : outputs) {
    check(name.empty() || names_.insert(name).second, "an ONNX graph has two values of one name");
    wire::put_bytes(node, node_field::kOutput, name);
  }
  wire::put_bytes(node, node_field::kName,
                  std::string(op_type) + "_" + std::to_string(node_count_++));
  wire::put_bytes(node, node_field::kOpType, op_type);
  for (const Attribute& attribute : attributes) {
    wire::put_bytes(node, node_field::kAttribute, encode_attribute(attribute));
  }
  if (!domain.empty()) wire::put_bytes(node, node_field::kDomain, domain);
  wire::put_bytes(nodes_, graph_field::kNode, node);
}

void GraphBuilder::metadata(std::string key, std::string value) {
  metadata_.emplace_back(std::move(key), std::move(value));
}

std::string GraphBuilder::serialize() const {
  std::string graph;
  graph.reserve(nodes_.size() + initializers_.size() + inputs_.size() + outputs_.size() +
                graph_name_.size() + 16);
  graph += nodes_;
  wire::put_bytes(graph, graph_field::kName, graph_name_);
  graph += initializers_;
  graph += inputs_;
  graph += outputs_;

  std::string model;
  wire::put_int(model, model_field::kIrVersion, kIrVersion);
  wire::put_bytes(model, model_field::kProducerName, "tarn");
  if (!description_.empty()) wire::put_bytes(model, model_field::kDocString, description_);
  wire::put_bytes(model, model_field::kGraph, graph);
  wire::put_bytes(model, model_field::kOpsetImport, encode_opset("", kOpset));
  wire::put_bytes(model, model_field::kOpsetImport, encode_opset(kMlDomain, kMlOpset));
  for (const auto& [key, value] : metadata_) {
    std::string entry;
    wire::put_bytes(entry, 1, key);
    wire::put_bytes(entry, 2, value);
    wire::put_bytes(model, model_field::kMetadataProps, entry);
  }
  return model;
}

}  // namespace tarn::onnx
