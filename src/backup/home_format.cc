#include "backup/home_format.h"

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/text.h"
#include "meta/store.h"

namespace tarn::backup {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kFormatBytesMax = 64;

void require_no_other_content(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    // A folder with other things in it is not ours to take over.
    if (entry.path().filename() != "run") {
      throw Error(Code::kInvalidArgument,
                  "The folder is not empty and no home of Tarn: " + folder.string() + ".",
                  "Choose an empty or new folder.");
    }
  }
}

/// It appears whole, by one rename, and the first one stays: a second try after a crash would copy
/// what is half migrated.
void back_up(const fs::path& home, int version) {
  const fs::path target = home / "backups" / ("format-" + std::to_string(version));
  if (fs::exists(target)) return;
  const fs::path pending = home / "backups" / (std::string(kTemporaryPrefix) + new_id());
  fs::create_directories(pending);
  fs::permissions(home / "backups", fs::perms::owner_all);
  if (fs::exists(home / "tarn.db")) {
    meta::Store::copy((home / "tarn.db").string(), pending / "tarn.db");
  }
  for (const char* name : {"FORMAT", "secret.key"}) {
    if (!fs::exists(home / name)) continue;
    write_file(pending / name, read_file(home / name));
    fs::permissions(pending / name, fs::status(home / name).permissions());
  }
  FileSystem::system().rename(pending, target);
  log::info("home.backed_up", {{"format", version}, {"folder", target.string()}});
}

}  // namespace

int home_format(const fs::path& folder) {
  const fs::path file = folder / "FORMAT";
  if (!fs::exists(file)) return 0;
  const std::string text(trim(read_file(file, kFormatBytesMax)));
  const int version = std::atoi(text.c_str());
  if (version < 1) {
    throw Error(Code::kDataLoss, "The file FORMAT of the home holds no version: '" + text + "'.");
  }
  if (version > kHomeFormat) {
    throw Error(Code::kUnsupported,
                "The home was made by a newer Tarn: its layout has version " + text +
                    ", this one knows " + std::to_string(kHomeFormat) + ".",
                "Use the newer program, or restore a backup made before.");
  }
  return version;
}

void migrate_home(const fs::path& folder) {
  const int version = home_format(folder);
  if (version == kHomeFormat) return;
  if (version == 0) {
    require_no_other_content(folder);
  } else {
    back_up(folder, version);
  }
  // 1 to 2: places.json comes when it is asked for.
  write_file(folder / "FORMAT", std::to_string(kHomeFormat) + '\n');
}

}  // namespace tarn::backup
