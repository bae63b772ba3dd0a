#include "detail/exec/predict_function.h"

#include <cmath>
#include <limits>
#include <span>

#include "detail/exec/failure.h"
#include "onnx/scorer.h"

namespace tarn::sql {
namespace {

using onnx::ElementType;

/// The values of a chunk as a scorer takes them, with NULLs written as onnx/types.h says.
class Batch {
 public:
  explicit Batch(const engine::Chunk& chunk) : chunk_(chunk) {
    floats_.reserve(chunk.column_count());
    doubles_.reserve(chunk.column_count());
    texts_.reserve(chunk.column_count());
    bytes_.reserve(chunk.column_count());
  }

  onnx::ColumnView view(std::size_t index, const onnx::Feature& feature) {
    const engine::Column& column = chunk_.column(index);
    switch (feature.type) {
      case ElementType::kFloat:
        return with_nan(column, floats_);
      case ElementType::kDouble:
        return with_nan(column, doubles_);
      case ElementType::kInt64:
        return whole<std::int64_t>(column, feature);
      case ElementType::kInt32:
        return whole<std::int32_t>(column, feature);
      case ElementType::kBool:
        return booleans(column, feature);
      case ElementType::kString:
        return texts(column);
      default:
        throw Error(Code::kUnsupported,
                    "PREDICT: no column fits the model's input " + feature.name);
    }
  }

 private:
  template <typename T>
  std::span<const T> with_nan(const engine::Column& column, std::vector<std::vector<T>>& buffers) {
    const T* values = column.data<T>();
    if (!column.validity()) return {values, chunk_.size()};
    auto& copy = buffers.emplace_back(values, values + chunk_.size());
    for (std::size_t row = 0; row < copy.size(); ++row) {
      if (column.is_null(row)) copy[row] = std::numeric_limits<T>::quiet_NaN();
    }
    return copy;
  }

  void require_values(const engine::Column& column, const onnx::Feature& feature) const {
    if (!column.validity()) return;
    for (std::size_t row = 0; row < chunk_.size(); ++row) {
      if (!column.is_null(row)) continue;
      throw failure(39052, "PREDICT: the model's input '" + feature.name + "' takes no NULL.", {},
                    "Replace it: COALESCE(" + feature.name + ", ...).");
    }
  }

  template <typename T>
  std::span<const T> whole(const engine::Column& column, const onnx::Feature& feature) const {
    require_values(column, feature);
    return {column.data<T>(), chunk_.size()};
  }

  std::span<const std::uint8_t> booleans(const engine::Column& column,
                                         const onnx::Feature& feature) {
    require_values(column, feature);
    auto& copy = bytes_.emplace_back(chunk_.size());
    for (std::size_t row = 0; row < copy.size(); ++row)
      copy[row] = column.data<bool>()[row] ? 1 : 0;
    return copy;
  }

  std::span<const std::string_view> texts(const engine::Column& column) {
    auto& copy = texts_.emplace_back(chunk_.size());
    for (std::size_t row = 0; row < copy.size(); ++row) {
      if (!column.is_null(row)) copy[row] = column.text(row);
    }
    return copy;
  }

