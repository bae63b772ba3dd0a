#include "detail/runtime.h"

#include <dlfcn.h>

#include "base/error.h"
#include "base/library_path.h"
#include "base/log.h"

namespace tarn::onnx::detail {
namespace {

// What the runtime has to say belongs into our log. Its errors come back as the status of the call,
// too.
void ORT_API_CALL write_log(void*, OrtLoggingLevel, const char*, const char*, const char*,
                            const char* message) {
  log::write(log::Level::kDebug, "onnxruntime", {{"message", message == nullptr ? "" : message}});
}

const OrtApi* open_library() {
  const std::string path = library_path("libonnxruntime.so.1").string();
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = dlerror();
    throw Error(Code::kUnavailable, "ONNX Runtime cannot be opened: " +
                                        std::string(reason == nullptr ? path : reason) + ".");
  }
  using GetApiBase = const OrtApiBase* (*)();
  const auto get_api_base = reinterpret_cast<GetApiBase>(dlsym(library, "OrtGetApiBase"));
  const OrtApi* api = get_api_base == nullptr ? nullptr : get_api_base()->GetApi(ORT_API_VERSION);
  if (api == nullptr) {
    throw Error(Code::kUnavailable, "The ONNX Runtime library is too old: " + path + ".",
                "Install the version that cmake/deps.lock names.");
  }
  return api;
}

Runtime open_runtime() {
  Runtime opened;
  opened.api = open_library();
  const auto require = [&](OrtStatus* status) {
    if (status == nullptr) return;
    const std::string message = opened.api->GetErrorMessage(status);
    opened.api->ReleaseStatus(status);
    throw Error(Code::kUnavailable, "ONNX Runtime cannot be started: " + message + ".");
  };
  require(opened.api->CreateEnvWithCustomLogger(write_log, nullptr, ORT_LOGGING_LEVEL_ERROR, "tarn",
                                                &opened.env));
  require(opened.api->DisableTelemetryEvents(opened.env));
  require(opened.api->CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &opened.cpu));
  require(opened.api->GetAllocatorWithDefaultOptions(&opened.allocator));
  return opened;
}

}  // namespace

const Runtime& runtime() {
  // Never released: sessions may outlive every other object at the process's end.
  static const Runtime& opened = *new Runtime(open_runtime());
  return opened;
}

std::string take_message(OrtStatus* status) {
  if (status == nullptr) return {};
  std::string message = runtime().api->GetErrorMessage(status);
  runtime().api->ReleaseStatus(status);
  return message.empty() ? "unknown error" : message;
}

void expect(OrtStatus* status) {
  const std::string message = take_message(status);
  if (!message.empty()) throw Error(Code::kInternal, "ONNX Runtime failed: " + message + ".");
}

std::string take_string(char* text) {
  std::string copy = text == nullptr ? "" : text;
  if (text != nullptr) expect(runtime().api->AllocatorFree(runtime().allocator, text));
  return copy;
}

}  // namespace tarn::onnx::detail
