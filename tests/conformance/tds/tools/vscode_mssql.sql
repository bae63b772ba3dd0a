-- SQL Tools Service behind VS Code and Azure Data Studio: connection and object explorer.
-- columns: IsCloud, EngineEdition, ServerVersion
-- row: 1 | 11 | 12.0.2000.8
SELECT CASE WHEN SERVERPROPERTY('Edition') = 'SQL Azure' THEN 1 ELSE 0 END AS IsCloud,
       CAST(SERVERPROPERTY('EngineEdition') AS int) AS EngineEdition, SERVERPROPERTY('ProductVersion') AS ServerVersion
GO
-- columns: host_platform, host_distribution, host_release
SELECT host_platform, host_distribution, host_release FROM sys.dm_os_host_info
GO
-- columns: name, state, collation
-- row: master | ONLINE | *
-- row: default | ONLINE | *
SELECT d.name, d.state_desc AS state, CAST(DATABASEPROPERTYEX(d.name, 'Collation') AS sysname) AS collation
FROM sys.databases AS d WHERE HAS_DBACCESS(d.name) = 1 ORDER BY d.name ASC
GO
-- columns: name
-- database: master
-- row: default
SELECT dtb.name AS [name] FROM master.sys.databases AS dtb
WHERE CAST(case when dtb.name in ('master', 'model', 'msdb', 'tempdb') then 1 else dtb.is_distributor end AS bit) = 0
GO
-- columns: Schema, Name, IsExternal, TemporalType, IsMemoryOptimized, IsSystemObject
-- row: dbo | customers | false | 0 | false | false
-- row: sales | orders | false | 0 | false | false
-- rows: 2
SELECT SCHEMA_NAME(tbl.schema_id) AS [Schema], tbl.name AS [Name], tbl.is_external AS [IsExternal],
       tbl.temporal_type AS [TemporalType], CAST(tbl.is_memory_optimized AS bit) AS [IsMemoryOptimized],
       CAST(case when tbl.is_ms_shipped = 1 then 1
                 when (select major_id from sys.extended_properties where major_id = tbl.object_id and minor_id = 0
                       and class = 1 and name = N'microsoft_database_tools_support') is not null then 1
                 else 0 end AS bit) AS [IsSystemObject]
FROM sys.tables AS tbl
WHERE tbl.is_filetable = 0 AND tbl.is_node = 0 AND tbl.is_edge = 0
ORDER BY [Schema] ASC, [Name] ASC
GO
-- columns: Name, ID, Nullable, InPrimaryKey, IsForeignKey, DataType, SystemType, Length, NumericPrecision, NumericScale, Identity, Computed
-- row: id | 1 | false | 1 | 0 | int | int | 4 | 10 | 0 | false | false
-- row: name | 2 | false | 0 | 0 | nvarchar | nvarchar | 50 | 0 | 0 | false | false
-- rows: 4
SELECT clmns.name AS [Name], clmns.column_id AS [ID], clmns.is_nullable AS [Nullable],
       ISNULL((select top 1 1 from sys.index_columns AS ic inner join sys.indexes AS i
               on i.object_id = ic.object_id and i.index_id = ic.index_id and i.is_primary_key = 1
               where ic.object_id = clmns.object_id and ic.column_id = clmns.column_id), 0) AS [InPrimaryKey],
       ISNULL((select top 1 1 from sys.foreign_key_columns AS colfk
               where colfk.parent_column_id = clmns.column_id and colfk.parent_object_id = clmns.object_id), 0) AS [IsForeignKey],
       usrt.name AS [DataType], ISNULL(baset.name, N'') AS [SystemType],
       CAST(CASE WHEN baset.name IN (N'nchar', N'nvarchar') AND clmns.max_length <> -1 THEN clmns.max_length/2
                 ELSE clmns.max_length END AS int) AS [Length],
       CAST(clmns.precision AS int) AS [NumericPrecision], CAST(clmns.scale AS int) AS [NumericScale],
       clmns.is_identity AS [Identity], clmns.is_computed AS [Computed]
FROM sys.tables AS tbl
INNER JOIN sys.all_columns AS clmns ON clmns.object_id = tbl.object_id
LEFT OUTER JOIN sys.types AS usrt ON usrt.user_type_id = clmns.user_type_id
LEFT OUTER JOIN sys.types AS baset ON (baset.user_type_id = clmns.system_type_id and baset.user_type_id = baset.system_type_id)
  or ((baset.system_type_id = clmns.system_type_id) and (baset.user_type_id = clmns.user_type_id)
      and (baset.is_user_defined = 0) and (baset.is_assembly_type = 1))
WHERE (tbl.name = N'customers' and SCHEMA_NAME(tbl.schema_id) = N'dbo')
ORDER BY [ID] ASC
GO
-- columns: Schema, Name
-- row: dbo | rich
SELECT SCHEMA_NAME(v.schema_id) AS [Schema], v.name AS [Name] FROM sys.all_views AS v
WHERE v.type = N'V' AND CAST(case when v.is_ms_shipped = 1 then 1 else 0 end AS bit) = 0
GO
-- columns: Schema, Name
-- row: dbo | find_customer
SELECT SCHEMA_NAME(sp.schema_id) AS [Schema], sp.name AS [Name] FROM sys.all_objects AS sp
WHERE (sp.type = N'P' OR sp.type = N'RF' OR sp.type = N'PC') AND sp.is_ms_shipped = 0
GO
-- columns: Name, ID, DataType, IsOutputParameter, DefaultValue
-- row: @id | 1 | int | false | NULL
-- row: @name | 2 | nvarchar | true | NULL
SELECT param.name AS [Name], param.parameter_id AS [ID], usrt.name AS [DataType], param.is_output AS [IsOutputParameter],
       param.default_value AS [DefaultValue]
FROM sys.all_objects AS sp INNER JOIN sys.all_parameters AS param ON param.object_id = sp.object_id
LEFT OUTER JOIN sys.types AS usrt ON usrt.user_type_id = param.user_type_id
WHERE sp.type = N'P' AND sp.name = N'find_customer' AND SCHEMA_NAME(sp.schema_id) = N'dbo'
ORDER BY param.parameter_id
GO
-- columns: Name, IsUnique, IndexKeyType, IsClustered
-- row: PK_customers | true | 1 | false
-- row: UQ_customers_name | true | 2 | false
SELECT i.name AS [Name], i.is_unique AS [IsUnique], CAST(i.is_primary_key + 2 * i.is_unique_constraint AS tinyint) AS [IndexKeyType],
       CAST(CASE i.index_id WHEN 1 THEN 1 ELSE 0 END AS bit) AS [IsClustered]
FROM sys.tables AS tbl INNER JOIN sys.indexes AS i ON (i.index_id > 0 and i.is_hypothetical = 0) AND (i.object_id = tbl.object_id)
LEFT OUTER JOIN sys.key_constraints AS k ON k.parent_object_id = i.object_id AND k.unique_index_id = i.index_id
WHERE tbl.name = N'customers' and SCHEMA_NAME(tbl.schema_id) = N'dbo' ORDER BY [Name]
GO
-- columns: text
-- row: *
SELECT OBJECT_DEFINITION(v.object_id) AS [text] FROM sys.views v WHERE v.name = 'rich'
GO
-- columns: object_id, name, type_desc
-- row: * | doubled | SQL_SCALAR_FUNCTION
SELECT object_id, name, type_desc FROM sys.all_objects WHERE type IN ('FN', 'IF', 'TF') AND is_ms_shipped = 0
GO
