// Columns and types, and INFORMATION_SCHEMA.COLUMNS.

#include "detail/exec/catalog/catalog_view.h"
#include "detail/exec/object_ids.h"

namespace tarn::sql {
namespace {

/// The ids of columns' defaults among the tables' constraints.
using DefaultIds = std::map<std::pair<std::int32_t, int>, std::int32_t>;

DefaultIds default_ids(const CatalogReader& reader) {
  DefaultIds ids;
  for (const CatalogObject& constraint : reader.objects().constraints())
    if (constraint.is("D")) ids[{constraint.parent_id, constraint.column}] = constraint.id;
  return ids;
}

void add_columns(const CatalogReader& reader, const CatalogObject& object,
                 const DefaultIds& defaults, ViewRows& rows) {
  if (!object.has_columns()) return;
  int place = 0;
  for (const TableColumn& column : reader.objects().columns_of(object)) {
    const SqlType& type = column.type;
    const auto id = defaults.find({object.id, ++place});
    const bool text = is_character(type);
    rows.add({{"object_id", number_cell(object.id)},
              {"name", column.name},
              {"column_id", number_cell(place)},
              {"system_type_id", number_cell(system_type_id(type.id))},
              {"user_type_id", number_cell(system_type_id(type.id))},
              {"max_length", number_cell(storage_length(type))},
              {"precision", number_cell(catalog_precision(type))},
              {"scale", number_cell(catalog_scale(type))},
              {"collation_name", text && type.collation ? Cell(type.collation->name) : Cell()},
              {"is_nullable", flag_cell(column.nullable)},
              {"is_identity", flag_cell(column.identity.has_value())},
              {"is_ansi_padded", flag_cell(text || is_binary(type))},
              {"default_object_id", number_cell(id == defaults.end() ? 0 : id->second)}});
  }
}

void column_rows(const CatalogReader& reader, ViewRows& rows) {
  const DefaultIds defaults = default_ids(reader);
  for (const CatalogObject& object : reader.objects().objects())
    add_columns(reader, object, defaults, rows);
}

void identity_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const CatalogObject& object : reader.objects().objects()) {
    if (!object.pool_table) continue;
    int place = 0;
    for (const TableColumn& column : reader.objects().columns_of(object)) {
      ++place;
      if (!column.identity) continue;
      rows.add({{"object_id", number_cell(object.id)},
                {"name", column.name},
                {"column_id", number_cell(place)},
                {"system_type_id", number_cell(system_type_id(column.type.id))},
                {"user_type_id", number_cell(system_type_id(column.type.id))},
                {"max_length", number_cell(storage_length(column.type))},
                {"precision", number_cell(catalog_precision(column.type))},
                {"scale", number_cell(catalog_scale(column.type))},
                {"is_nullable", flag_cell(column.nullable)},
                {"seed_value", number_cell(column.identity->seed)},
                {"increment_value", number_cell(column.identity->increment)}});
      if (const auto last = reader.objects().last_identity(object))
        rows.set("last_value", number_cell(*last));
    }
  }
}

void system_column_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const CatalogObject& object : system_objects()) add_columns(reader, object, {}, rows);
}

void all_column_rows(const CatalogReader& reader, ViewRows& rows) {
  column_rows(reader, rows);
  system_column_rows(reader, rows);
}

void type_rows(const CatalogReader&, ViewRows& rows) {
  for (int i = static_cast<int>(TypeId::kBit); i <= static_cast<int>(TypeId::kUniqueIdentifier);
       ++i) {
    SqlType type = SqlType::of(static_cast<TypeId>(i));
    if (is_exact_decimal(type)) type.precision = type.scale = kDecimalPrecisionMax;
    if (is_unicode(type) && !is_large(type)) type.length = kNcharLengthMax;
    if (!is_unicode(type) && (is_character(type) || is_binary(type)) && !is_large(type))
      type.length = kCharLengthMax;
    const bool legacy =
        type.id == TypeId::kText || type.id == TypeId::kNtext || type.id == TypeId::kImage;
    rows.add({{"name", std::string(sql::name_of(type.id))},
              {"system_type_id", number_cell(system_type_id(type.id))},
              {"user_type_id", number_cell(system_type_id(type.id))},
              {"max_length", number_cell(legacy ? 16 : storage_length(type))},
              {"precision", number_cell(catalog_precision(type))},
              {"scale", number_cell(catalog_scale(type))},
              {"collation_name", is_character(type) ? Cell(server_collation()->name) : Cell()}});
  }
  rows.add({{"name", "sysname"},
            {"system_type_id", number_cell(system_type_id(TypeId::kNvarchar))},
            {"user_type_id", number_cell(kSysnameTypeId)},
            {"max_length", "256"},
            {"precision", "0"},
            {"scale", "0"},
            {"collation_name", server_collation()->name},
            {"is_nullable", "0"}});
}

