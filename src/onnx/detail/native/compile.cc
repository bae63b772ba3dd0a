#include "detail/native/compile.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include "detail/native/elementwise.h"
#include "detail/native/graph_compiler.h"

namespace tarn::onnx::native {

using detail::ModelProto;
using detail::NotNative;
using Ints = std::vector<std::int64_t>;

namespace {

template <std::size_t kSize>
bool is_one_of(std::string_view op, const std::array<std::string_view, kSize>& ops) {
  return std::find(ops.begin(), ops.end(), op) != ops.end();
}

// Without Sigmoid and Tanh: the runtime's are approximations of its own.
constexpr std::array<std::string_view, 11> kUnary = {
    "Neg", "Abs", "Sqrt", "Exp", "Log", "Floor", "Ceil", "Round", "Reciprocal", "Relu", "Not"};
constexpr std::array<std::string_view, 6> kBinary = {"Add", "Sub", "Mul", "Div", "And", "Or"};
constexpr std::array<std::string_view, 5> kCompare = {"Equal", "Less", "LessOrEqual", "Greater",
                                                      "GreaterOrEqual"};

std::int64_t count_of(const Ints& inner) {
  return std::accumulate(inner.begin(), inner.end(), std::int64_t{1}, std::multiplies<>());
}

std::size_t size_of(const Tensor& tensor) {
  return std::visit([](const auto& list) { return list.size(); }, tensor.data);
}

std::int64_t axis_of(std::int64_t axis, std::size_t rank) {
  return axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
}

}  // namespace

GraphCompiler::GraphCompiler(const ModelProto& model) : model_(model) {
  if (model.ir_version < 3 || model.ir_version > kIrVersionMax)
    throw NotNative{"IR version " + std::to_string(model.ir_version)};
  // A graph of ai.onnx.ml alone need not import the other operators.
  const bool standard = std::any_of(model.nodes.begin(), model.nodes.end(),
                                    [](const Node& node) { return node.domain.empty(); });
  if (standard && (model.opset < kOpsetMin || model.opset > kOpsetMax))
    throw NotNative{"opset " + std::to_string(model.opset)};
  if (model.ml_opset > kMlOpsetMax)
    throw NotNative{"opset " + std::to_string(model.ml_opset) + " of ai.onnx.ml"};
}

std::unique_ptr<const Program> GraphCompiler::compile() && {
  for (const auto& [name, tensor] : model_.constants) {
    Value value;
    value.type = tensor.type();
    value.constant = tensor;
    values_.emplace(name, std::move(value));
  }
  declare_inputs();
  for (const Node& node : model_.nodes) read(node);
  declare_outputs();
  return std::move(builder_).build();
}

void GraphCompiler::declare_inputs() {
  for (const Port& port : model_.inputs) {
    if (port.width() <= 0 || port.shape[0] != kAnySize)
      throw NotNative{"an input of another shape: " + port.name};
    Value value;
    value.type = port.type;
    if (port.shape.size() == 2) value.inner = {port.width()};
    for (std::int64_t i = 0; i < port.width(); ++i)
      value.columns.push_back(builder_.input(port.type));
    // Old models list their constants among the inputs: they have a default then.
    if (!values_.emplace(port.name, std::move(value)).second)
      throw NotNative{"an input with a default: " + port.name};
  }
}

void GraphCompiler::declare_outputs() {
  for (const Port& port : model_.outputs) {
    const auto found = values_.find(port.name);
    if (found == values_.end() || found->second.is_constant())
      throw NotNative{"an output that is no batch: " + port.name};
    const Value& value = found->second;
    // What the model says of its outputs must be what they are; else the runtime has its say.
    bool fits = value.type == port.type && port.shape.size() == value.inner.size() + 1 &&
                value.inner.size() <= 1 && value.width() > 0;
    for (std::size_t i = 0; fits && i < value.inner.size(); ++i)
      fits = port.shape[i + 1] == kAnySize || port.shape[i + 1] == value.inner[i];
    if (!fits || (port.shape[0] != kAnySize))
      throw NotNative{"an output of another shape: " + port.name};
    builder_.output(value.type, value.columns);
  }
}

void GraphCompiler::read(const Node& node) {
  if (node.outputs.empty()) throw NotNative{"a node without outputs"};
  const bool known = node.domain.empty() ? read_standard(node) || read_shape_operator(node)
                                         : node.domain == kMlDomain && read_ml(node);
  if (!known)
    throw NotNative{"operator " + (node.domain.empty() ? "" : node.domain + ".") + node.op};
}

bool GraphCompiler::read_standard(const Node& node) {
  const std::string& op = node.op;
  if (is_one_of(op, kUnary)) return unary(node), true;
  if (is_one_of(op, kBinary)) return binary(node), true;
  if (is_one_of(op, kCompare)) return compare(node), true;
  if (op == "Min" || op == "Max" || op == "Sum") return variadic(node), true;
  if (op == "IsNaN" || op == "IsInf") return test(node), true;
  if (op == "Constant") return constant(node), true;
  if (op == "Cast") return cast(node), true;
  if (op == "Where") return where(node), true;
  if (op == "Clip") return clip(node), true;
  if (op == "MatMul") return matmul(node), true;
  if (op == "Gemm") return gemm(node), true;
  if (op == "ReduceSum") return reduce_sum(node), true;
  return false;
}

bool GraphCompiler::read_shape_operator(const Node& node) {
  const std::string& op = node.op;
  if (op == "Identity") return set(node, in(node, 0)), true;
  if (op == "Concat") return concat(node), true;
  if (op == "Gather") return gather(node), true;
  if (op == "Reshape") return reshape(node), true;
  if (op == "Flatten") return flatten(node), true;
  if (op == "Squeeze") return squeeze(node), true;
  if (op == "Unsqueeze") return unsqueeze(node), true;
  return false;
}

const Value& GraphCompiler::in(const Node& node, std::size_t index) const {
  if (index >= node.inputs.size()) throw NotNative{node.op + " with too few inputs"};
  const auto found = values_.find(node.inputs[index]);
  if (found == values_.end()) throw NotNative{node.op + " of a value that is not there"};
  return found->second;
}

const Value& GraphCompiler::batch(const Node& node, std::size_t index) const {
  const Value& value = in(node, index);
  if (value.is_constant()) throw NotNative{node.op + " of constants"};
  return value;
}

bool GraphCompiler::has_input(const Node& node, std::size_t index) const {
  return index < node.inputs.size() && !node.inputs[index].empty();
}

std::vector<double> GraphCompiler::numbers(const Node& node, std::size_t index) const {
  const Value& value = in(node, index);
  if (!value.is_constant()) throw NotNative{node.op + " by what is no constant"};
  return std::visit(
      [&](const auto& list) -> std::vector<double> {
        if constexpr (std::is_same_v<std::decay_t<decltype(list)>, std::vector<std::string>>) {
          throw NotNative{node.op + " by texts"};
        } else {
          return {list.begin(), list.end()};
        }
      },
      value.constant->data);
}

Ints GraphCompiler::integers(const Node& node, std::size_t index) const {
  const Value& value = in(node, index);
  if (!value.is_constant() || value.type != ElementType::kInt64)
    throw NotNative{node.op + " by what is no constant of int64"};
  return std::get<Ints>(value.constant->data);
}

void GraphCompiler::set(const Node& node, Value value, std::size_t index) {
  const std::string& name = node.outputs.at(index);
  if (!values_.insert_or_assign(name, std::move(value)).second)
    throw NotNative{"two values of one name: " + name};
}

Ints GraphCompiler::broadcast(const Node& node, const std::vector<const Value*>& values) const {
  std::size_t rank = 0;  // without the rows; batches must agree on it
  bool has_batch = false;
  for (const Value* value : values) {
    if (value->is_constant()) continue;
    if (has_batch && value->inner.size() != rank) throw NotNative{node.op + " of different ranks"};
    rank = value->inner.size();
    has_batch = true;
  }
  if (!has_batch) throw NotNative{node.op + " of constants"};
  Ints result(rank, 1);
  for (const Value* value : values) {
    Ints inner = value->inner;
    if (value->is_constant()) {
      inner = value->constant->shape;
      if (inner.size() > rank + 1 || (inner.size() == rank + 1 && inner[0] != 1))
        throw NotNative{node.op + " by a constant with rows"};
      if (inner.size() == rank + 1) inner.erase(inner.begin());
      inner.insert(inner.begin(), rank - inner.size(), 1);
    }
    if (count_of(inner) == 1) continue;
    if (count_of(result) != 1 && inner != result) throw NotNative{node.op + " of different shapes"};
    result = inner;
  }
  return result;
}

int GraphCompiler::column(const Value& value, std::size_t index) {
  if (value.is_constant())
    return constant_register(*value.constant, size_of(*value.constant) == 1 ? 0 : index);
  return value.columns[value.width() == 1 ? 0 : index];
}

int GraphCompiler::constant_register(const Tensor& tensor, std::size_t index) {
  double number = 0;
  std::int64_t integer = 0;
  std::string text;
  std::visit(
      [&](const auto& list) {
        using T = std::decay_t<decltype(list)>;
        if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          text = list.at(index);
        } else if constexpr (std::is_floating_point_v<typename T::value_type>) {
          number = static_cast<double>(list.at(index));
        } else {
          integer = static_cast<std::int64_t>(list.at(index));
        }
      },
      tensor.data);
  return builder_.constant(tensor.type(), number, integer, std::move(text));
}

