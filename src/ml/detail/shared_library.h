#pragma once
// A prebuilt library that is opened when it is first needed, and stays open.

#include <dlfcn.h>

#include <string>

#include "base/error.h"
#include "base/library_path.h"

namespace tarn::ml::detail {

class SharedLibrary {
 public:
  /// Throws Error(kNotFound) when there is no such file, Error(kUnavailable) when it cannot be
  /// loaded.
  explicit SharedLibrary(std::string_view file) : file_(file) {
    handle_ = dlopen(library_path(file).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ == nullptr) {
      throw Error(Code::kUnavailable, "a library could not be loaded: " + std::string(dlerror()),
                  "Run the set-up again; it fetches and checks the pinned libraries.");
    }
  }

  template <typename Function>
  void find(const char* name, Function*& function) const {
    function = reinterpret_cast<Function*>(dlsym(handle_, name));
    if (function == nullptr) {
      throw Error(Code::kUnavailable, "the library " + file_ + " has no function " + name,
                  "It is another version than the pinned one. Run the set-up again.");
    }
  }

 private:
  std::string file_;
  void* handle_ = nullptr;
};

}  // namespace tarn::ml::detail
