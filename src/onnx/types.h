#pragma once
// The element types and shapes that models speak in.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::onnx {

/// The values are those of ONNX's TensorProto.DataType.
enum class ElementType : std::int32_t {
  kUndefined = 0,
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kUint16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,
  kBool = 9,
  kFloat16 = 10,
  kDouble = 11,
  kUint32 = 12,
  kUint64 = 13,
};

/// "float", "double", "int64", "string", "bool", ... as ONNX writes them in "tensor(float)".
std::string_view name_of(ElementType type);

/// A dimension whose size is known only when the model runs: the number of rows.
inline constexpr std::int64_t kAnySize = -1;

/// An input or output of a graph.
struct Port {
  std::string name;
  ElementType type = ElementType::kUndefined;  // kUndefined: not a dense tensor (a sequence or map)
  std::vector<std::int64_t> shape;             // kAnySize where the model leaves it open

  /// Columns in a table's sense: 1 for [N] and [N,1], F for [N,F]; 0 when the shape is no batch of
  /// rows.
  std::int64_t width() const;
  /// "tensor(float)[N,1]", for messages.
  std::string describe() const;
};

/// ONNX has no NULL. By convention NaN stands for it in float and double inputs and the empty
/// string in string inputs; inputs of the other types cannot carry one.
bool accepts_null(ElementType type);

}  // namespace tarn::onnx
