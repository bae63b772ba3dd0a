// What changes a table outside SQL: rows from a file, OPTIMIZE, VACUUM, properties.

#include "api/gate.h"
#include "base/error.h"
#include "base/text.h"
#include "detail/rest_routes.h"
#include "engine/database.h"
#include "identity/actions.h"
#include "identity/authority.h"
#include "lake/optimize.h"
#include "lake/table_load.h"
#include "lake/table_properties.h"
#include "lake/vacuum.h"

namespace tarn::api {
namespace {

struct TableLoad {
  std::string source;
  std::string format;
  std::string mode = "append";
  std::vector<std::string> partition_by;
  bool merge_schema = false;
  bool overwrite_schema = false;

  static void describe(router::FieldList<TableLoad>& f) {
    f.type("TableLoad",
           "Rows of files of the lake to write into a table, which is made if absent.");
    f.required("source", &TableLoad::source, "A path or pattern: files/data/*.parquet.");
    f.optional("format", &TableLoad::format, "Without: by the file's name.",
               {"", "parquet", "csv", "json"});
    f.optional("mode", &TableLoad::mode, "What to do with the rows that are there.",
               {"append", "overwrite", "error"});
    f.optional("partition_by", &TableLoad::partition_by, "Partition columns of a new table.");
    f.optional("merge_schema", &TableLoad::merge_schema, "append: new columns are added.");
    f.optional("overwrite_schema", &TableLoad::overwrite_schema,
               "overwrite: the files' columns become the table's.");
  }
};
struct TableLoaded {
  std::string table;
  std::int64_t version = 0;
  std::int64_t rows = 0;
  bool created = false;

  static void describe(router::FieldList<TableLoaded>& f) {
    f.type("TableLoaded", "What was written.");
    f.required("table", &TableLoaded::table, "database.schema.table");
    f.required("version", &TableLoaded::version, "The Delta version that has the rows.");
    f.required("rows", &TableLoaded::rows, "Rows written.");
    f.required("created", &TableLoaded::created, "Whether the table is new.");
  }
};
struct TableOptimize {
  std::optional<std::int64_t> target_file_bytes;

  static void describe(router::FieldList<TableOptimize>& f) {
    f.type("TableOptimize", "How small files become larger ones.");
    f.optional("target_file_bytes", &TableOptimize::target_file_bytes,
               "Smaller files are rewritten as ones of about this size.");
  }
};
struct TableOptimized {
  std::int64_t version = 0;
  std::int64_t files_removed = 0;
  std::int64_t files_added = 0;
  std::int64_t bytes_removed = 0;
  std::int64_t bytes_added = 0;
  std::int64_t partitions_optimized = 0;

  static void describe(router::FieldList<TableOptimized>& f) {
    f.type("TableOptimized", "What was rewritten.");
    f.required("version", &TableOptimized::version, "The Delta version afterwards.");
    f.required("files_removed", &TableOptimized::files_removed, "Small files.");
    f.required("files_added", &TableOptimized::files_added, "Files in their place.");
    f.required("bytes_removed", &TableOptimized::bytes_removed, "Of the small files.");
    f.required("bytes_added", &TableOptimized::bytes_added, "Of the new files.");
    f.required("partitions_optimized", &TableOptimized::partitions_optimized,
               "Partitions with new files.");
  }
};
struct TableVacuum {
  std::optional<double> retention_hours;
  bool dry_run = false;
  bool force = false;

  static void describe(router::FieldList<TableVacuum>& f) {
    f.type("TableVacuum", "Which of the files that the table no longer has to delete.");
    f.optional("retention_hours", &TableVacuum::retention_hours,
               "Of removed files. Without: delta.deletedFileRetentionDuration, 168 by default.");
    f.optional("dry_run", &TableVacuum::dry_run, "Only say what would be deleted.");
    f.optional("force", &TableVacuum::force, "Allow a retention below the table's.");
  }
};
struct TableVacuumed {
  std::int64_t file_count = 0;
  std::int64_t bytes = 0;
  std::int64_t folder_count = 0;
  double retention_hours = 0;
  std::vector<std::string> files;

