// Databases, their files and settings, and the server.

#include <sys/utsname.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "detail/exec/catalog/catalog_view.h"
#include "detail/exec/language.h"
#include "detail/exec/object_ids.h"
#include "detail/exec/pool_tables.h"
#include "detail/exec/system_databases.h"

namespace tarn::sql {
namespace {

void database_rows(const CatalogReader& reader, ViewRows& rows) {
  std::set<std::string, CaseInsensitive> paused;
  if (const pools::Pools* known = reader.session().services.pools) {
    for (const pools::PoolInfo& pool : known->list())
      if (pool.state == pools::State::kPaused) paused.insert(pool.name);
  }
  for (const lake::DatabaseInfo& info : all_databases(reader.session())) {
    const bool system = is_system_database(info.name);
    rows.add({{"name", info.name},
              {"database_id", number_cell(database_id(info.name))},
              {"create_date", moment_cell(info.created)},
              {"collation_name", info.collation},
              {"recovery_model", system ? "3" : "1"},
              {"recovery_model_desc", system ? "SIMPLE" : "FULL"},
              {"is_read_committed_snapshot_on", flag_cell(!system)},
              {"physical_database_name", info.name}});
    if (paused.contains(info.name)) {
      rows.set("state", "6");
      rows.set("state_desc", "OFFLINE");
    }
  }
}

/// The two files that a tool expects of a database; what they stand for is the lake's folder.
void add_files(ViewRows& rows, const std::string& database, bool with_database) {
  for (const bool log : {false, true}) {
    rows.add({{"file_id", log ? "2" : "1"},
              {"type", flag_cell(log)},
              {"type_desc", log ? "LOG" : "ROWS"},
              {"data_space_id", flag_cell(!log)},
              {"name", log ? "log" : "data_0"},
              {"physical_name", "lake/" + database}});
    if (with_database) rows.set("database_id", number_cell(database_id(database)));
  }
}

void database_file_rows(const CatalogReader& reader, ViewRows& rows) {
  add_files(rows, reader.database, false);
}

void master_file_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const lake::DatabaseInfo& info : all_databases(reader.session()))
    add_files(rows, info.name, true);
}

void data_space_rows(const CatalogReader&, ViewRows& rows) {
  rows.add({{"name", "PRIMARY"}, {"data_space_id", "1"}});
}

struct Setting {
  int id;
  const char* name;
  std::int64_t value;
  std::int64_t least;
  std::int64_t most;
  bool advanced;
  const char* description;
};

constexpr Setting kSettings[] = {
    {101, "recovery interval (min)", 0, 0, 32767, true, "Maximum recovery interval in minutes"},
    {102, "allow updates", 0, 0, 1, false, "Allow updates to system tables"},
    {103, "user connections", 0, 0, 32767, true, "Number of user connections allowed"},
    {115, "nested triggers", 1, 0, 1, false, "Allow triggers to be invoked within triggers"},
    {117, "remote access", 0, 0, 1, false, "Allow remote access"},
    {124, "default language", 0, 0, 9999, false, "default language"},
    {400, "clr enabled", 0, 0, 1, false, "CLR user code execution enabled in the server"},
    {505, "network packet size (B)", 4096, 512, 32767, true, "Network packet size"},
    {518, "show advanced options", 0, 0, 1, false, "show advanced options"},
    {1535, "affinity mask", 0, -2147483648LL, 2147483647, true, "affinity mask"},
    {1538, "cost threshold for parallelism", 5, 0, 32767, true, "cost threshold for parallelism"},
    {1539, "max degree of parallelism", 0, 0, 32767, true, "maximum degree of parallelism"},
    {1543, "min server memory (MB)", 0, 0, 2147483647, true, "Minimum size of server memory (MB)"},
    {1544, "max server memory (MB)", 2147483647, 128, 2147483647, true,
     "Maximum size of server memory (MB)"},
    {1576, "remote admin connections", 0, 0, 1, false, "Dedicated Admin Connections are allowed"},
    {1579, "backup compression default", 0, 0, 1, false,
     "Enable compression of backups by default"},
    {16384, "Agent XPs", 0, 0, 1, true, "Enable or disable Agent XPs"},
    {16386, "Database Mail XPs", 0, 0, 1, true, "Enable or disable Database Mail XPs"},
    {16390, "xp_cmdshell", 0, 0, 1, true, "Enable or disable command shell"},
    {16391, "Ad Hoc Distributed Queries", 0, 0, 1, true,
     "Enable or disable Ad Hoc Distributed Queries"}};