void information_column_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const CatalogObject& object : reader.objects().objects()) {
    if (!object.is_table() && !object.is("V")) continue;
    int place = 0;
    for (const TableColumn& column : reader.objects().columns_of(object)) {
      const SqlType& type = column.type;
      const bool text = is_character(type);
      const int octets = storage_length(type);
      rows.add({{"TABLE_CATALOG", reader.database},
                {"TABLE_SCHEMA", object.name.schema},
                {"TABLE_NAME", object.name.object},
                {"COLUMN_NAME", column.name},
                {"ORDINAL_POSITION", number_cell(++place)},
                {"IS_NULLABLE", column.nullable ? "YES" : "NO"},
                {"DATA_TYPE", std::string(sql::name_of(type.id))}});
      if (!column.default_text.empty()) rows.set("COLUMN_DEFAULT", "(" + column.default_text + ")");
      if (text || is_binary(type)) {
        rows.set("CHARACTER_MAXIMUM_LENGTH",
                 number_cell(is_unicode(type) && octets > 0 ? octets / 2 : octets));
        rows.set("CHARACTER_OCTET_LENGTH", number_cell(octets));
      }
      if (text) {
        rows.set("CHARACTER_SET_NAME", is_unicode(type)                         ? "UNICODE"
                                       : type.collation && type.collation->utf8 ? "UTF-8"
                                                                                : "iso_1");
        if (type.collation) rows.set("COLLATION_NAME", type.collation->name);
      }
      if (is_temporal(type)) rows.set("DATETIME_PRECISION", number_cell(catalog_scale(type)));
      if (!is_numeric(type) || type.id == TypeId::kBit) continue;
      rows.set("NUMERIC_PRECISION", number_cell(catalog_precision(type)));
      rows.set("NUMERIC_PRECISION_RADIX", is_approximate(type) ? "2" : "10");
      if (!is_approximate(type)) rows.set("NUMERIC_SCALE", number_cell(catalog_scale(type)));
    }
  }
}

const char* const kColumnColumns =
    "object_id int NOT NULL, name sysname, column_id int NOT NULL, system_type_id tinyint NOT "
    "NULL, user_type_id int NOT NULL, max_length smallint NOT NULL, precision tinyint NOT NULL, "
    "scale tinyint NOT NULL, collation_name sysname, is_nullable bit, is_ansi_padded bit NOT NULL, "
    "is_rowguidcol bit NOT NULL DEFAULT 0, is_identity bit NOT NULL DEFAULT 0, is_computed bit NOT "
    "NULL DEFAULT 0, is_filestream bit NOT NULL DEFAULT 0, is_replicated bit DEFAULT 0, "
    "is_non_sql_subscribed bit DEFAULT 0, is_merge_published bit DEFAULT 0, is_dts_replicated bit "
    "DEFAULT 0, is_xml_document bit NOT NULL DEFAULT 0, xml_collection_id int NOT NULL DEFAULT 0, "
    "default_object_id int NOT NULL DEFAULT 0, rule_object_id int NOT NULL DEFAULT 0, is_sparse "
    "bit DEFAULT 0, is_column_set bit DEFAULT 0, generated_always_type tinyint DEFAULT 0, "
    "generated_always_type_desc nvarchar(60) DEFAULT 'NOT_APPLICABLE', encryption_type int, "
    "encryption_type_desc nvarchar(64), encryption_algorithm_name sysname, "
    "column_encryption_key_id int, column_encryption_key_database_name sysname, is_hidden bit NOT "
    "NULL DEFAULT 0, is_masked bit NOT NULL DEFAULT 0, graph_type int, graph_type_desc "
    "nvarchar(60), is_data_deletion_filter_column bit DEFAULT 0, ledger_view_column_type tinyint, "
    "ledger_view_column_type_desc nvarchar(60), is_dropped_ledger_column bit DEFAULT 0";

}  // namespace

