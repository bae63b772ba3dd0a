#include "detail/model_check.h"

#include <cstdint>
#include <string>

#include "base/error.h"
#include "detail/wire.h"

namespace tarn::onnx::detail {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw Error(
      Code::kInvalidArgument, "The bytes are not an ONNX model: " + why + ".",
      "A model is a .onnx file: a protobuf ModelProto as onnx.save() and the converters write it.");
}

// Which messages lie in which field of a message (onnx-ml.proto), as far as a tensor can be reached
// through them.
enum class Kind { kModel, kGraph, kNode, kAttribute, kFunction, kTraining, kSparseTensor, kTensor };

struct Child {
  Kind parent;
  std::uint32_t field;
  Kind kind;
};
constexpr Child kChildren[] = {
    {Kind::kModel, 7, Kind::kGraph},
    {Kind::kModel, 20, Kind::kTraining},
    {Kind::kModel, 25, Kind::kFunction},
    {Kind::kTraining, 1, Kind::kGraph},
    {Kind::kTraining, 2, Kind::kGraph},
    {Kind::kGraph, 1, Kind::kNode},
    {Kind::kGraph, 5, Kind::kTensor},
    {Kind::kGraph, 15, Kind::kSparseTensor},
    {Kind::kFunction, 7, Kind::kNode},
    {Kind::kFunction, 11, Kind::kAttribute},
    {Kind::kNode, 5, Kind::kAttribute},
    {Kind::kAttribute, 5, Kind::kTensor},
    {Kind::kAttribute, 6, Kind::kGraph},
    {Kind::kAttribute, 10, Kind::kTensor},
    {Kind::kAttribute, 11, Kind::kGraph},
    {Kind::kAttribute, 22, Kind::kSparseTensor},
    {Kind::kAttribute, 23, Kind::kSparseTensor},
    {Kind::kSparseTensor, 1, Kind::kTensor},
    {Kind::kSparseTensor, 2, Kind::kTensor},
};
constexpr std::uint32_t kExternalData = 13, kDataLocation = 14;  // of a TensorProto
constexpr std::uint64_t kLocationExternal = 1;

void walk(Kind kind, std::string_view bytes, int depth) {
  if (depth > kGraphDepthMax * 4) refuse("its graphs are nested too deeply");
  wire::Reader reader(bytes);
  while (const auto field = reader.next()) {
    if (kind == Kind::kTensor) {
      const bool external = (field->id == kDataLocation && field->type == wire::Type::kVarint &&
                             field->number == kLocationExternal) ||
                            (field->id == kExternalData && field->type == wire::Type::kBytes);
      if (external) {
        throw Error(Code::kInvalidArgument, "The model keeps tensors in other files.",
                    "Save it in one file: onnx.save(model, path, save_as_external_data=False).");
      }
      continue;
    }
    if (field->type != wire::Type::kBytes) continue;
    for (const Child& child : kChildren) {
      if (child.parent == kind && child.field == field->id)
        walk(child.kind, field->bytes, depth + 1);
    }
  }
  if (!reader.ok()) refuse("a message in it is damaged or cut off");
}

}  // namespace

void check_model(std::string_view bytes) {
  if (bytes.empty()) refuse("there are none");
  bool has_graph = false;
  bool has_version = false;
  wire::Reader reader(bytes);
  while (const auto field = reader.next()) {
    has_version |= field->id == 1 && field->type == wire::Type::kVarint;
    has_graph |= field->id == 7 && field->type == wire::Type::kBytes;
  }
  if (!reader.ok() || !has_version) refuse("they are no protobuf message of that kind");
  if (!has_graph) refuse("they hold no graph");
  walk(Kind::kModel, bytes, 0);
}

}  // namespace tarn::onnx::detail
