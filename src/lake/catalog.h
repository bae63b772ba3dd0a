#pragma once
// The catalog: databases, schemas and the tables that lie in the workspace's warehouse as Delta
// folders.
//
// Owns the layout of the warehouse (design: home folder) and the tables `databases` and `schemas`
// of the metadata store. A table is there as soon as its folder has a _delta_log, whoever wrote it:
// nothing is registered. Never parses SQL; views and procedures are kept by `sql`. Names are found
// without regard to ASCII case and keep the case they were made with. Thread-safe.

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "lake/delta_table.h"
#include "lake/lake.h"

namespace tarn::meta {
class Store;
}

namespace tarn::lake {

inline constexpr std::string_view kDefaultDatabase = "default";
inline constexpr std::string_view kDefaultSchema = "dbo";
inline constexpr std::string_view kDefaultCollation = "Latin1_General_100_CI_AS_SC_UTF8";

/// A name of one to three parts. parse() follows the rule outside SQL: a.b is database.table. Parts
/// may be quoted as [x] or "x", the closing mark doubled inside. (T-SQL's own rule, a.b as
/// schema.table, is the binder's.)
struct TableName {
  std::string database;  // empty: the current one
  std::string schema;    // empty: dbo
  std::string table;

  static TableName parse(std::string_view text);
  /// "default.dbo.bike_data"; parts that need it in brackets.
  std::string text() const;
};

struct DatabaseInfo {
  std::string name;
  std::string collation;
  Micros created = 0;
};

/// A table's place. The names are those of the disk.
struct TableRef {
  std::string database;
  std::string schema;
  std::string table;
  LakePath path;                 // files/synapse/workspaces/main/warehouse/bike_data
  std::filesystem::path folder;  // the same on disk

  std::string text() const;  // "default.dbo.bike_data"
};

struct TablePage {
  std::vector<TableRef> tables;  // by database, schema, table
  std::string continuation;      // empty when this was the last page
};

class Catalog {
 public:
  static constexpr std::size_t kNameBytesMax = 128;  // as SQL Server's sysname
  static constexpr std::size_t kListMax = 5000;

  Catalog(Lake& lake, meta::Store& store, delta::EngineProvider engine,
          std::string workspace = "main");
  ~Catalog();

  Lake& lake() { return lake_; }
  /// Shared Table objects by folder.
  delta::TableCache& tables() { return tables_; }

  /// Of all databases, `default` first, then by name.
  std::vector<DatabaseInfo> databases() const;
  std::optional<DatabaseInfo> find_database(std::string_view name) const;
  /// kAlreadyExists; kInvalidArgument for a name that cannot be a folder's.
  DatabaseInfo create_database(std::string_view name,
                               std::string_view collation = kDefaultCollation);
  /// Drops it with its schemas and tables. `default` is refused. kNotFound.
  void drop_database(std::string_view name);

  /// `dbo` first, then by name; those that only a table's folder shows are included. kNotFound for
  /// the database.
  std::vector<std::string> schemas(std::string_view database) const;
  bool has_schema(std::string_view database, std::string_view schema) const;
  void create_schema(std::string_view database, std::string_view schema);
  /// kConflict while it has tables; `dbo` is refused.
  void drop_schema(std::string_view database, std::string_view schema);

  std::optional<TableRef> find(std::string_view database, std::string_view schema,
                               std::string_view table) const;
  /// As find(), but throws kNotFound with the nearest name in the hint. Empty database and schema
  /// mean default and dbo.
  TableRef resolve(std::string_view database, std::string_view schema,
                   std::string_view table) const;
  TableRef resolve(const TableName& name) const {
    return resolve(name.database, name.schema, name.table);
  }
  /// The names of the tables of a schema, at most `limit`; for hints and completion.
  std::vector<std::string> table_names(std::string_view database, std::string_view schema,
                                       std::size_t limit = 1000) const;

  /// `database` and `schema` empty: all.
  TablePage list(std::string_view database = {}, std::string_view schema = {},
                 std::size_t limit = 1000, std::string_view continuation = {},
                 const CancelToken& cancel = {}) const;

  /// Where a new table will lie. kAlreadyExists where there is one (in any case); kNotFound for
  /// database or schema.
  TableRef place(std::string_view database, std::string_view schema, std::string_view table) const;
  /// Puts a new table's first files into the folder that it is given; returns them as adds.
  using FirstFiles = std::function<std::vector<delta::Add>(const std::filesystem::path& folder)>;
  /// Makes the table with its first rows (CREATE TABLE AS SELECT) or without any. It is built aside
  /// and appears whole by one rename: a crash leaves a temporary for the sweep. Of several at the
  /// same time one wins, the others get kAlreadyExists.
  TableRef create_table(std::string_view database, std::string_view schema, std::string_view table,
                        const delta::Schema& columns,
                        const std::vector<std::string>& partition_columns = {},
                        const std::map<std::string, std::string>& configuration = {},
                        const FirstFiles& first_files = {}, std::string_view user = {});
  /// Gives the table another name in its schema, with all of its history; what is written to its
  /// old place meanwhile fails. kAlreadyExists, kNotFound, kInvalidArgument for the name.
  TableRef rename_table(const TableRef& table, std::string_view name);
  /// Gone at once (renamed away), then its files are deleted; a crash between leaves a temporary
  /// for the sweep.
  void drop_table(const TableRef& table);

  std::shared_ptr<delta::Table> open(const TableRef& table) { return tables_.open(table.folder); }

 private:
  struct Impl;
  TableRef ref(const std::string& database, const std::filesystem::path& folder, std::string schema,
               std::string table) const;

  Lake& lake_;
  meta::Store& store_;
  std::string workspace_;
  delta::TableCache tables_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::lake
