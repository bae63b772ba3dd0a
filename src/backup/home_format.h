#pragma once
// The version of a home's layout, in <home>/FORMAT.
//
// 1: tarn.db and lake/ in the home.
// 2: places.json may name another store and another lake, so that an older program, which would
//    begin a new store beside them, does not open it.

#include <filesystem>

namespace tarn::backup {

inline constexpr int kHomeFormat = 2;

/// The version of a home; 0 for a folder that has none yet. Throws Error: kDataLoss for a file that
/// holds no version, kUnsupported for a newer one.
int home_format(const std::filesystem::path& folder);

/// Brings the home to kHomeFormat: a new one gets its FORMAT; of an older one FORMAT, the store and
/// the key are copied to <home>/backups/format-<version> first. The caller has it for itself.
/// Throws Error(kInvalidArgument) for a folder with other things in it.
void migrate_home(const std::filesystem::path& folder);

}  // namespace tarn::backup
