#include "onnx/scorer.h"

#include <array>
#include <cmath>
#include <cstring>
#include <exception>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "detail/element_size.h"
#include "detail/model_check.h"
#include "detail/model_proto.h"
#include "detail/native/compile.h"
#include "detail/runtime.h"

namespace tarn::onnx {

using detail::expect;
using detail::Handle;
using detail::runtime;

namespace {

ElementType element_type(ONNXTensorElementDataType type) {
  // The C API's enumeration has the values of TensorProto.DataType.
  return type <= ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64 ? static_cast<ElementType>(type)
                                                      : ElementType::kUndefined;
}

bool is_column_type(ElementType type) {
  switch (type) {
    case ElementType::kFloat:
    case ElementType::kDouble:
    case ElementType::kInt64:
    case ElementType::kInt32:
    case ElementType::kBool:
    case ElementType::kString:
      return true;
    default:
      return false;
  }
}

std::vector<std::int64_t> shape_of(const OrtTensorTypeAndShapeInfo* info) {
  std::size_t rank = 0;
  expect(runtime().api->GetDimensionsCount(info, &rank));
  std::vector<std::int64_t> shape(rank);
  expect(runtime().api->GetDimensions(info, shape.data(), rank));
  for (std::int64_t& size : shape) size = size < 0 ? kAnySize : size;
  return shape;
}

Port port_of(std::string name, const OrtTypeInfo* type) {
  Port port;
  port.name = std::move(name);
  const OrtTensorTypeAndShapeInfo* info = nullptr;  // belongs to `type`; null for what is no tensor
  expect(runtime().api->CastTypeInfoToTensorInfo(type, &info));
  if (info == nullptr) return port;
  ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  expect(runtime().api->GetTensorElementType(info, &element));
  port.type = element_type(element);
  port.shape = shape_of(info);
  return port;
}

std::vector<Port> ports_of(const OrtSession* session, bool inputs) {
  const OrtApi& api = *runtime().api;
  std::size_t count = 0;
  expect(inputs ? api.SessionGetInputCount(session, &count)
                : api.SessionGetOutputCount(session, &count));
  std::vector<Port> ports;
  for (std::size_t i = 0; i < count; ++i) {
    char* name = nullptr;
    expect(inputs ? api.SessionGetInputName(session, i, runtime().allocator, &name)
                  : api.SessionGetOutputName(session, i, runtime().allocator, &name));
    std::string text = detail::take_string(name);
    OrtTypeInfo* type = nullptr;
    expect(inputs ? api.SessionGetInputTypeInfo(session, i, &type)
                  : api.SessionGetOutputTypeInfo(session, i, &type));
    const Handle<OrtTypeInfo> owned(type);
    ports.push_back(port_of(std::move(text), type));
  }
  return ports;
}

std::vector<std::pair<std::string, std::string>> metadata_of(const OrtSession* session) {
  const OrtApi& api = *runtime().api;
  OrtAllocator* allocator = runtime().allocator;
  OrtModelMetadata* raw = nullptr;
  expect(api.SessionGetModelMetadata(session, &raw));
  const Handle<OrtModelMetadata> metadata(raw);

  std::vector<std::pair<std::string, std::string>> entries;
  const auto add = [&](const char* key, char* value) {
    std::string text = detail::take_string(value);
    if (!text.empty()) entries.emplace_back(key, std::move(text));
  };
  char* value = nullptr;
  expect(api.ModelMetadataGetProducerName(raw, allocator, &value));
  add("producer_name", value);
  expect(api.ModelMetadataGetGraphName(raw, allocator, &value));
  add("graph_name", value);
  expect(api.ModelMetadataGetDescription(raw, allocator, &value));
  add("description", value);

  char** keys = nullptr;
  std::int64_t count = 0;
  expect(api.ModelMetadataGetCustomMetadataMapKeys(raw, allocator, &keys, &count));
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string key = detail::take_string(keys[i]);
    expect(api.ModelMetadataLookupCustomMetadataMap(raw, allocator, key.c_str(), &value));
    entries.emplace_back(key, detail::take_string(value));
  }
  if (keys != nullptr) expect(api.AllocatorFree(allocator, static_cast<void*>(keys)));
  return entries;
}

Handle<OrtSession> make_session(std::string_view bytes) {
  const OrtApi& api = *runtime().api;
  OrtSessionOptions* raw_options = nullptr;
  expect(api.CreateSessionOptions(&raw_options));
  const Handle<OrtSessionOptions> options(raw_options);
  expect(api.SetIntraOpNumThreads(raw_options, 1));
  expect(api.SetInterOpNumThreads(raw_options, 1));
  expect(api.AddSessionConfigEntry(raw_options, "session.intra_op.allow_spinning", "0"));
  expect(api.AddSessionConfigEntry(raw_options, "session.inter_op.allow_spinning", "0"));
  // An arena would keep the largest batch of every model for ever, behind one lock for all threads.
  expect(api.DisableCpuMemArena(raw_options));
  expect(api.DisableMemPattern(raw_options));

  OrtSession* session = nullptr;
  const std::string message = detail::take_message(
      api.CreateSessionFromArray(runtime().env, bytes.data(), bytes.size(), raw_options, &session));
  if (!message.empty()) {
    throw Error(
        Code::kInvalidArgument, "The ONNX model cannot be loaded: " + message + ".",
        "Check it with onnx.checker, and that its opset is one that ONNX Runtime 1.31 has.");
  }
  return Handle<OrtSession>(session);
}

/// Where a feature lies. `unsupported` is set instead when an input cannot be fed from columns.
struct Layout {
  std::vector<Feature> features;
  std::string unsupported;
};

Layout layout_of(const std::vector<Port>& inputs) {
  Layout layout;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Port& port = inputs[i];
    const std::int64_t width = port.width();
    const bool batch = width > 0 && port.shape[0] == kAnySize;
    if (!batch || !is_column_type(port.type)) {
      layout.unsupported = "'" + port.name + "' is " + port.describe();
      layout.features.clear();
      return layout;
    }
    for (std::int64_t position = 0; position < width; ++position) {
      std::string name = width == 1 ? port.name : port.name + "[" + std::to_string(position) + "]";
      layout.features.push_back({std::move(name), port.type, i, position});
    }
  }
  return layout;
}

