// The views of SQL Server 2000 that old clients read, and system functions of rows.

#include "detail/exec/catalog/catalog_view.h"

namespace tarn::sql {

std::span<const SystemModule> compatibility_modules() {
  static const std::vector<SystemModule> kModules = {
      {"sys.sysdatabases", ModuleKind::kView,
       R"(CREATE VIEW sys.sysdatabases AS
SELECT name, CAST(database_id AS smallint) AS dbid, owner_sid AS sid, CAST(0 AS smallint) AS mode,
       65536 AS status, 1090519040 AS status2, create_date AS crdate,
       CAST('1900-01-01' AS datetime) AS reserved, 0 AS category,
       compatibility_level AS cmptlevel, CAST(NULL AS nvarchar(260)) AS filename,
       CAST(869 AS smallint) AS version
FROM sys.databases)"},
      {"sys.sysobjects", ModuleKind::kView,
       R"(CREATE VIEW sys.sysobjects AS
SELECT name, object_id AS id, CAST(CASE type WHEN 'PK' THEN 'K' WHEN 'UQ' THEN 'K' ELSE type END
       AS char(2)) AS xtype, CAST(schema_id AS smallint) AS uid, CAST(0 AS smallint) AS info,
       0 AS status, 0 AS base_schema_ver, 0 AS replinfo, parent_object_id AS parent_obj,
       create_date AS crdate, CAST(0 AS smallint) AS ftcatid, 0 AS schema_ver, 0 AS stats_schema_ver,
       type, CAST(CASE type WHEN 'U' THEN 1 WHEN 'V' THEN 2 WHEN 'P' THEN 4 ELSE 0 END AS smallint)
         AS userstat,
       CAST(0 AS smallint) AS sysstat, CAST(0 AS smallint) AS indexdel, modify_date AS refdate,
       0 AS version, 0 AS deltrig, 0 AS instrig, 0 AS updtrig, 0 AS seltrig, 0 AS category,
       CAST(0 AS smallint) AS cache
FROM sys.all_objects)"},
      {"sys.syscolumns", ModuleKind::kView,
       R"(CREATE VIEW sys.syscolumns AS
SELECT c.name, c.object_id AS id, c.system_type_id AS xtype, CAST(0 AS tinyint) AS typestat,
       CAST(c.user_type_id AS smallint) AS xusertype, c.max_length AS length, c.precision AS xprec,
       c.scale AS xscale, CAST(c.column_id AS smallint) AS colid, CAST(0 AS smallint) AS xoffset,
       CAST(0 AS tinyint) AS bitpos, CAST(0 AS tinyint) AS reserved, CAST(0 AS smallint) AS colstat,
       c.default_object_id AS cdefault, 0 AS domain, CAST(0 AS smallint) AS number,
       CAST(c.column_id AS smallint) AS colorder, CAST(NULL AS varbinary(8000)) AS autoval,
       CAST(0 AS smallint) AS offset, 0 AS collationid,
       CAST(CASE c.is_nullable WHEN 1 THEN 8 ELSE 0 END AS tinyint) AS status,
       c.system_type_id AS type, CAST(c.user_type_id AS smallint) AS usertype,
       CAST(NULL AS varchar(255)) AS printfmt, CAST(c.precision AS smallint) AS prec,
       CAST(c.scale AS int) AS scale, CAST(c.is_computed AS int) AS iscomputed,
       CAST(0 AS int) AS isoutparam, CAST(c.is_nullable AS int) AS isnullable,
       c.collation_name AS collation, CAST(NULL AS binary(5)) AS tdscollation
FROM sys.all_columns AS c
UNION ALL
SELECT p.name, p.object_id, p.system_type_id, CAST(0 AS tinyint), CAST(p.user_type_id AS smallint),
       p.max_length, p.precision, p.scale, CAST(p.parameter_id AS smallint), CAST(0 AS smallint),
       CAST(0 AS tinyint), CAST(0 AS tinyint), CAST(0 AS smallint), 0, 0, CAST(1 AS smallint),
       CAST(p.parameter_id AS smallint), CAST(NULL AS varbinary(8000)), CAST(0 AS smallint), 0,
       CAST(8 AS tinyint), p.system_type_id, CAST(p.user_type_id AS smallint),
       CAST(NULL AS varchar(255)), CAST(p.precision AS smallint), CAST(p.scale AS int), 0,
       CAST(p.is_output AS int), 1, CAST(NULL AS sysname), CAST(NULL AS binary(5))
FROM sys.parameters AS p)"},
      {"sys.systypes", ModuleKind::kView,
       R"(CREATE VIEW sys.systypes AS
SELECT name, system_type_id AS xtype, CAST(0 AS tinyint) AS status,
       CAST(user_type_id AS smallint) AS xusertype, max_length AS length, precision AS xprec,
       scale AS xscale, 0 AS tdefault, 0 AS domain, CAST(schema_id AS smallint) AS uid,
       CAST(0 AS smallint) AS reserved, 0 AS collationid, CAST(user_type_id AS smallint) AS usertype,
       CAST(0 AS bit) AS variable, CAST(is_nullable AS int) AS allownulls, system_type_id AS type,
       CAST(NULL AS varchar(255)) AS printfmt, CAST(precision AS smallint) AS prec,
       scale AS scale, collation_name AS collation
FROM sys.types)"},
      {"sys.sysusers", ModuleKind::kView,
       R"(CREATE VIEW sys.sysusers AS
SELECT CAST(principal_id AS smallint) AS uid, CAST(0 AS smallint) AS status, name, sid,
       CAST(NULL AS varbinary(2048)) AS roles, create_date AS createdate, modify_date AS updatedate,
       CAST(0 AS smallint) AS altuid, CAST(NULL AS varbinary(256)) AS password,
       CAST(CASE type WHEN 'R' THEN 1 ELSE 0 END AS smallint) AS gid,
       CAST(NULL AS varchar(255)) AS environ,
       CASE type WHEN 'R' THEN 0 ELSE 1 END AS hasdbaccess,
       CASE type WHEN 'R' THEN 0 ELSE 1 END AS islogin, 0 AS isntname, 0 AS isntgroup, 0 AS isntuser,
       CASE type WHEN 'R' THEN 0 ELSE 1 END AS issqluser, 0 AS isaliased,
       CASE type WHEN 'R' THEN 1 ELSE 0 END AS issqlrole, 0 AS isapprole
FROM sys.database_principals)"},
      {"sys.sysindexes", ModuleKind::kView,
       R"(CREATE VIEW sys.sysindexes AS
SELECT i.object_id AS id, CASE WHEN i.is_primary_key = 1 THEN 2048 WHEN i.is_unique = 1 THEN 2 ELSE 0
       END AS status, CAST(NULL AS binary(6)) AS first, CAST(i.index_id AS smallint) AS indid,
       CAST(NULL AS binary(6)) AS root, CAST(0 AS smallint) AS minlen, CAST(0 AS smallint) AS keycnt,
       CAST(1 AS smallint) AS groupid, 0 AS dpages, 0 AS reserved, 0 AS used,
       CAST(ISNULL(p.rows, 0) AS bigint) AS rowcnt, 0 AS rowmodctr, CAST(0 AS tinyint) AS OrigFillFactor,
       i.name, CAST(ISNULL(p.rows, 0) AS int) AS rows
FROM sys.indexes AS i LEFT JOIN sys.partitions AS p
  ON p.object_id = i.object_id AND p.index_id = i.index_id)"},
      {"sys.syscomments", ModuleKind::kView,
       R"(CREATE VIEW sys.syscomments AS
SELECT object_id AS id, CAST(0 AS smallint) AS number, CAST(1 AS smallint) AS colid,
       CAST(0 AS smallint) AS status, CAST(NULL AS varbinary(8000)) AS ctext,
       CAST(2 AS smallint) AS texttype, CAST(0 AS smallint) AS language, CAST(0 AS bit) AS encrypted,
       CAST(0 AS bit) AS compressed, CAST(definition AS nvarchar(4000)) AS text
FROM sys.all_sql_modules)"},
      {"sys.sysprocesses", ModuleKind::kView,
       R"(CREATE VIEW sys.sysprocesses AS
SELECT s.session_id AS spid, CAST(0 AS smallint) AS kpid, CAST(0 AS smallint) AS blocked,
       CAST(0x0000 AS binary(2)) AS waittype, CAST(0 AS bigint) AS waittime,
       CAST('' AS nchar(32)) AS lastwaittype, CAST('' AS nchar(256)) AS waitresource,
       s.database_id AS dbid, CAST(1 AS smallint) AS uid, s.cpu_time AS cpu,
       CAST(0 AS bigint) AS physical_io, s.memory_usage AS memusage, s.login_time,
       s.last_request_start_time AS last_batch, CAST(0 AS smallint) AS ecid,
       CAST(s.open_transaction_count AS smallint) AS open_tran, CAST(s.status AS nchar(30)) AS status,
       CAST(s.host_name AS nchar(128)) AS hostname, CAST(s.program_name AS nchar(128)) AS program_name,
       CAST('' AS nchar(10)) AS hostprocess,
       CAST(CASE s.status WHEN 'running' THEN 'SELECT' ELSE 'AWAITING COMMAND' END AS nchar(26)) AS cmd,
       CAST(s.login_name AS nchar(128)) AS loginame
FROM sys.dm_exec_sessions AS s)"},
      {"sys.syslogins", ModuleKind::kView,
       R"(CREATE VIEW sys.syslogins AS
SELECT sid, CAST(9 AS smallint) AS status, create_date AS createdate, modify_date AS updatedate, name,
       default_database_name AS dbname, CAST(NULL AS sysname) AS password,
       default_language_name AS language, 0 AS denylogin, 1 AS hasaccess, 0 AS isntname,
       0 AS isntgroup, 0 AS isntuser, 1 AS sysadmin, name AS loginname
FROM sys.server_principals WHERE type = 'S')"},
      {"sys.fn_listextendedproperty", ModuleKind::kTableFunction,
       R"(CREATE FUNCTION sys.fn_listextendedproperty (@name sysname = NULL,
  @level0type varchar(128) = NULL, @level0name sysname = NULL, @level1type varchar(128) = NULL,
  @level1name sysname = NULL, @level2type varchar(128) = NULL, @level2name sysname = NULL) RETURNS TABLE AS RETURN
(SELECT CAST(NULL AS sysname) AS objtype, CAST(NULL AS sysname) AS objname, name, value
 FROM sys.extended_properties WHERE name = @name))"},
      {"sys.fn_helpcollations", ModuleKind::kTableFunction,
       R"(CREATE FUNCTION sys.fn_helpcollations () RETURNS TABLE AS RETURN
(SELECT name, description FROM sys.spt_collations))"},
      {"sys.dm_exec_sql_text", ModuleKind::kTableFunction,
       R"(CREATE FUNCTION sys.dm_exec_sql_text (@handle varbinary(64)) RETURNS TABLE AS RETURN
(SELECT CAST(NULL AS smallint) AS dbid, CAST(NULL AS int) AS objectid, CAST(NULL AS smallint) AS number,
        CAST(0 AS bit) AS encrypted, CAST(NULL AS nvarchar(max)) AS text WHERE @handle IS NOT NULL))"},
      {"sys.dm_exec_describe_first_result_set", ModuleKind::kStatementsFunction,
       R"(CREATE FUNCTION sys.dm_exec_describe_first_result_set (@tsql nvarchar(max),
  @params nvarchar(max) = NULL, @include_browse_information tinyint = 0) RETURNS @columns TABLE (
  is_hidden bit, column_ordinal int, name nvarchar(128), is_nullable bit, system_type_id int,
  system_type_name nvarchar(256), max_length smallint, precision tinyint, scale tinyint,
  collation_name nvarchar(128), user_type_id int, user_type_database nvarchar(128),
  user_type_schema nvarchar(128), user_type_name nvarchar(128), assembly_qualified_type_name
  nvarchar(4000), xml_collection_id int, xml_collection_database nvarchar(128),
  xml_collection_schema nvarchar(128), xml_collection_name nvarchar(128), is_xml_document bit,
  is_case_sensitive bit, is_fixed_length_clr_type bit, source_server nvarchar(128),
  source_database nvarchar(128), source_schema nvarchar(128), source_table nvarchar(128),
  source_column nvarchar(128), is_identity_column bit, is_part_of_unique_key bit, is_updateable
  bit, is_computed_column bit, is_sparse_column_set bit, ordinal_in_order_by_list smallint,
  order_by_list_length smallint, order_by_is_descending smallint, tds_type_id int, tds_length
  int, tds_collation_id int, tds_collation_sort_id tinyint, error_number int, error_severity
  int, error_state int, error_message nvarchar(4000), error_type int, error_type_desc
  nvarchar(60)) AS
BEGIN
  INSERT INTO @columns (is_hidden, column_ordinal, name, is_nullable, system_type_id, system_type_name,
    max_length, precision, scale, collation_name, user_type_id, user_type_database,
    user_type_schema, user_type_name, assembly_qualified_type_name, xml_collection_id,
    xml_collection_database, xml_collection_schema, xml_collection_name, is_xml_document,
    is_case_sensitive, is_fixed_length_clr_type, source_server, source_database,
    source_schema, source_table, source_column, is_identity_column, is_part_of_unique_key,
    is_updateable, is_computed_column, is_sparse_column_set, ordinal_in_order_by_list,
    order_by_list_length, order_by_is_descending, tds_type_id, tds_length, tds_collation_id,
    tds_collation_sort_id)
    EXEC sp_describe_first_result_set @tsql, @params, @include_browse_information
  RETURN
END)"},
      {"sys.fn_my_permissions", ModuleKind::kTableFunction,
       R"(CREATE FUNCTION sys.fn_my_permissions (@securable sysname, @class nvarchar(60)) RETURNS TABLE AS
RETURN (SELECT CAST(COALESCE(@securable, 'server') AS sysname) AS entity_name,
               CAST('' AS sysname) AS subentity_name, CAST(p.name AS nvarchar(60)) AS permission_name
        FROM (VALUES ('CONNECT'), ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('EXECUTE'),
                     ('ALTER'), ('CONTROL'), ('VIEW DEFINITION')) AS p(name)))"},
  };
  return kModules;
}

}  // namespace tarn::sql
