#include "onnx/types.h"

namespace tarn::onnx {

std::string_view name_of(ElementType type) {
  switch (type) {
    case ElementType::kUndefined:
      return "no tensor";
    case ElementType::kFloat:
      return "float";
    case ElementType::kUint8:
      return "uint8";
    case ElementType::kInt8:
      return "int8";
    case ElementType::kUint16:
      return "uint16";
    case ElementType::kInt16:
      return "int16";
    case ElementType::kInt32:
      return "int32";
    case ElementType::kInt64:
      return "int64";
    case ElementType::kString:
      return "string";
    case ElementType::kBool:
      return "bool";
    case ElementType::kFloat16:
      return "float16";
    case ElementType::kDouble:
      return "double";
    case ElementType::kUint32:
      return "uint32";
    case ElementType::kUint64:
      return "uint64";
  }
  return "unknown";
}

std::int64_t Port::width() const {
  if (type == ElementType::kUndefined) return 0;
  if (shape.size() == 1) return 1;
  if (shape.size() == 2 && shape[1] > 0) return shape[1];
  return 0;
}

std::string Port::describe() const {
  if (type == ElementType::kUndefined) return "no tensor";
  std::string text = "tensor(" + std::string(name_of(type)) + ")[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ',';
    if (shape[i] == kAnySize) {
      text += i == 0 ? "N" : "?";
    } else {
      text += std::to_string(shape[i]);
    }
  }
  return text + "]";
}

bool accepts_null(ElementType type) {
  return type == ElementType::kFloat || type == ElementType::kDouble ||
         type == ElementType::kString;
}

}  // namespace tarn::onnx