std::size_t size_of(const ColumnView& column) {
  return std::visit([](const auto& values) { return values.size(); }, column);
}

const void* data_of(const ColumnView& column) {
  return std::visit([](const auto& values) -> const void* { return values.data(); }, column);
}

Handle<OrtValue> make_tensor(const void* data, std::size_t size_bytes,
                             const std::vector<std::int64_t>& shape, ElementType type) {
  OrtValue* value = nullptr;
  // The runtime takes a pointer to mutable memory for inputs that it only reads.
  expect(runtime().api->CreateTensorWithDataAsOrtValue(
      runtime().cpu, const_cast<void*>(data), size_bytes, shape.data(), shape.size(),
      static_cast<ONNXTensorElementDataType>(type), &value));
  return Handle<OrtValue>(value);
}

Handle<OrtValue> make_string_tensor(std::span<const ColumnView> columns, std::size_t rows,
                                    const std::vector<std::int64_t>& shape) {
  const OrtApi& api = *runtime().api;
  OrtValue* value = nullptr;
  expect(api.CreateTensorAsOrtValue(runtime().allocator, shape.data(), shape.size(),
                                    ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING, &value));
  Handle<OrtValue> owned(value);
  for (std::size_t position = 0; position < columns.size(); ++position) {
    const auto& texts = std::get<std::span<const std::string_view>>(columns[position]);
    for (std::size_t row = 0; row < rows; ++row) {
      char* buffer = nullptr;
      expect(api.GetResizedStringTensorElementBuffer(value, row * columns.size() + position,
                                                     texts[row].size(), &buffer));
      if (!texts[row].empty()) std::memcpy(buffer, texts[row].data(), texts[row].size());
    }
  }
  return owned;
}

// Columns side by side, row by row.
std::vector<std::byte> interleave(std::span<const ColumnView> columns, std::size_t rows,
                                  std::size_t size) {
  std::vector<std::byte> matrix(rows * columns.size() * size);
  for (std::size_t position = 0; position < columns.size(); ++position) {
    const auto* from = static_cast<const std::byte*>(data_of(columns[position]));
    std::byte* to = matrix.data() + position * size;
    for (std::size_t row = 0; row < rows; ++row)
      std::memcpy(to + row * columns.size() * size, from + row * size, size);
  }
  return matrix;
}

