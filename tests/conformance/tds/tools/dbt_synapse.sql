-- Written after the adapters dbt-synapse and dbt-sqlserver: the relations of a schema, their columns, and what a run does.
-- columns: database, name, schema, table_type
-- row: default | customers | dbo | table
-- row: default | rich | dbo | view
with base as (
  select DB_NAME() as [database], t.name as [name], SCHEMA_NAME(t.schema_id) as [schema], 'table' as table_type from sys.tables as t
  union all
  select DB_NAME() as [database], v.name as [name], SCHEMA_NAME(v.schema_id) as [schema], 'view' as table_type from sys.views as v)
select [database], [name], [schema], table_type from base where [schema] like 'dbo'
GO
-- columns: column_name, data_type, character_maximum_length, numeric_precision, numeric_scale
-- row: name | nvarchar | 50 | 0 | 0
with mapping as (
  select row_number() over (partition by object_name(c.object_id) order by c.column_id) as ordinal_position,
         c.name collate database_default as column_name, t.name as data_type,
         case when (t.name in ('nchar', 'nvarchar', 'sysname') and c.max_length <> -1) then c.max_length / 2 else c.max_length end
           as character_maximum_length,
         c.precision as numeric_precision, c.scale as numeric_scale
  from sys.columns c inner join sys.types t on c.user_type_id = t.user_type_id
  where c.object_id = object_id('dbo.customers'))
select column_name, data_type, character_maximum_length, numeric_precision, numeric_scale from mapping order by ordinal_position
GO
-- columns: schema
-- row: sales
select name as [schema] from sys.schemas
GO
-- columns: n
-- row: 1
SELECT COUNT(*) as n FROM sys.schemas WHERE name = 'sales'
GO
-- columns: name
-- row: mine
EXEC('CREATE VIEW dbo.mine AS SELECT 1 AS a');
SELECT name FROM sys.views WHERE object_id = OBJECT_ID('dbo.mine', 'V');
IF OBJECT_ID('dbo.mine', 'V') IS NOT NULL DROP VIEW dbo.mine
GO
-- columns: distribution_policy_desc, name
-- row: HASH | customers
-- row: ROUND_ROBIN | orders
SELECT p.distribution_policy_desc, t.name FROM sys.pdw_table_distribution_properties AS p
JOIN sys.tables AS t ON t.object_id = p.object_id
GO
-- columns: label
-- row: dbt
SELECT 1 AS one OPTION (LABEL = 'dbt')
SELECT label FROM sys.dm_pdw_exec_requests WHERE label = 'dbt'
GO