void configuration_rows(const CatalogReader&, ViewRows& rows) {
  for (const Setting& setting : kSettings) {
    rows.add({{"configuration_id", number_cell(setting.id)},
              {"name", setting.name},
              {"value", number_cell(setting.value)},
              {"minimum", number_cell(setting.least)},
              {"maximum", number_cell(setting.most)},
              {"value_in_use", number_cell(setting.value)},
              {"description", setting.description},
              {"is_advanced", flag_cell(setting.advanced)}});
  }
}

void service_objective_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const lake::DatabaseInfo& info : all_databases(reader.session())) {
    if (is_system_database(info.name) && !equal_ignoring_case(info.name, "master")) continue;
    rows.add({{"database_id", number_cell(database_id(info.name))}});
    if (is_system_database(info.name)) {
      rows.set("edition", "System");
      rows.set("service_objective", "System0");
    }
    if (const auto pool = find_pool(reader.session(), info.name))
      rows.set("service_objective", pool->performance_level);
  }
}

void host_rows(const CatalogReader&, ViewRows& rows) {
  utsname names{};
  uname(&names);
  rows.add({{"host_platform", "Linux"},
            {"host_distribution", names.sysname},
            {"host_release", names.release}});
}

void system_info_rows(const CatalogReader& reader, ViewRows& rows) {
  const auto pages = sysconf(_SC_PHYS_PAGES);
  const auto page_bytes = sysconf(_SC_PAGESIZE);
  const auto cores = static_cast<std::int64_t>(std::thread::hardware_concurrency());
  const std::int64_t memory_kb = static_cast<std::int64_t>(pages) * page_bytes / 1024;
  rows.add({{"cpu_count", number_cell(cores)},
            {"hyperthread_ratio", number_cell(cores)},
            {"scheduler_count", number_cell(cores)},
            {"physical_memory_kb", number_cell(memory_kb)},
            {"committed_target_kb", number_cell(memory_kb)},
            {"ms_ticks", number_cell(reader.facts.now_us / 1000)}});
}

void language_rows(const CatalogReader&, ViewRows& rows) {
  for (const Language& language : spoken_languages()) {
    const std::string lcid = language.id == 0 ? "1033" : "2057";
    rows.add({{"langid", number_cell(language.id)},
              {"dateformat", std::string(name_of(language.order))},
              {"datefirst", number_cell(language.date_first)},
              {"name", std::string(language.name)},
              {"alias", std::string(language.alias)},
              {"lcid", lcid},
              {"months",
               "January,February,March,April,May,June,July,August,September,October,November,"
               "December"},
              {"shortmonths", "Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec"},
              {"days", "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday"}});
  }
}

void charset_rows(const CatalogReader&, ViewRows& rows) {
  rows.add({{"type", "1001"},
            {"id", "1"},
            {"name", "iso_1"},
            {"description", "ISO 8859-1 (Latin-1) - Western European 8-bit character set."}});
  rows.add({{"type", "2001"},
            {"id", "52"},
            {"csid", "1"},
            {"name", "nocase_iso"},
            {"description",
             "Case-insensitive dictionary sort order for use with several We"
             "stern-European languages."}});
}

std::string collation_description(const Collation& collation) {
  if (collation.case_rule == CaseRule::kBinary)
    return "Latin1-General, binary code point comparison";
  return std::string("Latin1-General, case-") + (collation.ignores_case() ? "in" : "") +
         "sensitive, accent-" + (collation.ignores_accents() ? "in" : "") +
         "sensitive, kanatype-sensitive, width-sensitive" + (collation.utf8 ? ", UTF8" : "");
}

void collation_rows(const CatalogReader&, ViewRows& rows) {
  for (const Collation* collation : all_collations())
    rows.add({{"name", collation->name}, {"description", collation_description(*collation)}});
}

void server_rows(const CatalogReader&, ViewRows& rows) {
  char name[256] = {};
  gethostname(name, sizeof name - 1);
  rows.add({{"server_id", "0"}, {"name", name}, {"data_source", name}});
}

