#pragma once
// Whether a registered version's files are still what was registered.

#include <filesystem>
#include <string>

#include "base/cancel.h"

namespace tarn::assets {

/// The digest of a version's folder as `content_sha256` has it (docs/models.md). Reads every file.
/// Throws Error(kNotFound) where there is no such folder, kDataLoss for what cannot be read.
std::string content_digest(const std::filesystem::path& folder, const CancelToken& cancel = {});

}  // namespace tarn::assets
