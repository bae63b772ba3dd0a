-- What mssql-jdbc 13.2's DatabaseMetaData and its connection send, which test_jdbc.py drives: catalog procedures with named and
-- positional parameters.
-- columns: TABLE_QUALIFIER, TABLE_OWNER, TABLE_NAME, TABLE_TYPE, REMARKS
-- row: default | dbo | customers | TABLE | NULL
-- rows: 1
EXEC sp_tables N'customers', N'dbo', N'default', N'''TABLE'',''VIEW'''
GO
-- columns: TABLE_QUALIFIER, TABLE_OWNER, TABLE_NAME, COLUMN_NAME, DATA_TYPE, TYPE_NAME, PRECISION, LENGTH, SCALE, RADIX, NULLABLE, REMARKS, COLUMN_DEF, SQL_DATA_TYPE, SQL_DATETIME_SUB, CHAR_OCTET_LENGTH, ORDINAL_POSITION, IS_NULLABLE, SS_IS_SPARSE, SS_IS_COLUMN_SET, SS_IS_COMPUTED, SS_IS_IDENTITY, SS_UDT_CATALOG_NAME, SS_UDT_SCHEMA_NAME, SS_UDT_ASSEMBLY_TYPE_NAME, SS_XML_SCHEMACOLLECTION_CATALOG_NAME, SS_XML_SCHEMACOLLECTION_SCHEMA_NAME, SS_XML_SCHEMACOLLECTION_NAME, SS_DATA_TYPE
-- row: default | dbo | customers | id | 4 | int | 10 | 4 | 0 | 10 | 0 | NULL | NULL | 4 | NULL | NULL | 1 | NO | 0 | 0 | 0 | 0 | NULL | NULL | NULL | NULL | NULL | NULL | 56
-- row: default | dbo | customers | name | -9 | nvarchar | 50 | 100 | NULL | NULL | 0 | NULL | (N'nobody') | -9 | NULL | 100 | 2 | NO | 0 | 0 | 0 | 0 | NULL | NULL | NULL | NULL | NULL | NULL | 39
-- row: default | dbo | customers | born | 91 | date | 10 | 6 | NULL | NULL | 1 | NULL | NULL | 9 | 1 | NULL | 3 | YES | 0 | 0 | 0 | 0 | NULL | NULL | NULL | NULL | NULL | NULL | 0
-- row: default | dbo | customers | balance | 3 | decimal | 12 | 14 | 2 | 10 | 1 | NULL | NULL | 3 | NULL | NULL | 4 | YES | 0 | 0 | 0 | 0 | NULL | NULL | NULL | NULL | NULL | NULL | 106
-- rows: 4
EXEC sp_columns_100 @table_name = N'customers', @table_owner = N'dbo', @table_qualifier = N'default', @column_name = N'%', @ODBCVer = 3
GO
-- columns: TABLE_QUALIFIER, TABLE_OWNER, TABLE_NAME, COLUMN_NAME, KEY_SEQ, PK_NAME
-- row: default | dbo | customers | id | 1 | PK_customers
-- rows: 1
EXEC sp_pkeys N'customers', N'dbo', N'default'
GO
-- columns: PKTABLE_QUALIFIER, PKTABLE_OWNER, PKTABLE_NAME, PKCOLUMN_NAME, FKTABLE_QUALIFIER, FKTABLE_OWNER, FKTABLE_NAME, FKCOLUMN_NAME, KEY_SEQ, UPDATE_RULE, DELETE_RULE, FK_NAME, PK_NAME, DEFERRABILITY
-- rows: 0
EXEC sp_fkeys @pktable_name = N'customers', @pktable_owner = N'dbo', @fktable_name = NULL
GO
-- columns: TABLE_QUALIFIER, TABLE_OWNER, TABLE_NAME, NON_UNIQUE, INDEX_QUALIFIER, INDEX_NAME, TYPE, SEQ_IN_INDEX, COLUMN_NAME, COLLATION, CARDINALITY, PAGES, FILTER_CONDITION
-- row: default | dbo | customers | NULL | NULL | NULL | 0 | NULL | NULL | NULL | 0 | 0 | NULL
-- row: default | dbo | customers | 0 | customers | PK_customers | 3 | 1 | id | A | NULL | NULL | NULL
EXEC sp_statistics_100 @table_name = N'customers', @table_owner = N'dbo', @table_qualifier = N'default', @index_name = N'%', @is_unique = N'N', @accuracy = N'Q'
GO
-- columns: SCOPE, COLUMN_NAME, DATA_TYPE, TYPE_NAME, PRECISION, LENGTH, SCALE, PSEUDO_COLUMN
-- row: 0 | id | 4 | int | 10 | 4 | 0 | 1
EXEC sp_special_columns_100 N'customers', N'dbo', N'default', 'R', 'T', 'U', 3
GO
-- columns: PROCEDURE_QUALIFIER, PROCEDURE_OWNER, PROCEDURE_NAME, NUM_INPUT_PARAMS, NUM_OUTPUT_PARAMS, NUM_RESULT_SETS, REMARKS, PROCEDURE_TYPE
-- row: default | dbo | find_customer;1 | -1 | -1 | -1 | NULL | 1
EXEC sp_stored_procedures N'find%', N'dbo', N'default'
GO
-- columns: PROCEDURE_QUALIFIER, PROCEDURE_OWNER, PROCEDURE_NAME, COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, TYPE_NAME, PRECISION, LENGTH, SCALE, RADIX, NULLABLE, REMARKS, COLUMN_DEF, SQL_DATA_TYPE, SQL_DATETIME_SUB, CHAR_OCTET_LENGTH, ORDINAL_POSITION, IS_NULLABLE, SS_UDT_CATALOG_NAME, SS_UDT_SCHEMA_NAME, SS_UDT_ASSEMBLY_TYPE_NAME, SS_XML_SCHEMACOLLECTION_CATALOG_NAME, SS_XML_SCHEMACOLLECTION_SCHEMA_NAME, SS_XML_SCHEMACOLLECTION_NAME, SS_DATA_TYPE
-- rows: 3
EXEC sp_sproc_columns_100 N'find_customer', N'dbo', N'default', N'%', 3
GO
-- columns: TYPE_NAME, DATA_TYPE, PRECISION, LITERAL_PREFIX, LITERAL_SUFFIX, CREATE_PARAMS, NULLABLE, CASE_SENSITIVE, SEARCHABLE, UNSIGNED_ATTRIBUTE, MONEY, AUTO_INCREMENT, LOCAL_TYPE_NAME, MINIMUM_SCALE, MAXIMUM_SCALE, SQL_DATA_TYPE, SQL_DATETIME_SUB, NUM_PREC_RADIX, INTERVAL_PRECISION, USERTYPE
EXEC sp_datatype_info_100 @ODBCVer = 3
GO
-- columns: TABLE_QUALIFIER, TABLE_OWNER, TABLE_NAME, GRANTOR, GRANTEE, PRIVILEGE, IS_GRANTABLE
-- rows: 5
EXEC sp_table_privileges N'customers', N'dbo'
GO
-- columns: TABLE_QUALIFIER, TABLE_OWNER, TABLE_NAME, COLUMN_NAME, GRANTOR, GRANTEE, PRIVILEGE, IS_GRANTABLE
-- rows: 4
EXEC sp_column_privileges N'customers', N'dbo', N'default', N'id'
GO
-- columns: TABLE_SCHEM, TABLE_CATALOG
-- row: dbo | NULL
select sys.schemas.name 'TABLE_SCHEM', null 'TABLE_CATALOG' from sys.schemas order by 2, 1
GO
-- columns: TABLE_CAT
-- row: default
SELECT name AS TABLE_CAT FROM sys.databases order by name
GO
-- columns: u
SELECT SYSTEM_USER AS u
GO
-- columns: c
SELECT collation_name AS c FROM sys.databases WHERE name = N'default'
GO