const std::string kFileColumns =
    "file_id int NOT NULL, file_guid uniqueidentifier, type tinyint NOT NULL, type_desc "
    "nvarchar(60), data_space_id int NOT NULL, name sysname NOT NULL, physical_name nvarchar(260) "
    "NOT NULL, state tinyint NOT NULL DEFAULT 0, state_desc nvarchar(60) DEFAULT 'ONLINE', size "
    "int NOT NULL DEFAULT 0, max_size int NOT NULL DEFAULT -1, growth int NOT NULL DEFAULT 0, "
    "is_media_read_only bit NOT NULL DEFAULT 0, is_read_only bit NOT NULL DEFAULT 0, is_sparse bit "
    "NOT NULL DEFAULT 0, is_percent_growth bit NOT NULL DEFAULT 0, is_name_reserved bit NOT NULL "
    "DEFAULT 0, create_lsn numeric(25,0), drop_lsn numeric(25,0), read_only_lsn numeric(25,0), "
    "read_write_lsn numeric(25,0), differential_base_lsn numeric(25,0), differential_base_guid "
    "uniqueidentifier, differential_base_time datetime, redo_start_lsn numeric(25,0), "
    "redo_start_fork_guid uniqueidentifier, redo_target_lsn numeric(25,0), redo_target_fork_guid "
    "uniqueidentifier, backup_lsn numeric(25,0)";

const std::string kDataSpaceColumns =
    "name sysname NOT NULL, data_space_id int NOT NULL, type char(2) NOT NULL DEFAULT 'FG', "
    "type_desc nvarchar(60) DEFAULT 'ROWS_FILEGROUP', is_default bit DEFAULT 1, is_system bit "
    "DEFAULT 0";

}  // namespace

