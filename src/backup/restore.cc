#include <fstream>

#include "backup/backup.h"
#include "backup/tar.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/ids.h"
#include "base/json.h"
#include "detail/verify.h"
#include "meta/store.h"

namespace tarn::backup {
namespace {

namespace fs = std::filesystem;

void require_empty(const fs::path& folder, const char* what) {
  if (!fs::exists(folder) || (fs::is_directory(folder) && fs::is_empty(folder))) return;
  throw Error(Code::kAlreadyExists,
              "The " + std::string(what) + " is not empty: " + folder.string() + ".",
              "Restore into a new or empty folder; nothing was changed.");
}

/// The workers of the original are not ours, and must not be taken for them.
void end_running_jobs(meta::Store& store, Micros now) {
  store.write([&](meta::Transaction& tx) {
    constexpr std::string_view kRunning =
        "('Starting', 'Running', 'Finalizing', 'CancelRequested')";
    const std::string running(kRunning);
    tx.execute(
        "UPDATE runs SET status = 'FAILED', end_time = $1, etag = etag + 1 WHERE status = "
        "'RUNNING' AND (run_id IN (SELECT run_id FROM jobs WHERE state IN " +
            running + ") OR parent_run_id IN (SELECT run_id FROM jobs WHERE state IN " + running +
            "))",
        now);
    tx.execute(
        "UPDATE jobs SET state = 'Failed', ended_at = $1, error_code = 'Unavailable', "
        "error_message = 'The job was running when the backup was made.', error_hint = 'Submit it "
        "again.', worker_pid = NULL, worker_start_time = NULL, etag = etag + 1 WHERE state IN " +
            running,
        now);
    tx.execute("UPDATE jobs SET server_id = NULL WHERE server_id IS NOT NULL");
    tx.execute("DELETE FROM servers");
    tx.execute("DELETE FROM settings WHERE key = 'lake'");
  });
}

/// The pools are the new home's. A server of a store that several may have needs a name for that.
void take_pools(const fs::path& home, const std::string& place) {
  std::string server_id;
  if (place.starts_with("postgres")) {
    server_id = new_id();
    fs::create_directories(home / "run");
    fs::permissions(home / "run", fs::perms::owner_all);
    write_file(home / "run" / "server-id", server_id + '\n');
  }
  meta::Store::open((home / "tarn.db").string())->write([&](meta::Transaction& tx) {
    tx.execute("UPDATE sql_pools SET server_id = $1", server_id);
  });
}

/// With the files' times: the time of a commit is its file's.
void copy_tree(const fs::path& from, const fs::path& to) {
  fs::copy(from, to, fs::copy_options::recursive);
  for (const auto& entry : fs::recursive_directory_iterator(from)) {
    if (!entry.is_regular_file()) continue;
    fs::last_write_time(to / entry.path().lexically_relative(from), entry.last_write_time());
  }
}

BackupSummary unpack(const fs::path& backup, const fs::path& pending) {
  if (fs::is_directory(backup)) {
    const BackupSummary summary = detail::verify(backup, detail::read_digests(backup));
    copy_tree(backup, pending);
    return summary;
  }
  std::ifstream stream(backup, std::ios::binary);
  if (!stream) {
    throw Error(Code::kNotFound, "There is no backup " + backup.string() + ".",
                "Name the file or folder that 'tarn backup' made.");
  }
  Unpacker unpacker(pending);
  std::string piece(kPieceBytes, '\0');
  while (stream.read(piece.data(), static_cast<std::streamsize>(piece.size())) ||
         stream.gcount() > 0) {
    unpacker.feed(std::string_view(piece).substr(0, static_cast<std::size_t>(stream.gcount())));
  }
  return unpacker.finish();
}

/// By a rename, or where that leaves the file system, by copying beside the target and a rename.
void move_folder(const fs::path& from, const fs::path& to) {
  fs::create_directories(to.parent_path());
  std::error_code error;
  fs::rename(from, to, error);
  if (!error) return;
  const fs::path pending = to.parent_path() / (std::string(kTemporaryPrefix) + new_id());
  copy_tree(from, pending);
  fs::rename(pending, to);
}

}  // namespace

BackupSummary restore(const fs::path& backup, const RestoreTarget& target) {
  const fs::path home = fs::absolute(target.home).lexically_normal();
  require_empty(home, "home");
  if (!target.lake.empty()) require_empty(target.lake, "lake");
  const fs::path pending = home.parent_path() / (std::string(kTemporaryPrefix) + new_id());
  struct Cleanup {
    fs::path path;
    ~Cleanup() {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  } cleanup{pending};
  const BackupSummary summary = unpack(backup, pending);
  fs::remove(pending / "SHA256SUMS");
  fs::remove(pending / "backup.json");
  end_running_jobs(*meta::Store::open((pending / "tarn.db").string()), Clock::system().now());

  take_pools(pending, target.store);

  Json places{{"store", ""}, {"lake", ""}};
  if (!target.store.empty()) {
    meta::Store::fill(target.store, pending / "tarn.db");
    fs::remove(pending / "tarn.db");
    places["store"] = meta::Store::place_of(target.store);
  }
  if (!target.lake.empty()) {
    const fs::path lake = fs::absolute(target.lake).lexically_normal();
    move_folder(pending / "lake", lake);
    places["lake"] = lake.string();
  }
  if (!target.store.empty() || !target.lake.empty()) {
    write_file(pending / "places.json", places.dump(2) + '\n');
  }
  fs::permissions(pending, fs::perms::owner_all);
  fs::rename(pending, home);
  FileSystem::system().sync_directory(home.parent_path());
  return summary;
}

}  // namespace tarn::backup
