#include "detail/access.h"
#include "engine/database.h"

namespace tarn::engine {

struct Appender::Impl {
  std::shared_ptr<ConnectionState> connection;
  duckdb_appender handle = nullptr;

  ~Impl() {
    if (!handle) return;
    duckdb_appender_clear(handle);
    duckdb_appender_destroy(&handle);
  }
  void require(duckdb_state state) const {
    if (state == DuckDBSuccess) return;
    connection->fail(DUCKDB_ERROR_INVALID, duckdb_appender_error(handle), {});
  }
};

Appender::Appender(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Appender::~Appender() = default;
Appender::Appender(Appender&&) noexcept = default;

namespace {

struct CellAppender {
  duckdb_appender appender;

  duckdb_state operator()(std::monostate) const { return duckdb_append_null(appender); }
  duckdb_state operator()(bool value) const { return duckdb_append_bool(appender, value); }
  duckdb_state operator()(std::int32_t value) const { return duckdb_append_int32(appender, value); }
  duckdb_state operator()(std::int64_t value) const { return duckdb_append_int64(appender, value); }
  duckdb_state operator()(float value) const { return duckdb_append_float(appender, value); }
  duckdb_state operator()(double value) const { return duckdb_append_double(appender, value); }
  duckdb_state operator()(const std::string& value) const {
    return duckdb_append_varchar_length(appender, value.data(), value.size());
  }
  duckdb_state operator()(const Blob& value) const {
    return duckdb_append_blob(appender, value.bytes.data(), value.bytes.size());
  }
  duckdb_state operator()(const Date& value) const {
    return duckdb_append_date(appender, {value.days});
  }
  duckdb_state operator()(const Time& value) const {
    return duckdb_append_time(appender, {value.micros});
  }
  duckdb_state operator()(const Timestamp& value) const {
    return duckdb_append_timestamp(appender, {value.micros});
  }
  duckdb_state operator()(const Decimal& value) const {
    duckdb_value decimal =
        duckdb_create_decimal({static_cast<std::uint8_t>(value.precision),
                               static_cast<std::uint8_t>(value.scale),
                               {static_cast<std::uint64_t>(value.unscaled),
                                static_cast<std::int64_t>(value.unscaled >> 64)}});
    const duckdb_state state = duckdb_append_value(appender, decimal);
    duckdb_destroy_value(&decimal);
    return state;
  }
};

}  // namespace

void Appender::append_row(std::span<const Value> row) {
  impl_->require(duckdb_appender_begin_row(impl_->handle));
  for (const Value& value : row) impl_->require(std::visit(CellAppender{impl_->handle}, value));
  impl_->require(duckdb_appender_end_row(impl_->handle));
}

void Appender::append(ChunkBuilder& chunk) {
  impl_->require(duckdb_append_data_chunk(impl_->handle, Access::handle(chunk)));
}

void Appender::close() { impl_->require(duckdb_appender_close(impl_->handle)); }

Appender Connection::append_to(std::string_view table) {
  auto impl = std::make_unique<Appender::Impl>();
  impl->connection = state_;
  const std::string name(table);
  if (duckdb_appender_create(state_->handle, nullptr, name.c_str(), &impl->handle) !=
      DuckDBSuccess) {
    impl->require(DuckDBError);
  }
  return Appender(std::move(impl));
}

}  // namespace tarn::engine
