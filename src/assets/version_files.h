#pragma once
// The files of a registered version, for those who want the whole folder and not its main file
// alone.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace tarn::assets {

struct VersionFile {
  std::string path;  // below the version's folder, with '/'
  std::uint64_t size_bytes = 0;
};

/// By path; `folder` is ResolvedModel::folder; an empty one has none. Throws Error(kDataLoss) where
/// it is not there.
std::vector<VersionFile> version_files(const std::filesystem::path& folder);

/// Opens one of them to be read. Throws Error(kNotFound) for a path that version_files() does not
/// list: whatever it holds, it leads nowhere else.
FileDescriptor open_version_file(const std::filesystem::path& folder, std::string_view path);

}  // namespace tarn::assets
