#pragma once
// The files of a table's folder that nobody has changed for some time: what VACUUM and the sweep of
// lost files choose from.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.h"

namespace tarn::lake::delta::detail {

struct OldFiles {
  std::vector<std::pair<std::string, std::int64_t>> files;  // path in the table's folder, and bytes
  std::vector<std::string> folders;  // old ones that nothing else is in; the deepest first
};

inline constexpr std::size_t kTableFilesMax = 10'000'000;  // looked at

/// Files and folders not changed since `cutoff_ms`, less those to `keep`. What begins with '_' or
/// '.' is not the table's data, except for the folders of a partition column whose name begins so;
/// symbolic links are neither followed nor listed. Throws kTooLarge, kCancelled.
OldFiles old_files(const std::filesystem::path& table, std::int64_t cutoff_ms,
                   const std::function<bool(const std::string& path)>& keep,
                   const CancelToken& cancel);

}  // namespace tarn::lake::delta::detail
