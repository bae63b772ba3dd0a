// sp_help and its like, and what management tools call when they connect.

#include "detail/exec/catalog/catalog_view.h"

namespace tarn::sql {
namespace {

constexpr std::string_view kHelp = R"(CREATE PROCEDURE sys.sp_help @objname nvarchar(776) = NULL AS
IF @objname IS NULL
BEGIN
  SELECT o.name AS Name, CAST('dbo' AS sysname) AS Owner, CAST(LOWER(REPLACE(REPLACE(o.type_desc, 'SQL_', ''), '_', ' '))
         AS nvarchar(31)) AS Object_type
  FROM sys.all_objects AS o WHERE o.name NOT LIKE 'spt[_]%' ORDER BY 2, 3 DESC, 1
  RETURN
END
DECLARE @id int = OBJECT_ID(@objname)
IF @id IS NULL
BEGIN
  DECLARE @database sysname = DB_NAME()
  RAISERROR('The object ''%s'' does not exist in database ''%s'' or is invalid for this operation.', 16, 1,
            @objname, @database)
  RETURN 1
END
SELECT o.name AS Name, CAST('dbo' AS sysname) AS Owner,
       CAST(LOWER(REPLACE(REPLACE(o.type_desc, 'SQL_', ''), '_', ' ')) AS nvarchar(31)) AS Type,
       o.create_date AS Created_datetime
FROM sys.all_objects AS o WHERE o.object_id = @id
IF EXISTS (SELECT * FROM sys.all_columns WHERE object_id = @id)
BEGIN
  SELECT c.name AS Column_name, t.name AS Type,
         CAST(CASE c.is_computed WHEN 1 THEN 'yes' ELSE 'no' END AS varchar(35)) AS Computed,
         CAST(c.max_length AS int) AS Length,
         CAST(CASE WHEN t.name LIKE '%char' OR t.name LIKE '%binary' OR t.name LIKE '%text' OR t.name IN
              ('bit', 'image', 'uniqueidentifier') THEN '     ' ELSE CAST(c.precision AS varchar(5)) END
           AS char(5)) AS Prec,
         CAST(CASE WHEN t.name LIKE '%char' OR t.name LIKE '%binary' OR t.name LIKE '%text' OR t.name IN
              ('bit', 'image', 'uniqueidentifier', 'float', 'real', 'date') THEN '     '
              ELSE CAST(c.scale AS varchar(5)) END AS char(5)) AS Scale,
         CAST(CASE c.is_nullable WHEN 1 THEN 'yes' ELSE 'no' END AS varchar(35)) AS Nullable,
         CAST(CASE WHEN c.collation_name IS NULL AND t.name NOT LIKE '%binary' THEN '(n/a)' ELSE 'no' END
           AS varchar(35)) AS TrimTrailingBlanks,
         CAST(CASE WHEN c.collation_name IS NULL AND t.name NOT LIKE '%binary' THEN '(n/a)'
              WHEN c.is_nullable = 1 THEN 'yes' ELSE 'no' END AS varchar(35)) AS FixedLenNullInSource,
         c.collation_name AS Collation
  FROM sys.all_columns AS c JOIN sys.types AS t ON t.user_type_id = c.system_type_id
  WHERE c.object_id = @id ORDER BY c.column_id
  SELECT CAST('No identity column defined.' AS nvarchar(128)) AS [Identity], CAST(NULL AS numeric(38, 0)) AS Seed,
         CAST(NULL AS numeric(38, 0)) AS Increment, CAST(NULL AS int) AS [Not For Replication]
  SELECT CAST('No rowguidcol column defined.' AS nvarchar(128)) AS [RowGuidCol]
END
IF EXISTS (SELECT * FROM sys.parameters WHERE object_id = @id)
  SELECT p.name AS Parameter_name, t.name AS Type, p.max_length AS Length, CAST(p.precision AS int) AS Prec,
         CAST(p.scale AS int) AS Scale, p.parameter_id AS Param_order, t.collation_name AS Collation
  FROM sys.parameters AS p JOIN sys.types AS t ON t.user_type_id = p.user_type_id
  WHERE p.object_id = @id ORDER BY p.parameter_id
IF EXISTS (SELECT * FROM sys.indexes WHERE object_id = @id AND index_id > 0)
  EXEC sys.sp_helpindex @objname)";

constexpr std::string_view kHelpIndex =
    R"(CREATE PROCEDURE sys.sp_helpindex @objname nvarchar(776) AS
DECLARE @id int = OBJECT_ID(@objname)
IF @id IS NULL
BEGIN
  DECLARE @database sysname = DB_NAME()
  RAISERROR('The object ''%s'' does not exist in database ''%s'' or is invalid for this operation.', 16, 1,
            @objname, @database)
  RETURN 1
END
IF NOT EXISTS (SELECT * FROM sys.indexes WHERE object_id = @id AND index_id > 0)
BEGIN
  RAISERROR('The object ''%s'' does not have any indexes, or you do not have permissions.', 10, 1, @objname)
  RETURN 0
END
SELECT i.name AS index_name,
       CAST(LOWER(i.type_desc) + CASE i.is_unique WHEN 1 THEN ', unique' ELSE '' END
         + CASE i.is_primary_key WHEN 1 THEN ', primary key' ELSE '' END
         + CASE i.is_unique_constraint WHEN 1 THEN ', unique key' ELSE '' END
         + ' located on PRIMARY' AS varchar(210)) AS index_description,
       CAST(STRING_AGG(c.name, ', ') WITHIN GROUP (ORDER BY ic.index_column_id) AS nvarchar(2078)) AS index_keys
FROM sys.indexes AS i
JOIN sys.index_columns AS ic ON ic.object_id = i.object_id AND ic.index_id = i.index_id
JOIN sys.columns AS c ON c.object_id = ic.object_id AND c.column_id = ic.column_id
WHERE i.object_id = @id AND i.index_id > 0
GROUP BY i.name, i.type_desc, i.is_unique, i.is_primary_key, i.is_unique_constraint
ORDER BY 1)";

