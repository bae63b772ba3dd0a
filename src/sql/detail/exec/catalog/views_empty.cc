// Views of what Tarn has none of. Tools join them and expect no rows.

#include "detail/exec/catalog/catalog_view.h"

namespace tarn::sql {
namespace {

std::string of_objects(std::string_view more) {
  return std::string(kObjectColumns) + ", " + std::string(more);
}

}  // namespace

std::span<const SystemView> empty_views() {
  static const std::vector<SystemView> kViews = {
      {"INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS",
       "CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128), CONSTRAINT_NAME sysname "
       "NOT NULL, UNIQUE_CONSTRAINT_CATALOG nvarchar(128), UNIQUE_CONSTRAINT_SCHEMA nvarchar(128), "
       "UNIQUE_CONSTRAINT_NAME sysname, MATCH_OPTION varchar(7), UPDATE_RULE varchar(11), "
       "DELETE_RULE varchar(11)"},
      {"INFORMATION_SCHEMA.CHECK_CONSTRAINTS",
       "CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128), CONSTRAINT_NAME sysname "
       "NOT NULL, CHECK_CLAUSE nvarchar(4000)"},
      {"INFORMATION_SCHEMA.DOMAINS",
       "DOMAIN_CATALOG nvarchar(128), DOMAIN_SCHEMA nvarchar(128), DOMAIN_NAME sysname NOT NULL, "
       "DATA_TYPE nvarchar(128), CHARACTER_MAXIMUM_LENGTH int, CHARACTER_OCTET_LENGTH int, "
       "COLLATION_CATALOG varchar(6), COLLATION_SCHEMA varchar(3), COLLATION_NAME sysname, "
       "CHARACTER_SET_CATALOG varchar(6), CHARACTER_SET_SCHEMA varchar(3), CHARACTER_SET_NAME "
       "sysname, NUMERIC_PRECISION tinyint, NUMERIC_PRECISION_RADIX smallint, NUMERIC_SCALE "
       "tinyint, DATETIME_PRECISION smallint, DOMAIN_DEFAULT nvarchar(4000)"},
      {"INFORMATION_SCHEMA.DOMAIN_CONSTRAINTS",
       "CONSTRAINT_CATALOG nvarchar(128), CONSTRAINT_SCHEMA nvarchar(128), CONSTRAINT_NAME sysname "
       "NOT NULL, DOMAIN_CATALOG nvarchar(128), DOMAIN_SCHEMA nvarchar(128), DOMAIN_NAME sysname "
       "NOT NULL, IS_DEFERRABLE varchar(2), INITIALLY_DEFERRED varchar(2)"},
      {"INFORMATION_SCHEMA.COLUMN_DOMAIN_USAGE",
       "DOMAIN_CATALOG nvarchar(128), DOMAIN_SCHEMA nvarchar(128), DOMAIN_NAME sysname NOT NULL, "
       "TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname NOT NULL, "
       "COLUMN_NAME sysname"},
      {"INFORMATION_SCHEMA.VIEW_TABLE_USAGE",
       "VIEW_CATALOG nvarchar(128), VIEW_SCHEMA nvarchar(128), VIEW_NAME sysname NOT NULL, "
       "TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname NOT NULL"},
      {"INFORMATION_SCHEMA.VIEW_COLUMN_USAGE",
       "VIEW_CATALOG nvarchar(128), VIEW_SCHEMA nvarchar(128), VIEW_NAME sysname NOT NULL, "
       "TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname NOT NULL, "
       "COLUMN_NAME sysname"},
      {"INFORMATION_SCHEMA.ROUTINE_COLUMNS",
       "TABLE_CATALOG nvarchar(128), TABLE_SCHEMA nvarchar(128), TABLE_NAME sysname NOT NULL, "
       "COLUMN_NAME sysname, ORDINAL_POSITION int NOT NULL, COLUMN_DEFAULT nvarchar(4000), "
       "IS_NULLABLE varchar(3), DATA_TYPE nvarchar(128), CHARACTER_MAXIMUM_LENGTH int"},
      {"INFORMATION_SCHEMA.SEQUENCES",
       "SEQUENCE_CATALOG nvarchar(128), SEQUENCE_SCHEMA nvarchar(128), SEQUENCE_NAME sysname NOT "
       "NULL, DATA_TYPE nvarchar(128), NUMERIC_PRECISION tinyint NOT NULL, NUMERIC_PRECISION_RADIX "
       "smallint, NUMERIC_SCALE int, START_VALUE bigint NOT NULL, MINIMUM_VALUE bigint NOT NULL, "
       "MAXIMUM_VALUE bigint NOT NULL, INCREMENT bigint NOT NULL, CYCLE_OPTION bit, "
       "DECLARED_DATA_TYPE nvarchar(128), DECLARED_NUMERIC_PRECISION int, DECLARED_NUMERIC_SCALE "
       "int"},
      {"sys.foreign_keys",
       of_objects("referenced_object_id int, key_index_id int, is_disabled bit NOT NULL, "
                  "is_not_for_replication bit NOT NULL, is_not_trusted bit NOT NULL, "
                  "delete_referential_action tinyint, delete_referential_action_desc nvarchar(60), "
                  "update_referential_action tinyint, update_referential_action_desc nvarchar(60), "
                  "is_system_named bit NOT NULL")},
      {"sys.foreign_key_columns",
       "constraint_object_id int NOT NULL, constraint_column_id int NOT NULL, parent_object_id int "
       "NOT NULL, parent_column_id int NOT NULL, referenced_object_id int NOT NULL, "
       "referenced_column_id int NOT NULL"},
      {"sys.check_constraints",
       of_objects("is_disabled bit NOT NULL, is_not_for_replication bit NOT NULL, is_not_trusted "
                  "bit NOT NULL, parent_column_id int NOT NULL, definition nvarchar(max), "
                  "uses_database_collation bit, is_system_named bit NOT NULL")},
      {"sys.computed_columns",
       "object_id int NOT NULL, name sysname, column_id int NOT NULL, system_type_id tinyint NOT "
       "NULL, user_type_id int NOT NULL, max_length smallint NOT NULL, precision tinyint NOT NULL, "
       "scale tinyint NOT NULL, collation_name sysname, is_nullable bit, is_ansi_padded bit NOT "
       "NULL, is_computed bit NOT NULL, is_identity bit NOT NULL, default_object_id int NOT NULL, "
       "rule_object_id int NOT NULL, definition nvarchar(max), uses_database_collation bit NOT "
       "NULL, is_persisted bit NOT NULL, is_sparse bit, is_column_set bit, is_hidden bit NOT NULL, "
       "is_masked bit NOT NULL"},
      {"sys.masked_columns",
       "object_id int NOT NULL, name sysname, column_id int NOT NULL, system_type_id tinyint NOT "
       "NULL, user_type_id int NOT NULL, max_length smallint NOT NULL, precision tinyint NOT NULL, "
       "scale tinyint NOT NULL, is_masked bit NOT NULL, masking_function nvarchar(4000)"},
      {"sys.extended_properties",
       "class tinyint NOT NULL, class_desc nvarchar(60), major_id int NOT NULL, minor_id int NOT "
       "NULL, name sysname NOT NULL, value nvarchar(4000)"},
      {"sys.triggers",
       "name sysname NOT NULL, object_id int NOT NULL, parent_class tinyint NOT NULL, "
       "parent_class_desc nvarchar(60), parent_id int NOT NULL, type char(2) NOT NULL, type_desc "
       "nvarchar(60), create_date datetime NOT NULL, modify_date datetime NOT NULL, is_ms_shipped "
       "bit NOT NULL, is_disabled bit NOT NULL, is_not_for_replication bit NOT NULL, "
       "is_instead_of_trigger bit NOT NULL"},
      {"sys.trigger_events",
       "object_id int NOT NULL, type int NOT NULL, type_desc nvarchar(60), is_first bit, is_last "
       "bit, event_group_type int, event_group_type_desc nvarchar(60), is_trigger_event bit"},
      {"sys.server_triggers",
       "name sysname NOT NULL, object_id int NOT NULL, parent_class tinyint NOT NULL, "
       "parent_class_desc nvarchar(60), parent_id int NOT NULL, type char(2) NOT NULL, type_desc "
       "nvarchar(60), create_date datetime NOT NULL, modify_date datetime NOT NULL, is_ms_shipped "
       "bit NOT NULL, is_disabled bit NOT NULL"},
      {"sys.synonyms", of_objects("base_object_name nvarchar(1035)")},
      {"sys.sequences",
       of_objects("start_value bigint NOT NULL, increment bigint NOT NULL, minimum_value bigint "
                  "NOT NULL, maximum_value bigint NOT NULL, is_cycling bit, is_cached bit, "
                  "cache_size int, system_type_id tinyint NOT NULL, user_type_id int NOT NULL, "
                  "precision tinyint NOT NULL, scale tinyint, current_value bigint NOT NULL, "
                  "is_exhausted bit NOT NULL, last_used_value bigint")},
      {"sys.assemblies",
       "name sysname NOT NULL, principal_id int, assembly_id int NOT NULL, clr_name "
       "nvarchar(4000), permission_set tinyint, permission_set_desc nvarchar(60), is_visible bit "
       "NOT NULL, create_date datetime NOT NULL, modify_date datetime NOT NULL, is_user_defined "
       "bit"},
      {"sys.assembly_modules",
       "object_id int NOT NULL, assembly_id int NOT NULL, assembly_class sysname, assembly_method "
       "sysname, null_on_null_input bit, execute_as_principal_id int"},
      {"sys.assembly_types",
       "name sysname NOT NULL, system_type_id tinyint NOT NULL, user_type_id int NOT NULL, "
       "schema_id int NOT NULL, principal_id int, max_length smallint NOT NULL, precision tinyint "
       "NOT NULL, scale tinyint NOT NULL, collation_name sysname, is_nullable bit, is_user_defined "
       "bit NOT NULL, is_assembly_type bit NOT NULL, default_object_id int NOT NULL, "
       "rule_object_id int NOT NULL, assembly_id int NOT NULL, assembly_class sysname, "
       "is_binary_ordered bit, is_fixed_length bit, prog_id nvarchar(40), assembly_qualified_name "
       "nvarchar(4000), is_table_type bit NOT NULL"},
      {"sys.table_types",
       "name sysname NOT NULL, system_type_id tinyint NOT NULL, user_type_id int NOT NULL, "
       "schema_id int NOT NULL, principal_id int, max_length smallint NOT NULL, precision tinyint "
       "NOT NULL, scale tinyint NOT NULL, collation_name sysname, is_nullable bit, is_user_defined "
       "bit NOT NULL, is_assembly_type bit NOT NULL, default_object_id int NOT NULL, "
       "rule_object_id int NOT NULL, is_table_type bit NOT NULL, type_table_object_id int NOT "
       "NULL, "
       "is_memory_optimized bit"},
      {"sys.xml_schema_collections",
       "xml_collection_id int NOT NULL, schema_id int NOT NULL, principal_id int, name sysname NOT "
       "NULL, create_date datetime NOT NULL, modify_date datetime NOT NULL"},
      {"sys.xml_indexes",
       "object_id int NOT NULL, name sysname, index_id int NOT NULL, type tinyint NOT NULL, "
       "type_desc nvarchar(60), using_xml_index_id int, secondary_type char(1), "
       "secondary_type_desc nvarchar(60), xml_index_type tinyint, path_id int"},
      {"sys.spatial_indexes",
       "object_id int NOT NULL, name sysname, index_id int NOT NULL, type tinyint NOT NULL, "
       "spatial_index_type tinyint NOT NULL, spatial_index_type_desc nvarchar(60), "
       "tessellation_scheme sysname"},
      {"sys.fulltext_indexes",
       "object_id int NOT NULL, unique_index_id int NOT NULL, fulltext_catalog_id int, is_enabled "
       "bit NOT NULL, change_tracking_state char(1), change_tracking_state_desc nvarchar(60), "
       "stoplist_id int, data_space_id int NOT NULL, property_list_id int"},
      {"sys.fulltext_catalogs",
       "fulltext_catalog_id int NOT NULL, name sysname NOT NULL, path nvarchar(260), is_default "
       "bit NOT NULL, is_accent_sensitivity_on bit NOT NULL, data_space_id int, file_id int, "
       "principal_id int, is_importing bit NOT NULL"},
      {"sys.numbered_procedures",
       "object_id int NOT NULL, procedure_number smallint, definition nvarchar(max)"},
      {"sys.sql_expression_dependencies",
       "referencing_id int NOT NULL, referencing_minor_id int NOT NULL, referencing_class tinyint, "
       "referencing_class_desc nvarchar(60), is_schema_bound_reference bit NOT NULL, "
       "referenced_class tinyint, referenced_class_desc nvarchar(60), referenced_server_name "
       "sysname, referenced_database_name sysname, referenced_schema_name sysname, "
       "referenced_entity_name sysname, referenced_id int, referenced_minor_id int NOT NULL, "
       "is_caller_dependent bit NOT NULL, is_ambiguous bit NOT NULL"},
      {"sys.sql_dependencies",
       "class tinyint NOT NULL, class_desc nvarchar(60), object_id int NOT NULL, column_id int NOT "
       "NULL, referenced_major_id int NOT NULL, referenced_minor_id int NOT NULL, is_selected bit "
       "NOT NULL, is_updated bit NOT NULL, is_select_all bit NOT NULL"},
      {"sys.symmetric_keys",
       "name sysname NOT NULL, principal_id int, symmetric_key_id int NOT NULL, key_length int NOT "
       "NULL, key_algorithm char(2) NOT NULL, algorithm_desc nvarchar(60), create_date datetime "
       "NOT "
       "NULL, modify_date datetime NOT NULL, key_guid uniqueidentifier"},
      {"sys.asymmetric_keys",
       "name sysname NOT NULL, principal_id int, asymmetric_key_id int NOT NULL, "
       "pvt_key_encryption_type char(2) NOT NULL, algorithm char(2) NOT NULL, key_length int NOT "
       "NULL, sid varbinary(85)"},
      {"sys.certificates",
       "name sysname NOT NULL, certificate_id int NOT NULL, principal_id int, issuer_name "
       "nvarchar(442), cert_serial_number nvarchar(64), sid varbinary(85), subject nvarchar(4000), "
       "expiry_date datetime, start_date datetime, thumbprint varbinary(32)"},
      {"sys.column_master_keys",
       "name sysname NOT NULL, column_master_key_id int NOT NULL, create_date datetime NOT NULL, "
       "modify_date datetime NOT NULL, key_store_provider_name sysname, key_path nvarchar(4000)"},
      {"sys.column_encryption_keys",
       "name sysname NOT NULL, column_encryption_key_id int NOT NULL, create_date datetime NOT "
       "NULL, modify_date datetime NOT NULL"},
      {"sys.security_policies",
       of_objects("is_enabled bit NOT NULL, is_not_for_replication bit NOT NULL, uses_ansi_nulls "
                  "bit, is_schema_bound bit NOT NULL")},
      {"sys.change_tracking_databases",
       "database_id int NOT NULL, is_auto_cleanup_on bit, retention_period int, "
       "retention_period_units tinyint, retention_period_units_desc nvarchar(60), "
       "max_cleanup_version bigint"},
      {"sys.change_tracking_tables",
       "object_id int NOT NULL, is_track_columns_updated_on bit NOT NULL, min_valid_version "
       "bigint, "
       "begin_version bigint, cleanup_version bigint"},
      {"sys.database_mirroring",
       "database_id int NOT NULL, mirroring_guid uniqueidentifier, mirroring_state tinyint, "
       "mirroring_state_desc nvarchar(60), mirroring_role tinyint, mirroring_role_desc "
       "nvarchar(60), mirroring_partner_name nvarchar(128)"},
      {"sys.database_recovery_status",
       "database_id int NOT NULL, database_guid uniqueidentifier, family_guid uniqueidentifier, "
       "last_log_backup_lsn numeric(25,0), recovery_fork_guid uniqueidentifier"},
      {"sys.availability_replicas",
       "replica_id uniqueidentifier, group_id uniqueidentifier, replica_metadata_id int, "
       "replica_server_name nvarchar(256), endpoint_url nvarchar(128)"},
      {"sys.availability_groups",
       "group_id uniqueidentifier NOT NULL, name sysname, resource_id nvarchar(40), "
       "resource_group_id nvarchar(40)"},
      {"sys.dm_hadr_database_replica_states",
       "database_id int NOT NULL, group_id uniqueidentifier NOT NULL, replica_id uniqueidentifier "
       "NOT NULL, synchronization_state tinyint, synchronization_state_desc nvarchar(60), is_local "
       "bit, is_primary_replica bit"},
      {"sys.messages",
       "message_id int NOT NULL, language_id smallint NOT NULL, severity tinyint, is_event_logged "
       "bit NOT NULL, text nvarchar(2048) NOT NULL"},
      {"sys.database_query_store_options",
       "desired_state smallint NOT NULL, desired_state_desc nvarchar(60), actual_state smallint "
       "NOT "
       "NULL, actual_state_desc nvarchar(60), readonly_reason int, current_storage_size_mb bigint, "
       "flush_interval_seconds bigint, interval_length_minutes bigint, max_storage_size_mb bigint"},
      {"sys.database_scoped_configurations",
       "configuration_id int NOT NULL, name nvarchar(60) NOT NULL, value nvarchar(128), "
       "value_for_secondary nvarchar(128), is_value_default bit"},
      {"sys.plan_guides",
       "plan_guide_id int NOT NULL, name sysname NOT NULL, create_date datetime NOT NULL, "
       "modify_date datetime NOT NULL, is_disabled bit NOT NULL, query_text nvarchar(max), "
       "scope_type tinyint NOT NULL, scope_type_desc nvarchar(60)"},
      {"sys.periods",
       "name sysname, period_type tinyint, period_type_desc nvarchar(60), object_id int NOT NULL, "
       "start_column_id int NOT NULL, end_column_id int NOT NULL"},
      {"sys.linked_logins",
       "server_id int NOT NULL, local_principal_id int, uses_self_credential bit NOT NULL, "
       "remote_name sysname, modify_date datetime NOT NULL"},
      {"sys.partition_parameters",
       "function_id int NOT NULL, parameter_id int NOT NULL, system_type_id tinyint NOT NULL, "
       "max_length smallint NOT NULL, precision tinyint NOT NULL, scale tinyint NOT NULL, "
       "collation_name sysname, user_type_id int NOT NULL"},
      {"sys.dm_db_index_usage_stats",
       "database_id smallint NOT NULL, object_id int NOT NULL, index_id int NOT NULL, user_seeks "
       "bigint NOT NULL, user_scans bigint NOT NULL, user_lookups bigint NOT NULL, user_updates "
       "bigint NOT NULL"},
      {"sys.dm_tran_locks",
       "resource_type nvarchar(60) NOT NULL, resource_subtype nvarchar(60) NOT NULL, "
       "resource_database_id int NOT NULL, resource_description nvarchar(256) NOT NULL, "
       "request_mode nvarchar(60) NOT NULL, request_type nvarchar(60) NOT NULL, request_status "
       "nvarchar(60) NOT NULL, request_session_id int NOT NULL"},
      {"sys.dm_pdw_sql_requests",
       "request_id nvarchar(32) NOT NULL, step_index int NOT NULL, pdw_node_id int NOT NULL, "
       "distribution_id int NOT NULL, status nvarchar(32) NOT NULL, error_id nvarchar(36), "
       "start_time datetime, end_time datetime, total_elapsed_time int NOT NULL, row_count bigint, "
       "spid int NOT NULL, command nvarchar(4000)"},
      {"sys.dm_pdw_errors",
       "error_id nvarchar(36) NOT NULL, source nvarchar(64) NOT NULL, type nvarchar(4000) NOT "
       "NULL, create_time datetime NOT NULL, pdw_node_id int, session_id nvarchar(32), request_id "
       "nvarchar(32), spid int, thread_id int, details nvarchar(4000)"},
      {"sys.pdw_nodes_tables",
       of_objects(
           "lob_data_space_id int NOT NULL, max_column_id_used int NOT NULL, pdw_node_id int "
           "NOT NULL, distribution_id int")},
      {"sys.pdw_index_mappings",
       "physical_name nvarchar(36) NOT NULL, object_id int NOT NULL, index_id int NOT NULL"},
      {"sys.pdw_materialized_view_mappings",
       "physical_name nvarchar(36) NOT NULL, object_id int NOT NULL"},
      {"sys.pdw_replicated_table_cache_state", "object_id int NOT NULL, state nvarchar(40)"},
  };
  return kViews;
}

}  // namespace tarn::sql
