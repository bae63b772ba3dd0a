#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <optional>
#include <set>

#include "backup/backup.h"
#include "backup/home_format.h"
#include "backup/tar.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/fail_point.h"
#include "base/files.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "detail/lake_links.h"
#include "meta/store.h"
#include "pools/pools.h"

namespace tarn::backup {
namespace {

namespace fs = std::filesystem;

constexpr int kModelsPage = 10'000;

/// A model's version whose files did not make it into the stage; empty when all did.
std::optional<std::string> missing_model(meta::Store& copy, const fs::path& models) {
  std::string workspace, name;
  std::int64_t version = 0;
  while (true) {
    const meta::Rows rows = copy.read([&](meta::Transaction& tx) {
      return tx.query(
          "SELECT workspace_id, name, version, folder, main_file FROM model_versions WHERE "
          "(workspace_id, name, version) > ($1, $2, $3) ORDER BY workspace_id, name, version LIMIT "
          "$4",
          workspace, name, version, kModelsPage);
    });
    for (const meta::Row& row : rows) {
      workspace = row.text(0);
      name = row.text(1);
      version = row.int64(2);
      if (!fs::exists(models / row.text(3) / row.text(4)))
        return name + ":" + std::to_string(version);
    }
    if (rows.size() < static_cast<std::size_t>(kModelsPage)) return std::nullopt;
  }
}

/// What the copy of the metadata says of SQL pools, and is not in the backup, goes from it: those
/// of other servers and workspaces, whose names are returned, and what was being made or dropped.
std::vector<std::string> forget_pools(meta::Store& copy, const std::string& workspace_id,
                                      const std::set<std::string>& copied) {
  return copy.write([&](meta::Transaction& tx) {
    std::vector<std::string> left_out;
    for (const meta::Row& row :
         tx.query("SELECT workspace_id, name_key, name, state FROM sql_pools ORDER BY name_key")) {
      if (row.text(0) == workspace_id && copied.contains(row.text(1))) continue;
      if (row.text(3) == "Online" || row.text(3) == "Paused") left_out.push_back(row.text(2));
      tx.execute("DELETE FROM sql_pools WHERE workspace_id = $1 AND name_key = $2", row.text(0),
                 row.text(1));
      tx.execute("DELETE FROM sql_modules WHERE workspace_id = $1 AND database_key = $2",
                 row.text(0), row.text(1));
    }
    return left_out;
  });
}

struct StagedPool {
  std::string file;  // "sales.duckdb"
  std::uint64_t size = 0;
};

}  // namespace

struct Stage::Impl {
  std::string version;
  std::int64_t store_version = 0;
  Micros made_at = 0;
  fs::path folder;
  fs::path lake;  // before it was staged
  detail::LakeLinks links;
  std::vector<StagedPool> pool_files;
  std::vector<std::string> pools_left_out;

  void clear() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  /// A copy of each pool that this server has and the copied metadata name. False where one went
  /// meanwhile.
  bool copy_pools(meta::Store& copy, pools::Pools& pools, const CancelToken& cancel) {
    pool_files.clear();
    std::set<std::string> copied;
    const meta::Rows rows = copy.read([&](meta::Transaction& tx) {
      return tx.query(
          "SELECT name FROM sql_pools WHERE workspace_id = $1 AND state IN ('Online', 'Paused')",
          pools.workspace_id());
    });
    for (const meta::Row& row : rows) {
      const auto pool = pools.find(row.text(0));
      if (!pool) return false;
      if (!pools.owns(*pool)) continue;
      const std::string file = pools.file_of(pool->name).filename();
      pools.copy_to(pool->name, folder / "pools" / file, cancel);
      pool_files.push_back({file, fs::file_size(folder / "pools" / file)});
      copied.insert(to_lower(pool->name));
    }
    pools_left_out = forget_pools(copy, pools.workspace_id(), copied);
    return true;
  }

  /// False where the copy of the metadata names a model or pool whose files went meanwhile.
  bool fill(meta::Store& store, pools::Pools& pools, const CancelToken& cancel) {
    clear();
    fs::create_directories(folder);
    fs::permissions(folder, fs::perms::owner_all);
    made_at = Clock::system().now();
    store.copy_to(folder / "tarn.db");
    fail_point("backup.metadata_copied");
    links = detail::link_lake(lake, folder / "lake", cancel);
    const auto copy = meta::Store::open((folder / "tarn.db").string());
    store_version = copy->version();
    if (!copy_pools(*copy, pools, cancel)) {
      log::info("backup.again", {{"missing", "a SQL pool"}});
      return false;
    }
    const auto missing = missing_model(*copy, folder / "lake" / "models");
    if (missing) log::info("backup.again", {{"missing", *missing}});
    return !missing;
  }
};

Stage::Stage(const Source& source, const CancelToken& cancel) : impl_(std::make_unique<Impl>()) {
  impl_->version = source.version;
  impl_->lake = source.lake;
  // In the lake, because links do not leave a file system; by its name the sweep knows it.
  impl_->folder = source.lake / (std::string(kTemporaryPrefix) + "backup-" + new_id());
  try {
    for (int attempt = 1; !impl_->fill(source.store, source.pools, cancel); ++attempt) {
      if (attempt < kStageAttemptsMax) continue;
      throw Error(Code::kUnavailable,
                  "Models or SQL pools are removed faster than they can be copied, or their files "
                  "are missing.",
                  "Run 'tarn check' to see which, and try again.");
    }
  } catch (...) {
    impl_->clear();
    throw;
  }
}

Stage::~Stage() { impl_->clear(); }

namespace {

/// Entries of an archive, each with its line for SHA256SUMS.
class Archive {
 public:
  explicit Archive(const TarWriter::Sink& sink) : tar_(sink) {}

