#pragma once
// The metadata store: the schema, its migrations and transactions. What a write acknowledged
// survives kill -9 and power loss; what failed leaves no trace.
//
// It owns the tables of docs/store.md, each keyed by workspace_id first. It never has rules of a
// domain: those write their own SQL, in the portable subset that SQLite and PostgreSQL share, with
// $1 parameters.
//
// A Store is thread-safe. One write of a process runs at a time; reads run beside it, each on one
// consistent snapshot. Several processes may open the same file or database: their writes are
// serializable.

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "meta/rows.h"
#include "meta/value.h"

namespace tarn::meta {

namespace detail {
class Connection;
class Backend;
}  // namespace detail

/// A transaction, or a read on one snapshot. Lives for the length of Store::write or Store::read
/// only.
///
/// Errors of all statements: kAlreadyExists when a unique key is taken (the message names the table
/// and columns), kConflict when a row that something refers to is missing or still referred to,
/// kInvalidArgument for a broken CHECK or NOT NULL, kDataLoss when the file is damaged,
/// kResourceExhausted when the disk is full, kUnavailable when the database server is gone. After
/// an error the transaction can only end: do not catch one and go on.
class Transaction {
 public:
  explicit Transaction(detail::Connection& connection) : connection_(connection) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Runs a statement; the number of rows it changed.
  template <typename... Args>
  std::int64_t execute(std::string_view sql, const Args&... args) {
    const std::array<Value, sizeof...(Args)> values{Value(args)...};
    return execute_values(sql, values);
  }

  template <typename... Args>
  Rows query(std::string_view sql, const Args&... args) {
    const std::array<Value, sizeof...(Args)> values{Value(args)...};
    return query_values(sql, values);
  }

  /// The only row, or empty. More than one is our own bug (kInternal).
  template <typename... Args>
  std::optional<Row> query_one(std::string_view sql, const Args&... args) {
    const std::array<Value, sizeof...(Args)> values{Value(args)...};
    return query_one_values(sql, values);
  }

  /// Runs an UPDATE or DELETE whose WHERE holds the ETag that the caller saw: where it changed no
  /// row, somebody else changed the thing meanwhile. Throws Error(kConflict) naming `what`, for
  /// instance "job nightly".
  template <typename... Args>
  void change_one(std::string_view what, std::string_view sql, const Args&... args) {
    require_changed(what, execute(sql, args...));
  }

  std::int64_t execute_values(std::string_view sql, std::span<const Value> values);
  Rows query_values(std::string_view sql, std::span<const Value> values);
  std::optional<Row> query_one_values(std::string_view sql, std::span<const Value> values);

 private:
  static void require_changed(std::string_view what, std::int64_t rows);

  detail::Connection& connection_;
};

struct StoreOptions {
  int readers_max = 4;           // reads at the same time; more wait
  double busy_timeout_s = 10;    // for another process's write, then Error(kUnavailable)
  double reader_timeout_s = 30;  // for a free reader, then Error(kResourceExhausted)
  /// Where a PostgreSQL store is copied to before it is migrated; a file's copy lies beside it.
  std::filesystem::path backup_folder = {};
};

class Store {
 public:
  /// Opens the store at a file path, "sqlite:<path>" or "postgresql://user:password@host/database",
  /// makes it (a file with mode 0600) when absent, and migrates an older one after copying it to
  /// <path>.v<version>.backup. Throws Error: kUnsupported for a store of a newer version, kDataLoss
  /// for a file or database that is no store, kUnavailable for a server that cannot be reached.
  static std::unique_ptr<Store> open(std::string_view url_or_path,
                                     const StoreOptions& options = {});
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Runs `body(Transaction&)` in one transaction and returns what it returns. An exception rolls
  /// back and passes on. `body` may run more than once (when another process was in the way), so it
  /// changes nothing but the transaction. A write inside a write of the same thread is our own bug
  /// (kInternal).
  template <typename Body>
  auto write(Body&& body) -> std::invoke_result_t<Body&, Transaction&> {
    return collect(std::forward<Body>(body), [this](const Step& step) { run_write(step); });
  }

  /// Runs `body(Transaction&)` on one snapshot; it cannot change anything. Do not start a read
  /// inside a read.
  template <typename Body>
  auto read(Body&& body) -> std::invoke_result_t<Body&, Transaction&> {
    return collect(std::forward<Body>(body), [this](const Step& step) { run_read(step); });
  }

  /// The number of the newest migration that the store has.
  std::int64_t version() const;

  /// A consistent copy of the whole store in a new file (an SQLite store, whatever this one is),
  /// while it is in use. Throws Error(kAlreadyExists).
  void copy_to(const std::filesystem::path& file);

  /// The same of a store that is not open, whatever its version: nothing is migrated.
  static void copy(std::string_view url_or_path, const std::filesystem::path& file);

  /// Fills an empty store with everything that a copy holds; the number of rows. Throws
  /// Error(kAlreadyExists) for a store that is not empty.
  static std::int64_t fill(std::string_view url_or_path, const std::filesystem::path& copy,
                           const StoreOptions& options = {});

  /// Where it is, for people: the file's path, or "postgresql://host:port/database".
  std::string place() const;
  static std::string place_of(std::string_view url_or_path);

  /// Moves the write-ahead log into the main file as far as readers allow. Called when idle and at
  /// the end.
  void checkpoint();

 private:
  using Step = std::function<void(Transaction&)>;

  struct Pool;

  Store(std::unique_ptr<detail::Backend> backend, const StoreOptions& options);
  void run_write(const Step& step);
  void run_read(const Step& step);

  template <typename Body, typename Run>
  static auto collect(Body&& body, const Run& run) -> std::invoke_result_t<Body&, Transaction&> {
    using Result = std::invoke_result_t<Body&, Transaction&>;
    if constexpr (std::is_void_v<Result>) {
      run([&](Transaction& tx) { body(tx); });
    } else {
      std::optional<Result> result;
      run([&](Transaction& tx) { result.emplace(body(tx)); });
      return std::move(*result);
    }
  }

  std::unique_ptr<detail::Backend> backend_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace tarn::meta
