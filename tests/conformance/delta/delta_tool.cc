// The lake module's Delta tables from the command line, for tests against other implementations.
//
//   delta_tool create FOLDER SCHEMA.json [PARTITION,COLUMNS]
//   delta_tool append|overwrite FOLDER ROWS.parquet
//   delta_tool merge FOLDER ROWS.parquet       append with merge_schema
//   delta_tool delete FOLDER
//   delta_tool optimize FOLDER [TARGET_BYTES]
//   delta_tool vacuum FOLDER HOURS             forced; prints the number of files
//   delta_tool set FOLDER NAME=VALUE...
//   delta_tool read FOLDER OUT.parquet [version=N|timestamp=T]
//   delta_tool extension FOLDER OUT.parquet    as the engine's own delta extension reads it
//   delta_tool history FOLDER          one JSON object a line
//   delta_tool schema FOLDER           Delta's schemaString

#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "engine/database.h"
#include "engine/extension_scan.h"
#include "lake/delta_table.h"
#include "lake/optimize.h"
#include "lake/schema_evolution.h"
#include "lake/table_properties.h"
#include "lake/table_writer.h"
#include "lake/vacuum.h"

namespace {

namespace fs = std::filesystem;
using namespace tarn;
using lake::delta::Snapshot;
using lake::delta::Table;

std::unique_ptr<engine::Database> open_engine() {
  engine::Settings settings;
  settings.threads = 2;
  settings.allowed_directories = {"/"};
  return engine::Database::open(settings);
}

std::vector<lake::delta::Add> write_rows(engine::Database& database, lake::TableWriter& writer,
                                         const Snapshot& snapshot, const std::string& input) {
  std::vector<std::string> columns;
  for (const auto& field : snapshot.schema().fields)
    columns.push_back(engine::quote_name(field.name));
  engine::Connection connection = database.connect();
  return writer.write(connection, "SELECT " + join(columns, ", ") + " FROM read_parquet(" +
                                      engine::quote_text(input) + ")");
}

lake::delta::AsOf as_of(const std::string& text) {
  if (text.starts_with("version=")) return {.version = std::stoll(text.substr(8))};
  if (text.starts_with("timestamp=")) return {.timestamp = parse_utc(text.substr(10))};
  throw Error(Code::kInvalidArgument, "Unknown argument: " + text);
}

void print_history(Table& table) {
  for (const auto& entry : table.history()) {
    Json json;
    json["version"] = entry.version;
    json["timestamp"] = format_utc(entry.timestamp);
    json["operation"] = entry.info.operation;
    std::cout << json.dump() << "\n";
  }
}

void merge(engine::Database& database, Table& table, const std::string& input) {
  const auto snapshot = table.snapshot();
  engine::Connection connection = database.connect();
  const std::string source = "SELECT * FROM read_parquet(" + engine::quote_text(input) + ")";
  const auto incoming = lake::delta::schema_of(connection.describe(source));
  const auto schema = lake::delta::merged_schema(snapshot->schema(), incoming);
  lake::delta::Metadata metadata = snapshot->metadata;
  metadata.schema = schema;
  lake::TableWriter writer(table.folder(), metadata);
  auto adds = writer.write(connection, lake::delta::columns_by_name_sql(schema, incoming, source));
  table.append_with_schema(*snapshot, std::move(adds), schema);
  writer.keep();
}

void copy_to(engine::Database& database, const std::string& source, const std::string& output) {
  database.connect().execute("COPY (SELECT * FROM " + source + ") TO " +
                             engine::quote_text(output) + " (FORMAT parquet)");
}

// What keeps a table in order; false for another verb.
bool care(const std::vector<std::string>& arguments, engine::Database& database, Table& table) {
  const std::string& verb = arguments[0];
  if (verb == "optimize") {
    lake::delta::OptimizeOptions options;
    if (arguments.size() > 2) options.target_file_bytes = std::stoull(arguments[2]);
    engine::Connection connection = database.connect();
    lake::delta::optimize(table, connection, options);
  } else if (verb == "vacuum") {
    const auto result =
        lake::delta::vacuum(table, {.retention_hours = std::stod(arguments.at(2)), .force = true});
    std::cout << result.file_count << "\n";
  } else if (verb == "set") {
    lake::delta::PropertyChange change;
    for (std::size_t i = 2; i < arguments.size(); ++i) {
      const std::size_t equals = arguments[i].find('=');
      change.set[arguments[i].substr(0, equals)] = arguments[i].substr(equals + 1);
    }
    lake::delta::change_properties(table, change);
  } else if (verb == "merge") {
    merge(database, table, arguments.at(2));
  } else {
    return false;
  }
  return true;
}

int run(const std::vector<std::string>& arguments) {
  const std::string& verb = arguments.at(0);
  const auto database = open_engine();
  Table table(arguments.at(1), [&]() -> engine::Database& { return *database; });
  if (verb == "create") {
    const auto schema = lake::delta::schema_from_json(read_file(arguments.at(2)));
    table.create(schema,
                 arguments.size() > 3 ? split(arguments[3], ',') : std::vector<std::string>{});
  } else if (verb == "append" || verb == "overwrite") {
    const auto snapshot = table.snapshot();
    lake::TableWriter writer(table.folder(), snapshot->metadata);
    auto adds = write_rows(*database, writer, *snapshot, arguments.at(2));
    verb == "append" ? table.append(*snapshot, std::move(adds))
                     : table.overwrite(*snapshot, std::move(adds));
    writer.keep();
  } else if (verb == "delete") {
    table.delete_all(*table.snapshot());
  } else if (verb == "read") {
    const auto snapshot =
        table.snapshot(arguments.size() > 3 ? as_of(arguments[3]) : lake::delta::AsOf{});
    table.check_files(*snapshot);
    copy_to(*database, lake::delta::scan_sql(*snapshot, table.folder()), arguments.at(2));
  } else if (verb == "extension") {
    copy_to(*database,
            std::string(engine::kExtensionScan) + "(" +
                engine::quote_text(table.folder().string()) + ", " +
                std::to_string(table.snapshot()->version) + ")",
            arguments.at(2));
  } else if (care(arguments, *database, table)) {
    return 0;
  } else if (verb == "history") {
    print_history(table);
  } else if (verb == "schema") {
    std::cout << lake::delta::schema_to_json(table.snapshot()->schema()) << "\n";
  } else {
    throw Error(Code::kInvalidArgument, "Unknown verb: " + verb);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const tarn::Error& error) {
    std::cerr << tarn::name_of(error.code()) << ": " << error.what() << "\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
  }
  return 1;
}
