#include "detail/model_proto.h"

#include <cstring>
#include <optional>

#include "detail/wire.h"

namespace tarn::onnx::detail {
namespace {

using wire::Field;
using wire::Reader;
using wire::Type;

constexpr std::int64_t kElementsMax = 1ll << 28;  // of one constant

template <typename Visit>
void each_field(std::string_view bytes, const Visit& visit) {
  Reader reader(bytes);
  while (const auto field = reader.next()) visit(*field);
  if (!reader.ok()) throw NotNative{"a message is malformed"};
}

std::string_view bytes_of(const Field& field) {
  if (field.type != Type::kBytes) throw NotNative{"a field has another wire type"};
  return field.bytes;
}

std::int64_t int_of(const Field& field) {
  if (field.type != Type::kVarint) throw NotNative{"a field has another wire type"};
  return static_cast<std::int64_t>(field.number);
}

/// A repeated number: packed, or one a field.
void add_varints(const Field& field, std::vector<std::int64_t>& out) {
  if (field.type == Type::kVarint) {
    out.push_back(int_of(field));
    return;
  }
  std::string_view rest = bytes_of(field);
  while (!rest.empty()) {
    std::uint64_t value = 0;
    int shift = 0;
    for (bool more = true; more; shift += 7) {
      if (rest.empty() || shift > 63) throw NotNative{"a packed number is malformed"};
      const auto byte = static_cast<std::uint8_t>(rest.front());
      rest.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      more = byte >= 0x80;
    }
    out.push_back(static_cast<std::int64_t>(value));
  }
}

template <typename T>
void add_fixed(const Field& field, std::vector<T>& out) {
  if (field.type == Type::kVarint || field.bytes.size() % sizeof(T) != 0)
    throw NotNative{"a packed number is malformed"};
  const std::size_t count = field.bytes.size() / sizeof(T);
  const std::size_t at = out.size();
  out.resize(at + count);
  if (count > 0) field.bytes.copy(reinterpret_cast<char*>(out.data() + at), count * sizeof(T));
}

template <typename To, typename From>
std::vector<To> converted(const std::vector<From>& values) {
  std::vector<To> result;
  result.reserve(values.size());
  for (const From value : values) result.push_back(static_cast<To>(value));
  return result;
}

/// A TensorProto: its values lie raw or in the list of their type.
struct TensorFields {
  std::vector<std::int64_t> shape;
  std::int64_t type = 0;
  std::string name;
  std::string_view raw;
  std::vector<float> floats;
  std::vector<double> doubles;
  std::vector<std::int64_t> int64s, int32s;
  std::vector<std::string> strings;

  explicit TensorFields(std::string_view bytes) {
    each_field(bytes, [&](const Field& field) {
      switch (field.id) {
        case 1:
          return add_varints(field, shape);
        case 2:
          type = int_of(field);
          return;
        case 4:
          return add_fixed(field, floats);
        case 5:
          return add_varints(field, int32s);
        case 6:
          strings.emplace_back(bytes_of(field));
          return;
        case 7:
          return add_varints(field, int64s);
        case 8:
          name = bytes_of(field);
          return;
        case 9:
          raw = bytes_of(field);
          return;
        case 10:
          return add_fixed(field, doubles);
        case 12:  // doc_string
          return;
        default:
          throw NotNative{"a constant has a field of another kind"};
      }
    });
  }

  template <typename T>
  std::vector<T> values(std::vector<T> listed) const {
    if (raw.empty()) return listed;
    std::vector<T> result;
    Field field;
    field.type = Type::kBytes;
    field.bytes = raw;
    add_fixed(field, result);
    return result;
  }

  std::size_t count() const {
    std::int64_t count = 1;
    for (const std::int64_t size : shape) {
      if (size < 0 || size > kElementsMax) throw NotNative{"a constant has an odd shape"};
      count *= size;
      if (count > kElementsMax) throw NotNative{"a constant is too large"};
    }
    return static_cast<std::size_t>(count);
  }

