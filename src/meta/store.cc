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
using detail::BusyError;
using detail::Connection;

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

std::unique_ptr<Store> Store::open(std::string_view url_or_path, const StoreOptions& options) {
  if (url_or_path.starts_with("postgresql://") || url_or_path.starts_with("postgres://")) {
    throw Error(Code::kUnsupported,
                "This version keeps its metadata in SQLite only, not in PostgreSQL.",
                "Name a file instead.");
  }
  constexpr std::string_view kScheme = "sqlite:";
  if (url_or_path.starts_with(kScheme)) url_or_path.remove_prefix(kScheme.size());
  if (url_or_path.empty() || url_or_path.find("://") != std::string_view::npos) {
    throw Error(Code::kInvalidArgument,
                "Not a place for a metadata store: " + log::redact(url_or_path) + ".",
                "Write a file's path, or sqlite:<path>.");
  }
  std::unique_ptr<Store> store(
      new Store(detail::make_sqlite_backend(url_or_path, options.busy_timeout_s), options));
  detail::Backend& backend = *store->backend_;
  std::unique_ptr<Connection> writer = backend.connect(Access::kWrite);
  const std::int64_t stored = detail::stored_version(*writer);
  if (stored > 0 && stored < detail::all_migrations().back().version) {
    const std::filesystem::path backup = backend.backup_file(stored);
    if (!std::filesystem::exists(backup)) backend.copy_to(backup);
  }
  detail::migrate(*writer, detail::all_migrations(), Clock::system());
  store->pool_->writer = std::move(writer);
  return store;
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
      connection.begin(true);
      Transaction tx(connection);
      step(tx);
      connection.commit();
      return;
    } catch (const BusyError&) {
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
  loan.connection->begin(false);
  Transaction tx(*loan.connection);
  step(tx);
}

std::int64_t Store::version() const { return detail::all_migrations().back().version; }

void Store::copy_to(const std::filesystem::path& file) { backend_->copy_to(file); }

void Store::checkpoint() {
  const std::lock_guard lock(pool_->write_mutex);
  backend_->checkpoint(*pool_->writer);
}

}  // namespace tarn::meta
