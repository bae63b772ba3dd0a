// Schemas and objects: tables, views, procedures, functions, and their texts.

#include "detail/bind/binder.h"
#include "detail/exec/catalog/catalog_view.h"
#include "detail/exec/object_ids.h"
#include "detail/exec/system_databases.h"
#include "detail/syntax/parser.h"

namespace tarn::sql {
namespace {

void schema_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const std::string& schema : schemas_of(reader.session(), reader.database)) {
    rows.add({{"name", schema},
              {"schema_id", number_cell(schema_id(reader.database, schema))},
              {"principal_id", "1"}});
  }
  rows.add({{"name", "guest"}, {"schema_id", "2"}, {"principal_id", "2"}});
  rows.add({{"name", "INFORMATION_SCHEMA"}, {"schema_id", "3"}, {"principal_id", "3"}});
  rows.add({{"name", "sys"}, {"schema_id", "4"}, {"principal_id", "4"}});
}

void add_objects(const CatalogReader& reader, ViewRows& rows, std::string_view type) {
  for (const CatalogObject& object : reader.objects().objects())
    if (object.is(type)) add_object(reader, object, rows);
}

void add_system_objects(const CatalogReader& reader, ViewRows& rows, std::string_view type) {
  for (const CatalogObject& object : system_objects())
    if (type.empty() || object.is(type)) add_object(reader, object, rows);
}

void object_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const CatalogObject& object : reader.objects().objects()) add_object(reader, object, rows);
  for (const CatalogObject& object : reader.objects().constraints())
    add_object(reader, object, rows);
}

void system_object_rows(const CatalogReader& reader, ViewRows& rows) {
  add_system_objects(reader, rows, {});
}

void all_object_rows(const CatalogReader& reader, ViewRows& rows) {
  object_rows(reader, rows);
  system_object_rows(reader, rows);
}

void table_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const CatalogObject& object : reader.objects().objects()) {
    if (!object.is_table()) continue;
    add_object(reader, object, rows);
    rows.set("max_column_id_used",
             number_cell(static_cast<std::int64_t>(reader.objects().columns_of(object).size())));
    rows.set("is_external", flag_cell(object.external.has_value()));
  }
}

void view_rows(const CatalogReader& reader, ViewRows& rows) { add_objects(reader, rows, "V"); }

void system_view_rows(const CatalogReader& reader, ViewRows& rows) {
  add_system_objects(reader, rows, "V");
}

void all_view_rows(const CatalogReader& reader, ViewRows& rows) {
  view_rows(reader, rows);
  system_view_rows(reader, rows);
}

void procedure_rows(const CatalogReader& reader, ViewRows& rows) { add_objects(reader, rows, "P"); }

void add_text(ViewRows& rows, const CatalogObject& object, const std::string& text) {
  rows.add({{"object_id", number_cell(object.id)}, {"definition", text}});
}

void module_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const CatalogObject& object : reader.objects().objects())
    if (object.module) add_text(rows, object, object.module->definition);
}

void system_module_rows(const CatalogReader&, ViewRows& rows) {
  for (const CatalogObject& object : system_objects())
    if (!object.definition.empty()) add_text(rows, object, object.definition);
}

void all_module_rows(const CatalogReader& reader, ViewRows& rows) {
  module_rows(reader, rows);
  system_module_rows(reader, rows);
}

void add_parameter(ViewRows& rows, const CatalogObject& object, int place, const std::string& name,
                   const SqlType& type, const ast::Parameter* parameter) {
  rows.add({{"object_id", number_cell(object.id)},
            {"name", name},
            {"parameter_id", number_cell(place)},
            {"system_type_id", number_cell(system_type_id(type.id))},
            {"user_type_id", number_cell(system_type_id(type.id))},
            {"max_length", number_cell(storage_length(type))},
            {"precision", number_cell(catalog_precision(type))},
            {"scale", number_cell(catalog_scale(type))},
            {"is_output", flag_cell(!parameter || parameter->output)},
            {"is_readonly", flag_cell(parameter && parameter->read_only)}});
}

