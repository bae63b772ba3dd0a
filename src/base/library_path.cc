#include "library_path.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "error.h"
#include "process.h"

namespace tarn {

std::filesystem::path library_path(std::string_view file) {
  std::vector<std::filesystem::path> folders;
  if (const char* setting = std::getenv("TARN_LIBRARY_PATH")) folders.emplace_back(setting);
  folders.push_back(own_executable().parent_path() / "../lib/tarn");
  std::string looked;
  for (const auto& folder : folders) {
    std::error_code ignored;
    if (std::filesystem::exists(folder / file, ignored)) return folder / file;
    looked += (looked.empty() ? "" : ", ") + folder.string();
  }
  throw Error(Code::kNotFound,
              "The library " + std::string(file) + " is not installed. Looked in: " + looked + ".",
              "Set TARN_LIBRARY_PATH to the folder that holds it.");
}

}  // namespace tarn