std::vector<std::string> read_strings(const OrtValue* value, std::size_t count) {
  std::vector<std::string> texts(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t size = 0;
    expect(runtime().api->GetStringTensorElementLength(value, i, &size));
    texts[i].resize(size);
    expect(runtime().api->GetStringTensorElement(value, size, i, texts[i].data()));
  }
  return texts;
}

template <typename T>
std::span<const T> values_as(const Output& output, ElementType type, const void* data) {
  check(output.type() == type, "a model's output was read as another type than it has");
  return {static_cast<const T*>(data), output.rows() * output.width()};
}

}  // namespace

ElementType element_type_of(const ColumnView& column) {
  constexpr std::array kTypes = {ElementType::kFloat, ElementType::kDouble, ElementType::kInt64,
                                 ElementType::kInt32, ElementType::kBool,   ElementType::kString};
  return kTypes[column.index()];
}

std::span<const float> Output::floats() const {
  return values_as<float>(*this, ElementType::kFloat, data_);
}
std::span<const double> Output::doubles() const {
  return values_as<double>(*this, ElementType::kDouble, data_);
}
std::span<const std::int64_t> Output::int64s() const {
  return values_as<std::int64_t>(*this, ElementType::kInt64, data_);
}
std::span<const std::int32_t> Output::int32s() const {
  return values_as<std::int32_t>(*this, ElementType::kInt32, data_);
}
std::span<const std::uint8_t> Output::bools() const {
  return values_as<std::uint8_t>(*this, ElementType::kBool, data_);
}

const std::vector<std::string>& Output::strings() const {
  check(type_ == ElementType::kString, "a model's output was read as another type than it has");
  return strings_;
}

double Output::number(std::size_t index) const {
  switch (type_) {
    case ElementType::kFloat:
      return floats()[index];
    case ElementType::kDouble:
      return doubles()[index];
    case ElementType::kInt64:
      return static_cast<double>(int64s()[index]);
    case ElementType::kInt32:
      return int32s()[index];
    case ElementType::kBool:
      return bools()[index];
    default:
      throw Error(Code::kInternal, "A bug in Tarn: a model's output is no number");
  }
}

struct Scorer::Impl {
  std::unique_ptr<const native::Program> program;  // or
  Handle<OrtSession> session;
  std::string runtime_reason;  // empty with a program
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  std::vector<const char*> input_names;
  Layout layout;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::size_t model_bytes = 0;
};

Scorer::Scorer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Scorer::~Scorer() = default;

std::shared_ptr<const Scorer> Scorer::load(std::string_view bytes, Backend backend) {
  if (bytes.size() > kModelBytesMax) {
    throw Error(Code::kTooLarge, "The ONNX model is larger than the limit of " +
                                     std::to_string(kModelBytesMax >> 20) +
                                     " MiB: " + std::to_string(bytes.size()) + " bytes.");
  }
  detail::check_model(bytes);
  auto impl = std::make_unique<Impl>();
  if (backend == Backend::kRuntime) {
    impl->runtime_reason = "it was asked for";
  } else {
    load_native(bytes, *impl);
  }
  if (!impl->program) load_session(bytes, *impl);
  impl->layout = layout_of(impl->inputs);
  impl->model_bytes = bytes.size();
  return std::shared_ptr<const Scorer>(new Scorer(std::move(impl)));
}

void Scorer::load_native(std::string_view bytes, Impl& impl) {
  try {
    detail::ModelProto model = detail::read_model(bytes);
    impl.program = native::compile(model);
    impl.inputs = std::move(model.inputs);
    impl.outputs = std::move(model.outputs);
    impl.metadata = std::move(model.metadata);
  } catch (const detail::NotNative& why) {
    impl.runtime_reason = why.reason;
    log::write(log::Level::kDebug, "onnx.runtime", {{"reason", why.reason}});
  }
}

