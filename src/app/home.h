#pragma once
// The home folder: where everything that Tarn knows lies (docs/store.md has its layout).

#include <filesystem>
#include <optional>
#include <string>

#include "backup/home_format.h"
#include "base/files.h"

namespace tarn::app {

/// How long a command waits for another one that has the home.
inline constexpr double kLockWaitS = 5;

/// $TARN_HOME, else ~/.tarn.
std::filesystem::path default_home();

/// A home that is open in this process: exclusively, by the one that may change things (a server,
/// or a command that works without one), or shared among commands that only read.
class Home {
 public:
  enum class Access { kRead, kWrite };

  /// Makes the folder (mode 0700) on first use, and migrates an older layout
  /// (backup/home_format.h). Throws Error: kUnavailable when somebody else has it, naming the
  /// process; kUnsupported for a layout of a newer version.
  static Home open(const std::filesystem::path& folder, Access access, double wait_s = kLockWaitS);

  const std::filesystem::path& folder() const { return folder_; }
  Access access() const { return access_; }
  /// Who this home is among servers that share a store: made on first use, and never copied.
  std::string server_id() const;
  std::filesystem::path store() const { return folder_ / "tarn.db"; }
  std::filesystem::path lake() const { return folder_ / "lake"; }
  std::filesystem::path pools() const { return folder_ / "pools"; }
  std::filesystem::path log() const { return folder_ / "log" / "tarn.log"; }
  std::filesystem::path engine_temporaries() const { return folder_ / "cache" / "engine"; }

  /// Where a server of this home listens for commands of its own user.
  static std::filesystem::path socket(const std::filesystem::path& folder) {
    return folder / "run" / "tarn.sock";
  }

 private:
  Home(std::filesystem::path folder, Access access, FileLock lock);

  std::filesystem::path folder_;
  Access access_;
  FileLock lock_;
};

}  // namespace tarn::app
