#include "lake/row_change.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "detail/scan.h"
#include "engine/database.h"

namespace tarn::lake {
namespace {

namespace fs = std::filesystem;
using delta::Field;
using delta::PartitionValues;
using delta::Snapshot;
using Numbers = std::vector<std::size_t>;

std::string row_column_of(const delta::Schema& schema) {
  std::string name = "tarn_row";
  while (schema.find(name)) name += '_';
  return name;
}

/// Reads the files of those numbers with their rows' numbers.
class NumberedScan {
 public:
  NumberedScan(const Snapshot& snapshot, fs::path folder, std::string row_column)
      : snapshot_(snapshot), folder_(std::move(folder)), row_column_(std::move(row_column)) {
    for (const std::string& name : snapshot.metadata.partition_columns) {
      partitions_.insert(snapshot.schema().find(name)->name);
    }
  }

  std::string sql(const Numbers& files) const {
    if (files.empty()) return empty();
    std::map<PartitionValues, Numbers> groups;
    for (const std::size_t file : files)
      groups[snapshot_.files[file]->partition_values].push_back(file);
    std::vector<std::string> selects;
    for (const auto& [values, group] : groups) selects.push_back(select(values, group));
    return "(" + join(selects, " UNION ALL ") + ")";
  }

 private:
  std::string empty() const {
    std::string items;
    for (const Field& field : snapshot_.schema().fields) {
      items += "CAST(NULL AS " + delta::engine_type(field.type) + ") AS " +
               engine::quote_name(field.name) + ", ";
    }
    return "(SELECT " + items + "CAST(NULL AS BIGINT) AS " + engine::quote_name(row_column_) +
           " WHERE false)";
  }

  /// The files are read under names of our own: no column hides the engine's file_index.
  std::string select(const PartitionValues& values, const Numbers& files) const {
    std::string items;
    std::string read;
    const std::vector<Field>& fields = snapshot_.schema().fields;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::string column = "\"f" + std::to_string(i) + "\"";
      const std::string name = engine::quote_name(fields[i].name);
      if (partitions_.contains(fields[i].name)) {
        const auto value = values.find(fields[i].name);
        items += delta::detail::partition_constant(
                     value == values.end() ? std::nullopt : value->second, fields[i].type) +
                 " AS " + name + ", ";
        continue;
      }
      items.append(column).append(" AS ").append(name).append(", ");
      read += (read.empty() ? "" : ", ") + engine::quote_text(fields[i].name) + ": {name: 'f" +
              std::to_string(i) +
              "', type: " + engine::quote_text(delta::engine_type(fields[i].type)) +
              ", default_value: NULL}";
    }
    std::vector<std::string> paths;
    std::string numbers;
    bool consecutive = true;
    for (std::size_t i = 0; i < files.size(); ++i) {
      paths.push_back(engine::quote_text((folder_ / snapshot_.files[files[i]]->path).string()));
      numbers += (i ? ", " : "") + std::to_string(files[i]);
      consecutive = consecutive && files[i] == files.front() + i;
    }
    const std::string number = consecutive
                                   ? "(file_index::BIGINT + " + std::to_string(files.front()) + ")"
                                   : "([" + numbers + "]::BIGINT[])[file_index::BIGINT + 1]";
    return "SELECT " + items + "(" + number + " << " + std::to_string(kRowPositionBits) +
           ") | file_row_number::BIGINT AS " + engine::quote_name(row_column_) +
           " FROM read_parquet([" + join(paths, ", ") + "], schema = MAP {" + read +
           "}, hive_partitioning = false)";
  }

