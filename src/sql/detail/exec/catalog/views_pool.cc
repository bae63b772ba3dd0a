// What a dedicated SQL pool shows of how its tables are spread, and of its nodes: here one node has
// everything.

#include <unistd.h>

#include "detail/exec/catalog/catalog_view.h"
#include "detail/exec/object_ids.h"

namespace tarn::sql {
namespace {

constexpr const char* kNodeName = "1";

template <typename Visit>
void each_stored_table(const CatalogReader& reader, const Visit& visit) {
  for (const CatalogObject& table : reader.objects().objects())
    if (table.is_stored()) visit(table, reader.objects().design_of(table));
}

void distribution_rows(const CatalogReader& reader, ViewRows& rows) {
  each_stored_table(reader, [&](const CatalogObject& table, const TableDesign& design) {
    const bool hash = design.distribution == "HASH";
    const bool everywhere = design.distribution == "REPLICATE";
    rows.add({{"object_id", number_cell(table.id)},
              {"distribution_policy", hash         ? "2"
                                      : everywhere ? "3"
                                                   : "4"},
              {"distribution_policy_desc", design.distribution}});
  });
}

void column_distribution_rows(const CatalogReader& reader, ViewRows& rows) {
  each_stored_table(reader, [&](const CatalogObject& table, const TableDesign& design) {
    int place = 0;
    for (const TableColumn& column : reader.objects().columns_of(table)) {
      int ordinal = 0;
      for (std::size_t i = 0; i < design.distribution_columns.size(); ++i) {
        if (equal_ignoring_case(design.distribution_columns[i], column.name))
          ordinal = static_cast<int>(i) + 1;
      }
      rows.add({{"object_id", number_cell(table.id)},
                {"column_id", number_cell(++place)},
                {"distribution_ordinal", number_cell(ordinal)}});
    }
  });
}

void mapping_rows(const CatalogReader& reader, ViewRows& rows) {
  each_stored_table(reader, [&](const CatalogObject& table, const TableDesign&) {
    rows.add(
        {{"physical_name", table.table ? table.table->path.text() : table.pool_table->engine_name},
         {"object_id", number_cell(table.id)}});
  });
}

template <typename Visit>
void each_partitioned(const CatalogReader& reader, const Visit& visit) {
  each_stored_table(reader, [&](const CatalogObject& table, const TableDesign& design) {
    if (design.partitions) visit(table, *design.partitions);
  });
}

void partition_function_rows(const CatalogReader& reader, ViewRows& rows) {
  each_partitioned(reader, [&](const CatalogObject& table, const TablePartitions& partitions) {
    rows.add({{"name", "PartitionFunction_" + table.name.object},
              {"function_id", number_cell(table.id)},
              {"fanout", number_cell(static_cast<std::int64_t>(partitions.bounds.size()) + 1)},
              {"boundary_value_on_right", flag_cell(partitions.right)},
              {"create_date", moment_cell(reader.objects().modified_of(table))},
              {"modify_date", moment_cell(reader.objects().modified_of(table))}});
  });
}

void partition_scheme_rows(const CatalogReader& reader, ViewRows& rows) {
  each_partitioned(reader, [&](const CatalogObject& table, const TablePartitions&) {
    rows.add({{"name", "PartitionScheme_" + table.name.object},
              {"data_space_id", number_cell(table.id)},
              {"function_id", number_cell(table.id)}});
  });
}

void range_value_rows(const CatalogReader& reader, ViewRows& rows) {
  each_partitioned(reader, [&](const CatalogObject& table, const TablePartitions& partitions) {
    int place = 0;
    for (const std::string& bound : partitions.bounds) {
      rows.add({{"function_id", number_cell(table.id)},
                {"boundary_id", number_cell(++place)},
                {"value", bound}});
    }
  });
}

void node_rows(const CatalogReader&, ViewRows& rows) {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  rows.add({{"pdw_node_id", kNodeName}, {"type", "CONTROL"}, {"name", name}});
}

void spread_rows(const CatalogReader&, ViewRows& rows) {
  rows.add({{"distribution_id", "1"},
            {"pdw_node_id", kNodeName},
            {"name", "Distribution_1"},
            {"position", "1"}});
}

}  // namespace

std::span<const SystemView> pool_views() {
  static const std::vector<SystemView> kViews = {
      {"sys.pdw_table_distribution_properties",
       "object_id int NOT NULL, distribution_policy tinyint NOT NULL, distribution_policy_desc "
       "nvarchar(60)",
       distribution_rows},
      {"sys.pdw_column_distribution_properties",
       "object_id int NOT NULL, column_id int NOT NULL, distribution_ordinal tinyint NOT NULL",
       column_distribution_rows},
      {"sys.pdw_table_mappings", "physical_name nvarchar(4000) NOT NULL, object_id int NOT NULL",
       mapping_rows},
      {"sys.pdw_distributions",
       "distribution_id int NOT NULL, pdw_node_id int NOT NULL, name nvarchar(32) NOT NULL, "
       "position int NOT NULL",
       spread_rows},
      {"sys.dm_pdw_nodes",
       "pdw_node_id int NOT NULL, type nvarchar(32) NOT NULL, name nvarchar(64) NOT NULL, "
       "is_passive bit NOT NULL DEFAULT 0, region nvarchar(32) NOT NULL DEFAULT 'PDW'",
       node_rows},
      {"sys.partition_functions",
       "name sysname NOT NULL, function_id int NOT NULL, type char(2) NOT NULL DEFAULT 'R ', "
       "type_desc nvarchar(60) DEFAULT 'RANGE', fanout int NOT NULL, boundary_value_on_right bit "
       "NOT NULL, is_system bit NOT NULL DEFAULT 0, create_date datetime NOT NULL, modify_date "
       "datetime NOT NULL",
       partition_function_rows},
      {"sys.partition_schemes",
       "name sysname NOT NULL, data_space_id int NOT NULL, type char(2) NOT NULL DEFAULT 'PS', "
       "type_desc nvarchar(60) DEFAULT 'PARTITION_SCHEME', is_default bit DEFAULT 0, is_system bit "
       "DEFAULT 0, function_id int NOT NULL",
       partition_scheme_rows},
      {"sys.partition_range_values",
       "function_id int NOT NULL, boundary_id int NOT NULL, parameter_id int NOT NULL DEFAULT 1, "
       "value nvarchar(4000)",
       range_value_rows},
  };
  return kViews;
}

}  // namespace tarn::sql