  void text(const std::string& path, const std::string& bytes, Micros time) {
    tar_.begin({.path = path, .folder = false, .size = bytes.size(), .modified_ns = time * 1000});
    tar_.write(bytes);
    note(path, sha256_hex(bytes), bytes.size());
  }

  void folder(const std::string& path) {
    tar_.begin({.path = path, .folder = true, .size = 0, .modified_ns = 0, .mode = 0755});
  }

  /// Exactly entry.size bytes: a journal may have grown meanwhile.
  void file(const TarEntry& entry, const fs::path& place, const CancelToken& cancel) {
    std::ifstream stream(place, std::ios::binary);
    std::string piece(kPieceBytes, '\0');
    Sha256 digest;
    tar_.begin(entry);
    for (std::uint64_t left = entry.size; left > 0;) {
      cancel.check();
      const auto wanted = static_cast<std::streamsize>(std::min<std::uint64_t>(left, kPieceBytes));
      if (!stream.read(piece.data(), wanted)) {
        throw Error(Code::kDataLoss, "A file cannot be read to its end: " + entry.path + ".",
                    "Run 'tarn check'.");
      }
      const std::string_view bytes(piece.data(), static_cast<std::size_t>(wanted));
      digest.update(bytes);
      tar_.write(bytes);
      left -= bytes.size();
    }
    note(entry.path, digest.hex(), entry.size);
  }

  const std::string& sums() const { return sums_; }
  TarWriter& tar() { return tar_; }
  BackupSummary summary;

 private:
  void note(const std::string& path, const std::string& digest, std::uint64_t size) {
    sums_ += digest + "  " + path + "\n";
    ++summary.files;
    summary.bytes += size;
  }

  TarWriter tar_;
  std::string sums_;
};

}  // namespace

BackupSummary Stage::write_tar(const std::function<void(std::string_view bytes)>& sink,
                               const CancelToken& cancel) {
  const Impl& stage = *impl_;
  Archive archive(sink);
  archive.text("FORMAT", std::to_string(kHomeFormat) + "\n", stage.made_at);
  struct stat status {};
  const fs::path database = stage.folder / "tarn.db";
  if (::stat(database.c_str(), &status) != 0)
    throw Error(Code::kUnavailable, "The copy of the metadata is gone: somebody swept it.");
  archive.file({.path = "tarn.db",
                .folder = false,
                .size = static_cast<std::uint64_t>(status.st_size),
                .modified_ns = stage.made_at * 1000,
                .mode = 0600},
               database, cancel);
  archive.folder("lake");
  for (const detail::StagedFile& file : stage.links.files) {
    const std::string path = "lake/" + file.path;
    if (file.folder) {
      archive.folder(path);
      continue;
    }
    archive.file({path, false, file.size, file.modified_ns, file.mode}, stage.folder / path,
                 cancel);
  }
  if (!stage.pool_files.empty()) archive.folder("pools");
  for (const StagedPool& pool : stage.pool_files) {
    const std::string path = "pools/" + pool.file;
    archive.file({.path = path,
                  .folder = false,
                  .size = pool.size,
                  .modified_ns = stage.made_at * 1000,
                  .mode = 0600},
                 stage.folder / path, cancel);
  }
  archive.summary.tables = stage.links.tables.size();
  archive.summary.pools = stage.pool_files.size();
  archive.summary.pools_left_out = stage.pools_left_out;
  archive.summary.made_at = format_utc(stage.made_at);
  const std::string sums = archive.sums();
  Json tables = Json::array();
  for (const detail::StagedTable& table : stage.links.tables)
    tables.push_back({{"folder", table.folder}, {"version", table.version}});
  Json pools = Json::array();
  for (const StagedPool& pool : stage.pool_files) pools.push_back(pool.file);
  const Json manifest{{"format", kBackupFormat},
                      {"tarn", stage.version},
                      {"home_format", kHomeFormat},
                      {"store_version", stage.store_version},
                      {"made_at", archive.summary.made_at},
                      {"files", archive.summary.files},
                      {"bytes", archive.summary.bytes},
                      {"tables", tables},
                      {"pools", pools},
                      {"pools_left_out", stage.pools_left_out}};
  const BackupSummary summary = archive.summary;
  archive.text("SHA256SUMS", sums, stage.made_at);
  archive.text("backup.json", manifest.dump(2) + "\n", stage.made_at);
  archive.tar().finish();
  return summary;
}

}  // namespace tarn::backup
