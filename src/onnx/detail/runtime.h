#pragma once
// ONNX Runtime behind RAII: opened with dlopen when it is first needed, and never closed.

#include <onnxruntime_c_api.h>

#include <memory>
#include <string>

namespace tarn::onnx::detail {

struct Runtime {
  const OrtApi* api = nullptr;
  OrtEnv* env = nullptr;
  OrtMemoryInfo* cpu = nullptr;
  OrtAllocator* allocator = nullptr;  // the default one; not owned
};

/// The one runtime of the process. Throws Error(kNotFound, kUnavailable) when the library is
/// missing or too old; a later call tries again.
const Runtime& runtime();

/// The message of a failed call, or empty when it succeeded. Releases the status.
std::string take_message(OrtStatus* status);
/// Throws Error(kInternal) when a call failed that cannot fail for reasons of the user's.
void expect(OrtStatus* status);

struct Release {
  void operator()(OrtSession* session) const { runtime().api->ReleaseSession(session); }
  void operator()(OrtSessionOptions* options) const {
    runtime().api->ReleaseSessionOptions(options);
  }
  void operator()(OrtValue* value) const { runtime().api->ReleaseValue(value); }
  void operator()(OrtTypeInfo* info) const { runtime().api->ReleaseTypeInfo(info); }
  void operator()(OrtTensorTypeAndShapeInfo* info) const {
    runtime().api->ReleaseTensorTypeAndShapeInfo(info);
  }
  void operator()(OrtModelMetadata* metadata) const {
    runtime().api->ReleaseModelMetadata(metadata);
  }
};

template <typename T>
using Handle = std::unique_ptr<T, Release>;

/// Takes over a string that the runtime made with the default allocator.
std::string take_string(char* text);

}  // namespace tarn::onnx::detail
