#include "detail/checkpoint.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <span>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "detail/actions.h"
#include "engine/database.h"
#include "lake/delta_table.h"

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
                  "deletionVector", "tags"}},
    ActionColumn{"sidecar", "path", {"path"}},
};

std::string file_list(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::string> files;
  for (const auto& path : paths) files.push_back(engine::quote_text(path.string()));
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

// What a checkpoint, or one of its sidecars, has.
struct Contents {
  std::vector<Action> actions;
  std::vector<std::string> sidecars;  // file names

  void add(const Json& line) {
    if (const auto sidecar = line.find("sidecar"); sidecar != line.end() && !sidecar->is_null()) {
      sidecars.push_back(sidecar->at("path").get<std::string>());
    } else {
      actions_from_json(line, actions);
    }
  }
};

void read_parquet(engine::Database& database, const std::vector<std::filesystem::path>& files,
                  const CancelToken& cancel, Contents& contents) {
  const std::string source = file_list(files);
  engine::Connection connection = database.connect();
  const auto columns = connection.describe("SELECT * FROM " + source);
  for (const ActionColumn& column : kActionColumns) {
    const std::string query = query_of(column, columns, source);
    if (query.empty()) continue;
    engine::Result result = connection.query(query, cancel);
    for (engine::Chunk chunk; result.next(chunk);) {
      for (std::size_t row = 0; row < chunk.size(); ++row) {
        Json line;
        line[std::string(column.name)] =
            parse_json(chunk.column(0).text(row), files.front().filename().string());
        contents.add(line);
      }
    }
  }
}

void read_lines(const std::filesystem::path& file, Contents& contents) {
  const std::string text = read_file(file, Table::kCommitBytesMax);
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = trim(std::string_view(text).substr(start, end - start));
    start = end + 1;
    if (!line.empty()) contents.add(parse_json(line, file.filename().string()));
  }
}

void read_sidecars(engine::Database& database, const LogFolder& log, const CancelToken& cancel,
                   Contents& contents) {
  if (contents.sidecars.empty()) return;
  std::vector<std::filesystem::path> files;
  for (const std::string& sidecar : contents.sidecars) {
    const std::string name = decode_path(sidecar);
    if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos)
      throw Error(Code::kDataLoss, "a sidecar is not in its folder: '" + name + "'.");
    files.push_back(log.path() / "_sidecars" / name);
  }
  read_parquet(database, files, cancel, contents);
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
    "stats VARCHAR, tags MAP(VARCHAR, VARCHAR))'}";

constexpr std::size_t kLineBytesMin = 1u << 20;     // the engine's buffer is twice this
constexpr std::size_t kPointerBytesMax = 1u << 24;  // _last_checkpoint; Spark's hold a schema

// One Parquet file of actions. The engine reads them as lines of JSON, which are never published.
// Returns its size in bytes.
std::uintmax_t write_part(engine::Connection& connection, const LogFolder& log, FileSystem& files,
                          const std::string& name, std::span<const Action> actions) {
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
  connection.execute("COPY (SELECT * FROM read_json(" + engine::quote_text(lines->path().string()) +
                     ", format = 'newline_delimited', maximum_object_size = " +
                     std::to_string(longest) + ", columns = " + std::string(kCheckpointColumns) +
                     ")) TO " + engine::quote_text(parquet->path().string()) +
                     " (FORMAT parquet, COMPRESSION snappy, USE_TMP_FILE false)");
  const std::uintmax_t bytes = std::filesystem::file_size(parquet->path());
  parquet->publish();
  return bytes;
}

// "00000000000000000010.checkpoint.parquet", or "….checkpoint.0000000001.0000000003.parquet".
std::string part_name(std::int64_t version, std::size_t part, std::size_t parts) {
  std::string name = commit_file_name(version);
  name.replace(name.size() - 4, 4, "checkpoint");
  if (parts > 1) {
    char numbers[32];
    std::snprintf(numbers, sizeof numbers, ".%010zu.%010zu", part, parts);
    name += numbers;
  }
  return name + ".parquet";
}

std::string url_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 &&
        (std::isalnum(byte) || std::string_view("-._~").find(c) != std::string::npos)) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