constexpr std::string_view kHelpConstraint =
    R"(CREATE PROCEDURE sys.sp_helpconstraint @objname nvarchar(776),
  @nomsg varchar(5) = 'msg' AS
SELECT CAST(LOWER(REPLACE(o.type_desc, '_CONSTRAINT', '')) AS nvarchar(146)) AS constraint_type,
       o.name AS constraint_name, CAST('(n/a)' AS nvarchar(9)) AS delete_action,
       CAST('(n/a)' AS nvarchar(9)) AS update_action, CAST('Disabled' AS nvarchar(8)) AS status_enabled,
       CAST('(n/a)' AS varchar(19)) AS status_for_replication, d.definition AS constraint_keys
FROM sys.objects AS o LEFT JOIN sys.default_constraints AS d ON d.object_id = o.object_id
WHERE o.parent_object_id = OBJECT_ID(@objname)
ORDER BY 1, 2)";

constexpr std::string_view kHelpDatabase =
    R"(CREATE PROCEDURE sys.sp_helpdb @dbname sysname = NULL AS
IF @dbname IS NOT NULL AND DB_ID(@dbname) IS NULL
BEGIN
  RAISERROR('The database ''%s'' does not exist. Supply a valid database name. To see available databases, use sys.databases.',
            16, 1, @dbname)
  RETURN 1
END
SELECT d.name, CAST('0.00 MB' AS nvarchar(13)) AS db_size, CAST('dbo' AS sysname) AS owner,
       CAST(d.database_id AS smallint) AS dbid, CAST(CONVERT(varchar(11), d.create_date, 107) AS nvarchar(11)) AS created,
       CAST('Status=' + d.state_desc + ', Updateability=READ_WRITE, UserAccess=' + d.user_access_desc
         + ', Recovery=' + d.recovery_model_desc + ', Collation=' + d.collation_name AS nvarchar(600)) AS status,
       d.compatibility_level
FROM sys.databases AS d WHERE @dbname IS NULL OR d.name = @dbname
ORDER BY 1)";

constexpr std::string_view kWho = R"(CREATE PROCEDURE sys.sp_who @loginame sysname = NULL AS
SELECT s.session_id AS spid, CAST(0 AS smallint) AS ecid, CAST(s.status AS nchar(30)) AS status,
       s.login_name AS loginame, s.host_name AS hostname, CAST('0' AS char(5)) AS blk, DB_NAME(s.database_id) AS dbname,
       CAST(CASE s.status WHEN 'running' THEN 'SELECT' ELSE 'AWAITING COMMAND' END AS nchar(26)) AS cmd, 0 AS request_id
FROM sys.dm_exec_sessions AS s
WHERE @loginame IS NULL OR s.login_name = @loginame OR CAST(s.session_id AS nvarchar(128)) = @loginame
  OR (@loginame = 'active' AND s.status = 'running')
ORDER BY 1)";