void Scorer::load_session(std::string_view bytes, Impl& impl) {
  impl.session = make_session(bytes);
  impl.inputs = ports_of(impl.session.get(), true);
  impl.outputs = ports_of(impl.session.get(), false);
  for (const Port& port : impl.inputs) impl.input_names.push_back(port.name.c_str());
  impl.metadata = metadata_of(impl.session.get());
}

const std::vector<Port>& Scorer::inputs() const { return impl_->inputs; }
const std::vector<Port>& Scorer::outputs() const { return impl_->outputs; }
const std::vector<std::pair<std::string, std::string>>& Scorer::metadata() const {
  return impl_->metadata;
}
const std::string& Scorer::runtime_reason() const { return impl_->runtime_reason; }
std::size_t Scorer::model_bytes() const { return impl_->model_bytes; }

std::vector<std::size_t> Scorer::all_or(std::span<const std::size_t> wanted) const {
  if (!wanted.empty()) return {wanted.begin(), wanted.end()};
  std::vector<std::size_t> all(impl_->outputs.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

std::vector<bool> Scorer::used(std::span<const std::size_t> wanted) const {
  const std::size_t count = features().size();
  if (!impl_->program) return std::vector<bool>(count, true);
  return impl_->program->used(all_or(wanted));
}

const std::vector<Feature>& Scorer::features() const {
  if (!impl_->layout.unsupported.empty()) {
    throw Error(
        Code::kUnsupported,
        "The model has an input that columns cannot fill: " + impl_->layout.unsupported + ".",
        "Export it with inputs of shape [N], [N,1] or [N,F] with an open first dimension, "
        "of float, double, "
        "int64, int32, bool or string.");
  }
  return impl_->layout.features;
}

std::size_t Scorer::output_index(std::string_view name) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < impl_->outputs.size(); ++i) {
    if (impl_->outputs[i].name == name) return i;
    names.push_back(impl_->outputs[i].name);
  }
  std::string hint = did_you_mean(name, names);
  hint += (hint.empty() ? "" : " ") + std::string("The model's outputs are: ") + join(names, ", ") +
          ".";
  throw Error(Code::kNotFound, "The model has no output '" + std::string(name) + "'.",
              std::move(hint));
}

namespace {

void check_columns(const std::vector<Feature>& features, const std::vector<bool>& used,
                   std::span<const ColumnView> columns, std::size_t rows) {
  if (rows > kBatchRowsMax) {
    throw Error(Code::kTooLarge, "A batch to score is larger than the limit of " +
                                     std::to_string(kBatchRowsMax) +
                                     " rows: " + std::to_string(rows) + ".");
  }
  if (columns.size() != features.size()) {
    throw Error(Code::kInvalidArgument, "The model takes " + std::to_string(features.size()) +
                                            " columns, given are " +
                                            std::to_string(columns.size()) + ".");
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const ElementType given = element_type_of(columns[i]);
    if (given != features[i].type) {
      throw Error(Code::kInvalidArgument, "The model's input '" + features[i].name + "' takes " +
                                              std::string(name_of(features[i].type)) +
                                              ", given is " + std::string(name_of(given)) + ".");
    }
    check(size_of(columns[i]) == rows || (!used[i] && size_of(columns[i]) == 0),
          "a column to score has another number of rows than its batch");
  }
}

/// The tensors of one batch and the memory that some of them needed.
struct Feed {
  std::vector<Handle<OrtValue>> tensors;
  std::vector<std::vector<std::byte>> matrices;
  std::vector<const OrtValue*> values;
};

Feed feed(const std::vector<Port>& inputs, std::span<const ColumnView> columns, std::size_t rows) {
  Feed result;
  std::size_t first = 0;
  for (const Port& port : inputs) {
    const auto width = static_cast<std::size_t>(port.width());
    const auto part = columns.subspan(first, width);
    first += width;
    std::vector<std::int64_t> shape = port.shape;
    shape[0] = static_cast<std::int64_t>(rows);
    if (port.type == ElementType::kString) {
      result.tensors.push_back(make_string_tensor(part, rows, shape));
    } else {
      const std::size_t size = detail::element_size(port.type);
      const void* data = data_of(part[0]);
      if (width > 1) data = result.matrices.emplace_back(interleave(part, rows, size)).data();
      result.tensors.push_back(make_tensor(data, rows * width * size, shape, port.type));
    }
    result.values.push_back(result.tensors.back().get());
  }
  return result;
}

std::vector<Handle<OrtValue>> run(OrtSession* session, const std::vector<const char*>& input_names,
                                  const Feed& fed, const std::vector<const char*>& output_names) {
  std::vector<OrtValue*> raw(output_names.size(), nullptr);
  const std::string message = detail::take_message(
      runtime().api->Run(session, nullptr, input_names.data(), fed.values.data(), fed.values.size(),
                         output_names.data(), output_names.size(), raw.data()));
  std::vector<Handle<OrtValue>> values;
  for (OrtValue* value : raw) values.emplace_back(value);
  if (!message.empty())
    throw Error(Code::kInvalidArgument, "The ONNX model failed on its input: " + message + ".");
  return values;
}

/// The number of values of an output, which must have one row for each of the batch.
std::size_t count_values(const OrtValue* value, const Port& port, std::size_t rows) {
  OrtTensorTypeAndShapeInfo* raw_info = nullptr;
  expect(runtime().api->GetTensorTypeAndShape(value, &raw_info));
  const Handle<OrtTensorTypeAndShapeInfo> info(raw_info);
  std::size_t count = 0;
  expect(runtime().api->GetTensorShapeElementCount(raw_info, &count));
  const std::vector<std::int64_t> shape = shape_of(raw_info);
  const std::int64_t found = shape.empty() ? 1 : shape[0];
  if (shape.empty() || found != static_cast<std::int64_t>(rows)) {
    throw Error(Code::kInvalidArgument, "The model's output '" + port.name + "' has " +
                                            std::to_string(found) + " rows for a batch of " +
                                            std::to_string(rows) + ".");
  }
  return count;
}

}  // namespace

