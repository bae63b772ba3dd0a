#include "places.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/text.h"
#include "meta/store.h"

namespace tarn::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "places.json";
constexpr std::uint64_t kFileBytesMax = 64 << 10;

bool is_address(const std::string& store) { return store.find("://") != std::string::npos; }

struct Remembered {
  std::string store;  // for people; empty: in the home
  std::string lake;   // empty: in the home
};

Remembered read_remembered(const fs::path& home) {
  const fs::path file = home / kFile;
  if (!fs::exists(file)) return {};
  const Json json = parse_json(read_file(file, kFileBytesMax), file.string());
  return {json.value("store", ""), json.value("lake", "")};
}

std::string shown(const std::string& place) { return place.empty() ? "in the home" : place; }

std::string choose_store(const Home& home, const std::string& wanted, Remembered& remembered) {
  if (wanted.empty()) {
    if (remembered.store.empty()) return home.store().string();
    if (is_address(remembered.store)) {
      throw Error(
          Code::kInvalidArgument,
          "The metadata of this home lie in " + remembered.store + ", whose address was not given.",
          "Give it with --store or TARN_STORE.");
    }
    return remembered.store;
  }
  const std::string place =
      is_address(wanted) ? meta::Store::place_of(wanted) : fs::absolute(wanted).string();
  const bool fresh = remembered.store.empty() && !fs::exists(home.store());
  if (!fresh && place != remembered.store && place != home.store().string()) {
    throw Error(
        Code::kInvalidArgument,
        "The metadata of this home are " + shown(remembered.store) + ", not in " + place + ".",
        "Use another home, or move them: tarn backup, then tarn restore --store.");
  }
  if (place != home.store().string()) remembered.store = place;
  return is_address(wanted) ? wanted : place;
}

fs::path choose_lake(const Home& home, const std::string& wanted, Remembered& remembered) {
  if (wanted.empty()) return remembered.lake.empty() ? home.lake() : fs::path(remembered.lake);
  const fs::path place = fs::absolute(wanted).lexically_normal();
  const bool used = fs::exists(home.lake() / "files");
  if ((used || !remembered.lake.empty()) && place != remembered.lake && place != home.lake()) {
    throw Error(
        Code::kInvalidArgument,
        "The lake of this home is " + shown(remembered.lake) + ", not " + place.string() + ".",
        "Use another home, or move it: tarn backup, then tarn restore --lake.");
  }
  if (place != home.lake()) remembered.lake = place;
  return place;
}

}  // namespace

Places find_places(const Home& home, const std::string& store, const std::string& lake) {
  Places places;
  const Remembered before = read_remembered(home.folder());
  Remembered remembered = before;
  places.store = choose_store(home, store, remembered);
  places.lake = choose_lake(home, lake, remembered);
  places.shared = places.store.starts_with("postgres");
  if (places.shared && remembered.lake.empty() && !lake.empty()) remembered.lake = places.lake;
  if (!remembered.lake.empty()) {
    fs::create_directories(places.lake);
    const bool together = places.shared || home.access() == Home::Access::kRead;
    auto lock = FileLock::acquire(places.lake / ".lock",
                                  together ? FileLock::Mode::kShared : FileLock::Mode::kExclusive,
                                  kLockWaitS);
    if (!lock) {
      throw Error(Code::kUnavailable,
                  "The lake " + places.lake.string() + " is in use by another home.",
                  "Several servers may share a lake when they share a store in PostgreSQL.");
    }
    places.lake_lock = std::move(*lock);
  }
  if (remembered.store != before.store || remembered.lake != before.lake) {
    places.to_remember =
        Json{{"store", remembered.store}, {"lake", remembered.lake}}.dump(2) + '\n';
  }
  return places;
}

void remember_places(const Home& home, const Places& places) {
  if (!places.to_remember.empty()) write_file(home.folder() / kFile, places.to_remember);
}

namespace {

constexpr Micros kServerForgottenAfter = 86400LL * 1'000'000;

/// Whether a server other than `own` said within a day that it lives.
bool has_others(meta::Transaction& tx, const std::string& workspace_id, const std::string& own) {
  return tx
      .query_one(
          "SELECT 1 FROM servers WHERE workspace_id = $1 AND server_id <> $2 AND renewed_at > $3 "
          "LIMIT 1",
          workspace_id, own, Clock::system().now() - kServerForgottenAfter)
      .has_value();
}

}  // namespace

void bind_lake(meta::Store& store, const std::string& workspace_id, const Home& home,
               const Places& places) {
  if (!places.shared) return;
  const fs::path file = places.lake / ".lake-id";
  if (!fs::exists(file)) {
    const auto pending = FileSystem::system().create(file);
    pending->write(new_id() + '\n');
    pending->publish_if_absent();
  }
  const std::string id(trim(read_file(file, 64)));
  const std::string mine = Json{{"id", id}, {"path", places.lake.string()}}.dump();
  const std::string own = home.server_id();
  store.write([&](meta::Transaction& tx) {
    tx.execute(
        "INSERT INTO settings (workspace_id, key, value, modified_at) VALUES ($1, 'lake', $2, $3) "
        "ON CONFLICT (workspace_id, key) DO NOTHING",
        workspace_id, mine, Clock::system().now());
    const std::string bound =
        tx.query_one("SELECT value FROM settings WHERE workspace_id = $1 AND key = 'lake'",
                     workspace_id)
            ->text(0);
    if (bound == mine) return;
    const Json other = parse_json(bound, "the store's setting 'lake'");
    const std::string path = other.value("path", "");
    if (other.value("id", "") != id) {
      throw Error(Code::kInvalidArgument,
                  "The store " + store.place() + " belongs to another lake than " +
                      places.lake.string() + ": the one at " + path + ".",
                  "Give the folder that its servers share with --lake.");
    }
    // A lake that moved with its only server.
    if (has_others(tx, workspace_id, own)) {
      throw Error(Code::kInvalidArgument,
                  "The lake is " + path + " for the other servers on this store, and " +
                      places.lake.string() + " here.",
                  "Mount it at the same path on every machine.");
    }
    tx.execute(
        "UPDATE settings SET value = $1, modified_at = $2, etag = etag + 1 WHERE workspace_id = $3 "
        "AND key = 'lake'",
        mine, Clock::system().now(), workspace_id);
  });
}

}  // namespace tarn::app
