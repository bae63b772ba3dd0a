#pragma once
// What the access control lists of files and folders allow somebody to do: the list of the file or
// folder itself, and the right to pass through every folder above it (ADLS Gen2).
//
// Lists are kept with a file's properties. What has none has what the default entries of its folder
// give; where there are none either, the usual one, which lets in its owner alone. Never knows
// roles, which come first (identity). Thread-safe.

#include <optional>
#include <string>

#include "lake/access_control.h"
#include "lake/lake.h"
#include "lake/properties.h"

namespace tarn::lake {

class AccessLists {
 public:
  AccessLists(const Lake& lake, Properties& properties) : lake_(lake), properties_(properties) {}

  /// r of a file; r and x of a folder.
  bool may_read(const Accessor& who, const LakePath& path);
  /// r and w of what is there; w and x of the nearest folder above what is not.
  bool may_write(const Accessor& who, const LakePath& path);
  /// w and x of the folder that it is in; of a folder all of r, w and x, and of those in it too. In
  /// a folder with the sticky bit only for the owner of either.
  bool may_delete(const Accessor& who, const LakePath& path);
  bool owns(const Accessor& who, const LakePath& path);

  /// The list of what is there; empty where nothing is.
  std::optional<AccessControl> list_of(const LakePath& path);
  /// What something new at `path` gets from its folder's default entries; empty without.
  std::optional<AccessControl> inherited(const LakePath& path, bool folder);

  static constexpr std::size_t kFoldersDeletedMax = 10'000;  // looked at for one deletion

 private:
  struct Step {
    FileInfo info;
    AccessControl access;
  };
  /// From the container's root to what is there of the path.
  std::vector<Step> steps(const LakePath& path);
  static bool passes(const Accessor& who, const std::vector<Step>& steps, std::size_t count);

  const Lake& lake_;
  Properties& properties_;
};

}  // namespace tarn::lake
