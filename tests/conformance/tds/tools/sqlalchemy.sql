-- Written after the mssql dialect of SQLAlchemy 2.0, which test_sqlalchemy.py drives: what it asks when it connects and reflects.
-- columns: v
SELECT @@VERSION AS v
GO
-- columns: s
-- row: dbo
SELECT schema_name() AS s
GO
-- columns: c
SELECT CAST('test max support' AS NVARCHAR(max)) AS c
GO
-- columns: x
-- rows: 0
SELECT 1 AS x FROM fn_listextendedproperty(default, default, default, default, default, default, default)
GO
-- columns: name
-- row: dm_exec_sessions
SELECT name FROM sys.system_views WHERE name IN ('dm_exec_sessions', 'dm_pdw_nodes_exec_sessions')
GO
-- columns: TRANSACTION_ISOLATION_LEVEL
SELECT CASE transaction_isolation_level WHEN 0 THEN NULL WHEN 1 THEN 'READ UNCOMMITTED' WHEN 2 THEN 'READ COMMITTED'
  WHEN 3 THEN 'REPEATABLE READ' WHEN 4 THEN 'SERIALIZABLE' WHEN 5 THEN 'SNAPSHOT' END AS TRANSACTION_ISOLATION_LEVEL
FROM sys.dm_exec_sessions where session_id = @@SPID
GO
-- columns: SCHEMA_NAME
-- row: dbo
-- row: sales
SELECT [INFORMATION_SCHEMA].[SCHEMATA].[SCHEMA_NAME] FROM [INFORMATION_SCHEMA].[SCHEMATA]
ORDER BY [INFORMATION_SCHEMA].[SCHEMATA].[SCHEMA_NAME]
GO
-- columns: TABLE_NAME
-- row: customers
-- rows: 1
DECLARE @owner nvarchar(4000) = N'dbo', @kind nvarchar(4000) = N'BASE TABLE'
SELECT [INFORMATION_SCHEMA].[TABLES].[TABLE_NAME] FROM [INFORMATION_SCHEMA].[TABLES]
WHERE [INFORMATION_SCHEMA].[TABLES].[TABLE_SCHEMA] = CAST(@owner AS NVARCHAR(max))
  AND [INFORMATION_SCHEMA].[TABLES].[TABLE_TYPE] = CAST(@kind AS NVARCHAR(max))
ORDER BY [INFORMATION_SCHEMA].[TABLES].[TABLE_NAME]
GO
-- columns: TABLE_NAME
-- row: rich
SELECT [TABLE_NAME] FROM [INFORMATION_SCHEMA].[TABLES] WHERE [TABLE_SCHEMA] = N'dbo' AND [TABLE_TYPE] = N'VIEW'
GO
-- columns: name, name, base_type, is_nullable, max_length, precision, scale, definition, collation_name, definition, is_persisted, is_identity, seed_value, increment_value, comment
-- row: id | int | int | false | 4 | 10 | 0 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
-- row: name | nvarchar | nvarchar | false | 100 | 0 | 0 | (N'nobody') | * | NULL | NULL | NULL | NULL | NULL | NULL
-- row: balance | decimal | decimal | true | 9 | 12 | 2 | NULL | NULL | NULL | NULL | NULL | NULL | NULL | NULL
-- rows: 4
DECLARE @a nvarchar(4000) = N'MS_Description', @b nvarchar(4000) = N'[dbo].[customers]'
SELECT [sys].[columns].[name], [sys].[types].[name], base_types.[name] AS base_type, [sys].[columns].[is_nullable],
       [sys].[columns].[max_length], [sys].[columns].[precision], [sys].[columns].[scale],
       [sys].[default_constraints].[definition], [sys].[columns].[collation_name], [sys].[computed_columns].[definition],
       [sys].[computed_columns].[is_persisted], [sys].[identity_columns].[is_identity],
       [sys].[identity_columns].[seed_value], [sys].[identity_columns].[increment_value],
       [sys].[extended_properties].[value] AS comment
FROM [sys].[columns]
JOIN [sys].[types] ON [sys].[columns].[user_type_id] = [sys].[types].[user_type_id]
LEFT OUTER JOIN [sys].[types] AS base_types ON [sys].[types].[system_type_id] = base_types.[system_type_id]
  AND base_types.[user_type_id] = base_types.[system_type_id]
LEFT OUTER JOIN [sys].[default_constraints] ON [sys].[default_constraints].[object_id] = [sys].[columns].[default_object_id]
  AND [sys].[default_constraints].[parent_column_id] = [sys].[columns].[column_id]
LEFT OUTER JOIN [sys].[computed_columns] ON [sys].[computed_columns].[object_id] = [sys].[columns].[object_id]
  AND [sys].[computed_columns].[column_id] = [sys].[columns].[column_id]
LEFT OUTER JOIN [sys].[identity_columns] ON [sys].[identity_columns].[object_id] = [sys].[columns].[object_id]
  AND [sys].[identity_columns].[column_id] = [sys].[columns].[column_id]
LEFT OUTER JOIN [sys].[extended_properties] ON [sys].[extended_properties].[class] = 1
  AND [sys].[extended_properties].[name] = CAST(@a AS NVARCHAR(max))
  AND [sys].[columns].[object_id] = [sys].[extended_properties].[major_id]
  AND [sys].[columns].[column_id] = [sys].[extended_properties].[minor_id]