constexpr std::string_view kWho2 = R"(CREATE PROCEDURE sys.sp_who2 @loginame sysname = NULL AS
SELECT CAST(s.session_id AS char(5)) AS SPID, CAST(UPPER(s.status) AS nvarchar(30)) AS Status, s.login_name AS Login,
       s.host_name AS HostName, CAST('  .' AS char(5)) AS BlkBy, DB_NAME(s.database_id) AS DBName,
       CAST(CASE s.status WHEN 'running' THEN 'SELECT' ELSE 'AWAITING COMMAND' END AS nvarchar(26)) AS Command,
       CAST(CAST(s.cpu_time AS varchar(20)) AS char(7)) AS CPUTime,
       CAST(CAST(s.reads + s.writes AS varchar(20)) AS char(7)) AS DiskIO,
       CAST(CONVERT(varchar(14), s.last_request_start_time, 120) AS char(14)) AS LastBatch,
       s.program_name AS ProgramName, CAST(s.session_id AS char(5)) AS SPID2, CAST(0 AS char(5)) AS REQUESTID
FROM sys.dm_exec_sessions AS s
WHERE @loginame IS NULL OR s.login_name = @loginame OR (@loginame = 'active' AND s.status = 'running')
ORDER BY s.session_id)";

constexpr std::string_view kSpaceUsed =
    R"(CREATE PROCEDURE sys.sp_spaceused @objname nvarchar(776) = NULL,
  @updateusage varchar(5) = 'false' AS
IF @objname IS NULL
BEGIN
  SELECT CAST(DB_NAME() AS nvarchar(128)) AS database_name,
         CAST(STR(ISNULL(SUM(p.reserved_page_count), 0) * 8192 / 1048576.0, 15, 2) + ' MB' AS varchar(18)) AS database_size,
         CAST('0.00 MB' AS varchar(18)) AS [unallocated space]
  FROM sys.dm_db_partition_stats AS p
  SELECT CAST(LTRIM(STR(ISNULL(SUM(p.reserved_page_count), 0) * 8, 15)) + ' KB' AS varchar(18)) AS reserved,
         CAST(LTRIM(STR(ISNULL(SUM(p.used_page_count), 0) * 8, 15)) + ' KB' AS varchar(18)) AS data,
         CAST('0 KB' AS varchar(18)) AS index_size, CAST('0 KB' AS varchar(18)) AS unused
  FROM sys.dm_db_partition_stats AS p
  RETURN
END
DECLARE @id int = OBJECT_ID(@objname)
IF @id IS NULL
BEGIN
  DECLARE @database sysname = DB_NAME()
  RAISERROR('The object ''%s'' does not exist in database ''%s'' or is invalid for this operation.', 16, 1,
            @objname, @database)
  RETURN 1
END
SELECT CAST(OBJECT_NAME(@id) AS nvarchar(128)) AS name,
       CAST(CAST(ISNULL(SUM(p.row_count), 0) AS varchar(20)) AS char(20)) AS rows,
       CAST(LTRIM(STR(ISNULL(SUM(p.reserved_page_count), 0) * 8, 15)) + ' KB' AS varchar(18)) AS reserved,
       CAST(LTRIM(STR(ISNULL(SUM(p.used_page_count), 0) * 8, 15)) + ' KB' AS varchar(18)) AS data,
       CAST('0 KB' AS varchar(18)) AS index_size, CAST('0 KB' AS varchar(18)) AS unused
FROM sys.dm_db_partition_stats AS p WHERE p.object_id = @id)";

constexpr std::string_view kVersion = R"(CREATE PROCEDURE sys.xp_msver @name nvarchar(128) = NULL AS
SELECT CAST(v.id AS smallint) AS [Index], CAST(v.name AS nvarchar(30)) AS Name, CAST(v.number AS int) AS Internal_Value,
       CAST(v.value AS nvarchar(512)) AS Character_Value
FROM (VALUES (1, 'ProductName', NULL, 'Microsoft SQL Server'), (2, 'ProductVersion', 786432, '12.0.2000.8'),
 (3, 'Language', 1033, 'English (United States)'), (4, 'Platform', NULL, 'NT x64'), (5, 'Comments', NULL, 'SQL'),
 (14, 'SpecialBuild', 0, NULL), (15, 'WindowsVersion', 0, '0'),
 (16, 'ProcessorCount', (SELECT TOP 1 cpu_count FROM sys.dm_os_sys_info), NULL),
 (19, 'PhysicalMemory', (SELECT TOP 1 physical_memory_kb / 1024 FROM sys.dm_os_sys_info), NULL),
 (20, 'Product ID', NULL, NULL)) AS v(id, name, number, value)
