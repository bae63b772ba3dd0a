// Keys, indexes, statistics, defaults: what a table's design says (table_design.h). Nothing of it
// is enforced or built.

#include "detail/exec/catalog/catalog_view.h"
#include "detail/exec/object_ids.h"

namespace tarn::sql {
namespace {

/// An index as the catalog shows it: of the table's own form (1 or 0, a heap), then one a key.
struct IndexShown {
  int id = 0;
  std::string name;  // empty: a heap has none
  int type = 0;      // 0 heap, 1 clustered, 2 nonclustered, 5 clustered columnstore
  const TableKey* key = nullptr;
  std::vector<std::string> columns;
};

const char* index_description(int type) {
  return type == 0   ? "HEAP"
         : type == 1 ? "CLUSTERED"
         : type == 2 ? "NONCLUSTERED"
                     : "CLUSTERED COLUMNSTORE";
}

std::vector<IndexShown> indexes_of(const CatalogReader& reader, const CatalogObject& table) {
  const TableDesign& design = reader.objects().design_of(table);
  std::vector<IndexShown> indexes;
  const std::string own = "ClusteredIndex_" + std::to_string(table.id);
  if (design.index == "CLUSTERED COLUMNSTORE INDEX") {
    indexes.push_back({1, own, 5, nullptr, {}});
    for (const TableColumn& column : reader.objects().columns_of(table))
      indexes.back().columns.push_back(column.name);
  } else if (design.index == "CLUSTERED INDEX") {
    indexes.push_back({1, own, 1, nullptr, design.index_columns});
  } else {
    indexes.push_back({0, {}, 0, nullptr, {}});
  }
  int id = 2;
  for (const TableKey& key : design.keys) indexes.push_back({id++, key.name, 2, &key, key.columns});
  return indexes;
}

template <typename Visit>
void each_index(const CatalogReader& reader, const Visit& visit) {
  for (const CatalogObject& table : reader.objects().objects()) {
    if (!table.is_table()) continue;
    for (const IndexShown& index : indexes_of(reader, table)) visit(table, index);
  }
}

void index_rows(const CatalogReader& reader, ViewRows& rows) {
  each_index(reader, [&](const CatalogObject& table, const IndexShown& index) {
    rows.add({{"object_id", number_cell(table.id)},
              {"name", index.name.empty() ? Cell() : Cell(index.name)},
              {"index_id", number_cell(index.id)},
              {"type", number_cell(index.type)},
              {"type_desc", index_description(index.type)},
              {"is_unique", flag_cell(index.key != nullptr)},
              {"is_primary_key", flag_cell(index.key && index.key->primary)},
              {"is_unique_constraint", flag_cell(index.key && !index.key->primary)}});
  });
}

/// From 1 on; 0 for a name that the table does not have.
int column_place(const std::vector<TableColumn>& columns, const std::string& name) {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (equal_ignoring_case(columns[i].name, name)) return static_cast<int>(i) + 1;
  return 0;
}

void index_column_rows(const CatalogReader& reader, ViewRows& rows) {
  each_index(reader, [&](const CatalogObject& table, const IndexShown& index) {
    const auto& columns = reader.objects().columns_of(table);
    int place = 0;
    for (const std::string& column : index.columns) {
      rows.add({{"object_id", number_cell(table.id)},
                {"index_id", number_cell(index.id)},
                {"index_column_id", number_cell(++place)},
                {"column_id", number_cell(column_place(columns, column))},
                {"key_ordinal", number_cell(index.type == 5 ? 0 : place)},
                {"is_included_column", flag_cell(index.type == 5)}});
    }
  });
}

void key_constraint_rows(const CatalogReader& reader, ViewRows& rows) {
  std::map<std::int32_t, int> next_index;
  for (const CatalogObject& object : reader.objects().constraints()) {
    if (!object.key) continue;
    add_object(reader, object, rows);
    rows.set("unique_index_id", number_cell(2 + next_index[object.parent_id]++));
    rows.set("is_system_named", flag_cell(object.key->named_by_system));
  }
}

void default_constraint_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const CatalogObject& object : reader.objects().constraints()) {
    if (!object.is("D")) continue;
    add_object(reader, object, rows);
    rows.set("parent_column_id", number_cell(object.column));
    rows.set("definition", object.definition);
    rows.set("is_system_named", flag_cell(object.named_by_system));
  }
}

