#include <utility>

#include "detail/access.h"
#include "detail/error.h"
#include "engine/database.h"

namespace tarn::engine {
namespace {

/// A prepared statement that destroys itself.
class Prepared {
 public:
  ~Prepared() { duckdb_destroy_prepare(&handle_); }
  duckdb_prepared_statement get() const { return handle_; }
  duckdb_prepared_statement* out() { return &handle_; }

 private:
  duckdb_prepared_statement handle_ = nullptr;
};

duckdb_hugeint huge(Int128 value) {
  return {static_cast<std::uint64_t>(value), static_cast<std::int64_t>(value >> 64)};
}

struct Binder {
  duckdb_prepared_statement statement;
  idx_t index;

  duckdb_state operator()(std::monostate) const { return duckdb_bind_null(statement, index); }
  duckdb_state operator()(bool value) const { return duckdb_bind_boolean(statement, index, value); }
  duckdb_state operator()(std::int32_t value) const {
    return duckdb_bind_int32(statement, index, value);
  }
  duckdb_state operator()(std::int64_t value) const {
    return duckdb_bind_int64(statement, index, value);
  }
  duckdb_state operator()(float value) const { return duckdb_bind_float(statement, index, value); }
  duckdb_state operator()(double value) const {
    return duckdb_bind_double(statement, index, value);
  }
  duckdb_state operator()(const std::string& value) const {
    return duckdb_bind_varchar_length(statement, index, value.data(), value.size());
  }
  duckdb_state operator()(const Blob& value) const {
    return duckdb_bind_blob(statement, index, value.bytes.data(), value.bytes.size());
  }
  duckdb_state operator()(const Date& value) const {
    return duckdb_bind_date(statement, index, {value.days});
  }
  duckdb_state operator()(const Time& value) const {
    return duckdb_bind_time(statement, index, {value.micros});
  }
  duckdb_state operator()(const Timestamp& value) const {
    return duckdb_bind_timestamp(statement, index, {value.micros});
  }
  duckdb_state operator()(const Decimal& value) const {
    return duckdb_bind_decimal(statement, index,
                               {static_cast<std::uint8_t>(value.precision),
                                static_cast<std::uint8_t>(value.scale), huge(value.unscaled)});
  }
};

duckdb_error_type type_of_message(std::string_view message) {
  // A failed prepare gives no type, only its text.
  struct Prefix {
    std::string_view text;
    duckdb_error_type type;
  };
  constexpr Prefix kPrefixes[] = {{"Permission Error", DUCKDB_ERROR_PERMISSION},
                                  {"Not implemented Error", DUCKDB_ERROR_NOT_IMPLEMENTED},
                                  {"IO Error", DUCKDB_ERROR_IO},
                                  {"INTERNAL Error", DUCKDB_ERROR_INTERNAL},
                                  {"FATAL Error", DUCKDB_ERROR_FATAL},
                                  {"INTERRUPT Error", DUCKDB_ERROR_INTERRUPT},
                                  {"Out of Memory Error", DUCKDB_ERROR_OUT_OF_MEMORY}};
  for (const Prefix& prefix : kPrefixes) {
    if (message.starts_with(prefix.text)) return prefix.type;
  }
  return DUCKDB_ERROR_INVALID_INPUT;
}

void prepare(const ConnectionState& connection, std::string_view sql,
             std::span<const Value> parameters, const CancelToken& cancel, Prepared& prepared) {
  const std::string text(sql);
  if (duckdb_prepare(connection.handle, text.c_str(), prepared.out()) != DuckDBSuccess) {
    connection.fail(DUCKDB_ERROR_INVALID, duckdb_prepare_error(prepared.get()), cancel);
  }
  check(duckdb_nparams(prepared.get()) == parameters.size(),
        "a statement got another number of parameters");
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (std::visit(Binder{prepared.get(), i + 1}, parameters[i]) != DuckDBSuccess) {
      throw Error(Code::kInvalidArgument,
                  "The engine did not take parameter " + std::to_string(i + 1));
    }
  }
}

/// A pending result that destroys itself.
class Pending {
 public:
  ~Pending() { duckdb_destroy_pending(&handle_); }
  duckdb_pending_result get() const { return handle_; }
  duckdb_pending_result* out() { return &handle_; }

 private:
  duckdb_pending_result handle_ = nullptr;
};

enum class Mode { kWhole, kStreaming };

/// Starts (kStreaming) or completes (kWhole) the statement. The engine forgets interrupts from
/// before it made the pending result, hence the check after it.
void start(const ConnectionState& connection, const Prepared& prepared, Mode mode,
           const CancelToken& cancel, duckdb_result* result) {
  Pending pending;
  const auto make =
      mode == Mode::kStreaming ? duckdb_pending_prepared_streaming : duckdb_pending_prepared;
  if (make(prepared.get(), pending.out()) != DuckDBSuccess) {
    connection.fail(DUCKDB_ERROR_INVALID, duckdb_pending_error(pending.get()), cancel);
  }
  cancel.check();
  if (duckdb_execute_pending(pending.get(), result) != DuckDBSuccess) {
    connection.fail(duckdb_result_error_type(result), duckdb_result_error(result), cancel);
  }
}

class OwnedResult {
 public:
  ~OwnedResult() { duckdb_destroy_result(&handle_); }
  duckdb_result* get() { return &handle_; }

