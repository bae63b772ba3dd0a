#include "engine/database.h"

#include <sys/sysinfo.h>

#include <thread>

#include "base/text.h"
#include "detail/access.h"
#include "detail/error.h"
#include "detail/extension_scan.h"

namespace tarn::engine {
namespace {

constexpr double kMemoryShareDefault = 0.6;
constexpr std::uint64_t kMemoryBytesMin = 64ull << 20;
// How far a result runs ahead of its reader. The engine counts the fixed part of its rows alone, 16
// bytes of a text of any length: of a number and a text, a chunk counts as 49 KB, with texts of a
// kilobyte it has 2 MB. With a few bytes the engine would wait for itself: it takes shares of this.
constexpr std::string_view kStreamingBuffer = "64KiB";

std::uint64_t machine_memory_bytes() {
  struct sysinfo info {};
  if (sysinfo(&info) != 0) return 4ull << 30;
  return static_cast<std::uint64_t>(info.totalram) * info.mem_unit;
}

std::string bytes_text(std::uint64_t bytes) { return std::to_string(bytes) + "B"; }

/// The configuration that must be there when the database opens.
struct Config {
  duckdb_config handle = nullptr;

  Config() { duckdb_create_config(&handle); }
  ~Config() { duckdb_destroy_config(&handle); }
  void set(const char* name, const std::string& value) {
    if (duckdb_set_config(handle, name, value.c_str()) != DuckDBSuccess) {
      throw Error(Code::kInternal, "The engine does not know its setting " + std::string(name));
    }
  }
};

void run(duckdb_connection connection, const std::string& sql) {
  duckdb_result result;
  const bool failed = duckdb_query(connection, sql.c_str(), &result) != DuckDBSuccess;
  std::string message;
  if (failed) message = duckdb_result_error(&result);
  duckdb_destroy_result(&result);
  if (failed) throw Error(Code::kInternal, "The engine could not be configured: " + message);
}

/// The order matters: the directories can be named only while access is open, and after the lock
/// nothing can.
void harden(duckdb_connection connection, const Settings& settings) {
  // Has no effect in the configuration that the database opens with.
  if (!settings.temp_directory.empty()) {
    run(connection,
        "SET GLOBAL max_temp_directory_size = " + quote_text(bytes_text(settings.temp_bytes_max)));
  }
  run(connection, "SET GLOBAL TimeZone = 'UTC'");
  std::vector<std::string> directories;
  for (const auto& directory : settings.allowed_directories) {
    check(directory.is_absolute(), "the engine's allowed directories are absolute");
    directories.push_back(quote_text(directory.string()));
  }
  run(connection, "SET GLOBAL allowed_directories = [" + join(directories, ", ") + "]");
  run(connection, "SET GLOBAL enable_external_access = false");
  run(connection, "SET GLOBAL allowed_configs = ['streaming_buffer_size']");  // a connection's own
  run(connection, "SET GLOBAL lock_configuration = true");
}

}  // namespace

DatabaseState::~DatabaseState() {
  if (registrar) duckdb_disconnect(&registrar);
  if (handle) duckdb_close(&handle);
}

Database::Database(std::shared_ptr<DatabaseState> state) : state_(std::move(state)) {}
Database::~Database() = default;

std::unique_ptr<Database> Database::open(const Settings& settings) {
  auto database = open_with_extension(settings, {});
  register_extension_scan(*database->state_, settings);
  return database;
}

std::unique_ptr<Database> Database::open_with_extension(const Settings& settings,
                                                        const std::filesystem::path& extension) {
  const std::uint64_t memory =
      settings.memory_bytes_max > 0
          ? settings.memory_bytes_max
          : static_cast<std::uint64_t>(static_cast<double>(machine_memory_bytes()) *
                                       kMemoryShareDefault);
  const int threads = settings.threads > 0
                          ? settings.threads
                          : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  Config config;
  config.set("threads", std::to_string(threads));
  config.set("memory_limit", bytes_text(std::max(memory, kMemoryBytesMin)));
  config.set("autoinstall_known_extensions", "false");
  config.set("autoload_known_extensions", "false");
  config.set("allow_community_extensions", "false");
  config.set("default_null_order", "nulls_first");
  config.set("temp_directory", settings.temp_directory.string());
  auto state = std::make_shared<DatabaseState>();
  char* message = nullptr;
  if (duckdb_open_ext(nullptr, &state->handle, config.handle, &message) != DuckDBSuccess) {
    Error error(Code::kInternal,
                "The engine did not open: " + std::string(message ? message : "no reason given"));
    duckdb_free(message);
    throw error;
  }
  if (duckdb_connect(state->handle, &state->registrar) != DuckDBSuccess) {
    throw Error(Code::kInternal, "The engine did not connect");
  }
  // Its signature is the engine's own check. Once access is closed nothing can be loaded any more.
  if (!extension.empty()) run(state->registrar, "LOAD " + quote_text(extension.string()));
  harden(state->registrar, settings);
  return std::unique_ptr<Database>(new Database(std::move(state)));
}

Connection Database::connect() {
  auto connection = std::make_shared<ConnectionState>();
  connection->database = state_;
  if (duckdb_connect(state_->handle, &connection->handle) != DuckDBSuccess) {
    throw Error(Code::kResourceExhausted, "The engine did not connect");
  }
  run(connection->handle, "SET SESSION streaming_buffer_size = " + quote_text(kStreamingBuffer));
  return Connection(std::move(connection));
}

std::string Database::version() { return duckdb_library_version(); }

namespace {

/// What a registered function needs when it is called.
struct Registered {
  ScalarFunction function;
  std::shared_ptr<const std::vector<Type>> parameters;
  std::weak_ptr<DatabaseState> database;
};

void call_registered(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  auto* registered = static_cast<Registered*>(duckdb_scalar_function_get_extra_info(info));
  try {
    Chunk chunk;
    Access::bind(chunk, input, registered->parameters, false);
    ColumnWriter writer(&registered->function.result, output);
    registered->function.call(chunk, writer);
  } catch (...) {
    const auto database = registered->database.lock();
    const std::string text =
        database ? database->thrown.keep(std::current_exception()) : "the engine is closing";
    duckdb_scalar_function_set_error(info, text.c_str());
  }
}

}  // namespace

bool Database::register_function(ScalarFunction function) {
  std::lock_guard lock(state_->mutex);
  if (state_->functions.contains(function.name)) return false;
  duckdb_scalar_function handle = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(handle, function.name.c_str());
  for (const Type& parameter : function.parameters) {
    duckdb_scalar_function_add_parameter(handle, type_to(parameter).get());
  }
  duckdb_scalar_function_set_return_type(handle, type_to(function.result).get());
  duckdb_scalar_function_set_special_handling(handle);
  if (!function.pure) duckdb_scalar_function_set_volatile(handle);
  const std::string name = function.name;
  auto parameters = std::make_shared<const std::vector<Type>>(function.parameters);
  auto registered =
      std::make_unique<Registered>(Registered{std::move(function), std::move(parameters), state_});
  duckdb_scalar_function_set_extra_info(handle, registered.release(),
                                        [](void* data) { delete static_cast<Registered*>(data); });
  duckdb_scalar_function_set_function(handle, call_registered);
  const bool failed = duckdb_register_scalar_function(state_->registrar, handle) != DuckDBSuccess;
  duckdb_destroy_scalar_function(&handle);
  if (failed) throw Error(Code::kInternal, "The engine refused a function: " + name);
  state_->functions.insert(name);
  return true;
}

namespace {

bool call_cast(duckdb_function_info info, idx_t count, duckdb_vector input, duckdb_vector output) {
  const auto* cast = static_cast<CastFunction*>(duckdb_cast_function_get_extra_info(info));
  try {
    const Column column(&cast->from, input, count);
    ColumnWriter writer(&cast->to, output);
    for (std::size_t row = 0; row < count; ++row) {
      column.is_null(row) ? writer.set_null(row) : cast->call(column, row, writer);
    }
    return true;
  } catch (const std::exception& error) {
    duckdb_cast_function_set_error(info, error.what());
    return false;
  }
}

}  // namespace

bool Database::register_cast(CastFunction cast) {
  const std::string name = "CAST " + to_sql(cast.from) + " " + to_sql(cast.to);
  std::lock_guard lock(state_->mutex);
  if (state_->functions.contains(name)) return false;
  duckdb_cast_function handle = duckdb_create_cast_function();
  duckdb_cast_function_set_source_type(handle, type_to(cast.from).get());
  duckdb_cast_function_set_target_type(handle, type_to(cast.to).get());
  duckdb_cast_function_set_implicit_cast_cost(handle, -1);
  duckdb_cast_function_set_extra_info(handle,
                                      std::make_unique<CastFunction>(std::move(cast)).release(),
                                      [](void* data) { delete static_cast<CastFunction*>(data); });
  duckdb_cast_function_set_function(handle, call_cast);
  const bool failed = duckdb_register_cast_function(state_->registrar, handle) != DuckDBSuccess;
  duckdb_destroy_cast_function(&handle);
  if (failed) throw Error(Code::kInternal, "The engine refused a conversion: " + name);
  state_->functions.insert(name);
  return true;
}

}  // namespace tarn::engine