int GraphCompiler::number_register(ElementType type, double number) {
  return builder_.constant(type, number, static_cast<std::int64_t>(0), {});
}

void GraphCompiler::constant(const Node& node) {
  Value value;
  if (node.has("value")) {
    value.constant = node.get<Tensor>("value");
  } else if (node.has("value_float")) {
    value.constant = Tensor::scalar(node.get<float>("value_float"));
  } else if (node.has("value_int")) {
    value.constant = Tensor::scalar(node.get<std::int64_t>("value_int"));
  } else if (node.has("value_floats")) {
    value.constant = Tensor::vector(node.get<std::vector<float>>("value_floats"));
  } else if (node.has("value_ints")) {
    value.constant = Tensor::vector(node.get<Ints>("value_ints"));
  } else {
    throw NotNative{"a constant of another kind"};
  }
  value.type = value.constant->type();
  set(node, std::move(value));
}

void GraphCompiler::unary(const Node& node) {
  const Value& value = batch(node, 0);
  Value result{value.type, value.inner, {}, {}};
  for (const int reg : value.columns) {
    result.columns.push_back(emit(
        node, value.type, [&](int out) { return native::unary(node.op, value.type, reg, out); }));
  }
  set(node, std::move(result));
}

void GraphCompiler::binary(const Node& node) {
  const Value& a = in(node, 0);
  const Value& b = in(node, 1);
  if (a.type != b.type) throw NotNative{node.op + " of different types"};
  Value result{a.type, broadcast(node, {&a, &b}), {}, {}};
  for (std::size_t i = 0; i < static_cast<std::size_t>(count_of(result.inner)); ++i) {
    const int left = column(a, i);
    const int right = column(b, i);
    result.columns.push_back(emit(
        node, a.type, [&](int out) { return native::binary(node.op, a.type, left, right, out); }));
  }
  set(node, std::move(result));
}

