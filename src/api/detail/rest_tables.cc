// Tables outside SQL: the catalog's list, a table's columns and figures, its history.

#include "base/json.h"
#include "detail/rest_routes.h"
#include "identity/actions.h"
#include "lake/catalog.h"

namespace tarn::api {
namespace {

struct TableEntry {
  std::string name;
  std::string path;

  static void describe(router::FieldList<TableEntry>& f) {
    f.type("TableEntry", "A table's place.");
    f.required("name", &TableEntry::name, "database.schema.table");
    f.required("path", &TableEntry::path, "Its Delta folder in the lake.");
  }
};
struct TableListing {
  std::vector<TableEntry> tables;
  std::string continuation;

  static void describe(router::FieldList<TableListing>& f) {
    f.type("TableListing", "A page of tables.");
    f.required("tables", &TableListing::tables, "By database, schema and name.");
    f.required("continuation", &TableListing::continuation, "For the next page; empty at the end.");
  }
};
struct TableColumn {
  std::string name;
  std::string type;
  bool nullable = true;

  static void describe(router::FieldList<TableColumn>& f) {
    f.type("TableColumn", "A column.");
    f.required("name", &TableColumn::name, "Its name.");
    f.required("type", &TableColumn::type, "Delta's type.");
    f.required("nullable", &TableColumn::nullable, "Whether it may be NULL.");
  }
};
struct TableDetails {
  std::string name;
  std::string path;
  std::int64_t version = 0;
  std::string modified;
  std::optional<std::int64_t> rows;
  std::int64_t files = 0;
  std::int64_t size_bytes = 0;
  std::vector<std::string> partition_columns;
  std::vector<TableColumn> columns;

  static void describe(router::FieldList<TableDetails>& f) {
    f.type("Table", "A table at its newest version.");
    f.required("name", &TableDetails::name, "database.schema.table");
    f.required("path", &TableDetails::path, "Its Delta folder in the lake.");
    f.required("version", &TableDetails::version, "The Delta version.");
    f.required("modified", &TableDetails::modified, "When that version was committed, UTC.");
    f.optional("rows", &TableDetails::rows, "Where every file has statistics.");
    f.required("files", &TableDetails::files, "Parquet files.");
    f.required("size_bytes", &TableDetails::size_bytes, "Of those files.");
    f.required("partition_columns", &TableDetails::partition_columns, "Empty: not partitioned.");
    f.required("columns", &TableDetails::columns, "In their order.");
  }
};
struct TableVersion {
  std::int64_t version = 0;
  std::string time;
  std::string operation;
  std::string user;
  std::string engine;
  Json parameters;

  static void describe(router::FieldList<TableVersion>& f) {
    f.type("TableVersion", "One commit.");
    f.required("version", &TableVersion::version, "Its number.");
    f.required("time", &TableVersion::time, "UTC.");
    f.required("operation", &TableVersion::operation, "WRITE, CREATE TABLE, ...");
    f.required("user", &TableVersion::user, "Who made it, where known.");
    f.required("engine", &TableVersion::engine, "What made it.");
    f.required("parameters", &TableVersion::parameters, "Of the operation.");
  }
};
struct TableHistory {
  std::vector<TableVersion> versions;

  static void describe(router::FieldList<TableHistory>& f) {
    f.type("TableHistory", "The commits that the log still has.");
    f.required("versions", &TableHistory::versions, "Newest first.");
  }
};
struct DatabaseEntry {
  std::string name;
  std::string collation;
  std::string created;

  static void describe(router::FieldList<DatabaseEntry>& f) {
    f.type("DatabaseEntry", "A database.");
    f.required("name", &DatabaseEntry::name, "Its name.");
    f.required("collation", &DatabaseEntry::collation, "Of its text.");
    f.required("created", &DatabaseEntry::created, "UTC; empty for the built-in one.");
  }
};
struct DatabaseListing {
  std::vector<DatabaseEntry> databases;

