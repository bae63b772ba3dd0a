#include "lake/table_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <utility>

#include "base/disk_full.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/text.h"
#include "detail/statistics.h"
#include "engine/database.h"

namespace tarn::lake {

namespace fs = std::filesystem;

namespace {

using delta::Field;
using delta::Type;
using delta::detail::ColumnStatistics;

// What the engine's error() says for a row that the check of this number does not let in.
constexpr std::string_view kCheckMark = "tarn.check:";

// What a column is stored as. An instant is written with its zone (isAdjustedToUTC), as Delta asks.
std::string stored_type(const Type& type) {
  switch (type.kind) {
    case Type::Kind::kTimestamp:
      return "TIMESTAMP WITH TIME ZONE";
    case Type::Kind::kArray:
      return stored_type(type.children.at(0).type) + "[]";
    case Type::Kind::kMap:
      return "MAP(" + stored_type(type.children.at(0).type) + ", " +
             stored_type(type.children.at(1).type) + ")";
    case Type::Kind::kStruct: {
      std::vector<std::string> fields;
      for (const Field& field : type.children) {
        fields.push_back(engine::quote_name(field.name) + " " + stored_type(field.type));
      }
      return "STRUCT(" + join(fields, ", ") + ")";
    }
    default:
      return delta::engine_type(type);
  }
}

// A partition value's text, as the log has it (Delta protocol, "Partition Value Serialization").
std::string partition_text(const std::string& column, const Type& type) {
  const std::string value = "CAST(" + column + " AS " + delta::engine_type(type) + ")";
  if (type.kind == Type::Kind::kTimestamp || type.kind == Type::Kind::kTimestampNtz) {
    return "strftime(" + value + ", '%Y-%m-%d %H:%M:%S.%f')";
  }
  return "CAST(" + value + " AS VARCHAR)";
}

// The engine's quoted column path: "a" of a top-level column; empty for one inside another
// ("a"."b").
std::optional<std::string> top_level_column(std::string_view quoted) {
  if (quoted.size() < 2 || quoted.front() != '"') return std::string(quoted);
  std::string name;
  std::size_t i = 1;
  for (; i < quoted.size(); ++i) {
    if (quoted[i] == '"') {
      if (i + 1 >= quoted.size() || quoted[i + 1] != '"') break;
      ++i;
    }
    name += quoted[i];
  }
  if (i + 1 != quoted.size()) return std::nullopt;
  return name;
}

std::map<std::string, ColumnStatistics> column_statistics(const Json& json) {
  std::map<std::string, ColumnStatistics> columns;
  for (const auto& [key, values] : json.items()) {
    const auto name = top_level_column(key);
    if (!name) continue;
    ColumnStatistics& column = columns[*name];
    if (values.contains("min")) column.min = values["min"].get<std::string>();
    if (values.contains("max")) column.max = values["max"].get<std::string>();
    if (values.contains("null_count"))
      column.null_count = std::stoll(values["null_count"].get<std::string>());
    column.has_nan = values.value("has_nan", std::string()) == "true";
  }
  return columns;
}

void sync_file(const fs::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) {
    const int error = errno;
    const std::string message = "Cannot sync " + path.string() + ": " + std::strerror(error) + ".";
    if (is_disk_full(error)) throw disk_full(message);
    throw Error(Code::kUnavailable, message);
  }
}

// One file of COPY's RETURN_STATS.
struct WrittenFile {
  fs::path path;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::map<std::string, ColumnStatistics> columns;
  delta::PartitionValues partition_values;
};

/// The number of the check whose error() this is.
std::optional<std::size_t> violated_check(const Error& error) {
  const std::size_t at = error.message().find(kCheckMark);
  if (at == std::string::npos) return std::nullopt;
  return std::strtoul(error.message().c_str() + at + kCheckMark.size(), nullptr, 10);
}

std::vector<WrittenFile> copy(engine::Connection& connection, const std::string& sql,
                              const CancelToken& cancel) {
  // COPY yields filename, count, file_size_bytes, footer_size_bytes, column_statistics,
  // partition_keys.
  std::vector<WrittenFile> files;
  engine::Result result = connection.query(sql, cancel);
  for (engine::Chunk chunk; result.next(chunk);) {
    for (std::size_t row = 0; row < chunk.size(); ++row) {
      WrittenFile file;
      file.path = std::string(chunk.column(0).text(row));
      file.rows = chunk.column(1).integer(row);
      file.bytes = chunk.column(2).integer(row);
      const auto entries = [&](const engine::Column& map, std::size_t at, const auto& visit) {
        if (map.is_null(at)) return;
        const engine::ListRange range = map.list(at);
        const engine::Column pair = map.child();
        for (std::uint64_t i = range.offset; i < range.offset + range.length; ++i)
          visit(pair.child(0), pair.child(1), i);
      };
      Json statistics = Json::object();
      entries(chunk.column(4), row,
              [&](const engine::Column& key, const engine::Column& value, std::size_t i) {
                Json& column = statistics[std::string(key.text(i))] = Json::object();
                entries(value, i,
                        [&](const engine::Column& k, const engine::Column& v, std::size_t j) {
                          if (!v.is_null(j))
                            column[std::string(k.text(j))] = std::string(v.text(j));
                        });
              });
      file.columns = column_statistics(statistics);
      entries(chunk.column(5), row,
              [&](const engine::Column& key, const engine::Column& value, std::size_t i) {
                auto& entry = file.partition_values[std::string(key.text(i))];
                if (!value.is_null(i) && !value.text(i).empty()) entry = std::string(value.text(i));
              });
      files.push_back(std::move(file));
    }
  }
  return files;
}

[[noreturn]] void refuse_null(const std::string& column) {
  throw Error(Code::kInvalidArgument,
              "A column that does not allow NULL would get one: '" + column + "'.");
}

}  // namespace

