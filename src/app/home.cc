#include "home.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
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

void check_format(const fs::path& folder) {
  const fs::path file = folder / "FORMAT";
  if (!fs::exists(file)) {
    // A folder with other things in it is not ours to take over.
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().filename() != "run") {
        throw Error(Code::kInvalidArgument,
                    "The folder is not empty and no home of Tarn: " + folder.string() + ".",
                    "Choose an empty or new folder.");
      }
    }
    write_file(file, std::to_string(kHomeFormat) + '\n');
    return;
  }
  const std::string text(trim(read_file(file, 64)));
  const int version = std::atoi(text.c_str());
  if (version < 1) {
    throw Error(Code::kDataLoss, "The file FORMAT of the home holds no version: '" + text + "'.");
  }
  if (version > kHomeFormat) {
    throw Error(Code::kUnsupported,
                "The home was made by a newer Tarn: its layout has version " + text +
                    ", this one knows " + std::to_string(kHomeFormat) + ".",
                "Use the newer program.");
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

Home::Home(fs::path folder, FileLock lock) : folder_(std::move(folder)), lock_(std::move(lock)) {}

Home Home::open(const fs::path& given, Access access, double wait_s) {
  const fs::path folder = fs::absolute(given).lexically_normal();
  make_private_folder(folder);
  make_private_folder(folder / "run");
  const fs::path lock_file = folder / "run" / "lock";
  const bool fresh = !fs::exists(folder / "FORMAT");
  // The first command makes the home: for that, even a reader must be alone.
  const auto mode =
      access == Access::kWrite || fresh ? FileLock::Mode::kExclusive : FileLock::Mode::kShared;
  auto lock = FileLock::acquire(lock_file, mode, wait_s);
  if (!lock) {
    const std::string holder = FileLock::holder(lock_file);
    throw Error(Code::kUnavailable,
                "The home " + folder.string() + " is in use" +
                    (holder.empty() ? "" : " by " + holder) + ".",
                "Wait for it, or start a server (tarn serve) that many commands can use at once.");
  }
  check_format(folder);
  for (const char* name : {"lake", "log", "cache", "pools"}) make_private_folder(folder / name);
  return Home(folder, std::move(*lock));
}

}  // namespace tarn::app
