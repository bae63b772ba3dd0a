// The engine's SQL that reads a snapshot.

#include <map>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "detail/scan.h"
#include "engine/extension_scan.h"
#include "engine/type.h"
#include "lake/delta_table.h"
#include "lake/predicate.h"

namespace tarn::lake::delta {
namespace {

// Up to this many combinations of partition values each becomes a SELECT of its own with constants,
// so that the engine passes over whole combinations; beyond it they are joined by file name.
constexpr std::size_t kConstantGroupsMax = 256;
constexpr std::string_view kFileColumn = "tarn_file";

std::string quoted_list(const std::vector<std::string>& files) {
  std::vector<std::string> quoted;
  quoted.reserve(files.size());
  for (const std::string& file : files) quoted.push_back(engine::quote_text(file));
  return "[" + join(quoted, ", ") + "]";
}

// A partition value as a typed constant. Throws the engine's error when it does not fit: the log is
// damaged then.
std::string constant(const std::optional<std::string>& value, const Type& type) {
  if (!value) return "CAST(NULL AS " + engine_type(type) + ")";
  const std::string text = engine::quote_text(*value);
  if (type.kind == Type::Kind::kTimestamp) {
    // "2026-01-02 03:04:05.6", which means UTC here, or with an offset or Z of its own.
    return "CAST(CAST(" + text + " AS TIMESTAMP WITH TIME ZONE) AS TIMESTAMP)";
  }
  if (type.kind == Type::Kind::kBinary) return "encode(" + text + ")";
  return "CAST(" + text + " AS " + engine_type(type) + ")";
}

class Scan {
 public:
  Scan(const Snapshot& snapshot, const std::filesystem::path& folder,
       const std::vector<std::string>& columns, const FileList& files)
      : folder_(folder) {
    for (const std::string& name : snapshot.metadata.partition_columns) {
      partition_names_.insert(snapshot.schema().find(name)->name);
    }
    if (columns.empty()) {
      for (const Field& field : snapshot.schema().fields) fields_.push_back(&field);
    }
    for (const std::string& name : columns) {
      const Field* field = snapshot.schema().find(name);
      check(field != nullptr, "a scan names columns of the table");
      fields_.push_back(field);
    }
    for (const auto& add : files) groups_[add->partition_values].push_back(file_of(*add));
  }

  // The extension reads the log itself, at the snapshot's version.
  std::string sql_of_extension(std::int64_t version) const {
    if (groups_.empty()) return empty();
    if (folder_.string().find('%') != std::string::npos) {
      throw Error(Code::kUnsupported,
                  "The engine's delta extension, which the table needs, cannot read a folder with "
                  "'%' in its path: " +
                      folder_.string() + ".",
                  "Rename the table or folder.");
    }
    std::vector<std::string> items;
    for (const Field* field : fields_) {
      const std::string name = engine::quote_name(field->name);
      items.push_back("CAST(" + name + " AS " + engine_type(field->type) + ") AS " + name);
    }
    return "(SELECT " + join(items, ", ") + " FROM " + std::string(engine::kExtensionScan) + "(" +
           engine::quote_text(folder_.string()) + ", " + std::to_string(version) + "))";
  }

  std::string sql() const {
    if (groups_.empty()) return empty();
    if (groups_.size() > kConstantGroupsMax) return joined();
    std::vector<std::string> selects;
    for (const auto& [values, files] : groups_) {
      selects.push_back("SELECT " + select_list(&values) + " FROM " + reader(files, false));
    }
    return "(" + join(selects, " UNION ALL ") + ")";
  }

 private:
  bool partitions(const Field& field) const { return partition_names_.contains(field.name); }
  std::string file_of(const Add& add) const { return (folder_ / add.path).string(); }

  std::string empty() const {
    std::vector<std::string> items;
    for (const Field* field : fields_) {
      items.push_back("CAST(NULL AS " + engine_type(field->type) + ") AS " +
                      engine::quote_name(field->name));
    }
    return "(SELECT " + join(items, ", ") + " WHERE false)";
  }

  // The columns in order: partition columns as constants, or, without values, as columns of the
  // joined list.
  std::string select_list(const PartitionValues* values) const {
    std::vector<std::string> items;
    for (const Field* field : fields_) {
      const std::string name = engine::quote_name(field->name);
      if (!partitions(*field)) {
        items.push_back(values ? name : "f." + name);
      } else if (values) {
        const auto value = values->find(field->name);
        items.push_back(
            constant(value == values->end() ? std::nullopt : value->second, field->type) + " AS " +
            name);
      } else {
        items.push_back("p." + name);
      }
    }
    return join(items, ", ");
  }

  // The schema is given, so the engine reads no types from the files: older files may lack columns
  // or have narrower types, which come as NULL or cast.
  std::string reader(const std::vector<std::string>& files, bool with_file) const {
    std::vector<std::string> columns;
    for (const Field* field : fields_) {
      if (partitions(*field)) continue;
      const std::string name = engine::quote_text(field->name);
      columns.push_back(name + ": {name: " + name + ", type: " +
                        engine::quote_text(engine_type(field->type)) + ", default_value: NULL}");
    }
    std::string sql = "read_parquet(" + quoted_list(files);
    if (!columns.empty()) sql += ", schema = MAP {" + join(columns, ", ") + "}";
    sql += ", hive_partitioning = false";
    if (with_file) sql += ", filename = '" + std::string(kFileColumn) + "'";
    return sql + ")";
  }

  std::string joined() const {
    std::vector<std::string> files;
    std::vector<std::string> rows;
    std::vector<std::string> names{"file"};
    for (const Field* field : fields_) {
      if (partitions(*field)) names.push_back(engine::quote_name(field->name));
    }
    for (const auto& [values, group] : groups_) {
      for (const std::string& file : group) {
        std::vector<std::string> row{engine::quote_text(file)};
        for (const Field* field : fields_) {
          if (!partitions(*field)) continue;
          const auto value = values.find(field->name);
          row.push_back(
              constant(value == values.end() ? std::nullopt : value->second, field->type));
        }
        rows.push_back("(" + join(row, ", ") + ")");
        files.push_back(file);
      }
    }
    return "(SELECT " + select_list(nullptr) + " FROM " + reader(files, true) +
           " AS f JOIN (VALUES " + join(rows, ", ") + ") AS p(" + join(names, ", ") + ") ON f." +
           std::string(kFileColumn) + " = p.file)";
  }

  std::filesystem::path folder_;
  std::set<std::string> partition_names_;
  std::vector<const Field*> fields_;
  std::map<PartitionValues, std::vector<std::string>> groups_;
};

}  // namespace

std::string detail::partition_constant(const std::optional<std::string>& value, const Type& type) {
  return constant(value, type);
}

std::string scan_sql(const Snapshot& snapshot, const std::filesystem::path& folder,
                     const std::vector<std::string>& columns, const Predicate* predicate) {
  if (snapshot.needs_extension())
    return Scan(snapshot, folder, columns, snapshot.files).sql_of_extension(snapshot.version);
  return Scan(snapshot, folder, columns,
              predicate ? files_that_may_match(snapshot, *predicate) : snapshot.files)
      .sql();
}

}  // namespace tarn::lake::delta
