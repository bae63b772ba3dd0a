#pragma once
// POSIX access control lists of files and folders, in the texts of ADLS Gen2, and what they allow.
// Sources: "Access control lists (ACLs) in Azure Data Lake Storage Gen2".

#include <optional>
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

/// Who asks, by what a list may call them.
struct Accessor {
  std::string id;
  std::string name;

  bool is(std::string_view entry_id) const {
    return !entry_id.empty() && (entry_id == id || entry_id == name);
  }
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

  /// Whether they may do all of `wanted`, letters of "rwx": what the owner's entry says for the
  /// owner, that of a named user for them, that of others else. The mask limits all but the owner.
  /// Nobody is in a group here.
  bool allows(const Accessor& who, std::string_view wanted) const;
  /// What a new child of the folder has by the folder's default entries; empty without. The umask
  /// is 007, as in Azure: others get nothing.
  std::optional<AccessControl> inherited(bool folder) const;

  bool operator==(const AccessControl&) const = default;
};

}  // namespace tarn::lake