CheckViolation::CheckViolation(const delta::Check& check)
    : Error(Code::kInvalidArgument,
            "A row violates the table's constraint '" + check.name + "': " + check.expression + ".",
            "Nothing was written."),
      constraint(check.name) {}

TableWriter::TableWriter(fs::path folder, const delta::Metadata& metadata, FileSystem& files)
    : TableWriter(std::move(folder), metadata.schema, metadata.partition_columns, files) {
  checks_ = delta::checks_of(metadata);
}

TableWriter::TableWriter(fs::path folder, delta::Schema schema,
                         std::vector<std::string> partition_columns, FileSystem& files)
    : folder_(std::move(folder)),
      schema_(std::move(schema)),
      partition_columns_(std::move(partition_columns)),
      files_(files) {}

TableWriter::~TableWriter() {
  if (kept_) return;
  std::error_code ignored;
  for (const fs::path& file : written_) fs::remove(file, ignored);
}

// In the list of columns and not in a WHERE: the engine may look at a condition before it leaves
// out rows, at a column's value only after.
std::string TableWriter::checked(const std::string& value) const {
  if (checks_.empty()) return value;
  std::string sql = "CASE";
  for (std::size_t i = 0; i < checks_.size(); ++i) {
    sql += " WHEN (" + checks_[i].condition + ") IS NOT TRUE THEN error('" +
           std::string(kCheckMark) + std::to_string(i) + "')";
  }
  return sql + " ELSE " + value + " END";
}