std::vector<Output> Scorer::score(std::span<const ColumnView> columns, std::size_t rows,
                                  std::span<const std::size_t> wanted) const {
  const std::vector<std::size_t> which = all_or(wanted);
  check_columns(features(), used(which), columns, rows);
  std::vector<Output> results(which.size());
  for (std::size_t i = 0; i < which.size(); ++i) {
    const Port& port = impl_->outputs.at(which[i]);
    if (!is_column_type(port.type)) {
      throw Error(Code::kUnsupported,
                  "The model's output '" + port.name + "' is " + port.describe() + ".");
    }
    results[i].type_ = port.type;
    results[i].width_ = static_cast<std::size_t>(port.width());
  }
  if (rows == 0) return results;
  if (impl_->program) {
    score_natively(columns, rows, which, results);
  } else {
    score_by_session(columns, rows, which, results);
  }
  return results;
}

void Scorer::score_natively(std::span<const ColumnView> columns, std::size_t rows,
                            std::span<const std::size_t> wanted,
                            std::vector<Output>& results) const {
  auto scored = impl_->program->score(columns, rows, wanted);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    results[i].rows_ = rows;
    results[i].width_ = scored[i].width;
    results[i].data_ = scored[i].values.get();
    results[i].value_ = std::move(scored[i].values);
    results[i].strings_ = std::move(scored[i].strings);
  }
}

void Scorer::score_by_session(std::span<const ColumnView> columns, std::size_t rows,
                              std::span<const std::size_t> wanted,
                              std::vector<Output>& results) const {
  std::vector<const char*> names;
  for (const std::size_t index : wanted) names.push_back(impl_->outputs[index].name.c_str());
  const Feed fed = feed(impl_->inputs, columns, rows);
  std::vector<Handle<OrtValue>> values = run(impl_->session.get(), impl_->input_names, fed, names);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    Output& result = results[i];
    const std::size_t count = count_values(values[i].get(), impl_->outputs[wanted[i]], rows);
    result.rows_ = rows;
    result.width_ = count / rows;
    if (result.type_ == ElementType::kString) {
      result.strings_ = read_strings(values[i].get(), count);
      continue;
    }
    void* data = nullptr;
    expect(runtime().api->GetTensorMutableData(values[i].get(), &data));
    result.data_ = data;
    result.value_ = std::shared_ptr<void>(values[i].release(), [](void* value) {
      runtime().api->ReleaseValue(static_cast<OrtValue*>(value));
    });
  }
}

}  // namespace tarn::onnx