  static void describe(router::FieldList<DatabaseListing>& f) {
    f.type("DatabaseListing", "All databases.");
    f.required("databases", &DatabaseListing::databases, "default first, then by name.");
  }
};

using router::Request;
using router::Response;
namespace actions = identity::actions;

Response list_tables(const Workspace& workspace, Request& request) {
  const auto page =
      workspace.catalog.list(request.query.get("database"), request.query.get("schema"),
                             request.query.get_int("limit", 1000, 1, lake::Catalog::kListMax),
                             request.query.get("continuation"), request.cancel);
  TableListing listing;
  for (const auto& table : page.tables) listing.tables.push_back({table.text(), table.path.text()});
  listing.continuation = page.continuation;
  return router::json_response(listing);
}

lake::TableRef table_of(const Workspace& workspace, const Request& request) {
  return workspace.catalog.resolve(lake::TableName::parse(request.path_parameters.require("name")));
}

Response show_table(const Workspace& workspace, Request& request) {
  const lake::TableRef ref = table_of(workspace, request);
  const auto snapshot = workspace.catalog.open(ref)->snapshot({}, request.cancel);
  TableDetails details{.name = ref.text(),
                       .path = ref.path.text(),
                       .version = snapshot->version,
                       .modified = time_text(snapshot->timestamp),
                       .rows = snapshot->row_count(),
                       .files = static_cast<std::int64_t>(snapshot->files.size()),
                       .size_bytes = snapshot->size_bytes(),
                       .partition_columns = snapshot->metadata.partition_columns};
  for (const auto& field : snapshot->schema().fields) {
    details.columns.push_back({field.name, lake::delta::name_of(field.type), field.nullable});
  }
  return router::json_response(details);
}

Response show_history(const Workspace& workspace, Request& request) {
  const lake::TableRef ref = table_of(workspace, request);
  const std::size_t limit =
      request.query.get_int("limit", 1000, 1, lake::delta::Table::kHistoryMax);
  TableHistory history;
  for (const auto& entry : workspace.catalog.open(ref)->history(limit, request.cancel)) {
    history.versions.push_back({entry.version, time_text(entry.timestamp), entry.info.operation,
                                entry.info.user, entry.info.engine,
                                Json::parse(entry.info.parameters, nullptr, false)});
  }
  return router::json_response(history);
}

Response list_databases(const Workspace& workspace) {
  DatabaseListing listing;
  for (const auto& database : workspace.catalog.databases()) {
    listing.databases.push_back({database.name, database.collation, time_text(database.created)});
  }
  return router::json_response(listing);
}

}  // namespace

std::vector<router::Route> table_routes(const Workspace& w) {
  using router::json_body;
  return {
      {.method = "GET",
       .pattern = "/databases",
       .action = std::string(actions::kTablesList),
       .summary = "The workspace's databases",
       .handler = [&w](Request&) { return list_databases(w); },
       .response = json_body<DatabaseListing>()},
      {.method = "GET",
       .pattern = "/tables",
       .action = std::string(actions::kTablesList),
       .summary = "The lake's tables",
       .handler = [&w](Request& r) { return list_tables(w, r); },
       .query = paging_parameters({{.name = "database", .doc = "Only of this database."},
                                   {.name = "schema", .doc = "Only of this schema."}}),
       .response = json_body<TableListing>()},
      {.method = "GET",
       .pattern = "/tables/{name}",
       .action = std::string(actions::kTablesRead),
       .summary = "A table's columns and figures",
       .handler = [&w](Request& r) { return show_table(w, r); },
       .response = json_body<TableDetails>(),
       .scope = "table:{name}"},
      {.method = "GET",
       .pattern = "/tables/{name}/history",
       .action = std::string(actions::kTablesRead),
       .summary = "A table's versions",
       .handler = [&w](Request& r) { return show_history(w, r); },
       .query = {{.name = "limit",
                  .doc = "The newest so many.",
                  .kind = router::Schema::Kind::kInteger}},
       .response = json_body<TableHistory>(),
       .scope = "table:{name}"},
  };
}

}  // namespace tarn::api
