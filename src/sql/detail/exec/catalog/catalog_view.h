#pragma once
// A system view: its columns as CREATE TABLE would have them, and its rows or a query. Adding one
// is a line in the table of its family (views_*.cc).

#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detail/exec/catalog/database_objects.h"

namespace tarn::sql {

/// A value as text, in the engine's form of its column's type; nothing is NULL.
using Cell = std::optional<std::string>;

inline Cell number_cell(std::int64_t value) { return std::to_string(value); }
inline Cell flag_cell(bool value) { return value ? "1" : "0"; }
/// The bytes of a varbinary.
Cell bytes_cell(std::string_view value);
/// A datetime.
Cell moment_cell(Micros value);

/// The rows of one view as they are made. A column that a row does not set has its DEFAULT, or
/// NULL.
class ViewRows {
 public:
  explicit ViewRows(std::vector<TableColumn> columns);

  void add(std::initializer_list<std::pair<std::string_view, Cell>> cells);
  /// More of the last row.
  void set(std::string_view column, Cell value);

  const std::vector<TableColumn>& columns() const { return columns_; }
  const std::vector<std::vector<Cell>>& rows() const { return rows_; }
  /// The engine's SELECT of them, in brackets.
  std::string engine_sql() const;

 private:
  std::vector<TableColumn> columns_;
  std::vector<Cell> defaults_;
  std::map<std::string, std::size_t, CaseInsensitive> places_;
  std::vector<std::vector<Cell>> rows_;
};

/// What the rows of a view are made from.
struct CatalogReader {
  StatementFacts& facts;
  std::string database;

  SessionState& session() const { return facts.session; }
  DatabaseObjects& objects() const { return objects_of(facts, database); }
  std::vector<ExternalObject> external(ExternalKind kind) const;
};

struct SystemView {
  std::string_view name;  // "sys.schemas"
  std::string columns;    // "name sysname NOT NULL, schema_id int NOT NULL"
  /// Null: a view of what Tarn has none of, without rows.
  void (*rows)(const CatalogReader& reader, ViewRows& rows) = nullptr;
};

/// A system view, procedure or function in T-SQL: "CREATE VIEW sys.sysobjects AS …". It is parsed
/// when it is used, and names in it mean the database that it is asked for in.
struct SystemModule {
  std::string_view name;  // "sys.sysobjects"
  ModuleKind kind = ModuleKind::kView;
  std::string_view definition;
};

// The families.
std::span<const SystemView> database_views();
std::span<const SystemView> object_views();
std::span<const SystemView> column_views();
std::span<const SystemView> key_views();
std::span<const SystemView> storage_views();
std::span<const SystemView> external_views();
std::span<const SystemView> principal_views();
std::span<const SystemView> activity_views();
std::span<const SystemView> pool_views();
std::span<const SystemView> workload_views();
std::span<const SystemView> empty_views();
std::span<const SystemView> feature_views();
std::span<const SystemModule> information_schema_modules();
std::span<const SystemModule> compatibility_modules();
std::span<const SystemModule> catalog_procedures();
std::span<const SystemModule> help_procedures();

const SystemView* find_system_view(std::string_view name);
const SystemModule* find_system_module(std::string_view name);
std::vector<TableColumn> declared_columns(const SystemView& view);
/// All names: "sys.tables".
std::vector<std::string> system_names();

/// The columns that all views of objects begin with.
inline constexpr std::string_view kObjectColumns =
    "name sysname NOT NULL, object_id int NOT NULL, principal_id int, schema_id int NOT NULL, "
    "parent_object_id int NOT NULL DEFAULT 0, type char(2) NOT NULL, type_desc nvarchar(60), "
    "create_date datetime NOT NULL, modify_date datetime NOT NULL, is_ms_shipped bit NOT NULL "
    "DEFAULT 0, is_published bit NOT NULL DEFAULT 0, is_schema_published bit NOT NULL DEFAULT 0";
/// Their values.
void add_object(const CatalogReader& reader, const CatalogObject& object, ViewRows& rows);

}  // namespace tarn::sql