 private:
  duckdb_result handle_{};
};

}  // namespace

ConnectionState::~ConnectionState() {
  if (handle) duckdb_disconnect(&handle);
}

void ConnectionState::fail(duckdb_error_type type, const char* message,
                           const CancelToken& cancel) const {
  if (message) database->thrown.rethrow(message);
  if (type == DUCKDB_ERROR_INVALID && message) type = type_of_message(message);
  if (type == DUCKDB_ERROR_INTERRUPT) cancel.check();
  throw error_from(type, message);
}

struct Result::Impl {
  std::shared_ptr<ConnectionState> connection;
  CancelToken cancel;
  Prepared prepared;
  OwnedResult result;
  std::vector<ColumnInfo> columns;
  std::shared_ptr<const std::vector<Type>> types;
  bool ended = false;
  CancelToken::Registration interrupt;
};

Result::Result(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Result::~Result() = default;
Result::Result(Result&&) noexcept = default;
Result& Result::operator=(Result&&) noexcept = default;

const std::vector<ColumnInfo>& Result::columns() const { return impl_->columns; }

bool Result::next(Chunk& chunk) {
  Access::clear(chunk);
  while (!impl_->ended) {
    impl_->cancel.check();
    duckdb_data_chunk handle = duckdb_fetch_chunk(*impl_->result.get());
    if (handle && duckdb_data_chunk_get_size(handle) > 0) {
      Access::bind(chunk, handle, impl_->types, true);
      return true;
    }
    if (handle) {
      duckdb_destroy_data_chunk(&handle);
      continue;
    }
    impl_->ended = true;
    const char* message = duckdb_result_error(impl_->result.get());
    if (message && *message) {
      impl_->connection->fail(duckdb_result_error_type(impl_->result.get()), message,
                              impl_->cancel);
    }
  }
  return false;
}

Connection::Connection(std::shared_ptr<ConnectionState> state) : state_(std::move(state)) {}
Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

void Connection::interrupt() { duckdb_interrupt(state_->handle); }

std::int64_t Connection::execute(std::string_view sql, const CancelToken& cancel,
                                 std::span<const Value> parameters) {
  cancel.check();
  const auto registration = cancel.on_cancel([this] { interrupt(); });
  Prepared prepared;
  prepare(*state_, sql, parameters, cancel, prepared);
  OwnedResult result;
  start(*state_, prepared, Mode::kWhole, cancel, result.get());
  if (duckdb_result_return_type(*result.get()) != DUCKDB_RESULT_TYPE_CHANGED_ROWS) return 0;
  return static_cast<std::int64_t>(duckdb_rows_changed(result.get()));
}

Result Connection::query(std::string_view sql, const CancelToken& cancel,
                         std::span<const Value> parameters) {
  cancel.check();
  auto impl = std::make_unique<Result::Impl>();
  impl->connection = state_;
  impl->cancel = cancel;
  impl->interrupt = cancel.on_cancel([state = state_.get()] { duckdb_interrupt(state->handle); });
  prepare(*state_, sql, parameters, cancel, impl->prepared);
  start(*state_, impl->prepared, Mode::kStreaming, cancel, impl->result.get());
  auto types = std::make_shared<std::vector<Type>>();
  duckdb_result* result = impl->result.get();
  for (idx_t i = 0; i < duckdb_column_count(result); ++i) {
    LogicalType type(duckdb_column_logical_type(result, i));
    types->push_back(type_from(type.get()));
    impl->columns.push_back({duckdb_column_name(result, i), types->back()});
  }
  impl->types = std::move(types);
  return Result(std::move(impl));
}

std::vector<ColumnInfo> Connection::describe(std::string_view sql) {
  Prepared prepared;
  prepare(*state_, sql, {}, {}, prepared);
  std::vector<ColumnInfo> columns;
  for (idx_t i = 0; i < duckdb_prepared_statement_column_count(prepared.get()); ++i) {
    LogicalType type(duckdb_prepared_statement_column_logical_type(prepared.get(), i));
    const char* name = duckdb_prepared_statement_column_name(prepared.get(), i);
    columns.push_back({name, type_from(type.get())});
    duckdb_free(const_cast<char*>(name));
  }
  return columns;
}

std::vector<std::vector<std::optional<std::string>>> Connection::rows(
    std::string_view sql, const CancelToken& cancel, std::span<const Value> parameters,
    std::size_t rows_max) {
  Result result = query("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (" + std::string(sql) + ")",
                        cancel, parameters);
  std::vector<std::vector<std::optional<std::string>>> rows;
  Chunk chunk;
  while (result.next(chunk)) {
    if (rows.size() + chunk.size() > rows_max) {
      throw Error(Code::kTooLarge, "The result has more rows than " + std::to_string(rows_max));
    }
    for (std::size_t row = 0; row < chunk.size(); ++row) {
      auto& cells = rows.emplace_back();
      for (std::size_t i = 0; i < chunk.column_count(); ++i) {
        if (chunk.column(i).is_null(row)) {
          cells.emplace_back();
        } else {
          cells.emplace_back(std::string(chunk.column(i).text(row)));
        }
      }
    }
  }
  return rows;
}

}  // namespace tarn::engine