void GraphCompiler::variadic(const Node& node) {
  std::vector<const Value*> values;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    values.push_back(&in(node, i));
    if (values[i]->type != values[0]->type) throw NotNative{node.op + " of different types"};
  }
  const ElementType type = in(node, 0).type;
  Value result{type, broadcast(node, values), {}, {}};
  for (std::size_t i = 0; i < static_cast<std::size_t>(count_of(result.inner)); ++i) {
    int so_far = column(*values[0], i);
    for (std::size_t v = 1; v < values.size(); ++v) {
      const int next = column(*values[v], i);
      so_far = emit(node, type, [&](int out) {
        return native::binary(node.op == "Sum" ? "Add" : node.op, type, so_far, next, out);
      });
    }
    result.columns.push_back(so_far);
  }
  set(node, std::move(result));
}

void GraphCompiler::compare(const Node& node) {
  const Value& a = in(node, 0);
  const Value& b = in(node, 1);
  if (a.type != b.type) throw NotNative{node.op + " of different types"};
  Value result{ElementType::kBool, broadcast(node, {&a, &b}), {}, {}};
  for (std::size_t i = 0; i < static_cast<std::size_t>(count_of(result.inner)); ++i) {
    const int left = column(a, i);
    const int right = column(b, i);
    result.columns.push_back(emit(node, ElementType::kBool, [&](int out) {
      return native::compare(node.op, a.type, left, right, out);
    }));
  }
  set(node, std::move(result));
}