WHERE [sys].[columns].[object_id] = object_id(@b)
ORDER BY [sys].[columns].[column_id]
GO
-- columns: COLUMN_NAME, CONSTRAINT_TYPE, CONSTRAINT_NAME, is_clustered
-- row: id | PRIMARY KEY | PK_customers | 0
-- row: name | UNIQUE | UQ_customers_name | 0
-- rows: 2
DECLARE @p nvarchar(4000) = N'CnstIsClustKey', @t nvarchar(4000) = N'customers', @s nvarchar(4000) = N'dbo'
SELECT [C].[COLUMN_NAME], [INFORMATION_SCHEMA].[TABLE_CONSTRAINTS].[CONSTRAINT_TYPE], [C].[CONSTRAINT_NAME],
       objectproperty(object_id([C].[TABLE_SCHEMA] + N'.' + [C].[CONSTRAINT_NAME]), @p) AS is_clustered
FROM [INFORMATION_SCHEMA].[KEY_COLUMN_USAGE] AS [C], [INFORMATION_SCHEMA].[TABLE_CONSTRAINTS]
WHERE [INFORMATION_SCHEMA].[TABLE_CONSTRAINTS].[CONSTRAINT_NAME] = [C].[CONSTRAINT_NAME]
  AND [INFORMATION_SCHEMA].[TABLE_CONSTRAINTS].[TABLE_SCHEMA] = [C].[TABLE_SCHEMA]
  AND [C].[TABLE_NAME] = CAST(@t AS NVARCHAR(max)) AND [C].[TABLE_SCHEMA] = CAST(@s AS NVARCHAR(max))
ORDER BY [INFORMATION_SCHEMA].[TABLE_CONSTRAINTS].[CONSTRAINT_NAME], [C].[ORDINAL_POSITION]
GO
-- columns: index_id, is_unique, name, type, filter_definition
-- row: 1 | false | * | 5 | NULL
-- row: 3 | true | UQ_customers_name | 2 | NULL
-- rows: 2
select ind.index_id, ind.is_unique, ind.name, ind.type, ind.filter_definition
from sys.indexes as ind join sys.tables as tab on ind.object_id = tab.object_id
join sys.schemas as sch on sch.schema_id = tab.schema_id
where tab.name = N'customers' and sch.name = N'dbo' and ind.is_primary_key = 0 and ind.type != 0
order by ind.name
GO
-- columns: index_id, name, is_included_column
-- row: 2 | id | false
select ind_col.index_id, col.name, ind_col.is_included_column
from sys.columns as col join sys.tables as tab on tab.object_id = col.object_id
join sys.index_columns as ind_col on ind_col.column_id = col.column_id and ind_col.object_id = tab.object_id
join sys.schemas as sch on sch.schema_id = tab.schema_id
where tab.name = N'customers' and sch.name = N'dbo'
order by ind_col.index_id, ind_col.key_ordinal
GO
-- columns: constraint_name, referred_column
-- rows: 0
WITH fk_info AS (
  SELECT r.constraint_schema, r.constraint_name, k.ordinal_position, k.table_schema, k.table_name,
         r.unique_constraint_schema, r.unique_constraint_name
  FROM INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS r
  INNER JOIN INFORMATION_SCHEMA.KEY_COLUMN_USAGE k
    ON k.table_schema = r.constraint_schema AND k.constraint_name = r.constraint_name
  WHERE k.table_name = N'customers' AND k.table_schema = N'dbo'),
index_info AS (
  SELECT sys.schemas.name AS index_schema, sys.indexes.name AS index_name, sys.index_columns.key_ordinal AS ordinal_position,
         sys.objects.name AS table_name, sys.columns.name AS column_name
  FROM sys.indexes INNER JOIN sys.objects ON sys.objects.object_id = sys.indexes.object_id
  INNER JOIN sys.schemas ON sys.schemas.schema_id = sys.objects.schema_id
  INNER JOIN sys.index_columns ON sys.index_columns.object_id = sys.objects.object_id
    AND sys.index_columns.index_id = sys.indexes.index_id
  INNER JOIN sys.columns ON sys.columns.object_id = sys.indexes.object_id
    AND sys.columns.column_id = sys.index_columns.column_id)
SELECT fk_info.constraint_name, index_info.column_name AS referred_column
FROM fk_info INNER JOIN index_info ON index_info.index_schema = fk_info.unique_constraint_schema
  AND index_info.index_name = fk_info.unique_constraint_name
  AND index_info.ordinal_position = fk_info.ordinal_position
  AND NOT (index_info.table_name = fk_info.table_name)
UNION
SELECT fk_info.constraint_name, NULL FROM fk_info
ORDER BY fk_info.constraint_name
GO
-- columns: definition
-- row: *
-- rows: 1
select mod.definition from sys.sql_modules as mod join sys.views as views on mod.object_id = views.object_id
join sys.schemas as sch on views.schema_id = sch.schema_id where views.name=N'rich' and sch.name=N'dbo'
GO
-- columns: c
-- rows: 0
SELECT cast(com.value as nvarchar(max)) AS c
FROM fn_listextendedproperty('MS_Description', 'schema', N'dbo', 'table', N'customers', NULL, NULL) as com
GO
-- columns: name, name
-- row: dbo | #scratch
CREATE TABLE #scratch (a int)
select s.name, o.name from tempdb.sys.objects as o join tempdb.sys.schemas as s on s.schema_id = o.schema_id
where o.object_id = object_id(N'tempdb..[#scratch]', 'U')
GO
-- columns: SEQUENCE_NAME
-- rows: 0
SELECT [INFORMATION_SCHEMA].[SEQUENCES].[SEQUENCE_NAME] FROM [INFORMATION_SCHEMA].[SEQUENCES]
GO
