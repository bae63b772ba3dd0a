#pragma once
// The table engine: an in-memory DuckDB, hardened. Owns its handles, limits, scalar functions,
// interrupt and error mapping. Never knows T-SQL, and never reads a file outside the allowed
// directories: no extension is installed or loaded (the one of extension_scan.h lives in a database
// of its own), the settings are locked, the time zone is UTC.
//
// Database is thread-safe. A Connection serves one thread at a time (Interrupts may come from any);
// its temporary tables live and die with it. An open Result occupies its connection: another
// statement ends it.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "engine/chunk.h"
#include "engine/type.h"

namespace tarn::engine {

struct Settings {
  std::uint64_t memory_bytes_max = 0;    // 0: three fifths of the machine's
  int threads = 0;                       // 0: one a core
  std::filesystem::path temp_directory;  // spilling; empty: none
  std::uint64_t temp_bytes_max = 64ull << 30;
  /// Folders (absolute) that queries may read and write, with all below them.
  std::vector<std::filesystem::path> allowed_directories;
};

struct Blob {
  std::string bytes;
};
struct Date {
  std::int32_t days = 0;  // since 1970-01-01
};
struct Time {
  std::int64_t micros = 0;
};
struct Timestamp {
  std::int64_t micros = 0;  // since 1970-01-01
};
struct Decimal {
  Int128 unscaled = 0;
  int precision = 18;
  int scale = 0;
};

/// A parameter ($1, $2, ...) of a statement, or a cell of an appended row. std::monostate is NULL.
using Value = std::variant<std::monostate, bool, std::int32_t, std::int64_t, float, double,
                           std::string, Blob, Date, Time, Timestamp, Decimal>;

struct ColumnInfo {
  std::string name;
  Type type;
};

class Connection;
struct ConnectionState;
struct DatabaseState;

/// The rows of a query, chunk by chunk as they are made: constant memory, whatever their number.
class Result {
 public:
  ~Result();
  Result(Result&&) noexcept;
  Result& operator=(Result&&) noexcept;

  const std::vector<ColumnInfo>& columns() const;
  /// Replaces `chunk` by the next rows; false at the end. Throws Error: an error of the query
  /// appears here as well, kCancelled after the token's cancellation.
  bool next(Chunk& chunk);

 private:
  friend class Connection;
  struct Impl;
  explicit Result(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// A vectorised function of the engine's SQL, visible to all connections of its database.
struct ScalarFunction {
  std::string name;
  std::vector<Type> parameters;
  Type result;
  /// False: may give another result on the same input (never folded).
  bool pure = true;
  /// Reads input.size() rows, NULLs included, and writes as many. Runs on several threads at once.
  /// What it throws becomes the query's error, a tarn::Error unchanged.
  std::function<void(const Chunk& input, ColumnWriter& output)> call;
};

/// What CAST does between two types that the engine itself does not convert.
struct CastFunction {
  Type from;
  Type to;
  /// The value of one row that is not NULL.
  std::function<void(const Column& input, std::size_t row, ColumnWriter& output)> call;
};

/// Appends rows to a table of the engine (temporary ones included) without SQL. Rows are visible
/// after close().
class Appender {
 public:
  ~Appender();
  Appender(Appender&&) noexcept;

  void append_row(std::span<const Value> row);
  void append(ChunkBuilder& chunk);
  /// Throws Error. Destroyed without it, rows that were not flushed yet are dropped.
  void close();

 private:
  friend class Connection;
  struct Impl;
  explicit Appender(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

class Connection {
 public:
  ~Connection();
  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;

  /// Runs one statement to its end; the number of rows changed (0 where there are none). Throws
  /// Error.
  std::int64_t execute(std::string_view sql, const CancelToken& cancel = {},
                       std::span<const Value> parameters = {});
  /// Starts one query. Throws Error.
  Result query(std::string_view sql, const CancelToken& cancel = {},
               std::span<const Value> parameters = {});
  /// The columns that a query would have, without running it. Throws Error.
  std::vector<ColumnInfo> describe(std::string_view sql);
  /// The whole of a small result as text, one vector a row; empty optional for NULL. For metadata
  /// queries. Throws Error(kTooLarge) above `rows_max`.
  std::vector<std::vector<std::optional<std::string>>> rows(std::string_view sql,
                                                            const CancelToken& cancel = {},
                                                            std::span<const Value> parameters = {},
                                                            std::size_t rows_max = 1'000'000);
  /// `table` is in the connection's default schema, or temporary.
  Appender append_to(std::string_view table);
  /// Ends the statement that runs, if one does. From any thread.
  void interrupt();

 private:
  friend class Database;
  explicit Connection(std::shared_ptr<ConnectionState> state);
  std::shared_ptr<ConnectionState> state_;  // shared with open results
};

class Database {
 public:
  /// Throws Error.
  static std::unique_ptr<Database> open(const Settings& settings);
  ~Database();

  Connection connect();
  /// Registers `function` unless one of its name is there already (functions cannot be removed:
  /// name them by what they do). True where it was new.
  bool register_function(ScalarFunction function);
  /// Registers `cast` unless one between its types was registered already. Never applied
  /// implicitly.
  bool register_cast(CastFunction cast);
  /// "v1.5.5".
  static std::string version();

 private:
  friend class ExtensionReader;
  explicit Database(std::shared_ptr<DatabaseState> state);
  static std::unique_ptr<Database> open_with_extension(const Settings& settings,
                                                       const std::filesystem::path& extension);
  std::shared_ptr<DatabaseState> state_;  // shared with open connections
};

/// What the engine said is wrong, for callers that map it further: the first words of
/// Error::message(), such as "Conversion Error" or "Out of Range Error"; empty where the error is
/// not the engine's.
std::string_view error_class(const Error& error);

}  // namespace tarn::engine
