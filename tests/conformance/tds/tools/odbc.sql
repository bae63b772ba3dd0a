-- What FreeTDS's and Microsoft's ODBC drivers send, which test_odbc_catalog.py drives, and DB-Library's bulk copy.
-- columns: TABLE_QUALIFIER, TABLE_OWNER, TABLE_NAME, TABLE_TYPE, REMARKS
-- row: default | NULL | NULL | NULL | NULL
exec sp_tables N'', N'', N'%', NULL
GO
-- columns: TABLE_QUALIFIER, TABLE_OWNER, TABLE_NAME, TABLE_TYPE, REMARKS
-- row: NULL | NULL | NULL | VIEW | NULL
-- rows: 3
exec sp_tables N'', N'', N'', '%'
GO
-- columns: TABLE_QUALIFIER, TABLE_OWNER, TABLE_NAME, COLUMN_NAME, DATA_TYPE, TYPE_NAME, PRECISION, LENGTH, SCALE, RADIX, NULLABLE, REMARKS, COLUMN_DEF, SQL_DATA_TYPE, SQL_DATETIME_SUB, CHAR_OCTET_LENGTH, ORDINAL_POSITION, IS_NULLABLE, SS_DATA_TYPE
-- row: default | sales | orders | at | -9 | datetime2 | 23 | 16 | 3 | NULL | 1 | NULL | NULL | 9 | 3 | NULL | 3 | YES | 0
exec sp_columns @table_name = 'orders', @table_owner = 'sales'
GO
-- columns: TYPE_NAME, DATA_TYPE, PRECISION, LITERAL_PREFIX, LITERAL_SUFFIX, CREATE_PARAMS, NULLABLE, CASE_SENSITIVE, SEARCHABLE, UNSIGNED_ATTRIBUTE, MONEY, AUTO_INCREMENT, LOCAL_TYPE_NAME, MINIMUM_SCALE, MAXIMUM_SCALE, SQL_DATA_TYPE, SQL_DATETIME_SUB, NUM_PREC_RADIX, INTERVAL_PRECISION, USERTYPE
-- rows: 1
EXEC sp_datatype_info @data_type = -5
GO
-- columns: attribute_id, attribute_name, attribute_value
-- row: 18 | COLLATION_SEQ | charset=iso_1 sort_order=nocase_iso charset_num=1 sort_order_num=52
exec sp_server_info 18
GO
-- columns: colid, name, tds_collation, collation
-- row: 1 | id | NULL | NULL
-- row: 2 | name | * | Latin1_General_100_CI_AS_SC_UTF8
exec ..sp_tablecollations_100 N'.[customers]'
GO
-- columns: name, id
-- row: customers | *
select name, id from sysobjects where type = 'U' and name = 'customers'
GO
-- columns: name, type
-- row: id | *
select c.name, t.name as type from dbo.syscolumns c join systypes t on c.xusertype = t.xusertype
where c.id = object_id('customers') order by c.colid
GO
-- columns: DATABASE_NAME, DATABASE_SIZE, REMARKS
-- row: default | * | NULL
exec sp_databases
GO
