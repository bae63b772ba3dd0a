#pragma once
// Where the prebuilt libraries lie that are opened only when they are first needed.

#include <filesystem>
#include <string_view>

namespace tarn {

/// The path to open `file` (for instance "libonnxruntime.so.1") with: in $TARN_LIBRARY_PATH, else
/// beside the program
/// (<program>/../lib), else in the build's own folder of libraries. Throws Error(kNotFound) naming
/// where it looked.
std::filesystem::path library_path(std::string_view file);

}  // namespace tarn
