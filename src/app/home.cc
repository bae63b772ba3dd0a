#include "home.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "base/ids.h"
#include "base/text.h"

namespace tarn::app {
namespace {

namespace fs = std::filesystem;

void make_private_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return;
  fs::create_directories(folder, error);
  if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) {
    throw Error(Code::kUnavailable,
                "Cannot make the folder " + folder.string() + ": " + error.message() + ".",
                "Choose another home with --home or TARN_HOME.");
  }
}

}  // namespace

fs::path default_home() {
  if (const char* setting = std::getenv("TARN_HOME"); setting && *setting) return setting;
  const char* home = std::getenv("HOME");
  if (!home || !*home) {
    const passwd* user = getpwuid(geteuid());
    if (!user) {
      throw Error(Code::kInvalidArgument, "No home folder is known.", "Set TARN_HOME.");
    }
    home = user->pw_dir;
  }
  return fs::path(home) / ".tarn";
}

Home::Home(fs::path folder, Access access, FileLock lock)
    : folder_(std::move(folder)), access_(access), lock_(std::move(lock)) {}

std::string Home::server_id() const {
  const fs::path file = folder_ / "run" / "server-id";
  if (!fs::exists(file)) write_file(file, new_id() + '\n');
  return std::string(trim(read_file(file, 64)));
}

Home Home::open(const fs::path& given, Access access, double wait_s) {
  const fs::path folder = fs::absolute(given).lexically_normal();
  make_private_folder(folder);
  make_private_folder(folder / "run");
  const fs::path lock_file = folder / "run" / "lock";
  // The first command makes the home, or migrates it: for that, even a reader must be alone.
  const bool changes = backup::home_format(folder) != backup::kHomeFormat;
  const auto mode =
      access == Access::kWrite || changes ? FileLock::Mode::kExclusive : FileLock::Mode::kShared;
  auto lock = FileLock::acquire(lock_file, mode, wait_s);
  if (!lock) {
    const std::string holder = FileLock::holder(lock_file);
    throw Error(Code::kUnavailable,
                "The home " + folder.string() + " is in use" +
                    (holder.empty() ? "" : " by " + holder) + ".",
                "Wait for it, or start a server (tarn serve) that many commands can use at once.");
  }
  backup::migrate_home(folder);
  for (const char* name : {"lake", "log", "cache", "pools"}) make_private_folder(folder / name);
  return Home(folder, access, std::move(*lock));
}

}  // namespace tarn::app