  static void describe(router::FieldList<TableVacuumed>& f) {
    f.type("TableVacuumed", "What was deleted, or would be.");
    f.required("file_count", &TableVacuumed::file_count, "Files.");
    f.required("bytes", &TableVacuumed::bytes, "Of those files.");
    f.required("folder_count", &TableVacuumed::folder_count, "Empty folders.");
    f.required("retention_hours", &TableVacuumed::retention_hours, "That was applied.");
    f.required("files", &TableVacuumed::files, "Their paths in the table, the first 1000.");
  }
};
struct TableProperties {
  std::map<std::string, std::string> properties;

  static void describe(router::FieldList<TableProperties>& f) {
    f.type("TableProperties", "The properties of a table that are set.");
    f.required("properties", &TableProperties::properties, "By name.");
  }
};
struct TablePropertyChange {
  std::map<std::string, std::string> set;
  std::vector<std::string> unset;

  static void describe(router::FieldList<TablePropertyChange>& f) {
    f.type("TablePropertyChange", "Properties to set and to unset, in one commit.");
    f.optional("set", &TablePropertyChange::set, "Values by name.");
    f.optional("unset", &TablePropertyChange::unset, "Names; each must be set.");
  }
};

using router::Request;
using router::Response;
namespace actions = identity::actions;

lake::TableName name_of(const Request& request) {
  return lake::TableName::parse(request.path_parameters.require("name"));
}

std::shared_ptr<lake::delta::Table> open(const Workspace& workspace, const Request& request) {
  return workspace.catalog.open(workspace.catalog.resolve(name_of(request)));
}

std::string format_of(const TableLoad& load, const std::string& name) {
  if (!load.format.empty()) return load.format;
  const std::string lower = to_lower(name);
  for (const char* format : {"parquet", "csv", "json"}) {
    if (lower.ends_with(std::string(".") + format)) return format;
  }
  throw Error(Code::kInvalidArgument, "The file's name does not tell its format: '" + name + "'.",
              "Name the format: parquet, csv or json.");
}

std::string reader_sql(const Workspace& workspace, const TableLoad& load, const Request& request) {
  const lake::LakePath pattern = lake::parse_pattern(load.source);
  workspace.authority.authorize(principal_of(request), actions::kLakeFilesRead,
                                identity::Scope::file(pattern.container, pattern.path),
                                {request.request_id, {}});
  const auto files = workspace.lake.glob(pattern, request.cancel);
  if (files.empty())
    throw Error(Code::kNotFound, "There are no files in the lake: '" + pattern.text() + "'.");
  std::vector<std::string> paths;
  for (const lake::FileInfo& file : files)
    paths.push_back(engine::quote_text(workspace.lake.local_path(file.path).string()));
  const std::string format = format_of(load, files.front().path.path);
  const std::string reader = format == "parquet" ? "read_parquet"
                             : format == "csv"   ? "read_csv"
                                                 : "read_json";
  return "SELECT * FROM " + reader + "([" + join(paths, ", ") +
         "], union_by_name = true, hive_partitioning = false)";
}

Response load_rows(const Workspace& workspace, Request& request) {
  const auto load = router::read_json<TableLoad>(request);
  using Mode = lake::LoadOptions::Mode;
  const lake::LoadOptions options{.mode = load.mode == "append"      ? Mode::kAppend
                                          : load.mode == "overwrite" ? Mode::kOverwrite
                                                                     : Mode::kErrorIfExists,
                                  .partition_columns = load.partition_by,
                                  .merge_schema = load.merge_schema,
                                  .overwrite_schema = load.overwrite_schema,
                                  .user = principal_of(request).name};
  const std::string source = reader_sql(workspace, load, request);
  engine::Connection connection = workspace.engine().connect();
  const auto result = lake::load_table(workspace.catalog, name_of(request), connection, source,
                                       options, request.cancel);
  return router::json_response(
      TableLoaded{result.table, result.version, result.rows, result.created});
}

Response optimize_table(const Workspace& workspace, Request& request) {
  const auto wanted = router::read_json<TableOptimize>(request);
  if (wanted.target_file_bytes && *wanted.target_file_bytes < 0)
    throw Error(Code::kInvalidArgument, "A target size of files is not negative.");
  const auto table = open(workspace, request);
  lake::delta::OptimizeOptions options{.target_file_bytes = {}, .user = principal_of(request).name};
  if (wanted.target_file_bytes)
    options.target_file_bytes = static_cast<std::uint64_t>(*wanted.target_file_bytes);
  engine::Connection connection = workspace.engine().connect();
  const auto result = lake::delta::optimize(*table, connection, options, request.cancel);
  return router::json_response(TableOptimized{result.version, result.files_removed,
                                              result.files_added, result.bytes_removed,
                                              result.bytes_added, result.partitions_optimized});
}

Response vacuum_table(const Workspace& workspace, Request& request) {
  const auto wanted = router::read_json<TableVacuum>(request);
  const auto result = lake::delta::vacuum(*open(workspace, request),
                                          {.retention_hours = wanted.retention_hours,
                                           .dry_run = wanted.dry_run,
                                           .force = wanted.force,
                                           .user = principal_of(request).name},
                                          request.cancel);
  return router::json_response(TableVacuumed{result.file_count, result.bytes, result.folder_count,
                                             result.retention_hours, result.files});
}

Response show_properties(const Workspace& workspace, Request& request) {
  const auto snapshot = open(workspace, request)->snapshot({}, request.cancel);
  return router::json_response(TableProperties{snapshot->metadata.configuration});
}

Response change_properties(const Workspace& workspace, Request& request) {
  const auto wanted = router::read_json<TablePropertyChange>(request);
  const auto table = open(workspace, request);
  lake::delta::change_properties(*table, {.set = wanted.set, .unset = wanted.unset},
                                 principal_of(request).name, request.cancel);
  return router::json_response(
      TableProperties{table->snapshot({}, request.cancel)->metadata.configuration});
}

}  // namespace

std::vector<router::Route> table_change_routes(const Workspace& w) {
  using router::json_body;
  return {
      {.method = "POST",
       .pattern = "/tables/{name}/load",
       .action = std::string(actions::kTablesWrite),
       .summary = "Write the rows of files into a table",
       .handler = [&w](Request& r) { return load_rows(w, r); },
       .request = json_body<TableLoad>(),
       .response = json_body<TableLoaded>(),
       .scope = "table:{name}"},
      {.method = "POST",
       .pattern = "/tables/{name}/optimize",
       .action = std::string(actions::kTablesWrite),
       .summary = "Rewrite a table's small files as larger ones",
       .handler = [&w](Request& r) { return optimize_table(w, r); },
       .request = json_body<TableOptimize>(),
       .response = json_body<TableOptimized>(),
       .scope = "table:{name}"},
      {.method = "POST",
       .pattern = "/tables/{name}/vacuum",
       .action = std::string(actions::kTablesWrite),
       .summary = "Delete files that no version within the retention needs",
       .handler = [&w](Request& r) { return vacuum_table(w, r); },
       .request = json_body<TableVacuum>(),
       .response = json_body<TableVacuumed>(),
       .scope = "table:{name}"},
      {.method = "GET",
       .pattern = "/tables/{name}/properties",
       .action = std::string(actions::kTablesRead),
       .summary = "A table's properties",
       .handler = [&w](Request& r) { return show_properties(w, r); },
       .response = json_body<TableProperties>(),
       .scope = "table:{name}"},
      {.method = "PATCH",
       .pattern = "/tables/{name}/properties",
       .action = std::string(actions::kTablesWrite),
       .summary = "Set and unset a table's properties",
       .handler = [&w](Request& r) { return change_properties(w, r); },
       .request = json_body<TablePropertyChange>(),
       .response = json_body<TableProperties>(),
       .scope = "table:{name}"},
  };
}

}  // namespace tarn::api
