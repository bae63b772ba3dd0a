#pragma once
// What the store needs of a database. SQLite is the one backend of this version; PostgreSQL comes
// beside it. No type of a database's library passes this header.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "meta/rows.h"
#include "meta/value.h"

namespace tarn::meta::detail {

enum class Dialect { kSqlite, kPostgres };

/// Another process or session was in the way; the whole transaction may be tried again.
class BusyError : public Error {
 public:
  explicit BusyError(const std::string& detail);
};

/// One session of the database. Used by one thread at a time.
class Connection {
 public:
  virtual ~Connection() = default;

  virtual Dialect dialect() const = 0;
  virtual bool has_table(std::string_view name) = 0;
  /// Whether the database holds no table at all.
  virtual bool is_empty() = 0;

  virtual void begin(bool write) = 0;
  virtual void commit() = 0;
  /// Never throws; harmless where no transaction is open.
  virtual void rollback() noexcept = 0;

  /// One statement with $1 parameters; the number of rows it changed.
  virtual std::int64_t execute(std::string_view sql, std::span<const Value> values) = 0;
  virtual Rows query(std::string_view sql, std::span<const Value> values) = 0;
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
};

/// The file is made (mode 0600) when absent.
std::unique_ptr<Backend> make_sqlite_backend(const std::filesystem::path& file,
                                             double busy_timeout_s);

}  // namespace tarn::meta::detail