  const engine::Chunk& chunk_;
  std::vector<std::vector<float>> floats_;
  std::vector<std::vector<double>> doubles_;
  std::vector<std::vector<std::string_view>> texts_;
  std::vector<std::vector<std::uint8_t>> bytes_;
};

/// SQL Server's floats have neither NaN nor infinity: NULL.
template <typename T>
void write_reals(std::span<const T> values, engine::ColumnWriter& writer) {
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (std::isfinite(values[row])) {
      writer.data<T>()[row] = values[row];
    } else {
      writer.set_null(row);
    }
  }
}

void write_output(const onnx::Output& output, engine::ColumnWriter writer) {
  switch (writer.type().kind) {
    case engine::Kind::kFloat:
      return write_reals(output.floats(), writer);
    case engine::Kind::kDouble:
      return write_reals(output.doubles(), writer);
    case engine::Kind::kInt64:
      for (std::size_t row = 0; row < output.rows(); ++row)
        writer.data<std::int64_t>()[row] = output.int64s()[row];
      return;
    case engine::Kind::kInt32:
      for (std::size_t row = 0; row < output.rows(); ++row)
        writer.data<std::int32_t>()[row] = output.int32s()[row];
      return;
    case engine::Kind::kBoolean:
      for (std::size_t row = 0; row < output.rows(); ++row)
        writer.data<bool>()[row] = output.bools()[row] != 0;
      return;
    default:
      for (std::size_t row = 0; row < output.rows(); ++row)
        writer.set_text(row, output.strings()[row]);
  }
}

/// Stands for a column that is not read.
onnx::ColumnView nothing(ElementType type) {
  switch (type) {
    case ElementType::kFloat:
      return std::span<const float>();
    case ElementType::kDouble:
      return std::span<const double>();
    case ElementType::kInt64:
      return std::span<const std::int64_t>();
    case ElementType::kInt32:
      return std::span<const std::int32_t>();
    case ElementType::kBool:
      return std::span<const std::uint8_t>();
    default:
      return std::span<const std::string_view>();
  }
}

void score(const onnx::Scorer& scorer, const std::vector<bool>& read,
           std::span<const std::size_t> wanted, const engine::Chunk& chunk,
           engine::ColumnWriter& result) {
  Batch batch(chunk);
  std::vector<onnx::ColumnView> views;
  const auto& features = scorer.features();
  std::size_t column = 0;
  for (std::size_t i = 0; i < features.size(); ++i)
    views.push_back(read[i] ? batch.view(column++, features[i]) : nothing(features[i].type));
  const auto outputs = scorer.score(views, chunk.size(), wanted);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (outputs[i].rows() != chunk.size() || outputs[i].width() != 1) {
      throw failure(39053, "PREDICT: the model gave " + std::to_string(outputs[i].rows()) + " x " +
                               std::to_string(outputs[i].width()) + " values for " +
                               std::to_string(chunk.size()) + " rows.");
    }
    write_output(outputs[i], result.child(i));
  }
}

}  // namespace

SqlType input_sql_type(ElementType element) {
  switch (element) {
    case ElementType::kFloat:
      return SqlType::of(TypeId::kReal);
    case ElementType::kDouble:
      return SqlType::floating();
    case ElementType::kInt64:
      return SqlType::bigint();
    case ElementType::kInt32:
      return SqlType::integer();
    case ElementType::kBool:
      return SqlType::bit();
    case ElementType::kString:
      return SqlType::nvarchar(kMaxLength);
    default:
      throw not_supported("a model's input of type " + std::string(onnx::name_of(element)) +
                          " in PREDICT");
  }
}

SqlType output_sql_type(const onnx::Port& port, ast::Span span) {
  const std::int64_t width = port.width();
  if (width > 1 || port.type == ElementType::kUndefined) {
    throw not_supported(
        "the model's output '" + port.name + "', " + port.describe() + ", in PREDICT", span,
        "An output is one value a row.");
  }
  switch (port.type) {
    case ElementType::kFloat:
    case ElementType::kDouble:
    case ElementType::kInt64:
    case ElementType::kInt32:
    case ElementType::kBool:
    case ElementType::kString:
      return input_sql_type(port.type);
    default:
      throw not_supported(
          "the model's output '" + port.name + "', " + port.describe() + ", in PREDICT", span);
  }
}

void register_predict_function(engine::Database& database, PredictFunction function,
                               std::shared_ptr<ModelFunctions::Slot> slot) {
  engine::ScalarFunction scalar;
  scalar.name = function.name;
  scalar.parameters = std::move(function.parameters);
  scalar.result = engine::Type::structure(std::move(function.outputs));
  scalar.call = [slot = std::move(slot), read = std::move(function.read),
                 wanted = std::move(function.wanted)](const engine::Chunk& chunk,
                                                      engine::ColumnWriter& result) {
    std::shared_ptr<const onnx::Scorer> scorer;
    {
      std::lock_guard lock(slot->mutex);
      scorer = slot->scorer.lock();
    }
    check(scorer != nullptr, "a statement lost its scorer");
    score(*scorer, read, wanted, chunk, result);
  };
  database.register_function(std::move(scalar));
}

}  // namespace tarn::sql
