-- Written from knowledge of Power BI Desktop and Excel, which cannot be had for a test: the navigator's list, and what they learn of
-- a table before they load it.
-- columns: name
-- row: default
select name from [sys].[databases] where [name] not in ('master', 'model', 'msdb', 'tempdb')
GO
-- columns: TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, CREATED_DATE, MODIFIED_DATE, DESCRIPTION
-- row: dbo | customers | BASE TABLE | * | * | NULL
-- row: dbo | rich | VIEW | * | * | NULL
select t.[TABLE_SCHEMA], t.[TABLE_NAME], t.[TABLE_TYPE], tv.create_date [CREATED_DATE], tv.modify_date [MODIFIED_DATE],
       cast(e.value as nvarchar(max)) [DESCRIPTION]
from [INFORMATION_SCHEMA].[TABLES] t
join sys.schemas s on s.name = t.[TABLE_SCHEMA]
join sys.objects tv on tv.name = t.[TABLE_NAME] and tv.schema_id = s.schema_id and tv.parent_object_id = 0
left outer join sys.extended_properties e on tv.object_id = e.major_id and e.minor_id = 0 and e.class = 1 and e.name = 'MS_Description'
GO
-- columns: TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, IS_NULLABLE, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, COLLATION_NAME
-- row: dbo | customers | id | 1 | NO | int | NULL | 10 | 0 | NULL
-- row: sales | orders | note | 4 | YES | varchar | -1 | NULL | NULL | *
select r.[TABLE_SCHEMA], r.[TABLE_NAME], r.[COLUMN_NAME], r.[ORDINAL_POSITION], r.[IS_NULLABLE], r.[DATA_TYPE],
       r.[CHARACTER_MAXIMUM_LENGTH], r.[NUMERIC_PRECISION], r.[NUMERIC_SCALE], r.[COLLATION_NAME]
from [INFORMATION_SCHEMA].[COLUMNS] r
order by r.[TABLE_SCHEMA], r.[TABLE_NAME], r.[ORDINAL_POSITION]
GO
-- columns: FK_NAME, ORDINAL, TABLE_SCHEMA_1, TABLE_NAME_1
-- rows: 0
select convert(nvarchar, fk.object_id) [FK_NAME], cast(f.constraint_column_id as bigint) [ORDINAL],
       s1.name [TABLE_SCHEMA_1], o1.name [TABLE_NAME_1]
from sys.foreign_key_columns f join sys.foreign_keys fk on f.constraint_object_id = fk.object_id
join sys.objects o1 on o1.object_id = f.parent_object_id join sys.schemas s1 on s1.schema_id = o1.schema_id
GO
-- columns: INDEX_NAME, COLUMN_NAME, ORDINAL_POSITION, PRIMARY_KEY
-- row: PK_customers | id | 1 | true
select i.name [INDEX_NAME], cc.name [COLUMN_NAME], cast(ic.key_ordinal as bigint) [ORDINAL_POSITION], i.is_primary_key [PRIMARY_KEY]
from sys.objects o join sys.schemas s on s.schema_id = o.schema_id
join sys.indexes as i on i.object_id = o.object_id
join sys.index_columns as ic on ic.object_id = i.object_id and ic.index_id = i.index_id
join sys.columns as cc on ic.column_id = cc.column_id and ic.object_id = cc.object_id
where (i.is_primary_key = 1 or i.is_unique_constraint = 1 or i.is_unique = 1) and o.type in ('U', 'V')
  and ic.key_ordinal <> 0 and s.name = 'dbo' and o.name = 'customers'
order by i.name, s.name, o.name
GO