std::span<const SystemView> column_views() {
  static const std::vector<SystemView> kViews = {
      {"sys.columns", kColumnColumns, column_rows},
      {"sys.system_columns", kColumnColumns, system_column_rows},
      {"sys.all_columns", kColumnColumns, all_column_rows},
      {"sys.identity_columns",
       "object_id int NOT NULL, name sysname, column_id int NOT NULL, system_type_id tinyint NOT "
       "NULL, user_type_id int NOT NULL, max_length smallint NOT NULL, precision tinyint NOT NULL, "
       "scale tinyint NOT NULL, collation_name sysname, is_nullable bit, is_ansi_padded bit NOT "
       "NULL DEFAULT 0, is_rowguidcol bit NOT NULL DEFAULT 0, is_identity bit NOT NULL DEFAULT 1, "
       "is_filestream bit NOT NULL DEFAULT 0, is_replicated bit DEFAULT 0, is_non_sql_subscribed "
       "bit DEFAULT 0, is_merge_published bit DEFAULT 0, is_dts_replicated bit DEFAULT 0, "
       "is_xml_document bit NOT NULL DEFAULT 0, xml_collection_id int NOT NULL DEFAULT 0, "
       "default_object_id int NOT NULL DEFAULT 0, rule_object_id int NOT NULL DEFAULT 0, "
       "seed_value numeric(38,0), increment_value numeric(38,0), last_value numeric(38,0), "
       "is_not_for_replication bit DEFAULT 0, is_computed bit NOT NULL DEFAULT 0, is_sparse bit "
       "DEFAULT 0, is_column_set bit DEFAULT 0, generated_always_type tinyint DEFAULT 0, "
       "generated_always_type_desc nvarchar(60) DEFAULT 'NOT_APPLICABLE', is_hidden bit NOT NULL "
       "DEFAULT 0, is_masked bit NOT NULL DEFAULT 0",
       identity_rows},
      {"sys.types",
       "name sysname NOT NULL, system_type_id tinyint NOT NULL, user_type_id int NOT NULL, "
       "schema_id int NOT NULL DEFAULT 4, principal_id int, max_length smallint NOT NULL, "
       "precision tinyint NOT NULL, scale tinyint NOT NULL, collation_name sysname, is_nullable "
       "bit DEFAULT 1, is_user_defined bit NOT NULL DEFAULT 0, is_assembly_type bit NOT NULL "
       "DEFAULT 0, default_object_id int NOT NULL DEFAULT 0, rule_object_id int NOT NULL DEFAULT "
       "0, is_table_type bit NOT NULL DEFAULT 0",
       type_rows},
      {"INFORMATION_SCHEMA.COLUMNS",
       "TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname NOT NULL, "
       "COLUMN_NAME sysname, ORDINAL_POSITION int, COLUMN_DEFAULT nvarchar(4000), IS_NULLABLE "
       "varchar(3), DATA_TYPE nvarchar(128), CHARACTER_MAXIMUM_LENGTH int, CHARACTER_OCTET_LENGTH "
       "int, NUMERIC_PRECISION tinyint, NUMERIC_PRECISION_RADIX smallint, NUMERIC_SCALE int, "
       "DATETIME_PRECISION smallint, CHARACTER_SET_CATALOG sysname, CHARACTER_SET_SCHEMA sysname, "
       "CHARACTER_SET_NAME sysname, COLLATION_CATALOG sysname, COLLATION_SCHEMA sysname, "
       "COLLATION_NAME sysname, DOMAIN_CATALOG sysname, DOMAIN_SCHEMA sysname, DOMAIN_NAME sysname",
       information_column_rows},
  };
  return kViews;
}

}  // namespace tarn::sql