void add_parameters(const CatalogReader& reader, ViewRows& rows, const CatalogObject& object,
                    std::string_view definition) {
  const ast::Batch batch = parse_batch(definition);
  const ast::StatementNode& node = batch.statements.at(0)->node;
  const auto* procedure = std::get_if<ast::CreateProcedure>(&node);
  const auto* function = std::get_if<ast::CreateFunction>(&node);
  if (!procedure && !function) return;
  const Collation* collation = reader.session().collation_of(reader.database);
  if (function && function->returns)
    add_parameter(rows, object, 0, "", bind_type(*function->returns, collation), nullptr);
  int place = 0;
  for (const ast::Parameter& parameter : procedure ? procedure->parameters : function->parameters) {
    add_parameter(rows, object, ++place, parameter.name, bind_type(parameter.type, collation),
                  &parameter);
  }
}

void parameter_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const CatalogObject& object : reader.objects().objects()) {
    if (object.module && !object.is("V"))
      add_parameters(reader, rows, object, object.module->definition);
  }
}

void system_parameter_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const CatalogObject& object : system_objects()) {
    if (!object.definition.empty() && !object.is("V"))
      add_parameters(reader, rows, object, object.definition);
  }
}

void all_parameter_rows(const CatalogReader& reader, ViewRows& rows) {
  parameter_rows(reader, rows);
  system_parameter_rows(reader, rows);
}

std::string with_object_columns(std::string_view more) {
  return std::string(kObjectColumns) + ", " + std::string(more);
}

const char* const kViewColumns =
    "is_replicated bit DEFAULT 0, has_replication_filter bit DEFAULT 0, has_opaque_metadata bit "
    "NOT NULL DEFAULT 0, has_unchecked_assembly_data bit NOT NULL DEFAULT 0, with_check_option bit "
    "NOT NULL DEFAULT 0, is_date_correlation_view bit NOT NULL DEFAULT 0, is_tracked_by_cdc bit "
    "DEFAULT 0, has_snapshot bit DEFAULT 0, ledger_view_type tinyint DEFAULT 0, "
    "ledger_view_type_desc nvarchar(60) DEFAULT 'NON_LEDGER_VIEW', is_dropped_ledger_view bit "
    "DEFAULT 0";

const char* const kModuleColumnList =
    "object_id int NOT NULL, definition nvarchar(max), uses_ansi_nulls bit DEFAULT 1, "
    "uses_quoted_identifier bit DEFAULT 1, is_schema_bound bit DEFAULT 0, "
    "uses_database_collation bit DEFAULT 0, is_recompiled bit DEFAULT 0, null_on_null_input bit "
    "DEFAULT 0, execute_as_principal_id int, uses_native_compilation bit DEFAULT 0, "
    "inline_type bit DEFAULT 0, is_inlineable bit DEFAULT 0";

const char* const kParameterColumns =
    "object_id int NOT NULL, name sysname, parameter_id int NOT NULL, system_type_id tinyint NOT "
    "NULL, user_type_id int NOT NULL, max_length smallint NOT NULL, precision tinyint NOT NULL, "
    "scale tinyint NOT NULL, is_output bit NOT NULL, is_cursor_ref bit NOT NULL DEFAULT 0, "
    "has_default_value bit NOT NULL DEFAULT 0, is_xml_document bit NOT NULL DEFAULT 0, "
    "default_value nvarchar(4000), xml_collection_id int NOT NULL DEFAULT 0, is_readonly bit NOT "
    "NULL, is_nullable bit DEFAULT 1, encryption_type int, encryption_type_desc nvarchar(64), "
    "encryption_algorithm_name sysname, column_encryption_key_id int, "
    "column_encryption_key_database_name sysname, vector_dimensions int, vector_base_type tinyint, "
    "vector_base_type_desc nvarchar(10)";

}  // namespace

