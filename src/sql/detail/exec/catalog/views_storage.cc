// Partitions and what a table takes: rows and bytes of the Delta log.

#include "detail/exec/catalog/catalog_view.h"
#include "detail/exec/object_ids.h"

namespace tarn::sql {
namespace {

constexpr std::int64_t kPageBytes = 8192;
/// The catalog's ids of partitions are made of the table's.
constexpr std::int64_t kPartitionIdBase = std::int64_t{1} << 40;

struct StoredSize {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
};

StoredSize stored_size(const CatalogReader& reader, const CatalogObject& table) {
  StoredSize size;
  for (const std::int64_t rows : reader.objects().rows_of(table)) size.rows += rows;
  if (const auto snapshot = reader.objects().snapshot_of(table))
    size.bytes = snapshot->size_bytes();
  return size;
}

template <typename Visit>
void each_user_table(const CatalogReader& reader, const Visit& visit) {
  for (const CatalogObject& table : reader.objects().objects())
    if (table.is_table()) visit(table);
}

Cell index_id_of(const CatalogReader& reader, const CatalogObject& table) {
  return flag_cell(reader.objects().design_of(table).index.starts_with("CLUSTERED"));
}

void partition_rows(const CatalogReader& reader, ViewRows& rows) {
  each_user_table(reader, [&](const CatalogObject& table) {
    std::int64_t number = 0;
    for (const std::int64_t count : reader.objects().rows_of(table)) {
      const std::int64_t id = kPartitionIdBase * (1 + number) + table.id;
      rows.add({{"partition_id", number_cell(id)},
                {"object_id", number_cell(table.id)},
                {"index_id", index_id_of(reader, table)},
                {"partition_number", number_cell(++number)},
                {"hobt_id", number_cell(id)},
                {"rows", number_cell(count)}});
    }
  });
}

void allocation_rows(const CatalogReader& reader, ViewRows& rows) {
  each_user_table(reader, [&](const CatalogObject& table) {
    const std::int64_t pages = (stored_size(reader, table).bytes + kPageBytes - 1) / kPageBytes;
    rows.add({{"allocation_unit_id", number_cell(kPartitionIdBase + table.id)},
              {"container_id", number_cell(kPartitionIdBase + table.id)},
              {"total_pages", number_cell(pages)},
              {"used_pages", number_cell(pages)},
              {"data_pages", number_cell(pages)}});
  });
}

void partition_stats_rows(const CatalogReader& reader, ViewRows& rows) {
  each_user_table(reader, [&](const CatalogObject& table) {
    const StoredSize size = stored_size(reader, table);
    const std::int64_t pages = (size.bytes + kPageBytes - 1) / kPageBytes;
    rows.add({{"partition_id", number_cell(kPartitionIdBase + table.id)},
              {"object_id", number_cell(table.id)},
              {"index_id", index_id_of(reader, table)},
              {"in_row_data_page_count", number_cell(pages)},
              {"in_row_used_page_count", number_cell(pages)},
              {"in_row_reserved_page_count", number_cell(pages)},
              {"used_page_count", number_cell(pages)},
              {"reserved_page_count", number_cell(pages)},
              {"row_count", number_cell(size.rows)}});
  });
}

}  // namespace

std::span<const SystemView> storage_views() {
  static const std::vector<SystemView> kViews = {
      {"sys.partitions",
       "partition_id bigint NOT NULL, object_id int NOT NULL, index_id int NOT NULL, "
       "partition_number int NOT NULL DEFAULT 1, hobt_id bigint NOT NULL, rows bigint, "
       "filestream_filegroup_id smallint NOT NULL DEFAULT 0, data_compression tinyint NOT NULL "
       "DEFAULT 3, data_compression_desc nvarchar(60) DEFAULT 'COLUMNSTORE', xml_compression bit "
       "DEFAULT 0, xml_compression_desc varchar(3) DEFAULT 'OFF'",
       partition_rows},
      {"sys.allocation_units",
       "allocation_unit_id bigint NOT NULL, type tinyint NOT NULL DEFAULT 1, type_desc "
       "nvarchar(60) DEFAULT 'IN_ROW_DATA', container_id bigint NOT NULL, data_space_id int "
       "DEFAULT 1, total_pages bigint NOT NULL, used_pages bigint NOT NULL, data_pages bigint NOT "
       "NULL",
       allocation_rows},
      {"sys.dm_db_partition_stats",
       "partition_id bigint, object_id int NOT NULL, index_id int NOT NULL, partition_number int "
       "NOT NULL DEFAULT 1, in_row_data_page_count bigint, in_row_used_page_count bigint, "
       "in_row_reserved_page_count bigint, lob_used_page_count bigint DEFAULT 0, "
       "lob_reserved_page_count bigint DEFAULT 0, row_overflow_used_page_count bigint DEFAULT 0, "
       "row_overflow_reserved_page_count bigint DEFAULT 0, used_page_count bigint, "
       "reserved_page_count bigint, row_count bigint",
       partition_stats_rows},
  };
  return kViews;
}

}  // namespace tarn::sql
