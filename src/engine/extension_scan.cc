#include "engine/extension_scan.h"

#include <cstring>
#include <utility>

#include "base/library_path.h"
#include "base/text.h"
#include "detail/extension_scan.h"

namespace tarn::engine {

namespace {
constexpr std::uint64_t kMemoryBytesMax = 1ull << 30;
}

/// The second database, opened by the first query that needs it.
class ExtensionReader {
 public:
  ExtensionReader(DatabaseState& database, const Settings& settings)
      : database_(database), settings_(settings) {
    // It only reads: little memory, and nothing to spill (two databases cannot share a folder).
    settings_.memory_bytes_max = kMemoryBytesMax;
    settings_.temp_directory.clear();
  }

  Connection connect() {
    const std::lock_guard lock(mutex_);
    if (!reader_) reader_ = open();
    return reader_->connect();
  }

  /// The text that brings the exception in flight back out of the engine.
  std::string keep() { return database_.thrown.keep(std::current_exception()); }

 private:
  std::unique_ptr<Database> open() const {
    try {
      return Database::open_with_extension(settings_, library_path(kDeltaExtensionFile));
    } catch (const Error& error) {
      throw Error(Code::kUnsupported,
                  "The Delta table uses what only the engine's delta extension can read: " +
                      error.message(),
                  "Install the extension that came with this version of Tarn, or rewrite the table "
                  "without deletion vectors and column mapping.");
    }
  }

  DatabaseState& database_;  // owns this
  Settings settings_;
  std::mutex mutex_;
  std::unique_ptr<Database> reader_;
};

namespace {

/// A bound call.
struct Call {
  std::string source;  // delta_scan('…', version = 3)
  std::vector<ColumnInfo> columns;
};

/// A running one.
struct Run {
  Connection connection;
  Result result;
};

template <typename T>
void destroy(void* data) {
  delete static_cast<T*>(data);
}

ExtensionReader& reader_of(void* extra_info) { return *static_cast<ExtensionReader*>(extra_info); }

std::string text_parameter(duckdb_bind_info info, idx_t index) {
  duckdb_value value = duckdb_bind_get_parameter(info, index);
  char* text = duckdb_get_varchar(value);
  std::string result = text ? text : "";
  duckdb_free(text);
  duckdb_destroy_value(&value);
  return result;
}

void bind(duckdb_bind_info info) {
  ExtensionReader& reader = reader_of(duckdb_bind_get_extra_info(info));
  try {
    auto call = std::make_unique<Call>();
    call->source = "delta_scan(" + quote_text(text_parameter(info, 0)) +
                   ", version = " + text_parameter(info, 1) + ")";
    call->columns = reader.connect().describe("SELECT * FROM " + call->source);
    for (const ColumnInfo& column : call->columns) {
      duckdb_bind_add_result_column(info, column.name.c_str(), type_to(column.type).get());
    }
    duckdb_bind_set_bind_data(info, call.release(), destroy<Call>);
  } catch (...) {
    duckdb_bind_set_error(info, reader.keep().c_str());
  }
}

void start(duckdb_init_info info) {
  ExtensionReader& reader = reader_of(duckdb_init_get_extra_info(info));
  try {
    const Call& call = *static_cast<const Call*>(duckdb_init_get_bind_data(info));
    std::vector<std::string> items;
    for (idx_t i = 0; i < duckdb_init_get_column_count(info); ++i) {
      const idx_t index = duckdb_init_get_column_index(info, i);
      // count(*) asks for a column that is none.
      items.push_back(index < call.columns.size() ? quote_name(call.columns[index].name) : "true");
    }
    if (items.empty()) items.emplace_back("true");
    Connection connection = reader.connect();
    Result result = connection.query("SELECT " + join(items, ", ") + " FROM " + call.source);
    duckdb_init_set_init_data(info, new Run{std::move(connection), std::move(result)},
                              destroy<Run>);
    duckdb_init_set_max_threads(info, 1);
  } catch (...) {
    duckdb_init_set_error(info, reader.keep().c_str());
  }
}

void next(duckdb_function_info info, duckdb_data_chunk output) {
  ExtensionReader& reader = reader_of(duckdb_function_get_extra_info(info));
  try {
    Run& run = *static_cast<Run*>(duckdb_function_get_init_data(info));
    Chunk chunk;
    do {
      if (!run.result.next(chunk)) {
        duckdb_data_chunk_set_size(output, 0);
        return;
      }
    } while (chunk.size() == 0);
    for (idx_t i = 0; i < duckdb_data_chunk_get_column_count(output); ++i) {
      duckdb_vector_reference_vector(duckdb_data_chunk_get_vector(output, i),
                                     duckdb_data_chunk_get_vector(Access::handle(chunk), i));
    }
    duckdb_data_chunk_set_size(output, chunk.size());
  } catch (...) {
    duckdb_function_set_error(info, reader.keep().c_str());
  }
}

}  // namespace

void register_extension_scan(DatabaseState& database, const Settings& settings) {
  duckdb_table_function function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, std::string(kExtensionScan).c_str());
  duckdb_table_function_add_parameter(
      function, LogicalType(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR)).get());
  duckdb_table_function_add_parameter(
      function, LogicalType(duckdb_create_logical_type(DUCKDB_TYPE_BIGINT)).get());
  duckdb_table_function_set_extra_info(function, new ExtensionReader(database, settings),
                                       destroy<ExtensionReader>);
  duckdb_table_function_set_bind(function, bind);
  duckdb_table_function_set_init(function, start);
  duckdb_table_function_set_function(function, next);
  duckdb_table_function_supports_projection_pushdown(function, true);
  const bool failed = duckdb_register_table_function(database.registrar, function) != DuckDBSuccess;
  duckdb_destroy_table_function(&function);
  if (failed) throw Error(Code::kInternal, "The engine refused a table function");
}

}  // namespace tarn::engine