void GraphCompiler::test(const Node& node) {
  const Value& value = batch(node, 0);
  const bool positive = node.get<std::int64_t>("detect_positive", 1) != 0;
  const bool negative = node.get<std::int64_t>("detect_negative", 1) != 0;
  Value result{ElementType::kBool, value.inner, {}, {}};
  for (const int reg : value.columns) {
    result.columns.push_back(emit(node, ElementType::kBool, [&](int out) {
      return node.op == "IsNaN" ? is_nan(value.type, reg, out)
                                : is_infinite(value.type, positive, negative, reg, out);
    }));
    if (node.op == "IsNaN") nan_tested_[result.columns.back()] = reg;
  }
  set(node, std::move(result));
}

void GraphCompiler::cast(const Node& node) {
  const Value& value = batch(node, 0);
  const auto to = static_cast<ElementType>(node.get<std::int64_t>("to"));
  Value result{to, value.inner, {}, {}};
  for (const int reg : value.columns) {
    if (to == value.type) {
      result.columns.push_back(reg);
      continue;
    }
    result.columns.push_back(
        emit(node, to, [&](int out) { return native::cast(value.type, to, reg, out); }));
    if (value.type == ElementType::kFloat && to == ElementType::kDouble)
      widened_[result.columns.back()] = reg;
  }
  set(node, std::move(result));
}

void GraphCompiler::where(const Node& node) {
  const Value& condition = batch(node, 0);
  const Value& a = in(node, 1);
  const Value& b = in(node, 2);
  if (a.type != b.type || condition.type != ElementType::kBool)
    throw NotNative{node.op + " of different types"};
  Value result{a.type, broadcast(node, {&condition, &a, &b}), {}, {}};
  for (std::size_t i = 0; i < static_cast<std::size_t>(count_of(result.inner)); ++i) {
    const int test = column(condition, i);
    const int yes = column(a, i);
    const int no = column(b, i);
    const auto tested = nan_tested_.find(test);
    result.columns.push_back(emit(node, a.type, [&](int out) {
      if (tested == nan_tested_.end()) return select(a.type, test, yes, no, out);
      return select_nan(builder_.type_of(tested->second), a.type, tested->second, yes, no, out);
    }));
  }
  set(node, std::move(result));
}

void GraphCompiler::clip(const Node& node) {
  const Value& value = batch(node, 0);
  constexpr double kMax = std::numeric_limits<double>::max();
  const bool in_float = value.type == ElementType::kFloat;
  if (!in_float && value.type != ElementType::kDouble) throw NotNative{"Clip of integers"};
  double low = in_float ? -std::numeric_limits<float>::max() : -kMax;
  double high = -low;
  if (model_.opset < 11) {
    low = static_cast<double>(node.get<float>("min", static_cast<float>(low)));
    high = static_cast<double>(node.get<float>("max", static_cast<float>(high)));
  } else {
    if (has_input(node, 1)) low = numbers(node, 1).at(0);
    if (has_input(node, 2)) high = numbers(node, 2).at(0);
  }
  Value result{value.type, value.inner, {}, {}};
  const int least = number_register(value.type, low);
  const int most = number_register(value.type, high);
  for (const int reg : value.columns) {
    result.columns.push_back(emit(node, value.type, [&](int out) {
      return native::clip(value.type, reg, least, most, out);
    }));
  }
  set(node, std::move(result));
}

