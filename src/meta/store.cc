#include "meta/store.h"

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "detail/backend.h"
#include "detail/migration.h"

namespace tarn::meta {

namespace {

constexpr int kWriteAttemptsMax = 5;

using detail::Access;
using detail::Begin;
using detail::BusyError;
using detail::Connection;
using detail::LostError;
using detail::make_backend;

}  // namespace

std::int64_t Transaction::execute_values(std::string_view sql, std::span<const Value> values) {
  return connection_.execute(sql, values);
}

Rows Transaction::query_values(std::string_view sql, std::span<const Value> values) {
  return connection_.query(sql, values);
}

std::optional<Row> Transaction::query_one_values(std::string_view sql,
                                                 std::span<const Value> values) {
  Rows rows = connection_.query(sql, values);
  check(rows.size() <= 1, "a query for one row found several");
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

void Transaction::require_changed(std::string_view what, std::int64_t rows) {
  if (rows > 0) return;
  throw Error(Code::kConflict, "Somebody else changed it meanwhile: " + std::string(what) + ".",
              "Read it again and repeat the change.");
}

/// The one writer, and readers made as they are needed.
struct Store::Pool {
  explicit Pool(const StoreOptions& store_options) : options(store_options) {}

  const StoreOptions options;

  std::mutex write_mutex;
  std::atomic<std::thread::id> writing_thread;
  std::unique_ptr<Connection> writer;

  std::mutex read_mutex;
  std::condition_variable reader_free;
  std::vector<std::unique_ptr<Connection>> free_readers;
  int readers = 0;

  std::unique_ptr<Connection> take_reader(detail::Backend& backend) {
    std::unique_lock lock(read_mutex);
    const auto available = [&] { return !free_readers.empty() || readers < options.readers_max; };
    if (!reader_free.wait_for(lock, std::chrono::duration<double>(options.reader_timeout_s),
                              available)) {
      throw Error(Code::kResourceExhausted,
                  "Too many reads of the metadata store run at the same time.",
                  "Try again shortly.");
    }
    if (!free_readers.empty()) {
      std::unique_ptr<Connection> reader = std::move(free_readers.back());
      free_readers.pop_back();
      return reader;
    }
    ++readers;
    lock.unlock();
    try {
      return backend.connect(Access::kRead);
    } catch (...) {
      lock.lock();
      --readers;
      reader_free.notify_one();
      throw;
    }
  }

  void give_back(std::unique_ptr<Connection> reader) {
    const std::lock_guard lock(read_mutex);
    free_readers.push_back(std::move(reader));
    reader_free.notify_one();
  }
};

Store::Store(std::unique_ptr<detail::Backend> backend, const StoreOptions& options)
    : backend_(std::move(backend)), pool_(std::make_unique<Pool>(options)) {}

Store::~Store() = default;

namespace {

bool is_postgres(std::string_view place) {
  return place.starts_with("postgresql://") || place.starts_with("postgres://");
}

}  // namespace

std::unique_ptr<detail::Backend> detail::make_backend(std::string_view place,
                                                      const StoreOptions& options) {
  if (is_postgres(place)) {
    return detail::make_postgres_backend(
        std::string(place),
        {.busy_timeout_s = options.busy_timeout_s, .backup_folder = options.backup_folder});
  }
  constexpr std::string_view kScheme = "sqlite:";
  if (place.starts_with(kScheme)) place.remove_prefix(kScheme.size());
  if (place.empty() || place.find("://") != std::string_view::npos) {
    throw Error(Code::kInvalidArgument,
                "Not a place for a metadata store: " + log::redact(place) + ".",
                "Write a file's path, sqlite:<path>, or postgresql://user:password@host/database.");
  }
  return detail::make_sqlite_backend(place, options.busy_timeout_s);
}

std::unique_ptr<Store> Store::open(std::string_view url_or_path, const StoreOptions& options) {
  std::unique_ptr<Store> store(new Store(make_backend(url_or_path, options), options));
  detail::Backend& backend = *store->backend_;
  std::unique_ptr<Connection> writer = backend.connect(Access::kWrite);
  detail::migrate(*writer, detail::all_migrations(), Clock::system(), [&](std::int64_t version) {
    const std::filesystem::path backup = backend.backup_file(version);
    if (!std::filesystem::exists(backup)) backend.copy_to(backup);
  });
  store->pool_->writer = std::move(writer);
  return store;
}

std::int64_t Store::fill(std::string_view url_or_path, const std::filesystem::path& copy,
                         const StoreOptions& options) {
  const auto source_backend = detail::make_sqlite_backend(copy, options.busy_timeout_s);
  const auto source = source_backend->connect(Access::kRead);
  const auto versions = static_cast<std::size_t>(detail::stored_version(*source));
  if (versions == 0 || versions > detail::all_migrations().size()) {
    throw Error(versions == 0 ? Code::kDataLoss : Code::kUnsupported,
                versions == 0 ? "The copy holds no metadata store: " + copy.string() + "."
                              : "The copy was made by a newer Tarn: " + copy.string() + ".",
                versions == 0 ? "Name another backup." : "Use the newer program.");
  }
  const auto target_backend = make_backend(url_or_path, options);
  const auto target = target_backend->connect(Access::kWrite);
  const std::int64_t stored = detail::stored_version(*target);
  // Tables without rows are what a fill leaves that was cut off.
  if (stored > 0 && !target->query("SELECT 1 FROM workspaces LIMIT 1", {}).empty()) {
    throw Error(Code::kAlreadyExists,
                "The metadata store at " + target_backend->place() + " is not empty.",
                "Name an empty database.");
  }
  if (stored > static_cast<std::int64_t>(versions)) {
    throw Error(Code::kAlreadyExists,
                "The metadata store at " + target_backend->place() +
                    " has the tables of a newer version than the copy.",
                "Name an empty database.");
  }
  detail::migrate(*target, detail::all_migrations().first(versions), Clock::system());
  return detail::copy_rows(*source, *target);
}

void Store::copy(std::string_view url_or_path, const std::filesystem::path& file) {
  make_backend(url_or_path, {})->copy_to(file);
}

std::string Store::place_of(std::string_view url_or_path) {
  return make_backend(url_or_path, {})->place();
}

void Store::run_write(const Step& step) {
  check(pool_->writing_thread.load() != std::this_thread::get_id(),
        "a write inside a write of the same thread");
  const std::lock_guard lock(pool_->write_mutex);
  struct Mark {
    Pool& pool;
    explicit Mark(Pool& owner) : pool(owner) { pool.writing_thread = std::this_thread::get_id(); }
    ~Mark() { pool.writing_thread = std::thread::id(); }
  } mark(*pool_);
  Connection& connection = *pool_->writer;
  for (int attempt = 1;; ++attempt) {
    try {
      // What clashed with another session once runs alone then.
      connection.begin(attempt == 1 ? Begin::kWrite : Begin::kAlone);
      Transaction tx(connection);
      step(tx);
      connection.commit();
      return;
    } catch (const BusyError&) {
      connection.rollback();
      if (attempt == kWriteAttemptsMax) throw;
    } catch (const LostError&) {
      connection.rollback();
      if (attempt == kWriteAttemptsMax) throw;
    } catch (...) {
      connection.rollback();
      throw;
    }
  }
}

void Store::run_read(const Step& step) {
  struct Loan {
    Pool& pool;
    std::unique_ptr<Connection> connection;
    ~Loan() {
      connection->rollback();
      pool.give_back(std::move(connection));
    }
  } loan{*pool_, pool_->take_reader(*backend_)};
  loan.connection->begin(Begin::kRead);
  Transaction tx(*loan.connection);
  step(tx);
}

std::int64_t Store::version() const { return detail::all_migrations().back().version; }

void Store::copy_to(const std::filesystem::path& file) { backend_->copy_to(file); }

std::string Store::place() const { return backend_->place(); }

void Store::checkpoint() {
  const std::lock_guard lock(pool_->write_mutex);
  backend_->checkpoint(*pool_->writer);
}

}  // namespace tarn::meta