  Tensor tensor() const {
    Tensor result{shape, {}};
    switch (static_cast<ElementType>(type)) {
      case ElementType::kFloat:
        result.data = values(floats);
        break;
      case ElementType::kDouble:
        result.data = values(doubles);
        break;
      case ElementType::kInt64:
        result.data = values(int64s);
        break;
      case ElementType::kInt32:
        result.data = values(converted<std::int32_t>(int32s));
        break;
      case ElementType::kBool:
        result.data = converted<bool>(values(converted<std::uint8_t>(int32s)));
        break;
      case ElementType::kString:
        result.data = strings;
        break;
      default:
        throw NotNative{"a constant of element type " + std::to_string(type)};
    }
    const std::size_t given = std::visit([](const auto& list) { return list.size(); }, result.data);
    if (given != count()) throw NotNative{"a constant's values do not fill its shape"};
    return result;
  }
};

std::pair<std::string, AttributeValue> read_attribute(std::string_view bytes) {
  std::string name;
  std::int64_t type = 0;
  float number = 0;
  std::int64_t integer = 0;
  std::string text;
  std::optional<Tensor> tensor;
  std::vector<float> floats;
  std::vector<std::int64_t> ints;
  std::vector<std::string> strings;
  each_field(bytes, [&](const Field& field) {
    std::vector<float> one;
    switch (field.id) {
      case 1:
        name = bytes_of(field);
        return;
      case 2:
        add_fixed(field, one);
        if (one.size() == 1) number = one[0];
        return;
      case 3:
        integer = int_of(field);
        return;
      case 4:
        text = bytes_of(field);
        return;
      case 5:
        tensor = TensorFields(bytes_of(field)).tensor();
        return;
      case 7:
        return add_fixed(field, floats);
      case 8:
        return add_varints(field, ints);
      case 9:
        strings.emplace_back(bytes_of(field));
        return;
      case 13:  // doc_string
        return;
      case 20:
        type = int_of(field);
        return;
      default:
        throw NotNative{"an attribute of another kind"};
    }
  });
  switch (type) {
    case 1:
      return {name, number};
    case 2:
      return {name, integer};
    case 3:
      return {name, text};
    case 4:
      if (!tensor) break;
      return {name, *std::move(tensor)};
    case 6:
      return {name, std::move(floats)};
    case 7:
      return {name, std::move(ints)};
    case 8:
      return {name, std::move(strings)};
    default:
      break;
  }
  throw NotNative{"an attribute of type " + std::to_string(type)};
}

Node read_node(std::string_view bytes) {
  Node node;
  each_field(bytes, [&](const Field& field) {
    switch (field.id) {
      case 1:
        node.inputs.emplace_back(bytes_of(field));
        return;
      case 2:
        node.outputs.emplace_back(bytes_of(field));
        return;
      case 4:
        node.op = bytes_of(field);
        return;
      case 5:
        node.attributes.insert(read_attribute(bytes_of(field)));
        return;
      case 7:
        node.domain = bytes_of(field);
        return;
      case 8:  // overload, of a function
        if (!bytes_of(field).empty()) throw NotNative{"a function"};
        return;
      default:
        return;  // name, doc_string, metadata
    }
  });
  if (node.domain == "ai.onnx") node.domain.clear();
  return node;
}

std::int64_t read_dimension(std::string_view bytes) {
  std::int64_t size = kAnySize;
  each_field(bytes, [&](const Field& field) {
    if (field.id == 1) size = int_of(field);
  });
  return size < 0 ? kAnySize : size;
}

Port read_port(std::string_view bytes) {
  Port port;
  bool has_shape = false;
  const auto shape = [&](const Field& field) {
    if (field.id == 1) port.shape.push_back(read_dimension(bytes_of(field)));
  };
  const auto tensor = [&](const Field& field) {
    if (field.id == 1) port.type = static_cast<ElementType>(int_of(field));
    if (field.id != 2) return;
    has_shape = true;
    each_field(bytes_of(field), shape);
  };
  const auto type = [&](const Field& field) {
    if (field.id == 6) return;  // denotation
    if (field.id != 1) throw NotNative{"an input or output that is no tensor"};
    each_field(bytes_of(field), tensor);
  };
  each_field(bytes, [&](const Field& field) {
    if (field.id == 1) port.name = bytes_of(field);
    if (field.id == 2) each_field(bytes_of(field), type);
  });
  if (!has_shape) throw NotNative{"an input or output without a shape"};
  return port;
}

void read_graph(std::string_view bytes, ModelProto& model, std::string& name) {
  each_field(bytes, [&](const Field& field) {
    switch (field.id) {
      case 1:
        model.nodes.push_back(read_node(bytes_of(field)));
        return;
      case 2:
        name = bytes_of(field);
        return;
      case 5: {
        const TensorFields fields(bytes_of(field));
        model.constants.insert_or_assign(fields.name, fields.tensor());
        return;
      }
      case 11:
        model.inputs.push_back(read_port(bytes_of(field)));
        return;
      case 12:
        model.outputs.push_back(read_port(bytes_of(field)));
        return;
      case 15:
        throw NotNative{"a sparse constant"};
      default:
        return;  // doc_string, value_info, annotations, metadata
    }
  });
}

void read_opset(std::string_view bytes, ModelProto& model) {
  std::string domain;
  std::int64_t version = 0;
  each_field(bytes, [&](const Field& field) {
    if (field.id == 1) domain = bytes_of(field);
    if (field.id == 2) version = int_of(field);
  });
  if (domain.empty() || domain == "ai.onnx") model.opset = version;
  if (domain == kMlDomain) model.ml_opset = version;
}

std::pair<std::string, std::string> read_entry(std::string_view bytes) {
  std::pair<std::string, std::string> entry;
  each_field(bytes, [&](const Field& field) {
    if (field.id == 1) entry.first = bytes_of(field);
    if (field.id == 2) entry.second = bytes_of(field);
  });
  return entry;
}

}  // namespace

ModelProto read_model(std::string_view bytes) {
  ModelProto model;
  std::string producer, graph_name, description;
  std::vector<std::pair<std::string, std::string>> entries;
  each_field(bytes, [&](const Field& field) {
    switch (field.id) {
      case 1:
        model.ir_version = int_of(field);
        return;
      case 2:
        producer = bytes_of(field);
        return;
      case 6:
        description = bytes_of(field);
        return;
      case 7:
        return read_graph(bytes_of(field), model, graph_name);
      case 8:
        return read_opset(bytes_of(field), model);
      case 14:
        entries.push_back(read_entry(bytes_of(field)));
        return;
      case 20:
      case 25:
        throw NotNative{"functions or training information"};
      default:
        return;
    }
  });
  const auto add = [&](const char* key, std::string value) {
    if (!value.empty()) model.metadata.emplace_back(key, std::move(value));
  };
  add("producer_name", std::move(producer));
  add("graph_name", std::move(graph_name));
  add("description", std::move(description));
  model.metadata.insert(model.metadata.end(), entries.begin(), entries.end());
  return model;
}

}  // namespace tarn::onnx::detail
