#pragma once
// The engine's C handles behind the public classes. Only this module includes duckdb.h.

#include <duckdb.h>

#include <atomic>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "base/cancel.h"
#include "base/error.h"
#include "engine/chunk.h"
#include "engine/database.h"

namespace tarn::engine {

/// A logical type that destroys itself.
class LogicalType {
 public:
  explicit LogicalType(duckdb_logical_type handle) : handle_(handle) {}
  LogicalType(LogicalType&& other) noexcept : handle_(other.handle_) { other.handle_ = nullptr; }
  LogicalType(const LogicalType&) = delete;
  ~LogicalType() {
    if (handle_) duckdb_destroy_logical_type(&handle_);
  }
  duckdb_logical_type get() const { return handle_; }

 private:
  duckdb_logical_type handle_;
};

Type type_from(duckdb_logical_type handle);
/// Throws Error(kUnsupported) for a kind that cannot be made.
LogicalType type_to(const Type& type);

struct Access {
  /// Makes `chunk` a view of `handle`, which it destroys when `owned`.
  static void bind(Chunk& chunk, duckdb_data_chunk handle,
                   std::shared_ptr<const std::vector<Type>> types, bool owned);
  static void clear(Chunk& chunk);
  static duckdb_data_chunk handle(Chunk& chunk) {
    return static_cast<duckdb_data_chunk>(chunk.handle_);
  }
  static duckdb_data_chunk handle(ChunkBuilder& builder) {
    return static_cast<duckdb_data_chunk>(builder.handle_);
  }
  static const std::vector<Type>& types(const ChunkBuilder& builder) { return builder.types_; }
};

/// What functions threw, kept until the error message that names it comes back through the engine's
/// own errors.
class ThrownErrors {
 public:
  /// The text that stands for `error` on its way through the engine.
  std::string keep(std::exception_ptr error);
  /// Throws the error that `message` stands for, if it does.
  void rethrow(const std::string& message);

 private:
  static constexpr std::size_t kKeptMax = 256;
  std::mutex mutex_;
  unsigned long long next_id_ = 1;
  std::map<unsigned long long, std::exception_ptr> kept_;
};

struct DatabaseState {
  duckdb_database handle = nullptr;
  ThrownErrors thrown;
  std::mutex mutex;  // guards the two below
  duckdb_connection registrar = nullptr;
  std::set<std::string> functions;

  ~DatabaseState();
};

struct ConnectionState {
  std::shared_ptr<DatabaseState> database;
  duckdb_connection handle = nullptr;

  ~ConnectionState();
  /// Throws the error that the engine reports, or the cancellation behind it.
  [[noreturn]] void fail(duckdb_error_type type, const char* message,
                         const CancelToken& cancel) const;
};

}  // namespace tarn::engine