/// `weights` are [width, targets], or [targets, width] where `targets_first`.
void GraphCompiler::weighted_sums(const Node& node, const Value& value,
                                  const std::vector<double>& weights, std::size_t targets,
                                  bool targets_first, const std::vector<double>& bias) {
  const std::size_t width = value.width();
  if (value.inner.size() != 1 || targets == 0 || weights.size() != width * targets)
    throw NotNative{node.op + " of another shape"};
  Value result{value.type, {static_cast<std::int64_t>(targets)}, {}, {}};
  for (std::size_t t = 0; t < targets; ++t) {
    std::vector<double> of_target(width);
    for (std::size_t i = 0; i < width; ++i)
      of_target[i] = targets_first ? weights[t * width + i] : weights[i * targets + t];
    const double add = bias.empty() ? 0 : bias[bias.size() == 1 ? 0 : t];
    result.columns.push_back(emit(node, value.type, [&](int out) {
      return weighted_sum(value.type, std::move(of_target), add, value.columns, out);
    }));
  }
  set(node, std::move(result));
}

void GraphCompiler::matmul(const Node& node) {
  const Value& value = batch(node, 0);
  const Value& by = in(node, 1);
  if (!by.is_constant() || by.constant->shape.size() != 2 || by.type != value.type)
    throw NotNative{"MatMul by what is no constant matrix"};
  weighted_sums(node, value, numbers(node, 1), static_cast<std::size_t>(by.constant->shape[1]),
                false, {});
}

void GraphCompiler::gemm(const Node& node) {
  const Value& value = batch(node, 0);
  const Value& by = in(node, 1);
  const auto alpha = static_cast<double>(node.get<float>("alpha", 1));
  const auto beta = static_cast<double>(node.get<float>("beta", 1));
  if (node.get<std::int64_t>("transA") != 0 || !by.is_constant() ||
      by.constant->shape.size() != 2 || by.type != value.type)
    throw NotNative{"Gemm by what is no constant matrix"};
  const bool transposed = node.get<std::int64_t>("transB") != 0;
  const auto targets = static_cast<std::size_t>(by.constant->shape[transposed ? 0 : 1]);
  std::vector<double> weights = numbers(node, 1);
  for (double& weight : weights) weight *= alpha;
  std::vector<double> bias;
  if (has_input(node, 2)) {
    bias = numbers(node, 2);
    const Ints& shape = in(node, 2).constant->shape;
    const bool one_row = shape.size() < 2 || (shape.size() == 2 && shape[0] == 1);
    if (!one_row || (bias.size() != 1 && bias.size() != targets))
      throw NotNative{"Gemm with another shape to add"};
    for (double& add : bias) add *= beta;
  }
  weighted_sums(node, value, weights, targets, transposed, bias);
}

void GraphCompiler::reduce_sum(const Node& node) {
  const Value& value = batch(node, 0);
  const Ints axes = has_input(node, 1) ? integers(node, 1) : node.get<Ints>("axes");
  if (axes.size() != 1 || axis_of(axes[0], 2) != 1) throw NotNative{"ReduceSum over other axes"};
  const std::vector<double> ones(value.width(), 1);
  weighted_sums(node, value, ones, 1, true, {});
  if (node.get<std::int64_t>("keepdims", 1) == 0) values_.at(node.outputs[0]).inner.clear();
}

void GraphCompiler::concat(const Node& node) {
  const Value& first = batch(node, 0);
  const std::size_t rank = first.inner.size() + 1;
  // Columns follow each other where all dimensions before the axis, but the rows, are 1.
  const std::int64_t axis = axis_of(node.get<std::int64_t>("axis"), rank);
  if (axis < 1 || axis >= static_cast<std::int64_t>(rank)) throw NotNative{"Concat of rows"};
  Value result{first.type, first.inner, {}, {}};
  const auto along = static_cast<std::size_t>(axis) - 1;
  result.inner[along] = 0;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Value& value = batch(node, i);
    Ints other = value.inner;
    if (value.type != first.type || other.size() != first.inner.size())
      throw NotNative{"Concat of different types or ranks"};
    const std::int64_t size = other[along];
    other[along] = result.inner[along];
    const bool ones_before = std::all_of(other.begin(), other.begin() + static_cast<long>(along),
                                         [](std::int64_t each) { return each == 1; });
    if (other != result.inner || !ones_before) throw NotNative{"Concat of different shapes"};
    result.inner[along] += size;
    result.columns.insert(result.columns.end(), value.columns.begin(), value.columns.end());
  }
  set(node, std::move(result));
}

