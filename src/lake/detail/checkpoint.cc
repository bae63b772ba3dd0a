#include "detail/checkpoint.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "detail/actions.h"
#include "engine/database.h"

namespace tarn::lake::delta::detail {
namespace {

// The fields of each action that are read; others (parsed statistics, tags) only cost time.
struct ActionColumn {
  std::string_view name;
  std::string_view required;  // a field that is NULL where the row is of another action
  std::vector<std::string> fields;
};
const std::array kActionColumns = {
    ActionColumn{"protocol",
                 "minReaderVersion",
                 {"minReaderVersion", "minWriterVersion", "readerFeatures", "writerFeatures"}},
    ActionColumn{"metaData",
                 "id",
                 {"id", "name", "description", "schemaString", "partitionColumns", "configuration",
                  "createdTime"}},
    ActionColumn{"txn", "appId", {"appId", "version", "lastUpdated"}},
    ActionColumn{
        "remove", "path", {"path", "deletionTimestamp", "dataChange", "partitionValues", "size"}},
    ActionColumn{"add",
                 "path",
                 {"path", "partitionValues", "size", "modificationTime", "dataChange", "stats",
                  "deletionVector"}},
};

std::string file_list(const Checkpoint& checkpoint) {
  std::vector<std::string> files;
  for (const auto& part : checkpoint.parts) files.push_back(engine::quote_text(part.string()));
  return "read_parquet([" + join(files, ", ") +
         "], union_by_name = true, hive_partitioning = false)";
}

// SELECT to_json(struct_pack(…)) of one action's rows; empty where the checkpoint has no such
// column.
std::string query_of(const ActionColumn& column, const std::vector<engine::ColumnInfo>& columns,
                     const std::string& source) {
  for (const engine::ColumnInfo& info : columns) {
    if (info.name != column.name || info.type.kind != engine::Kind::kStruct) continue;
    std::vector<std::string> fields;
    const std::string name = engine::quote_name(column.name);
    for (const std::string& field : column.fields) {
      if (std::find(info.type.names.begin(), info.type.names.end(), field) == info.type.names.end())
        continue;
      fields.push_back(engine::quote_name(field) + " := " + name + "." + engine::quote_name(field));
    }
    return "SELECT to_json(struct_pack(" + join(fields, ", ") + ")) FROM " + source + " WHERE " +
           name + "." + engine::quote_name(column.required) + " IS NOT NULL";
  }
  return {};
}

void refuse_v2(engine::Connection& connection, const std::vector<engine::ColumnInfo>& columns,
               const std::string& source) {
  for (const engine::ColumnInfo& info : columns) {
    if (info.name != "sidecar" && info.name != "checkpointMetadata") continue;
    const auto rows = connection.rows("SELECT count(*) FROM " + source + " WHERE " +
                                      engine::quote_name(info.name) + " IS NOT NULL");
    if (rows.at(0).at(0) != "0") {
      throw Error(Code::kUnsupported, "The Delta table uses what Tarn cannot read: v2Checkpoint.");
    }
  }
}

// The columns of the file that a checkpoint is made of.
constexpr std::string_view kCheckpointColumns =
    "{protocol: 'STRUCT(minReaderVersion INTEGER, minWriterVersion INTEGER, readerFeatures "
    "VARCHAR[], writerFeatures VARCHAR[])', "
    "metaData: 'STRUCT(id VARCHAR, name VARCHAR, description VARCHAR, format STRUCT(provider "
    "VARCHAR, options MAP(VARCHAR, VARCHAR)), "
    "schemaString VARCHAR, partitionColumns VARCHAR[], configuration MAP(VARCHAR, VARCHAR), "
    "createdTime BIGINT)', "
    "txn: 'STRUCT(appId VARCHAR, version BIGINT, lastUpdated BIGINT)', "
    "remove: 'STRUCT(path VARCHAR, deletionTimestamp BIGINT, dataChange BOOLEAN, "
    "extendedFileMetadata BOOLEAN, "
    "partitionValues MAP(VARCHAR, VARCHAR), size BIGINT)', "
    "add: 'STRUCT(path VARCHAR, partitionValues MAP(VARCHAR, VARCHAR), size BIGINT, "
    "modificationTime BIGINT, dataChange BOOLEAN, "
    "stats VARCHAR)'}";

constexpr std::size_t kLineBytesMin = 1u << 20;  // the engine's buffer is twice this

}  // namespace

std::vector<Action> read_checkpoint(engine::Database& database, const Checkpoint& checkpoint,
                                    const CancelToken& cancel) {
  std::vector<Action> actions;
  const std::string source = file_list(checkpoint);
  const std::string place = checkpoint.parts.front().filename().string();
  try {
    engine::Connection connection = database.connect();
    const auto columns = connection.describe("SELECT * FROM " + source);
    refuse_v2(connection, columns, source);
    for (const ActionColumn& column : kActionColumns) {
      const std::string query = query_of(column, columns, source);
      if (query.empty()) continue;
      engine::Result result = connection.query(query, cancel);
      for (engine::Chunk chunk; result.next(chunk);) {
        for (std::size_t row = 0; row < chunk.size(); ++row) {
          Json line;
          line[std::string(column.name)] = parse_json(chunk.column(0).text(row), place);
          actions_from_json(line, actions);
        }
      }
    }
  } catch (const Json::exception& error) {
    throw Error(Code::kDataLoss,
                "A checkpoint of the Delta log is damaged: " + place + ": " + error.what() + ".");
  } catch (const Error& error) {
    if (error.code() == Code::kCancelled || error.code() == Code::kUnsupported ||
        error.code() == Code::kResourceExhausted)
      throw;
    throw Error(Code::kDataLoss,
                "A checkpoint of the Delta log is damaged: " + place + ": " + error.message());
  }
  return actions;
}

void write_checkpoint(engine::Database& database, const LogFolder& log, FileSystem& files,
                      std::int64_t version, const std::vector<Action>& actions) {
  std::string name = commit_file_name(version);
  name.replace(name.size() - 4, 4, "checkpoint.parquet");
  // The engine reads the actions as lines of JSON and writes them as Parquet. The lines' file is
  // never published.
  std::size_t longest = kLineBytesMin;
  const auto lines = files.create(log.path() / (name + ".lines"));
  for (const Action& action : actions) {
    Json json = action_to_json(action);
    for (const char* kind : {"add", "remove"}) {
      if (json.contains(kind)) json[kind]["dataChange"] = false;
    }
    const std::string line = json.dump() + "\n";
    longest = std::max(longest, line.size() + 1);
    lines->write(line);
  }
  const auto parquet = files.create(log.path() / name);
  engine::Connection connection = database.connect();
  connection.execute("COPY (SELECT * FROM read_json(" + engine::quote_text(lines->path().string()) +
                     ", format = 'newline_delimited', maximum_object_size = " +
                     std::to_string(longest) + ", columns = " + std::string(kCheckpointColumns) +
                     ")) TO " + engine::quote_text(parquet->path().string()) +
                     " (FORMAT parquet, COMPRESSION snappy, USE_TMP_FILE false)");
  const std::uintmax_t bytes = std::filesystem::file_size(parquet->path());
  parquet->publish();

  Json last;
  last["version"] = version;
  last["size"] = actions.size();
  last["sizeInBytes"] = bytes;
  const auto pointer = files.create(log.path() / "_last_checkpoint");
  pointer->write(last.dump());
  pointer->publish();
}

}  // namespace tarn::lake::delta::detail
