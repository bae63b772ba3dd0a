#pragma once
// Small files that only their owner may read: the token, the key of the secrets.

#include <filesystem>
#include <functional>
#include <string>

namespace tarn::identity::detail {

/// The file's content; where there is none, `make()` is written first (mode 0600, durably; of two
/// that make it at the same time both get the first one's). Throws Error(kPermissionDenied) where
/// it belongs to somebody else, is no plain file, or others may read it.
std::string read_or_make_private(const std::filesystem::path& file,
                                 const std::function<std::string()>& make);

}  // namespace tarn::identity::detail
