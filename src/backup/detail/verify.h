#pragma once
// What an unpacked backup must be.

#include <filesystem>
#include <map>
#include <string>

#include "backup/backup.h"

namespace tarn::backup::detail {

/// The digests of the files as they were unpacked, by path.
using Digests = std::map<std::string, std::string>;

/// Reads every file of an unpacked backup.
Digests read_digests(const std::filesystem::path& folder);

/// Throws Error: kDataLoss where the backup is not whole or a file differs from SHA256SUMS,
/// kUnsupported for one of a newer Tarn.
BackupSummary verify(const std::filesystem::path& folder, const Digests& digests);

}  // namespace tarn::backup::detail
