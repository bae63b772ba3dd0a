#pragma once
// How many bytes a value of a fixed size has, in tensors and columns.

#include <cstddef>

#include "onnx/types.h"

namespace tarn::onnx::detail {

/// Of every type but kString, whose values have no fixed size.
constexpr std::size_t element_size(ElementType type) {
  switch (type) {
    case ElementType::kDouble:
    case ElementType::kInt64:
    case ElementType::kUint64:
      return 8;
    case ElementType::kFloat:
    case ElementType::kInt32:
    case ElementType::kUint32:
      return 4;
    case ElementType::kUint16:
    case ElementType::kInt16:
    case ElementType::kFloat16:
      return 2;
    default:
      return 1;
  }
}

}  // namespace tarn::onnx::detail
