#pragma once
// POSIX access control lists of files and folders, in the texts of ADLS Gen2: kept and given back;
// who enforces them plugs in above (api/storage.h).

#include <string>
#include <string_view>
#include <vector>

namespace tarn::lake {

inline constexpr std::size_t kAccessEntriesMax = 64;  // of one list: 32 access, 32 default ones

/// "user:alice:r-x", "default:mask::rwx".
struct AccessEntry {
  bool is_default = false;
  std::string type;         // user, group, mask, other
  std::string id;           // empty: the owner, the owning group, or not for one
  std::string permissions;  // "r-x"

  bool operator==(const AccessEntry&) const = default;
};

struct AccessControl {
  std::string owner = "$superuser";
  std::string group = "$superuser";
  std::vector<AccessEntry> entries;
  bool sticky = false;

  /// What a new file or folder has: rw-r----- or rwxr-x---.
  static AccessControl usual(bool folder);

  /// "user::rwx,group::r-x,other::---"
  std::string acl() const;
  /// "rwxr-x---", with a '+' behind it where there are entries beyond the three base ones.
  std::string permissions() const;
  /// Replaces the entries. Throws Error(kInvalidArgument) on anything but a complete list.
  void set_acl(std::string_view text);
  /// "rwxr-x---", "rwxrwxrwt", "0750" or "750". Throws Error(kInvalidArgument).
  void set_permissions(std::string_view text);

  bool operator==(const AccessControl&) const = default;
};

}  // namespace tarn::lake