std::span<const SystemView> database_views() {
  static const std::vector<SystemView> kViews = {
      {"sys.databases",
       "name sysname NOT NULL, database_id int NOT NULL, source_database_id int, owner_sid "
       "varbinary(85) DEFAULT '\\x01', create_date datetime NOT NULL, compatibility_level tinyint "
       "NOT NULL DEFAULT 150, collation_name sysname, user_access tinyint DEFAULT 0, "
       "user_access_desc nvarchar(60) DEFAULT 'MULTI_USER', is_read_only bit DEFAULT 0, "
       "is_auto_close_on bit NOT NULL DEFAULT 0, is_auto_shrink_on bit DEFAULT 0, state tinyint "
       "DEFAULT 0, state_desc nvarchar(60) DEFAULT 'ONLINE', is_in_standby bit DEFAULT 0, "
       "is_cleanly_shutdown bit DEFAULT 0, is_supplemental_logging_enabled bit DEFAULT 0, "
       "snapshot_isolation_state tinyint DEFAULT 1, snapshot_isolation_state_desc nvarchar(60) "
       "DEFAULT 'ON', is_read_committed_snapshot_on bit DEFAULT 1, recovery_model tinyint, "
       "recovery_model_desc nvarchar(60), page_verify_option tinyint DEFAULT 2, "
       "page_verify_option_desc nvarchar(60) DEFAULT 'CHECKSUM', is_auto_create_stats_on bit "
       "DEFAULT 1, is_auto_create_stats_incremental_on bit DEFAULT 0, is_auto_update_stats_on bit "
       "DEFAULT 1, is_auto_update_stats_async_on bit DEFAULT 0, is_ansi_null_default_on bit "
       "DEFAULT 1, is_ansi_nulls_on bit DEFAULT 1, is_ansi_padding_on bit DEFAULT 1, "
       "is_ansi_warnings_on bit DEFAULT 1, is_arithabort_on bit DEFAULT 1, "
       "is_concat_null_yields_null_on bit DEFAULT 1, is_numeric_roundabort_on bit DEFAULT 0, "
       "is_quoted_identifier_on bit DEFAULT 1, is_recursive_triggers_on bit DEFAULT 0, "
       "is_cursor_close_on_commit_on bit DEFAULT 0, is_local_cursor_default bit DEFAULT 0, "
       "is_fulltext_enabled bit DEFAULT 0, is_trustworthy_on bit DEFAULT 0, is_db_chaining_on bit "
       "DEFAULT 0, is_parameterization_forced bit DEFAULT 0, "
       "is_master_key_encrypted_by_server bit NOT NULL DEFAULT 0, is_query_store_on bit DEFAULT "
       "0, is_published bit NOT NULL DEFAULT 0, is_subscribed bit NOT NULL DEFAULT 0, "
       "is_merge_published bit NOT NULL DEFAULT 0, is_distributor bit NOT NULL DEFAULT 0, "
       "is_sync_with_backup bit NOT NULL DEFAULT 0, service_broker_guid uniqueidentifier NOT NULL "
       "DEFAULT '00000000-0000-0000-0000-000000000000', is_broker_enabled bit NOT NULL DEFAULT 0, "
       "log_reuse_wait tinyint DEFAULT 0, log_reuse_wait_desc nvarchar(60) DEFAULT 'NOTHING', "
       "is_date_correlation_on bit NOT NULL DEFAULT 0, is_cdc_enabled bit NOT NULL DEFAULT 0, "
       "is_encrypted bit DEFAULT 0, is_honor_broker_priority_on bit DEFAULT 0, replica_id "
       "uniqueidentifier, group_database_id uniqueidentifier, resource_pool_id int DEFAULT 0, "
       "default_language_lcid smallint DEFAULT 1033, default_language_name nvarchar(128) DEFAULT "
       "'us_english', default_fulltext_language_lcid int DEFAULT 1033, "
       "default_fulltext_language_name nvarchar(128) DEFAULT 'English', "
       "is_nested_triggers_on bit DEFAULT 1, is_transform_noise_words_on bit DEFAULT 0, "
       "two_digit_year_cutoff smallint DEFAULT 2049, containment tinyint DEFAULT 0, "
       "containment_desc nvarchar(60) DEFAULT 'NONE', target_recovery_time_in_seconds int DEFAULT "
       "60, delayed_durability int DEFAULT 0, delayed_durability_desc nvarchar(60) DEFAULT "
       "'DISABLED', is_memory_optimized_elevate_to_snapshot_on bit DEFAULT 0, "
       "is_federation_member bit DEFAULT 0, is_remote_data_archive_enabled bit DEFAULT 0, "
       "is_mixed_page_allocation_on bit DEFAULT 0, is_temporal_history_retention_enabled bit "
       "DEFAULT 0, catalog_collation_type int NOT NULL DEFAULT 0, catalog_collation_type_desc "
       "nvarchar(60) DEFAULT 'DATABASE_DEFAULT', physical_database_name nvarchar(128), "
       "is_result_set_caching_on bit DEFAULT 0, is_accelerated_database_recovery_on bit DEFAULT "
       "1, is_tempdb_spill_to_remote_store bit DEFAULT 0, is_stale_page_detection_on bit DEFAULT "
       "0, is_memory_optimized_enabled bit DEFAULT 0, is_data_retention_enabled bit DEFAULT 0, "
       "is_ledger_on bit DEFAULT 0, is_change_feed_enabled bit DEFAULT 0",
       database_rows},
      {"sys.database_files", kFileColumns, database_file_rows},
      {"sys.master_files",
       "database_id int NOT NULL DEFAULT 0, " + kFileColumns + ", credential_id int",
       master_file_rows},
      {"sys.data_spaces", kDataSpaceColumns, data_space_rows},
      {"sys.filegroups",
       kDataSpaceColumns +
           ", filegroup_guid uniqueidentifier, log_filegroup_id int, is_read_only bit DEFAULT 0, "
           "is_autogrow_all_files bit DEFAULT 0",
       data_space_rows},
      {"sys.configurations",
       "configuration_id int NOT NULL, name nvarchar(35) NOT NULL, value int, minimum int, maximum "
       "int, value_in_use int, description nvarchar(255) NOT NULL, is_dynamic bit NOT NULL DEFAULT "
       "1, is_advanced bit NOT NULL",
       configuration_rows},
      {"sys.database_service_objectives",
       "database_id int NOT NULL, edition sysname DEFAULT 'DataWarehouse', service_objective "
       "sysname DEFAULT 'ondemand', elastic_pool_name sysname",
       service_objective_rows},
      {"sys.dm_os_host_info",
       "host_platform nvarchar(256) NOT NULL, host_distribution nvarchar(256) NOT NULL, "
       "host_release nvarchar(256) NOT NULL, host_service_pack_level nvarchar(256) NOT NULL "
       "DEFAULT '', host_sku int, os_language_version int NOT NULL DEFAULT 0, host_architecture "
       "nvarchar(256) NOT NULL DEFAULT 'X64'",
       host_rows},
      {"sys.dm_os_sys_info",
       "cpu_ticks bigint NOT NULL DEFAULT 0, ms_ticks bigint NOT NULL, cpu_count int NOT NULL, "
       "hyperthread_ratio int NOT NULL, physical_memory_kb bigint NOT NULL, virtual_memory_kb "
       "bigint NOT NULL DEFAULT 137438953344, committed_kb bigint NOT NULL DEFAULT 0, "
       "committed_target_kb bigint NOT NULL, stack_size_in_bytes int NOT NULL DEFAULT 2093056, "
       "os_quantum bigint NOT NULL DEFAULT 4, os_error_mode int NOT NULL DEFAULT 5, os_priority_"
       "class int DEFAULT 32, max_workers_count int NOT NULL DEFAULT 512, scheduler_count int NOT "
       "NULL, scheduler_total_count int NOT NULL DEFAULT 0, deadlock_monitor_serial_number int NOT "
       "NULL DEFAULT 0, sqlserver_start_time_ms_ticks bigint NOT NULL DEFAULT 0, "
       "sqlserver_start_time datetime, affinity_type int NOT NULL DEFAULT 2, affinity_type_desc "
       "nvarchar(60) NOT NULL DEFAULT 'AUTO', virtual_machine_type int NOT NULL DEFAULT 0, "
       "virtual_machine_type_desc nvarchar(60) NOT NULL DEFAULT 'NONE', container_type int NOT "
       "NULL DEFAULT 0, container_type_desc nvarchar(60) NOT NULL DEFAULT 'NONE'",
       system_info_rows},
      {"sys.syslanguages",
       "langid smallint NOT NULL, dateformat nchar(3) NOT NULL DEFAULT 'mdy', datefirst tinyint "
       "NOT NULL DEFAULT 7, upgrade int DEFAULT 0, name sysname NOT NULL, alias sysname, months "
       "nvarchar(372), shortmonths nvarchar(132), days nvarchar(217), lcid int NOT NULL DEFAULT "
       "1033, msglangid smallint NOT NULL DEFAULT 1033",
       language_rows},
      {"sys.syscharsets",
       "type smallint NOT NULL, id tinyint NOT NULL, csid tinyint NOT NULL DEFAULT 0, status "
       "smallint DEFAULT 0, name sysname NOT NULL, description nvarchar(255), binarydefinition "
       "varbinary(6000), definition image",
       charset_rows},
      {"sys.spt_collations", "name sysname NOT NULL, description nvarchar(1000) NOT NULL",
       collation_rows},
      {"sys.servers",
       "server_id int NOT NULL, name sysname NOT NULL, product sysname NOT NULL DEFAULT 'SQL "
       "Server', provider sysname NOT NULL DEFAULT 'SQLNCLI', data_source nvarchar(4000), location "
       "nvarchar(4000), provider_string nvarchar(4000), catalog sysname, connect_timeout int "
       "DEFAULT 0, query_timeout int DEFAULT 0, is_linked bit NOT NULL DEFAULT 0, "
       "is_remote_login_enabled bit NOT NULL DEFAULT 0, is_rpc_out_enabled bit NOT NULL DEFAULT 0, "
       "is_data_access_enabled bit NOT NULL DEFAULT 0, is_collation_compatible bit NOT NULL "
       "DEFAULT 0, uses_remote_collation bit NOT NULL DEFAULT 1, collation_name sysname, "
       "lazy_schema_validation bit NOT NULL DEFAULT 0, is_system bit NOT NULL DEFAULT 0, "
       "is_publisher bit NOT NULL DEFAULT 0, is_subscriber bit, is_distributor bit, "
       "is_nonsql_subscriber bit, is_remote_proc_transaction_promotion_enabled bit, modify_date "
       "datetime NOT NULL DEFAULT '2003-04-08 09:13:36.390'",
       server_rows},
  };
  return kViews;
}

}  // namespace tarn::sql
