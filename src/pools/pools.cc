#include "pools/pools.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <map>
#include <mutex>

#include "base/error.h"
#include "base/fail_point.h"
#include "base/files.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/text.h"
#include "detail/pool_impl.h"
#include "engine/database.h"
#include "meta/store.h"

namespace tarn::pools {

namespace fs = std::filesystem;

namespace {

constexpr std::array<std::string_view, 6> kReservedNames = {"master", "model",   "msdb",
                                                            "tempdb", "default", "built-in"};
constexpr std::string_view kExtension = ".duckdb";

// The column `state`. What is being made or dropped is not there yet, or no longer.
constexpr std::string_view kCreating = "Creating";
constexpr std::string_view kDropping = "Deleting";

constexpr std::string_view kColumns =
    "name, performance_level, \"collation\", state, server_id, created_at, created_by";

PoolInfo info_of(const meta::Row& row) {
  PoolInfo info;
  info.name = row.text(0);
  info.performance_level = row.text(1);
  info.collation = row.text(2);
  info.state = row.text(3) == name_of(State::kPaused) ? State::kPaused : State::kOnline;
  info.server_id = row.text(4);
  info.created = row.int64(5);
  info.created_by = row.text(6);
  return info;
}

Error unknown(std::string_view name, const std::vector<PoolInfo>& known) {
  std::vector<std::string> names;
  for (const PoolInfo& info : known) names.push_back(info.name);
  return {Code::kNotFound, "There is no SQL pool '" + std::string(name) + "'.",
          did_you_mean(name, names)};
}

fs::path log_of(const fs::path& file) { return file.string() + ".wal"; }

std::uint64_t bytes_of(const fs::path& file) {
  std::error_code absent;
  const auto bytes = fs::file_size(file, absent);
  return absent ? 0 : bytes;
}

void remove_files(const fs::path& file) {
  FileSystem::system().remove(log_of(file));
  FileSystem::system().remove(file);
}

/// A file that goes unless it is kept.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& folder)
      : path_(folder / (std::string(kTemporaryPrefix) + new_id() + std::string(kExtension))) {}
  ~TemporaryFile() {
    try {
      remove_files(path_);
    } catch (const Error&) {  // recover() takes it the next time
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// A database that is attached while this lives.
class Attached {
 public:
  Attached(engine::Connection& connection, const fs::path& file, std::string alias)
      : connection_(connection), alias_(std::move(alias)) {
    connection_.execute("ATTACH " + engine::quote_text(file.string()) + " AS " + alias_);
  }
  ~Attached() {
    try {
      detach();
    } catch (const Error&) {  // goes with the engine
    }
  }
  Attached(const Attached&) = delete;

  void detach() {
    if (std::exchange(detached_, true)) return;
    connection_.execute("CHECKPOINT " + alias_);
    connection_.execute("DETACH " + alias_);
  }

 private:
  engine::Connection& connection_;
  std::string alias_;
  bool detached_ = false;
};

/// Detaches at its end what somebody else has attached.
class Detaching {
 public:
  Detaching(engine::Connection& connection, std::string alias)
      : connection_(connection), alias_(std::move(alias)) {}
  ~Detaching() {
    try {
      connection_.execute("DETACH " + alias_);
    } catch (const Error&) {  // goes with the engine
    }
  }
  Detaching(const Detaching&) = delete;

 private:
  engine::Connection& connection_;
  std::string alias_;
};

/// An engine transaction that is rolled back unless it is committed.
class EngineTransaction {
 public:
  explicit EngineTransaction(engine::Connection& connection) : connection_(connection) {
    connection_.execute("BEGIN TRANSACTION");
  }
  ~EngineTransaction() {
    if (committed_) return;
    try {
      connection_.execute("ROLLBACK");
    } catch (const Error&) {  // it is over already
    }
  }
  EngineTransaction(const EngineTransaction&) = delete;

  void commit() {
    connection_.execute("COMMIT");
    committed_ = true;
  }

 private:
  engine::Connection& connection_;
  bool committed_ = false;
};

/// Everything of the pool at one moment into the empty database `alias`.
void copy_contents(engine::Connection& connection, const std::string& pool,
                   const std::string& alias, const CancelToken& cancel) {
  const std::string from = alias_of(pool);
  EngineTransaction transaction(connection);
  const auto ids = connection.rows("SELECT id FROM " + from + ".tarn.tables ORDER BY id");
  for (const std::string& statement : foundation_sql(alias)) connection.execute(statement);
  for (const std::string table : {"schemas", "tables"}) {
    connection.execute("INSERT INTO " + alias + ".tarn." + table + " SELECT * FROM " + from +
                       ".tarn." + table);
  }
  for (const auto& id : ids) {
    const std::string table = ".\"data\".\"t" + *id[0] + "\"";
    connection.execute("CREATE TABLE " + alias + table + " AS SELECT * FROM " + from + table,
                       cancel);
  }
  const auto sequences = connection.rows(
      "SELECT schema_name, sequence_name, coalesce(last_value + increment_by, start_value), "
      "increment_by FROM duckdb_sequences() WHERE lower(database_name) = " +
      engine::quote_text("pool:" + to_lower(pool)));
  for (const auto& sequence : sequences) {
    const std::string name =
        alias + "." + engine::quote_name(*sequence[0]) + "." + engine::quote_name(*sequence[1]);
    connection.execute(sequence_sql(name, *sequence[2], *sequence[3]));
  }
  transaction.commit();
}

}  // namespace

std::string_view name_of(State state) { return state == State::kPaused ? "Paused" : "Online"; }

std::string performance_level_of(std::string_view text) {
  if (text.empty()) return std::string(kPerformanceLevelDefault);
  std::vector<std::string> known;
  for (const std::string_view level : kPerformanceLevels) {
    if (equal_ignoring_case(level, text)) return std::string(level);
    known.emplace_back(level);
  }
  throw Error(Code::kInvalidArgument,
              "There is no performance level '" + std::string(text) + "' of a dedicated SQL pool.",
              "Use one of " + join(known, ", ") + ".");
}

void check_name(std::string_view name) {
  const auto refuse = [&](const std::string& why) {
    throw Error(
        Code::kInvalidArgument,
        "Invalid name of a SQL pool: '" + std::string(name.substr(0, 2 * kNameBytesMax)) + "'.",
        why);
  };
  if (name.empty() || name.size() > kNameBytesMax)
    refuse("Use 1 to " + std::to_string(kNameBytesMax) + " characters.");
  const bool bad = !valid_utf8(name) || std::ranges::any_of(name, [](const char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f ||
           std::string_view("<>*%&:\\/?@-").find(c) != std::string_view::npos;
  });
  if (bad) refuse("It has none of < > * % & : \\ / ? @ - and no control characters.");
  if (name.back() == '.' || trim(name).size() != name.size() || name.front() == '.')
    refuse("It does not begin or end with a point or a blank.");
  for (const std::string_view reserved : kReservedNames)
    if (equal_ignoring_case(reserved, name)) refuse("The name is taken.");
}

struct Pools::Impl {
  /// A pool of this server in memory.
  struct Entry {
    std::shared_ptr<Pool> pool;  // null: not attached
    PoolInfo info;               // of that
    int users = 0;
    bool closing = false;  // nobody may come in
  };

  meta::Store& store;
  std::string workspace_id;
  fs::path folder;
  std::string server_id;
  EngineProvider engine;
  const Clock& clock;

  std::mutex administering;  // creating, pausing, dropping: one at a time
  mutable std::mutex mutex;  // of what is below
  std::condition_variable left;
  std::map<std::string, Entry, CaseInsensitive> entries;

  fs::path file_of(std::string_view name) const {
    return folder / (std::string(name) + std::string(kExtension));
  }

  std::vector<PoolInfo> list() const {
    const auto rows = store.read([&](meta::Transaction& tx) {
      return tx.query("SELECT " + std::string(kColumns) +
                          " FROM sql_pools WHERE workspace_id = $1 AND state IN ($2, $3) ORDER BY "
                          "name_key",
                      workspace_id, name_of(State::kOnline), name_of(State::kPaused));
    });
    std::vector<PoolInfo> pools;
    for (const meta::Row& row : rows) pools.push_back(info_of(row));
    return pools;
  }

  std::optional<PoolInfo> find(std::string_view name) const {
    {
      // Only this server changes what it has attached.
      const std::lock_guard lock(mutex);
      const auto found = entries.find(name);
      if (found != entries.end() && found->second.pool && !found->second.closing)
        return found->second.info;
    }
    const auto row = store.read([&](meta::Transaction& tx) {
      return tx.query_one("SELECT " + std::string(kColumns) +
                              " FROM sql_pools WHERE workspace_id = $1 AND name_key = $2 AND "
                              "state IN ($3, $4)",
                          workspace_id, to_lower(name), name_of(State::kOnline),
                          name_of(State::kPaused));
    });
    if (!row) return std::nullopt;
    return info_of(*row);
  }

  PoolInfo require(std::string_view name) const {
    if (auto info = find(name)) return std::move(*info);
    throw unknown(name, list());
  }

  PoolInfo require_own(std::string_view name) const {
    PoolInfo info = require(name);
    check_own(info);
    return info;
  }

  bool owns(const PoolInfo& info) const {
    return info.server_id.empty() || info.server_id == server_id;
  }

  void check_own(const PoolInfo& info) const {
    if (owns(info)) return;
    throw Error(
        Code::kUnavailable,
        "The SQL pool '" + info.name + "' belongs to another server: " + info.server_id + ".",
        "Connect to that server.")
        .with_sql({40613, 17, 1, {}});
  }

  void set_state(const std::string& name, std::string_view state) const {
    store.write([&](meta::Transaction& tx) {
      tx.execute("UPDATE sql_pools SET state = $3 WHERE workspace_id = $1 AND name_key = $2",
                 workspace_id, to_lower(name), state);
    });
  }

  std::shared_ptr<Pool> attach(const PoolInfo& info) const {
    const fs::path file = file_of(info.name);
    if (!fs::exists(file)) {
      throw Error(Code::kDataLoss, "The file of the SQL pool '" + info.name + "' is gone.",
                  "Restore the pool from a backup, or delete it.");
    }
    auto pool = std::make_unique<Pool::Impl>();
    pool->name = info.name;
    pool->collation = info.collation;
    pool->alias = alias_of(info.name);
    engine::Connection connection = engine().connect();
    try {
      connection.execute("ATTACH " + engine::quote_text(file.string()) + " AS " + pool->alias);
    } catch (const Error& error) {
      throw Error(
          error.code() == Code::kResourceExhausted ? error.code() : Code::kDataLoss,
          "The file of the SQL pool '" + info.name + "' cannot be opened: " + error.message(),
          "Restore the pool from a backup, or delete it.");
    }
    try {
      pool->load(connection);
    } catch (const Error&) {
      connection.execute("DETACH " + pool->alias);
      throw;
    }
    return std::make_shared<Pool>(std::move(pool));
  }

  /// The entry's pool for one user more. With `mutex` held.
  static PoolPtr enter(const std::shared_ptr<Impl>& self, Entry& entry, const std::string& name) {
    ++entry.users;
    return PoolPtr(entry.pool.get(), [self, name, pool = entry.pool](Pool*) {
      const std::lock_guard lock(self->mutex);
      --self->entries.at(name).users;
      self->left.notify_all();
    });
  }

  /// Nobody comes in while this lives, and nobody is in.
  class Closed {
   public:
    Closed(Impl& impl, std::string name, std::chrono::milliseconds patience)
        : impl_(impl), name_(std::move(name)) {
      std::unique_lock lock(impl_.mutex);
      Entry& entry = impl_.entries[name_];
      entry.closing = true;
      if (impl_.left.wait_for(lock, patience, [&] { return entry.users == 0; })) return;
      entry.closing = false;
      throw Error(
          Code::kConflict,
          "The SQL pool '" + name_ + "' is in use by " + std::to_string(entry.users) +
              (entry.users == 1 ? " statement or transaction." : " statements or transactions."),
          "Wait until they have ended, or end them, and try again.");
    }
    ~Closed() {
      const std::lock_guard lock(impl_.mutex);
      impl_.entries[name_].closing = false;
    }
    Closed(const Closed&) = delete;

    void detach() {
      std::shared_ptr<Pool> pool;
      {
        const std::lock_guard lock(impl_.mutex);
        pool = std::move(impl_.entries[name_].pool);
      }
      if (!pool) return;
      engine::Connection connection = impl_.engine().connect();
      connection.execute("CHECKPOINT " + alias_of(name_));
      connection.execute("DETACH " + alias_of(name_));
    }

   private:
    Impl& impl_;
    std::string name_;
  };

  void make_file(const std::string& name) {
    fs::create_directories(folder);
    const TemporaryFile temporary(folder);
    {
      engine::Connection connection = engine().connect();
      const std::string alias = engine::quote_name("pool:" + temporary.path().filename().string());
      Attached attached(connection, temporary.path(), alias);
      for (const std::string& statement : foundation_sql(alias)) connection.execute(statement);
      attached.detach();
    }
    fail_point("pools.create.before_rename");
    FileSystem::system().rename(temporary.path(), file_of(name));
    FileSystem::system().sync_directory(folder);
  }

  void forget(const std::string& name) {
    store.write([&](meta::Transaction& tx) {
      tx.execute("DELETE FROM sql_pools WHERE workspace_id = $1 AND name_key = $2", workspace_id,
                 to_lower(name));
      tx.execute("DELETE FROM sql_modules WHERE workspace_id = $1 AND database_key = $2",
                 workspace_id, to_lower(name));
    });
  }
};

Pools::Pools(meta::Store& store, std::string workspace_id, fs::path folder, std::string server_id,
             EngineProvider engine, const Clock& clock)
    : impl_(new Impl{.store = store,
                     .workspace_id = std::move(workspace_id),
                     .folder = std::move(folder),
                     .server_id = std::move(server_id),
                     .engine = std::move(engine),
                     .clock = clock}) {}
Pools::~Pools() = default;

void Pools::recover() {
  const std::lock_guard administering(impl_->administering);
  const auto rows = impl_->store.read([&](meta::Transaction& tx) {
    return tx.query(
        "SELECT name FROM sql_pools WHERE workspace_id = $1 AND server_id = $2 AND state IN ($3, "
        "$4)",
        impl_->workspace_id, impl_->server_id, kCreating, kDropping);
  });
  for (const meta::Row& row : rows) {
    remove_files(impl_->file_of(row.text(0)));
    impl_->forget(row.text(0));
    log::info("pools.swept", {{"pool", row.text(0)}});
  }
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(impl_->folder, absent)) {
    if (entry.path().filename().string().starts_with(kTemporaryPrefix))
      FileSystem::system().remove(entry.path());
  }
}

const std::string& Pools::workspace_id() const { return impl_->workspace_id; }

std::vector<PoolInfo> Pools::list() const { return impl_->list(); }

std::optional<PoolInfo> Pools::find(std::string_view name) const { return impl_->find(name); }

PoolInfo Pools::require(std::string_view name) const { return impl_->require(name); }

void Pools::require_online(const PoolInfo& info) const {
  impl_->check_own(info);
  if (info.state == State::kOnline) return;
  throw Error(Code::kUnavailable,
              "Can not connect to the SQL pool since it is paused. Please resume the SQL pool and "
              "try again.",
              "tarn sql-pool resume " + info.name)
      .with_sql({42108, 16, 1, {}});
}

PoolPtr Pools::open(std::string_view name) {
  Impl& impl = *impl_;
  {
    const std::lock_guard lock(impl.mutex);
    const auto found = impl.entries.find(name);
    if (found != impl.entries.end() && found->second.pool && !found->second.closing)
      return Impl::enter(impl_, found->second, found->first);
  }
  const auto info = impl.find(name);
  if (!info) return nullptr;
  require_online(*info);
  // Attaching replays a log, which may take its time: others come in meanwhile, into their pools.
  const std::lock_guard administering(impl.administering);
  {
    const std::lock_guard lock(impl.mutex);
    Impl::Entry& entry = impl.entries[info->name];
    if (entry.pool && !entry.closing) return Impl::enter(impl_, entry, info->name);
  }
  const auto again = impl.find(name);
  if (!again) return nullptr;
  require_online(*again);
  std::shared_ptr<Pool> pool = impl.attach(*again);
  const std::lock_guard lock(impl.mutex);
  Impl::Entry& entry = impl.entries[again->name];
  entry.pool = std::move(pool);
  entry.info = *again;
  return Impl::enter(impl_, entry, again->name);
}

PoolInfo Pools::create(std::string_view name, std::string_view performance_level,
                       std::string_view collation, std::string_view by) {
  Impl& impl = *impl_;
  check_name(name);
  const std::lock_guard administering(impl.administering);
  PoolInfo info;
  info.name = std::string(name);
  info.performance_level = performance_level_of(performance_level);
  info.collation = collation.empty() ? std::string(kCollationDefault) : std::string(collation);
  info.server_id = impl.server_id;
  info.created = impl.clock.now();
  info.created_by = std::string(by);
  const fs::path file = impl.file_of(name);
  impl.store.write([&](meta::Transaction& tx) {
    const auto row = tx.query_one(
        "SELECT state, server_id FROM sql_pools WHERE workspace_id = $1 AND name_key = $2",
        impl.workspace_id, to_lower(name));
    // One that this server left half made is in nobody's way.
    const bool ours = row && row->text(0) == kCreating && row->text(1) == impl.server_id;
    if ((row && !ours) || tx.query_one("SELECT 1 FROM databases WHERE workspace_id = $1 AND "
                                       "database_key = $2",
                                       impl.workspace_id, to_lower(name))) {
      throw Error(Code::kAlreadyExists,
                  "The name is taken by a database or SQL pool: '" + info.name + "'.");
    }
    if (!ours && fs::exists(file)) {
      throw Error(Code::kAlreadyExists,
                  "There is a file that no SQL pool knows: " + file.string() + ".",
                  "Move it away.");
    }
    tx.execute("DELETE FROM sql_pools WHERE workspace_id = $1 AND name_key = $2", impl.workspace_id,
               to_lower(name));
    tx.execute(
        "INSERT INTO sql_pools (workspace_id, name_key, name, performance_level, \"collation\", "
        "state, server_id, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        impl.workspace_id, to_lower(name), info.name, info.performance_level, info.collation,
        kCreating, info.server_id, info.created, info.created_by);
  });
  try {
    remove_files(file);
    impl.make_file(info.name);
    fail_point("pools.create.before_online");
    impl.set_state(info.name, name_of(State::kOnline));
  } catch (const Error&) {
    remove_files(file);
    impl.forget(info.name);
    throw;
  }
  return info;
}

PoolInfo Pools::scale(std::string_view name, std::string_view performance_level) {
  PoolInfo info = impl_->require_own(name);
  info.performance_level = performance_level_of(performance_level);
  impl_->store.write([&](meta::Transaction& tx) {
    tx.execute(
        "UPDATE sql_pools SET performance_level = $3 WHERE workspace_id = $1 AND name_key = $2",
        impl_->workspace_id, to_lower(name), info.performance_level);
  });
  const std::lock_guard lock(impl_->mutex);
  impl_->entries[info.name].info = info;
  return info;
}

PoolInfo Pools::pause(std::string_view name, std::chrono::milliseconds patience) {
  const std::lock_guard administering(impl_->administering);
  PoolInfo info = impl_->require_own(name);
  if (info.state == State::kPaused) return info;
  Impl::Closed closed(*impl_, info.name, patience);
  impl_->set_state(info.name, name_of(State::kPaused));
  closed.detach();
  info.state = State::kPaused;
  return info;
}

PoolInfo Pools::resume(std::string_view name) {
  const std::lock_guard administering(impl_->administering);
  PoolInfo info = impl_->require_own(name);
  if (info.state == State::kPaused) impl_->set_state(info.name, name_of(State::kOnline));
  info.state = State::kOnline;
  return info;
}

void Pools::drop(std::string_view name, std::chrono::milliseconds patience) {
  const std::lock_guard administering(impl_->administering);
  const PoolInfo info = impl_->require_own(name);
  Impl::Closed closed(*impl_, info.name, patience);
  impl_->set_state(info.name, kDropping);
  fail_point("pools.drop.before_files");
  closed.detach();
  remove_files(impl_->file_of(info.name));
  impl_->forget(info.name);
}

void Pools::copy_to(std::string_view name, const fs::path& file, const CancelToken& cancel) {
  Impl& impl = *impl_;
  const PoolInfo info = impl.require_own(name);
  if (fs::exists(file))
    throw Error(Code::kAlreadyExists, "The file exists already: " + file.string() + ".");
  const TemporaryFile temporary(impl.folder);
  // A paused pool is attached for the copy alone, under nobody's eyes.
  std::unique_lock administering(impl.administering, std::defer_lock);
  PoolPtr online;
  engine::Connection connection = impl.engine().connect();
  std::optional<Attached> paused;
  if (info.state == State::kOnline) {
    online = open(name);
    if (!online) throw unknown(name, impl.list());
  } else {
    administering.lock();
    if (!fs::exists(impl.file_of(info.name)))
      throw Error(Code::kDataLoss, "The file of the SQL pool '" + info.name + "' is gone.");
    paused.emplace(connection, impl.file_of(info.name), alias_of(info.name));
  }
  const std::string alias = engine::quote_name("pool:" + temporary.path().filename().string());
  {
    Attached copy(connection, temporary.path(), alias);
    copy_contents(connection, info.name, alias, cancel);
    copy.detach();
  }
  fs::create_directories(file.parent_path());
  std::error_code error;
  fs::rename(temporary.path(), file, error);
  if (error) {  // another file system
    fs::copy_file(temporary.path(), file, error);
    if (error)
      throw Error(Code::kUnavailable,
                  "Cannot copy to " + file.string() + ": " + error.message() + ".");
  }
}

bool Pools::owns(const PoolInfo& info) const { return impl_->owns(info); }

PoolCheck Pools::check(std::string_view name, const CancelToken& cancel) {
  const PoolInfo info = impl_->require_own(name);
  engine::Connection connection = impl_->engine().connect();
  try {
    if (info.state == State::kOnline) {
      const PoolPtr online = open(name);
      if (!online) throw unknown(name, impl_->list());
      const PoolCheck found = check_pool(info.name, *online->definitions(), connection, cancel);
      // Somebody may have made or dropped a table between the two looks.
      return found.problems.empty()
                 ? found
                 : check_pool(info.name, *online->definitions(), connection, cancel);
    }
    // A paused pool is attached for the look alone.
    const std::lock_guard administering(impl_->administering);
    const std::shared_ptr<Pool> paused = impl_->attach(info);
    const Detaching detaching(connection, paused->impl_->alias);
    return check_pool(info.name, *paused->definitions(), connection, cancel);
  } catch (const Error& error) {
    if (error.code() != Code::kDataLoss && error.code() != Code::kUnsupported) throw;
    return {{error.message()}, 0};
  }
}

fs::path Pools::file_of(std::string_view name) const {
  return impl_->file_of(impl_->require(name).name);
}

std::uint64_t Pools::size_bytes(std::string_view name) const {
  const fs::path file = file_of(name);
  return bytes_of(file) + bytes_of(log_of(file));
}

}  // namespace tarn::pools