void canonicalize(const Json& value, const std::string& path,
                  std::vector<std::pair<std::string, std::string>>& leaves) {
  const std::string prefix = path.empty() ? "" : path + "+";
  if (value.is_object()) {
    for (const auto& [key, child] : value.items()) {
      if (path.empty() && key == "checksum") continue;
      std::string name = prefix;
      name.append("\"").append(url_encoded(key)).append("\"");
      canonicalize(child, name, leaves);
    }
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i)
      canonicalize(value[i], prefix + std::to_string(i), leaves);
  } else {
    leaves.emplace_back(path, value.is_string()
                                  ? "\"" + url_encoded(value.get<std::string>()) + "\""
                                  : value.dump());
  }
}

std::string md5(engine::Connection& connection, std::string_view text) {
  const engine::Value parameter = std::string(text);
  return connection.rows("SELECT md5($1)", {}, std::span(&parameter, 1)).at(0).at(0).value();
}

}  // namespace

std::string canonical_json(std::string_view json) {
  std::vector<std::pair<std::string, std::string>> leaves;
  canonicalize(parse_json(json, "_last_checkpoint"), "", leaves);
  std::sort(leaves.begin(), leaves.end());
  std::string text;
  for (const auto& [path, value] : leaves) {
    if (!text.empty()) text += ',';
    text.append(path).append("=").append(value);
  }
  return text;
}

std::vector<Action> read_checkpoint(engine::Database& database, const LogFolder& log,
                                    const Checkpoint& checkpoint, const CancelToken& cancel) {
  Contents contents;
  const std::string place = checkpoint.parts.front().filename().string();
  try {
    if (place.ends_with(".json")) {
      read_lines(checkpoint.parts.front(), contents);
    } else {
      read_parquet(database, checkpoint.parts, cancel, contents);
    }
    read_sidecars(database, log, cancel, contents);
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
  return std::move(contents.actions);
}

void write_checkpoint(engine::Database& database, const LogFolder& log, FileSystem& files,
                      std::int64_t version, const std::vector<Action>& actions) {
  const std::size_t most = Table::kCheckpointPartActionsMax;
  const std::size_t parts = std::max<std::size_t>(1, (actions.size() + most - 1) / most);
  engine::Connection connection = database.connect();
  std::uintmax_t bytes = 0;
  for (std::size_t part = 0; part < parts; ++part) {
    const std::size_t first = part * most;
    bytes += write_part(connection, log, files, part_name(version, part + 1, parts),
                        std::span(actions).subspan(first, std::min(most, actions.size() - first)));
  }
  Json last;
  last["version"] = version;
  last["size"] = actions.size();
  if (parts > 1) last["parts"] = parts;
  last["sizeInBytes"] = bytes;
  last["numOfAddFiles"] = std::count_if(actions.begin(), actions.end(), [](const Action& action) {
    return std::holds_alternative<Add>(action);
  });
  last["checksum"] = md5(connection, canonical_json(last.dump()));
  const auto pointer = files.create(log.path() / "_last_checkpoint");
  pointer->write(last.dump());
  pointer->publish();
}

std::optional<LastCheckpoint> read_last_checkpoint(const std::function<engine::Database&()>& engine,
                                                   const LogFolder& log) {
  const std::filesystem::path file = log.path() / "_last_checkpoint";
  try {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) return std::nullopt;
    const std::string text = read_file(file, kPointerBytesMax);
    const Json json = parse_json(text, "_last_checkpoint");
    if (const auto checksum = json.find("checksum"); checksum != json.end() && engine) {
      engine::Connection connection = engine().connect();
      if (md5(connection, canonical_json(text)) != checksum->get<std::string>())
        throw Error(Code::kDataLoss, "its checksum does not hold");
    }
    return LastCheckpoint{.version = json.at("version").get<std::int64_t>(),
                          .parts = json.value("parts", std::int64_t{1})};
  } catch (const Json::exception& error) {
    log::warn("delta.last_checkpoint.damaged", {{"file", file.string()}, {"error", error.what()}});
  } catch (const Error& error) {
    log::warn("delta.last_checkpoint.damaged",
              {{"file", file.string()}, {"error", error.message()}});
  }
  return std::nullopt;
}

}  // namespace tarn::lake::delta::detail
