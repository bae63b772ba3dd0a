#pragma once
// The objects of one database as the catalog numbers them: tables, external tables, views,
// procedures, functions, keys and defaults. Made once a statement, and read as far as is asked for:
// names alone read no table.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "detail/exec/external_objects.h"
#include "detail/exec/modules.h"
#include "detail/exec/statement_context.h"
#include "detail/exec/table_design.h"
#include "pools/pool.h"

namespace tarn::sql {

struct CatalogObject {
  ObjectName name;
  std::int32_t id = 0;
  std::int32_t schema_id = 0;
  std::int32_t parent_id = 0;    // of a key or default: its table
  std::string_view type;         // "U", "V", "P", "PK", …
  std::string_view description;  // "USER_TABLE"
  Micros created = 0;
  Micros modified = 0;
  std::optional<lake::TableRef> table;  // in the lake
  pools::PoolTablePtr pool_table;
  std::optional<ExternalObject> external;
  std::optional<Module> module;
  const TempTable* temporary = nullptr;
  std::optional<TableKey> key;
  std::string definition;        // of a default
  int column = 0;                // of a default: from 1 on
  bool named_by_system = false;  // of a default

  bool is(std::string_view code) const { return type == code; }
  bool is_table() const { return type == "U"; }
  /// It has a design and keys: no external and no temporary table.
  bool is_stored() const { return table || pool_table; }
  bool has_columns() const {
    return type == "U" || type == "V" || type == "IF" || type == "TF" || type == "S";
  }
};

class DatabaseObjects {
 public:
  DatabaseObjects(StatementFacts& facts, std::string database);

  const std::string& database() const { return database_; }
  /// Tables, views, procedures and functions.
  const std::vector<CatalogObject>& objects() const { return objects_; }
  /// Keys and defaults of the tables; reads each table's log.
  const std::vector<CatalogObject>& constraints();
  /// Of any kind, system objects included; null where there is none.
  const CatalogObject* find(std::int64_t id);
  const CatalogObject* find(const ObjectName& name);

  /// Of a table, a view or a function that gives rows. A view that no longer binds has none.
  const std::vector<TableColumn>& columns_of(const CatalogObject& object);
  const TableDesign& design_of(const CatalogObject& table);
  /// Null for what is no lake table.
  lake::delta::SnapshotPtr snapshot_of(const CatalogObject& table);
  /// When it last changed.
  Micros modified_of(const CatalogObject& table);
  /// The last value that the IDENTITY of a pool's table gave; nothing before the first.
  std::optional<std::int64_t> last_identity(const CatalogObject& table);
  /// Rows of a table by partition, the first of them where it has none; counted where nothing
  /// knows them.
  std::vector<std::int64_t> rows_of(const CatalogObject& table);
  /// Reads the columns of all objects now, so that columns_of() needs no engine later.
  void load_columns();

 private:
  void add(CatalogObject object);
  void add_temporary_tables();
  void add_lake_tables();
  void add_pool_tables(pools::Pool& pool);
  std::vector<TableColumn> read_columns(const CatalogObject& object);
  std::vector<TableColumn> module_columns(const Module& module);

  StatementFacts& facts_;
  std::string database_;
  pools::PoolPtr pool_;  // while the statement looks at it, where the database is one
  std::vector<CatalogObject> objects_;
  std::optional<std::vector<CatalogObject>> constraints_;
  std::unordered_map<std::int64_t, const CatalogObject*> by_id_;
  std::map<std::int64_t, std::vector<TableColumn>> columns_;
  std::map<std::int64_t, TableDesign> designs_;
};

/// Those of the statement; made on the first call.
DatabaseObjects& objects_of(StatementFacts& facts, const std::string& database);

/// Of schema sys and INFORMATION_SCHEMA: views, procedures and functions; the same in every
/// database.
const std::vector<CatalogObject>& system_objects();
/// The columns of a system view; empty for what is none.
std::vector<TableColumn> system_columns(const CatalogObject& object, StatementFacts& facts);

}  // namespace tarn::sql