void GraphCompiler::gather(const Node& node) {
  const Value& value = batch(node, 0);
  const Value& by = in(node, 1);
  if (value.inner.size() != 1 || axis_of(node.get<std::int64_t>("axis"), 2) != 1 ||
      !by.is_constant() || by.constant->shape.size() > 1)
    throw NotNative{"Gather of another shape"};
  Value result{value.type, {}, {}, {}};
  for (const double index : numbers(node, 1)) {
    const auto width = static_cast<double>(value.width());
    const double at = index < 0 ? index + width : index;
    if (at < 0 || at >= width) throw NotNative{"Gather of a column that is not there"};
    result.columns.push_back(value.columns[static_cast<std::size_t>(at)]);
  }
  if (by.constant->shape.size() == 1)
    result.inner = {static_cast<std::int64_t>(result.columns.size())};
  set(node, std::move(result));
}

void GraphCompiler::reshape(const Node& node) {
  Value value = batch(node, 0);
  Ints shape = integers(node, 1);
  const auto columns = static_cast<std::int64_t>(value.width());
  // The rows must stay rows: -1, or 0 for "as it is", first; the rest is for the columns.
  if (shape.empty() || shape[0] > 0 || node.get<std::int64_t>("allowzero") != 0)
    throw NotNative{"Reshape of rows"};
  const bool rows_kept = shape[0] == 0;
  shape.erase(shape.begin());
  std::int64_t known = 1;
  std::int64_t* open = nullptr;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0 && i < value.inner.size()) shape[i] = value.inner[i];
    if (shape[i] == -1 && rows_kept && open == nullptr) {
      open = &shape[i];
    } else if (shape[i] > 0) {
      known *= shape[i];
    } else {
      throw NotNative{"Reshape of rows"};
    }
  }
  if (open != nullptr) {
    *open = columns / known;
    known *= *open;
  }
  if (known != columns) throw NotNative{"Reshape of rows"};
  value.inner = std::move(shape);
  set(node, std::move(value));
}

void GraphCompiler::flatten(const Node& node) {
  Value value = batch(node, 0);
  if (axis_of(node.get<std::int64_t>("axis", 1), value.inner.size() + 1) != 1)
    throw NotNative{"Flatten of rows"};
  value.inner = {static_cast<std::int64_t>(value.width())};
  set(node, std::move(value));
}

void GraphCompiler::squeeze(const Node& node) {
  Value value = batch(node, 0);
  Ints axes = has_input(node, 1) ? integers(node, 1) : node.get<Ints>("axes");
  const std::size_t rank = value.inner.size() + 1;
  for (std::int64_t& axis : axes) axis = axis_of(axis, rank);
  std::sort(axes.rbegin(), axes.rend());
  if (axes.empty()) throw NotNative{"Squeeze of rows"};
  for (const std::int64_t axis : axes) {
    if (axis < 1 || axis > static_cast<std::int64_t>(value.inner.size()) ||
        value.inner[static_cast<std::size_t>(axis) - 1] != 1)
      throw NotNative{"Squeeze of rows"};
    value.inner.erase(value.inner.begin() + axis - 1);
  }
  set(node, std::move(value));
}

void GraphCompiler::unsqueeze(const Node& node) {
  Value value = batch(node, 0);
  Ints axes = has_input(node, 1) ? integers(node, 1) : node.get<Ints>("axes");
  const std::size_t rank = value.inner.size() + 1 + axes.size();
  for (std::int64_t& axis : axes) axis = axis_of(axis, rank);
  std::sort(axes.begin(), axes.end());
  for (const std::int64_t axis : axes) {
    if (axis < 1 || axis > static_cast<std::int64_t>(value.inner.size()) + 1)
      throw NotNative{"Unsqueeze of rows"};
    value.inner.insert(value.inner.begin() + axis - 1, 1);
  }
  set(node, std::move(value));
}

std::unique_ptr<const Program> compile(const ModelProto& model) {
  return GraphCompiler(model).compile();
}

}  // namespace tarn::onnx::native