void add_object(const CatalogReader& reader, const CatalogObject& object, ViewRows& rows) {
  std::string type(object.type);
  type.resize(2, ' ');
  const auto snapshot = object.created == 0 ? reader.objects().snapshot_of(object) : nullptr;
  rows.add({{"name", object.name.object},
            {"object_id", number_cell(object.id)},
            {"schema_id", number_cell(object.schema_id)},
            {"parent_object_id", number_cell(object.parent_id)},
            {"type", type},
            {"type_desc", std::string(object.description)},
            {"create_date",
             moment_cell(snapshot ? snapshot->metadata.created_ms * 1000 : object.created)},
            {"modify_date", moment_cell(snapshot ? snapshot->timestamp : object.modified)},
            {"is_ms_shipped", flag_cell(object.id < 0)}});
}

std::span<const SystemView> object_views() {
  static const std::vector<SystemView> kViews = {
      {"sys.schemas", "name sysname NOT NULL, schema_id int NOT NULL, principal_id int",
       schema_rows},
      {"sys.objects", std::string(kObjectColumns), object_rows},
      {"sys.system_objects", std::string(kObjectColumns), system_object_rows},
      {"sys.all_objects", std::string(kObjectColumns), all_object_rows},
      {"sys.tables",
       with_object_columns(
           "lob_data_space_id int NOT NULL DEFAULT 0, filestream_data_space_id int, "
           "max_column_id_used int NOT NULL, lock_on_bulk_load bit NOT NULL DEFAULT 0, "
           "uses_ansi_nulls bit DEFAULT 1, is_replicated bit DEFAULT 0, has_replication_filter bit "
           "DEFAULT 0, is_merge_published bit DEFAULT 0, is_sync_tran_subscribed bit DEFAULT 0, "
           "has_unchecked_assembly_data bit NOT NULL DEFAULT 0, text_in_row_limit int DEFAULT 0, "
           "large_value_types_out_of_row bit DEFAULT 0, is_tracked_by_cdc bit DEFAULT 0, "
           "lock_escalation tinyint DEFAULT 0, lock_escalation_desc nvarchar(60) DEFAULT 'TABLE', "
           "is_filetable bit DEFAULT 0, is_memory_optimized bit DEFAULT 0, durability tinyint "
           "DEFAULT 0, durability_desc nvarchar(60) DEFAULT 'SCHEMA_AND_DATA', temporal_type "
           "tinyint DEFAULT 0, temporal_type_desc nvarchar(60) DEFAULT 'NON_TEMPORAL_TABLE', "
           "history_table_id int, is_remote_data_archive_enabled bit DEFAULT 0, is_external bit "
           "NOT NULL, history_retention_period int, history_retention_period_unit int, "
           "history_retention_period_unit_desc nvarchar(10), is_node bit DEFAULT 0, is_edge bit "
           "DEFAULT 0, data_retention_period int DEFAULT -1, data_retention_period_unit int "
           "DEFAULT -1, data_retention_period_unit_desc nvarchar(10) DEFAULT 'INFINITE', "
           "ledger_type tinyint DEFAULT 0, ledger_type_desc nvarchar(60) DEFAULT "
           "'NON_LEDGER_TABLE', ledger_view_id int, is_dropped_ledger_table bit DEFAULT 0"),
       table_rows},
      {"sys.views", with_object_columns(kViewColumns), view_rows},
      {"sys.system_views", with_object_columns(kViewColumns), system_view_rows},
      {"sys.all_views", with_object_columns(kViewColumns), all_view_rows},
      {"sys.procedures",
       with_object_columns(
           "is_auto_executed bit NOT NULL DEFAULT 0, is_execution_replicated bit DEFAULT 0, "
           "is_repl_serializable_only bit DEFAULT 0, skips_repl_constraints bit DEFAULT 0"),
       procedure_rows},
      {"sys.sql_modules", kModuleColumnList, module_rows},
      {"sys.system_sql_modules", kModuleColumnList, system_module_rows},
      {"sys.all_sql_modules", kModuleColumnList, all_module_rows},
      {"sys.parameters", kParameterColumns, parameter_rows},
      {"sys.system_parameters", kParameterColumns, system_parameter_rows},
      {"sys.all_parameters", kParameterColumns, all_parameter_rows},
  };
  return kViews;
}

}  // namespace tarn::sql