WHERE @name IS NULL OR v.name = @name
ORDER BY 1)";

// What Management Studio asks of the server's registry: there is none.
constexpr std::string_view kRegistry =
    R"(CREATE PROCEDURE sys.xp_instance_regread @root nvarchar(512),
  @key nvarchar(512), @value nvarchar(512) = NULL, @data nvarchar(4000) = NULL OUTPUT, @quiet varchar(10) = NULL AS
SET @data = NULL
IF @quiet IS NULL
  SELECT CAST(@value AS nvarchar(512)) AS Value, CAST(NULL AS nvarchar(4000)) AS Data WHERE 1 = 0)";

constexpr std::string_view kRegistryKey = R"(CREATE PROCEDURE sys.xp_regread @root nvarchar(512),
  @key nvarchar(512), @value nvarchar(512) = NULL, @data nvarchar(4000) = NULL OUTPUT, @quiet varchar(10) = NULL AS
SET @data = NULL
IF @quiet IS NULL
  SELECT CAST(@value AS nvarchar(512)) AS Value, CAST(NULL AS nvarchar(4000)) AS Data WHERE 1 = 0)";

constexpr std::string_view kQualifyLogin = R"(CREATE PROCEDURE sys.xp_qv @feature nvarchar(128),
  @instance nvarchar(128) = NULL AS RETURN 0)";

constexpr std::string_view kConfigure =
    R"(CREATE PROCEDURE sys.sp_configure @configname varchar(35) = NULL,
  @configvalue int = NULL AS
IF @configvalue IS NOT NULL
BEGIN
  RAISERROR('Statement ''sp_configure'' is not supported in this version of SQL Server.', 16, 1)
  RETURN 1
END
SELECT name, minimum, maximum, value AS config_value, value_in_use AS run_value
FROM sys.configurations WHERE @configname IS NULL OR name LIKE '%' + @configname + '%' ORDER BY 1)";

constexpr std::string_view kHelpUser =
    R"(CREATE PROCEDURE sys.sp_helpuser @name_in_db sysname = NULL AS
SELECT p.name AS UserName, CAST('db_owner' AS sysname) AS RoleName, CAST(SUSER_SNAME() AS sysname) AS LoginName,
       CAST('master' AS sysname) AS DefDBName, p.default_schema_name AS DefSchemaName, CAST(p.principal_id AS smallint) AS UserID,
       p.sid AS SID
FROM sys.database_principals AS p WHERE p.type = 'S' AND (@name_in_db IS NULL OR p.name = @name_in_db)
ORDER BY 1)";

constexpr std::string_view kHelpSort = R"(CREATE PROCEDURE sys.sp_helpsort AS
SELECT CAST('Latin1-General, case-insensitive, accent-sensitive, kanatype-insensitive, width-insensitive for Unicode Data, SQL Server Sort Order 52 on Code Page 1252 for non-Unicode Data'
  AS nvarchar(500)) AS [Server default collation])";

constexpr std::string_view kHelpLanguage =
    R"(CREATE PROCEDURE sys.sp_helplanguage @language sysname = NULL AS
SELECT langid, dateformat, datefirst, upgrade, name, alias, months, shortmonths, days, lcid, msglangid
FROM sys.syslanguages WHERE @language IS NULL OR name = @language OR alias = @language)";

}  // namespace

std::span<const SystemModule> help_procedures() {
  constexpr auto kProcedure = ModuleKind::kProcedure;
  static const std::vector<SystemModule> kModules = {
      {"sys.sp_help", kProcedure, kHelp},
      {"sys.sp_helpindex", kProcedure, kHelpIndex},
      {"sys.sp_helpconstraint", kProcedure, kHelpConstraint},
      {"sys.sp_helpdb", kProcedure, kHelpDatabase},
      {"sys.sp_helpuser", kProcedure, kHelpUser},
      {"sys.sp_helpsort", kProcedure, kHelpSort},
      {"sys.sp_helplanguage", kProcedure, kHelpLanguage},
      {"sys.sp_who", kProcedure, kWho},
      {"sys.sp_who2", kProcedure, kWho2},
      {"sys.sp_spaceused", kProcedure, kSpaceUsed},
      {"sys.sp_configure", kProcedure, kConfigure},
      {"sys.xp_msver", kProcedure, kVersion},
      {"sys.xp_instance_regread", kProcedure, kRegistry},
      {"sys.xp_regread", kProcedure, kRegistryKey},
      {"sys.xp_qv", kProcedure, kQualifyLogin},
  };
  return kModules;
}

}  // namespace tarn::sql
