-- Written from knowledge of SQL Server Management Studio, which cannot be had for a test: connection, the server's properties, the
-- list of databases.
-- columns: x
SET ROWCOUNT 0 SET TEXTSIZE 2147483647 SET NOCOUNT OFF SET CONCAT_NULL_YIELDS_NULL ON SET ARITHABORT ON SET LOCK_TIMEOUT -1
SET QUERY_GOVERNOR_COST_LIMIT 0 SET DEADLOCK_PRIORITY NORMAL SET TRANSACTION ISOLATION LEVEL READ COMMITTED SET ANSI_NULLS ON
SET ANSI_NULL_DFLT_ON ON SET ANSI_PADDING ON SET ANSI_WARNINGS ON SET CURSOR_CLOSE_ON_COMMIT OFF SET IMPLICIT_TRANSACTIONS OFF
SET QUOTED_IDENTIFIER ON
SELECT @@SPID AS x
GO
-- columns: edition
-- row: 11
DECLARE @edition sysname; SET @edition = cast(SERVERPROPERTY(N'EDITION') as sysname);
SELECT case when @edition = N'SQL Azure' then 11 else 1 end as edition
GO
-- columns: ServerVersion, Name, IsCaseSensitive, MaxPrecision, Collation, EngineEdition
-- row: 12.0.2000.8 | * | false | 38 | SQL_Latin1_General_CP1_CI_AS | 11
-- database: master
SELECT CAST(SERVERPROPERTY(N'ProductVersion') AS sysname) AS [ServerVersion], CAST(serverproperty(N'Servername') AS sysname) AS [Name],
       CAST(case when 'a' <> 'A' then 1 else 0 end AS bit) AS [IsCaseSensitive], @@MAX_PRECISION AS [MaxPrecision],
       CAST(SERVERPROPERTY(N'Collation') AS sysname) AS [Collation], CAST(SERVERPROPERTY('EngineEdition') AS int) AS [EngineEdition]
GO
-- columns: IsSysAdmin, IsOwner, HasView
SELECT IS_SRVROLEMEMBER('sysadmin') AS IsSysAdmin, IS_MEMBER('db_owner') AS IsOwner,
       HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW SERVER STATE') AS HasView
GO
-- columns: ID, Name, Internal_Value, Value
-- row: 2 | ProductVersion | * | 12.0.2000.8
CREATE TABLE #SVer(ID int, Name sysname, Internal_Value int, Value nvarchar(512))
INSERT #SVer EXEC master.dbo.xp_msver
SELECT ID, Name, Internal_Value, Value FROM #SVer WHERE Name = N'ProductVersion'
DROP TABLE #SVer
GO
-- columns: data
-- row: NULL
DECLARE @data nvarchar(512)
EXEC master.dbo.xp_instance_regread N'HKEY_LOCAL_MACHINE', N'Software\Microsoft\MSSQLServer\Setup', N'SQLPath', @data OUTPUT, 'no_output'
SELECT @data AS data
GO
-- columns: Name, Urn, Status, CompatibilityLevel, RecoveryModel, UserAccess, ReadOnly, Collation, IsAccessible, ContainmentType
-- row: default | * | 0 | 150 | 1 | 0 | false | Latin1_General_100_CI_AS_SC_UTF8 | true | 0
SELECT dtb.name AS [Name], N'Server/Database[@Name=' + quotename(CAST(dtb.name AS sysname), '''') + ']' AS [Urn],
       dtb.state AS [Status], dtb.compatibility_level AS [CompatibilityLevel], dtb.recovery_model AS [RecoveryModel],
       dtb.user_access AS [UserAccess], dtb.is_read_only AS [ReadOnly], dtb.collation_name AS [Collation],
       CAST(has_dbaccess(dtb.name) AS bit) AS [IsAccessible], dtb.containment AS [ContainmentType]
FROM master.sys.databases AS dtb
LEFT OUTER JOIN sys.master_files AS df ON df.database_id = dtb.database_id and 1 = df.data_space_id and 1 = df.file_id
LEFT OUTER JOIN sys.database_recovery_status AS drs ON drs.database_id = dtb.database_id
LEFT OUTER JOIN sys.database_mirroring AS dmi ON dmi.database_id = dtb.database_id
ORDER BY [Name] ASC
GO
-- columns: name, value_in_use
-- row: show advanced options | 0
SELECT name, value_in_use FROM sys.configurations WHERE name = 'show advanced options'
GO
-- columns: login, dbname
SELECT p.name AS [login], ISNULL(p.default_database_name, N'') AS [dbname] FROM sys.server_principals AS p WHERE p.type IN ('S', 'U', 'G')
GO
-- columns: name, collation
-- row: Latin1_General_100_BIN2_UTF8 | *
SELECT name, description AS collation FROM ::fn_helpcollations()
GO