void stats_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const CatalogObject& table : reader.objects().objects()) {
    if (!table.is_table()) continue;
    int id = 1;
    for (const TableStatistics& statistics : reader.objects().design_of(table).statistics) {
      rows.add({{"object_id", number_cell(table.id)},
                {"name", statistics.name},
                {"stats_id", number_cell(++id)}});
    }
  }
}

void stats_column_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const CatalogObject& table : reader.objects().objects()) {
    if (!table.is_table()) continue;
    const auto& columns = reader.objects().columns_of(table);
    int id = 1;
    for (const TableStatistics& statistics : reader.objects().design_of(table).statistics) {
      ++id;
      int place = 0;
      for (const std::string& column : statistics.columns) {
        rows.add({{"object_id", number_cell(table.id)},
                  {"stats_id", number_cell(id)},
                  {"stats_column_id", number_cell(++place)},
                  {"column_id", number_cell(column_place(columns, column))}});
      }
    }
  }
}

std::string key_columns(std::string_view more) {
  return std::string(kObjectColumns) + ", " + std::string(more);
}

}  // namespace

std::span<const SystemView> key_views() {
  static const std::vector<SystemView> kViews = {
      {"sys.indexes",
       "object_id int NOT NULL, name sysname, index_id int NOT NULL, type tinyint NOT NULL, "
       "type_desc nvarchar(60), is_unique bit, data_space_id int DEFAULT 1, ignore_dup_key bit "
       "DEFAULT 0, is_primary_key bit, is_unique_constraint bit, fill_factor tinyint NOT NULL "
       "DEFAULT 0, is_padded bit DEFAULT 0, is_disabled bit DEFAULT 0, is_hypothetical bit DEFAULT "
       "0, is_ignored_in_optimization bit DEFAULT 0, allow_row_locks bit DEFAULT 1, "
       "allow_page_locks bit DEFAULT 1, has_filter bit DEFAULT 0, filter_definition nvarchar(max), "
       "compression_delay int, suppress_dup_key_messages bit DEFAULT 0, auto_created bit DEFAULT "
       "0, optimize_for_sequential_key bit DEFAULT 0",
       index_rows},
      {"sys.index_columns",
       "object_id int NOT NULL, index_id int NOT NULL, index_column_id int NOT NULL, column_id int "
       "NOT NULL, key_ordinal tinyint NOT NULL, partition_ordinal tinyint NOT NULL DEFAULT 0, "
       "is_descending_key bit DEFAULT 0, is_included_column bit, column_store_order_ordinal "
       "tinyint NOT NULL DEFAULT 0",
       index_column_rows},
      {"sys.key_constraints",
       key_columns("unique_index_id int, is_system_named bit NOT NULL, is_enforced bit DEFAULT 0"),
       key_constraint_rows},
      {"sys.default_constraints",
       key_columns("parent_column_id int NOT NULL, definition nvarchar(max), is_system_named bit "
                   "NOT NULL DEFAULT 1"),
       default_constraint_rows},
      {"sys.stats",
       "object_id int NOT NULL, name sysname, stats_id int NOT NULL, auto_created bit DEFAULT 0, "
       "user_created bit DEFAULT 1, no_recompute bit DEFAULT 0, has_filter bit DEFAULT 0, "
       "filter_definition nvarchar(max), is_temporary bit DEFAULT 0, is_incremental bit DEFAULT 0, "
       "has_persisted_sample bit DEFAULT 0, stats_generation_method int NOT NULL DEFAULT 0, "
       "stats_generation_method_desc varchar(60) NOT NULL DEFAULT 'Sort based statistics', "
       "auto_drop bit DEFAULT 0",
       stats_rows},
      {"sys.stats_columns",
       "object_id int NOT NULL, stats_id int NOT NULL, stats_column_id int NOT NULL, column_id "
       "int NOT NULL",
       stats_column_rows},
  };
  return kViews;
}

}  // namespace tarn::sql
