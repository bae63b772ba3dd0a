-- SQL Tools Service of mssql-cli 1.0.0 (SqlClient 4.6.0, SMO 150.18118), as sent: on connecting and in the object explorer. The
-- whole of it is driven by test_sql_tools.py; here are short ones, run in every test.
-- columns: , , , , ,
-- row: 11 | 12.0.2000.8 | RTM | SQL Azure | * | 1
SELECT SERVERPROPERTY('EngineEdition'), SERVERPROPERTY('productversion'), SERVERPROPERTY ('productlevel'), SERVERPROPERTY ('edition'), SERVERPROPERTY ('MachineName'), (SELECT CASE WHEN EXISTS (SELECT TOP 1 1 from [sys].[all_columns] WITH (NOLOCK) WHERE name = N'xml_index_type' AND OBJECT_ID(N'sys.xml_indexes') = object_id) THEN 1 ELSE 0 END AS SXI_PRESENT)
GO
-- columns: ,
-- row: 1 | 1
SELECT ISNULL(SESSIONPROPERTY ('ANSI_NULLS'), 0), ISNULL(SESSIONPROPERTY ('QUOTED_IDENTIFIER'), 1)
GO
-- columns: OSVersion
SELECT OSVersion = RIGHT(@@version, LEN(@@version)- 3 -charindex (' on ', LOWER(@@version)))
GO
-- Databases, as SMO calls it: sp_executesql with parameters that are all texts.
-- columns: Name, Status
-- row: default | 1
exec sp_executesql N'SELECT
dtb.name AS [Name],
        case
        when dtb.collation_name is null then 0x200
        else 0
        end |
        case
        when 1 = dtb.is_in_standby then 0x40
        else 0
        end |
        case dtb.state
        when 1 then 0x2
        when 2 then 0x8
        else 1
        end
       AS [Status]
FROM
sys.databases AS dtb
WHERE
((CAST(case when dtb.name in (''master'') then 1 else dtb.is_distributor end AS bit)=@_msparam_0))
ORDER BY
[Name] ASC',N'@_msparam_0 nvarchar(4000)',@_msparam_0=N'0'
GO
-- Tables.
-- columns: Schema, Name, ID, IsFileTable
-- row: dbo | customers | * | false
-- row: sales | orders | * | false
-- rows: 2
exec sp_executesql N'SELECT
SCHEMA_NAME(tbl.schema_id) AS [Schema],
tbl.name AS [Name],
tbl.object_id AS [ID],
CAST(0 as bit) AS [IsFileTable]
FROM
sys.tables AS tbl
WHERE
((CAST(
        case
          when tbl.is_ms_shipped = 1 then 1
          else 0
        end
       AS bit)=@_msparam_0))
ORDER BY
[Schema] ASC,[Name] ASC
OPTION (FORCE ORDER)
',N'@_msparam_0 nvarchar(4000)',@_msparam_0=N'0'
GO
-- A table's keys.
-- columns: Name
-- row: PK_customers
-- row: UQ_customers_name
-- rows: 2
exec sp_executesql N'SELECT
i.name AS [Name]
FROM
sys.tables AS tbl
INNER JOIN sys.indexes AS i ON (i.index_id > @_msparam_0 and i.is_hypothetical = @_msparam_1) AND (i.object_id=tbl.object_id)
WHERE
((i.is_primary_key + 2*i.is_unique_constraint=@_msparam_2 or i.is_primary_key + 2*i.is_unique_constraint=@_msparam_3))and((tbl.name=@_msparam_4 and SCHEMA_NAME(tbl.schema_id)=@_msparam_5))
ORDER BY
[Name] ASC
OPTION (FORCE ORDER)
',N'@_msparam_0 nvarchar(4000),@_msparam_1 nvarchar(4000),@_msparam_2 nvarchar(4000),@_msparam_3 nvarchar(4000),@_msparam_4 nvarchar(4000),@_msparam_5 nvarchar(4000)',@_msparam_0=N'0',@_msparam_1=N'0',@_msparam_2=N'1',@_msparam_3=N'2',@_msparam_4=N'customers',@_msparam_5=N'dbo'
GO
-- A column's default.
-- columns: ID, Name, DefaultConstraintName
-- row: 2 | name | *
-- row: 4 | balance |
-- rows: 4
exec sp_executesql N'SELECT
clmns.column_id AS [ID],
clmns.name AS [Name],
ISNULL(dc.Name, N'''') AS [DefaultConstraintName]
FROM
sys.tables AS tbl
INNER JOIN sys.all_columns AS clmns ON clmns.object_id=tbl.object_id
LEFT OUTER JOIN sys.default_constraints as dc ON clmns.default_object_id = dc.object_id
WHERE
(tbl.name=@_msparam_0 and SCHEMA_NAME(tbl.schema_id)=@_msparam_1)
ORDER BY
[ID] ASC
OPTION (FORCE ORDER)
',N'@_msparam_0 nvarchar(4000),@_msparam_1 nvarchar(4000)',@_msparam_0=N'customers',@_msparam_1=N'dbo'
GO
-- Schemas.
-- columns: Name
-- row: dbo
-- row: sales
SELECT
s.name AS [Name]
FROM
sys.schemas AS s
ORDER BY
[Name] ASC
GO
