// Views of SQL Server's features that Tarn has none of. Management tools join them when they script
// a table, list a database's objects or edit rows, and expect no rows.

#include "detail/exec/catalog/catalog_view.h"

namespace tarn::sql {
namespace {

std::string as_object(std::string_view more) {
  return std::string(kObjectColumns) + ", " + std::string(more);
}

}  // namespace

std::span<const SystemView> feature_views() {
  static const std::vector<SystemView> kViews = {
      // Tables.
      {"sys.filetables",
       "object_id int NOT NULL, is_enabled bit NOT NULL, directory_name nvarchar(255), "
       "filename_collation_id int, filename_collation_name sysname"},
      {"sys.filetable_system_defined_objects",
       "object_id int NOT NULL, parent_object_id int NOT NULL"},
      {"sys.database_filestream_options",
       "database_id int NOT NULL, non_transacted_access tinyint NOT NULL, "
       "non_transacted_access_desc nvarchar(60), directory_name nvarchar(255)"},
      {"sys.remote_data_archive_databases",
       "remote_database_id int NOT NULL, remote_database_name nvarchar(128), data_source_id int, "
       "federated_service_account bit"},
      {"sys.remote_data_archive_tables",
       "object_id int NOT NULL, remote_database_id int, remote_table_name nvarchar(128), "
       "filter_predicate nvarchar(max), migration_direction tinyint, migration_direction_desc "
       "nvarchar(60), is_migration_paused bit, is_reconciled bit"},
      {"sys.dm_db_xtp_table_memory_stats",
       "object_id int, memory_allocated_for_table_kb bigint, memory_used_by_table_kb bigint, "
       "memory_allocated_for_indexes_kb bigint, memory_used_by_indexes_kb bigint"},
      {"sys.internal_tables",
       as_object("internal_type tinyint, internal_type_desc nvarchar(60), parent_id int, "
                 "parent_minor_id int, lob_data_space_id int, filestream_data_space_id int")},
      {"sys.edge_constraints",
       as_object("is_disabled bit, is_not_trusted bit, is_system_named bit, "
                 "delete_referential_action tinyint, delete_referential_action_desc nvarchar(60)")},
      {"sys.edge_constraint_clauses",
       "object_id int NOT NULL, from_object_id int NOT NULL, to_object_id int NOT NULL"},
      {"sys.sensitivity_classifications",
       "class tinyint NOT NULL, class_desc varchar(16) NOT NULL, major_id int NOT NULL, minor_id "
       "int NOT NULL, label nvarchar(4000), label_id nvarchar(4000), information_type "
       "nvarchar(4000), information_type_id nvarchar(4000), rank int, rank_desc varchar(8)"},
      {"sys.security_predicates",
       "object_id int NOT NULL, security_predicate_id int NOT NULL, target_object_id int NOT NULL, "
       "predicate_definition nvarchar(max), predicate_type int, predicate_type_desc nvarchar(60), "
       "operation int, operation_desc nvarchar(60)"},
      {"sys.numbered_procedure_parameters",
       "object_id int NOT NULL, procedure_number smallint NOT NULL, name sysname, parameter_id int "
       "NOT NULL, system_type_id tinyint NOT NULL, user_type_id int NOT NULL, max_length smallint "
       "NOT NULL, precision tinyint NOT NULL, scale tinyint NOT NULL, is_output bit NOT NULL, "
       "is_cursor_ref bit NOT NULL"},
      {"sys.function_order_columns",
       "object_id int NOT NULL, order_column_id int NOT NULL, column_id int NOT NULL, "
       "is_descending bit"},
      // Indexes.
      {"sys.hash_indexes",
       "object_id int NOT NULL, name sysname, index_id int NOT NULL, type tinyint NOT NULL, "
       "type_desc nvarchar(60), is_unique bit, data_space_id int, ignore_dup_key bit, "
       "is_primary_key bit, is_unique_constraint bit, fill_factor tinyint NOT NULL, is_padded bit, "
       "is_disabled bit, is_hypothetical bit, allow_row_locks bit, allow_page_locks bit, "
       "has_filter bit, filter_definition nvarchar(max), bucket_count int NOT NULL, "
       "auto_created bit"},
      {"sys.spatial_index_tessellations",
       "object_id int NOT NULL, index_id int NOT NULL, tessellation_scheme sysname, "
       "bounding_box_xmin float, bounding_box_ymin float, bounding_box_xmax float, "
       "bounding_box_ymax float, level_1_grid smallint, level_1_grid_desc nvarchar(60), "
       "level_2_grid smallint, level_2_grid_desc nvarchar(60), level_3_grid smallint, "
       "level_3_grid_desc nvarchar(60), level_4_grid smallint, level_4_grid_desc nvarchar(60), "
       "cells_per_object int"},
      {"sys.selective_xml_index_paths",
       "object_id int NOT NULL, index_id int NOT NULL, path_id int NOT NULL, path nvarchar(4000), "
       "name sysname, path_type tinyint, path_type_desc sysname, xml_component_id int, "
       "xquery_type_description nvarchar(4000), is_xquery_type_inferred bit, xquery_max_length "
       "smallint, is_xquery_max_length_inferred bit, is_node bit, system_type_id tinyint, "
       "user_type_id int, max_length smallint, precision tinyint, scale tinyint, collation_name "
       "sysname, is_singleton bit"},
      {"sys.selective_xml_index_namespaces",
       "object_id int NOT NULL, index_id int NOT NULL, is_default_uri bit, uri nvarchar(4000), "
       "prefix nvarchar(4000)"},
      {"sys.index_resumable_operations",
       "object_id int NOT NULL, index_id int NOT NULL, name sysname, sql_text nvarchar(max), "
       "last_max_dop_used smallint NOT NULL, partition_number int, state tinyint NOT NULL, "
       "state_desc nvarchar(60), start_time datetime NOT NULL, last_pause_time datetime, "
       "total_execution_time int NOT NULL, percent_complete float NOT NULL, page_count bigint NOT "
       "NULL"},
      {"sys.destination_data_spaces",
       "partition_scheme_id int NOT NULL, destination_id int NOT NULL, data_space_id int NOT NULL"},
      // Full text.
      {"sys.fulltext_stoplists",
       "stoplist_id int NOT NULL, name sysname NOT NULL, create_date datetime NOT NULL, "
       "modify_date datetime NOT NULL, principal_id int"},
      {"sys.fulltext_stopwords",
       "stoplist_id int NOT NULL, stopword nvarchar(64) NOT NULL, language nvarchar(128) NOT NULL, "
       "language_id int NOT NULL"},
      {"sys.fulltext_languages", "lcid int NOT NULL, name nvarchar(128) NOT NULL"},
      {"sys.fulltext_semantic_languages", "lcid int NOT NULL, name nvarchar(128) NOT NULL"},
      {"sys.fulltext_index_columns",
       "object_id int NOT NULL, column_id int NOT NULL, type_column_id int, language_id int NOT "
       "NULL, statistical_semantics bit NOT NULL"},
      {"sys.registered_search_property_lists",
       "property_list_id int NOT NULL, name sysname NOT NULL, create_date datetime NOT NULL, "
       "modify_date datetime NOT NULL, principal_id int"},
      {"sys.registered_search_properties",
       "property_list_id int NOT NULL, property_set_guid uniqueidentifier NOT NULL, "
       "property_int_id int NOT NULL, property_name nvarchar(64) NOT NULL, property_description "
       "nvarchar(512)"},
      // Service Broker.
      {"sys.service_message_types",
       "name sysname NOT NULL, message_type_id int NOT NULL, principal_id int, validation char(2) "
       "NOT NULL, validation_desc nvarchar(60), xml_collection_id int"},
      {"sys.service_contracts",
       "name sysname NOT NULL, service_contract_id int NOT NULL, principal_id int"},
      {"sys.service_queues",
       as_object(
           "max_readers smallint, activation_procedure nvarchar(776), execute_as_principal_id "
           "int, is_activation_enabled bit NOT NULL, is_receive_enabled bit NOT NULL, "
           "is_enqueue_enabled bit NOT NULL, is_retention_enabled bit NOT NULL, "
           "is_poison_message_handling_enabled bit")},
      {"sys.services",
       "name sysname NOT NULL, service_id int NOT NULL, principal_id int, service_queue_id int NOT "
       "NULL"},
      {"sys.routes",
       "name sysname NOT NULL, route_id int NOT NULL, principal_id int, remote_service_name "
       "nvarchar(256), broker_instance nvarchar(128), lifetime datetime, address nvarchar(256), "
       "mirror_address nvarchar(256)"},
      {"sys.remote_service_bindings",
       "name sysname NOT NULL, remote_service_binding_id int NOT NULL, principal_id int, "
       "remote_service_name nvarchar(256), service_contract_id int NOT NULL, remote_principal_id "
       "int, is_anonymous_on bit NOT NULL"},
      {"sys.conversation_priorities",
       "priority_id int NOT NULL, name sysname NOT NULL, service_contract_id int, local_service_id "
       "int, remote_service_name nvarchar(256), priority tinyint NOT NULL"},
      // Code, audits and keys.
      {"sys.assembly_files",
       "assembly_id int NOT NULL, name nvarchar(260), file_id int NOT NULL, content "
       "varbinary(max)"},
      {"sys.assembly_references", "assembly_id int NOT NULL, referenced_assembly_id int NOT NULL"},
      {"sys.external_libraries",
       "external_library_id int NOT NULL, name sysname, principal_id int, language sysname, scope "
       "int NOT NULL, scope_desc varchar(7) NOT NULL"},
      {"sys.external_library_files",
       "external_library_id int NOT NULL, content varbinary(max), platform tinyint, platform_desc "
       "nvarchar(60)"},
      {"sys.database_audit_specifications",
       "database_specification_id int NOT NULL, name sysname NOT NULL, create_date datetime NOT "
       "NULL, modify_date datetime NOT NULL, audit_guid uniqueidentifier, is_state_enabled bit"},
      {"sys.database_audit_specification_details",
       "database_specification_id int NOT NULL, audit_action_id char(4) NOT NULL, "
       "audit_action_name nvarchar(128), class tinyint NOT NULL, class_desc nvarchar(60), major_id "
       "int NOT NULL, minor_id int NOT NULL, audited_principal_id int NOT NULL, audited_result "
       "nvarchar(60), is_group bit"},
      {"sys.column_encryption_key_values",
       "column_encryption_key_id int NOT NULL, column_master_key_id int NOT NULL, encrypted_value "
       "varbinary(8000), encryption_algorithm_name sysname"},
      {"sys.key_encryptions",
       "key_id int NOT NULL, thumbprint varbinary(32), crypt_type char(4) NOT NULL, "
       "crypt_type_desc nvarchar(60), crypt_property varbinary(max)"},
      {"sys.xml_schema_components",
       "xml_component_id int NOT NULL, xml_collection_id int NOT NULL, xml_namespace_id int NOT "
       "NULL, is_qualified bit NOT NULL, name nvarchar(4000), symbol_space char(1) NOT NULL, "
       "symbol_space_desc nvarchar(60), kind char(1) NOT NULL, kind_desc nvarchar(60), derivation "
       "char(1) NOT NULL, derivation_desc nvarchar(60), base_xml_component_id int, "
       "scoping_xml_component_id int"},
      {"sys.xml_schema_namespaces",
       "xml_collection_id int NOT NULL, name nvarchar(4000) NOT NULL, xml_namespace_id int NOT "
       "NULL"},
  };
  return kViews;
}

}  // namespace tarn::sql