  const Snapshot& snapshot_;
  fs::path folder_;
  std::string row_column_;
  std::set<std::string> partitions_;
};

void check_numbers(const Snapshot& snapshot) {
  if (snapshot.files.size() <= kNumberedFilesMax) return;
  throw Error(Code::kTooLarge,
              "The table has too many files to change rows of it: " +
                  std::to_string(snapshot.files.size()) + ".",
              "Run OPTIMIZE on it first.");
}

/// A file with rows that change: how many, and how many of them go.
struct Touched {
  std::size_t file = 0;
  std::int64_t removed = 0;
};

std::vector<Touched> touched_files(engine::Connection& connection, const RowEdit& edit,
                                   const CancelToken& cancel) {
  const std::string removed =
      edit.removed.empty() ? "0" : "count(*) FILTER (WHERE " + edit.removed + ")";
  const std::string sql = "SELECT c.c0 >> " + std::to_string(kRowPositionBits) + " AS file, " +
                          removed + " FROM " + edit.changes +
                          " AS c WHERE c.c0 IS NOT NULL GROUP BY file ORDER BY file";
  std::vector<Touched> files;
  engine::Result result = connection.query(sql, cancel);
  for (engine::Chunk chunk; result.next(chunk);) {
    for (std::size_t row = 0; row < chunk.size(); ++row) {
      files.push_back(
          {static_cast<std::size_t>(chunk.column(0).integer(row)), chunk.column(1).integer(row)});
    }
  }
  return files;
}

std::string kept_rows(const Snapshot& snapshot, const NumberedScan& scan, const Numbers& files,
                      const std::string& row_column, const RowEdit& edit) {
  const std::vector<Field>& fields = snapshot.schema().fields;
  std::string items;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string old = "o." + engine::quote_name(fields[i].name);
    if (i > 0) items += ", ";
    if (edit.values.empty() || edit.values[i].empty()) {
      items += old;
    } else {
      items += "CASE WHEN c.c0 IS NULL THEN " + old + " ELSE CAST(" + edit.values[i] + " AS " +
               delta::engine_type(fields[i].type) + ") END";
    }
  }
  std::string sql = "SELECT " + items + " FROM " + scan.sql(files) + " AS o LEFT JOIN " +
                    edit.changes + " AS c ON o." + engine::quote_name(row_column) + " = c.c0";
  if (!edit.removed.empty()) sql += " WHERE c.c0 IS NULL OR NOT (" + edit.removed + ")";
  return sql;
}

}  // namespace

RowScan row_scan(const Snapshot& snapshot, const fs::path& folder) {
  check_numbers(snapshot);
  RowScan scan;
  scan.row_column = row_column_of(snapshot.schema());
  Numbers all(snapshot.files.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  scan.sql = NumberedScan(snapshot, folder, scan.row_column).sql(all);
  return scan;
}

FileChange edit_rows(TableWriter& writer, engine::Connection& connection, const Snapshot& snapshot,
                     const fs::path& folder, const RowEdit& edit, const CancelToken& cancel) {
  check(edit.values.empty() || edit.values.size() == snapshot.schema().fields.size(),
        "an edit has a value for each column or none");
  check_numbers(snapshot);
  FileChange change;
  Numbers rewritten;
  for (const Touched& touched : touched_files(connection, edit, cancel)) {
    check(touched.file < snapshot.files.size(), "a changed row is one of the snapshot's");
    const auto& file = snapshot.files[touched.file];
    change.removed.push_back(file);
    // A file all of whose rows go needs no reading.
    if (touched.removed == 0 || file->records() != touched.removed)
      rewritten.push_back(touched.file);
  }
  std::string sql;
  if (!rewritten.empty()) {
    const std::string row_column = row_column_of(snapshot.schema());
    sql = kept_rows(snapshot, NumberedScan(snapshot, folder, row_column), rewritten, row_column,
                    edit);
  }
  if (!edit.added.empty()) sql += (sql.empty() ? "" : " UNION ALL ") + edit.added;
  if (!sql.empty()) change.added = writer.write(connection, sql, cancel);
  return change;
}

delta::Change row_commit(const Snapshot& read, const FileChange& files, std::string_view operation,
                         std::string_view user) {
  delta::Change change{.kind = delta::Change::Kind::kRowChange,
                       .read_version = read.version,
                       .table_id = read.metadata.id,
                       .actions = {},
                       .operation = std::string(operation),
                       .parameters = "{}",
                       .user = std::string(user)};
  const std::int64_t now_ms = Clock::system().now() / 1000;
  for (const auto& file : files.removed) {
    change.actions.emplace_back(delta::Remove{.path = file->path,
                                              .deleted_ms = now_ms,
                                              .data_change = true,
                                              .partition_values = file->partition_values,
                                              .size = file->size});
  }
  for (const delta::Add& file : files.added) change.actions.emplace_back(file);
  return change;
}

delta::SnapshotPtr with_files(const Snapshot& base, const FileChange& files) {
  auto result = std::make_shared<Snapshot>(base);
  std::set<std::string_view> gone;
  for (const auto& file : files.removed) gone.insert(file->path);
  std::erase_if(result->files, [&](const auto& file) { return gone.contains(file->path); });
  for (const delta::Add& file : files.added)
    result->files.push_back(std::make_shared<const delta::Add>(file));
  std::sort(result->files.begin(), result->files.end(),
            [](const auto& a, const auto& b) { return a->path < b->path; });
  return result;
}

}  // namespace tarn::lake