std::string TableWriter::copy_sql(std::string_view select_sql, const fs::path& target) const {
  std::set<std::string, CaseInsensitive> partitions(partition_columns_.begin(),
                                                    partition_columns_.end());
  std::vector<std::string> inputs;
  std::vector<std::string> items;
  std::vector<std::string> partition_names;
  bool is_checked = false;
  for (std::size_t i = 0; i < schema_.fields.size(); ++i) {
    const Field& field = schema_.fields[i];
    const std::string input = "c" + std::to_string(i);
    const std::string name = engine::quote_name(field.name);
    inputs.push_back(input);
    if (partitions.contains(field.name)) {
      if (partition_values_) continue;
      items.push_back(partition_text(input, field.type) + " AS " + name);
      partition_names.push_back(name);
    } else {
      const std::string value = "CAST(" + input + " AS " + stored_type(field.type) + ")";
      items.push_back((is_checked ? value : checked(value)) + " AS " + name);
      is_checked = true;
    }
  }
  std::string sql =
      "COPY (SELECT " + join(items, ", ") + " FROM (" + std::string(select_sql) + ") AS q(" +
      join(inputs, ", ") + ")) TO " + engine::quote_text(target.string()) +
      " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE " + std::to_string(kRowGroupRowsMax) +
      ", RETURN_STATS, FILENAME_PATTERN 'part-{uuidv7}'";
  if (partition_names.empty()) {
    sql += ", FILE_SIZE_BYTES " + std::to_string(file_bytes_target_);
  } else {
    sql += ", PARTITION_BY (" + join(partition_names, ", ") + ")";
  }
  return sql + ")";
}

std::vector<delta::Add> TableWriter::write(engine::Connection& connection,
                                           std::string_view select_sql, const CancelToken& cancel) {
  fs::create_directories(folder_);
  // Written aside, so that a crash leaves one temporary folder, and moved into place when all is
  // there and synced.
  const fs::path aside = folder_ / (std::string(kTemporaryPrefix) + new_id());
  fs::create_directory(aside);
  struct Remover {
    const fs::path& folder;
    ~Remover() {
      std::error_code ignored;
      fs::remove_all(folder, ignored);
    }
  } remover{aside};

  std::vector<delta::Add> adds;
  std::set<fs::path> folders{folder_};
  std::vector<WrittenFile> written;
  try {
    written = copy(connection, copy_sql(select_sql, aside), cancel);
  } catch (const Error& error) {
    const auto number = violated_check(error);
    if (!number || *number >= checks_.size()) throw;
    throw CheckViolation(checks_[*number]);
  }
  for (WrittenFile& file : written) {
    cancel.check();
    if (file.rows == 0) continue;  // a query without rows still makes a file
    if (partition_values_) file.partition_values = *partition_values_;
    check_not_null(file.columns, file.partition_values);
    delta::Add add;
    add.path = (partition_folder_ / file.path.lexically_relative(aside)).generic_string();
    add.partition_values = file.partition_values;
    add.size = file.bytes;
    add.stats = delta::detail::statistics_json(schema_, file.rows, file.columns);
    sync_file(file.path);
    struct stat status {};
    ::stat(file.path.c_str(), &status);
    add.modified_ms = status.st_mtim.tv_sec * 1000LL + status.st_mtim.tv_nsec / 1'000'000;
    const fs::path target = folder_ / add.path;
    for (fs::path parent = target.parent_path(); folders.insert(parent).second;
         parent = parent.parent_path()) {
    }
    fs::create_directories(target.parent_path());
    written_.push_back(target);
    fs::rename(file.path, target);
    rows_ += file.rows;
    adds.push_back(std::move(add));
  }
  if (!adds.empty()) {
    for (const fs::path& folder : folders) files_.sync_directory(folder);
  }
  return adds;
}

void TableWriter::check_not_null(const std::map<std::string, ColumnStatistics>& columns,
                                 const delta::PartitionValues& partition_values) const {
  for (const Field& field : schema_.fields) {
    if (field.nullable) continue;
    if (const auto value = partition_values.find(field.name); value != partition_values.end()) {
      if (!value->second) refuse_null(field.name);
      continue;
    }
    const auto column = columns.find(field.name);
    if (column != columns.end() && column->second.null_count.value_or(0) > 0)
      refuse_null(field.name);
  }
}

}  // namespace tarn::lake
