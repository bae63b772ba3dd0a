#pragma once
// What the store needs of a database: SQLite or PostgreSQL. No type of a database's library passes
// this header.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "meta/rows.h"
#include "meta/value.h"

namespace tarn::meta {
struct StoreOptions;
}

namespace tarn::meta::detail {

inline constexpr std::size_t kStatementsMax = 256;  // prepared ones kept by a connection

enum class Dialect { kSqlite, kPostgres };

/// Another process or session was in the way; the whole transaction may be tried again.
class BusyError : public Error {
 public:
  explicit BusyError(const std::string& detail);
};

/// The connection was lost before the commit was sent: nothing is stored, and the whole transaction
/// may be tried again on a new connection, which the next begin() makes.
class LostError : public Error {
 public:
  explicit LostError(const std::string& detail);
};

enum class Begin {
  kRead,   // one snapshot, no changes
  kWrite,  // serializable; PostgreSQL lets several servers write at once and refuses what clashes
  kAlone,  // as kWrite, after all other writers and before the next: a refused write's second try
  kMigration,  // as kAlone, also where there is no table yet
};

using RowVisitor = std::function<void(Row&& row)>;

/// One session of the database. Used by one thread at a time.
class Connection {
 public:
  virtual ~Connection() = default;

  virtual Dialect dialect() const = 0;
  virtual bool has_table(std::string_view name) = 0;
  /// Whether the database holds no table at all.
  virtual bool is_empty() = 0;

  virtual void begin(Begin kind) = 0;
  virtual void commit() = 0;
  /// Never throws; harmless where no transaction is open.
  virtual void rollback() noexcept = 0;

  /// One statement with $1 parameters; the number of rows it changed.
  virtual std::int64_t execute(std::string_view sql, std::span<const Value> values) = 0;
  /// The rows one by one, however many there are.
  virtual void scan(std::string_view sql, std::span<const Value> values,
                    const RowVisitor& visit) = 0;
  /// All rows. Throws Error(kTooLarge) above kRowsMax.
  Rows query(std::string_view sql, std::span<const Value> values);
  /// Several statements without parameters, separated by ';'.
  virtual void run_script(const std::string& script) = 0;
};

enum class Access { kRead, kWrite };

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::unique_ptr<Connection> connect(Access access) = 0;
  /// A consistent copy in a new file.
  virtual void copy_to(const std::filesystem::path& file) = 0;
  virtual void checkpoint(Connection& writer) = 0;
  /// Where a copy of version `version` is kept before it is migrated.
  virtual std::filesystem::path backup_file(std::int64_t version) const = 0;
  /// For people: a path or an address, never with a user's name or password.
  virtual std::string place() const = 0;
};

/// The file is made (mode 0600) when absent.
std::unique_ptr<Backend> make_sqlite_backend(const std::filesystem::path& file,
                                             double busy_timeout_s);

/// Throws Error(kInvalidArgument) for a text that is not UTF-8 or holds a NUL.
void check_text(std::string_view text);
/// A NaN is our own bug: SQLite would keep it as NULL; columns that may hold one have a flag beside
/// them.
void check_real(double value);

struct PostgresOptions {
  double busy_timeout_s = 10;           // for a lock that another session holds
  std::filesystem::path backup_folder;  // for backup_file()
};

/// `url` is postgresql://user:password@host/database?key=value, as libpq has it. Throws
/// Error(kInvalidArgument) for another text, kUnsupported where libpq is not installed.
std::unique_ptr<Backend> make_postgres_backend(const std::string& url,
                                               const PostgresOptions& options);

/// The backend of a place as Store::open takes it.
std::unique_ptr<Backend> make_backend(std::string_view place, const StoreOptions& options);

/// Copies every row of every table of the store behind `from` into the empty one behind `to`, which
/// has the same version, in one transaction of each. Returns the number of rows.
std::int64_t copy_rows(Connection& from, Connection& to);

}  // namespace tarn::meta::detail
