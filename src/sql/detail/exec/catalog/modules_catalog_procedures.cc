// The catalog procedures that ODBC, OLE DB and JDBC drivers call: sp_tables, sp_columns and their
// like. Result columns are as "Catalog stored procedures (Transact-SQL)" has them.

#include "detail/exec/catalog/catalog_view.h"

namespace tarn::sql {
namespace {

// A type as ODBC numbers it: by version 3 and 2, and for drivers that do not know it; its digits
// and bytes (NULL: of the column), and TDS's number of the nullable and of the other form.
constexpr std::string_view kOdbcTypes = R"(CREATE VIEW sys.spt_odbc_types AS
SELECT CAST(v.name AS sysname) AS name, CAST(v.odbc3 AS smallint) AS odbc3,
       CAST(v.odbc2 AS smallint) AS odbc2, CAST(v.odbc_old AS smallint) AS odbc_old, v.digits, v.bytes,
       CAST(v.radix AS smallint) AS radix, CAST(v.sql_type AS smallint) AS sql_type,
       CAST(v.sub AS smallint) AS sub, CAST(v.tds_null AS tinyint) AS tds_null,
       CAST(v.tds AS tinyint) AS tds, v.prefix, v.suffix, v.params,
       CAST(v.search AS smallint) AS search, CAST(v.unsigned AS smallint) AS unsigned,
       CAST(v.is_money AS smallint) AS is_money, CAST(v.least AS smallint) AS least_scale,
       CAST(v.most AS smallint) AS most_scale, v.usertype, v.largest
FROM (VALUES
 ('bit', -7, -7, -7, 1, 1, NULL, -7, NULL, 50, 50, NULL, NULL, NULL, 2, NULL, 0, 0, 0, 16, 1),
 ('tinyint', -6, -6, -6, 3, 1, 10, -6, NULL, 38, 48, NULL, NULL, NULL, 2, 1, 0, 0, 0, 5, 3),
 ('smallint', 5, 5, 5, 5, 2, 10, 5, NULL, 38, 52, NULL, NULL, NULL, 2, 0, 0, 0, 0, 6, 5),
 ('int', 4, 4, 4, 10, 4, 10, 4, NULL, 38, 56, NULL, NULL, NULL, 2, 0, 0, 0, 0, 7, 10),
 ('bigint', -5, -5, -5, 19, 8, 10, -5, NULL, 108, 63, NULL, NULL, NULL, 2, 0, 0, 0, 0, 0, 19),
 ('decimal', 3, 3, 3, NULL, NULL, 10, 3, NULL, 106, 106, NULL, NULL, 'precision,scale', 2, 0, 0, 0, 38, 24, 38),
 ('numeric', 2, 2, 2, NULL, NULL, 10, 2, NULL, 108, 108, NULL, NULL, 'precision,scale', 2, 0, 0, 0, 38, 10, 38),
 ('money', 3, 3, 3, 19, 21, 10, 3, NULL, 110, 60, '$', NULL, NULL, 2, 0, 1, 4, 4, 11, 19),
 ('smallmoney', 3, 3, 3, 10, 12, 10, 3, NULL, 110, 122, '$', NULL, NULL, 2, 0, 1, 4, 4, 21, 10),
 ('float', 6, 6, 6, 15, 8, 10, 6, NULL, 109, 62, NULL, NULL, NULL, 2, 0, 0, NULL, NULL, 8, 53),
 ('real', 7, 7, 7, 7, 4, 10, 7, NULL, 109, 59, NULL, NULL, NULL, 2, 0, 0, NULL, NULL, 23, 24),
 ('date', 91, 9, -9, 10, 6, NULL, 9, 1, 0, 0, '''', '''', NULL, 3, NULL, 0, NULL, 0, 0, 10),
 ('time', -154, -154, -9, NULL, 12, NULL, 9, 2, 0, 0, '''', '''', 'scale', 3, NULL, 0, 0, 7, 0, 16),
 ('smalldatetime', 93, 11, 11, 16, 16, NULL, 9, 3, 111, 58, '''', '''', NULL, 3, NULL, 0, 0, 0, 22, 16),
 ('datetime', 93, 11, 11, 23, 16, NULL, 9, 3, 111, 61, '''', '''', NULL, 3, NULL, 0, 3, 3, 12, 23),
 ('datetime2', 93, 11, -9, NULL, 16, NULL, 9, 3, 0, 0, '''', '''', 'scale', 3, NULL, 0, 0, 7, 0, 27),
 ('datetimeoffset', -155, -155, -9, NULL, 20, NULL, -155, 0, 0, 0, '''', '''', 'scale', 3, NULL, 0, 0, 7, 0, 34),
 ('char', 1, 1, 1, NULL, NULL, NULL, 1, NULL, 39, 47, '''', '''', 'length', 3, NULL, 0, NULL, NULL, 1, 8000),
 ('varchar', 12, 12, 12, NULL, NULL, NULL, 12, NULL, 39, 39, '''', '''', 'max length', 3, NULL, 0, NULL, NULL, 2, 8000),
 ('text', -1, -1, -1, 2147483647, 2147483647, NULL, -1, NULL, 35, 35, '''', '''', NULL, 1, NULL, 0, NULL, NULL, 19, 2147483647),
 ('nchar', -8, -8, -8, NULL, NULL, NULL, -8, NULL, 39, 39, 'N''', '''', 'length', 3, NULL, 0, NULL, NULL, 0, 4000),
 ('nvarchar', -9, -9, -9, NULL, NULL, NULL, -9, NULL, 39, 39, 'N''', '''', 'max length', 3, NULL, 0, NULL, NULL, 0, 4000),
 ('sysname', -9, -9, -9, NULL, NULL, NULL, -9, NULL, 39, 39, 'N''', '''', NULL, 3, NULL, 0, NULL, NULL, 18, 128),
 ('ntext', -10, -10, -10, 1073741823, 2147483646, NULL, -10, NULL, 35, 35, 'N''', '''', NULL, 1, NULL, 0, NULL, NULL, 0, 1073741823),
 ('binary', -2, -2, -2, NULL, NULL, NULL, -2, NULL, 37, 45, '0x', NULL, 'length', 2, NULL, 0, NULL, NULL, 3, 8000),
 ('varbinary', -3, -3, -3, NULL, NULL, NULL, -3, NULL, 37, 37, '0x', NULL, 'max length', 2, NULL, 0, NULL, NULL, 4, 8000),
 ('image', -4, -4, -4, 2147483647, 2147483647, NULL, -4, NULL, 34, 34, '0x', NULL, NULL, 0, NULL, 0, NULL, NULL, 20, 2147483647),
 ('uniqueidentifier', -11, -11, -11, 36, 16, NULL, -11, NULL, 37, 36, '''', '''', NULL, 2, NULL, 0, NULL, NULL, 0, 36)
) AS v(name, odbc3, odbc2, odbc_old, digits, bytes, radix, sql_type, sub, tds_null, tds, prefix, suffix,
       params, search, unsigned, is_money, least, most, usertype, largest))";

constexpr std::string_view kOdbcColumns = R"(CREATE VIEW sys.spt_odbc_columns AS
SELECT CAST(DB_NAME() AS sysname) AS TABLE_QUALIFIER, s.name AS TABLE_OWNER, o.name AS TABLE_NAME,
       c.name AS COLUMN_NAME, y.odbc3, y.odbc2, y.odbc_old, y.name AS TYPE_NAME,
       CASE WHEN y.digits IS NOT NULL THEN y.digits
            WHEN c.max_length = -1 THEN 0
            WHEN y.name IN ('nchar', 'nvarchar') THEN CAST(c.max_length AS int) / 2
            WHEN y.name IN ('char', 'varchar', 'binary', 'varbinary') THEN CAST(c.max_length AS int)
            ELSE CAST(c.precision AS int) END AS PRECISION,
       CASE WHEN y.bytes IS NOT NULL THEN y.bytes
            WHEN y.name IN ('decimal', 'numeric') THEN c.precision + 2
            WHEN c.max_length = -1 THEN 0 ELSE CAST(c.max_length AS int) END AS LENGTH,
       CAST(CASE WHEN y.name LIKE '%int' OR y.name IN ('bit', 'decimal', 'numeric', 'money',
            'smallmoney', 'datetime', 'smalldatetime', 'datetime2', 'datetimeoffset', 'time')
            THEN c.scale END AS smallint) AS SCALE,
       y.radix AS RADIX, CAST(c.is_nullable AS smallint) AS NULLABLE,
       CAST(NULL AS varchar(254)) AS REMARKS, CAST(d.definition AS nvarchar(4000)) AS COLUMN_DEF,
       y.sql_type AS SQL_DATA_TYPE, y.sub AS SQL_DATETIME_SUB,
       CASE WHEN y.name LIKE '%char' OR y.name LIKE '%binary' OR y.name LIKE '%text' OR y.name = 'image'
            THEN CASE WHEN c.max_length = -1 THEN 0 WHEN y.bytes IS NOT NULL THEN y.bytes
                      ELSE CAST(c.max_length AS int) END END AS CHAR_OCTET_LENGTH,
       c.column_id AS ORDINAL_POSITION,
       CAST(CASE c.is_nullable WHEN 1 THEN 'YES' ELSE 'NO' END AS varchar(254)) AS IS_NULLABLE,
       CASE c.is_nullable WHEN 1 THEN y.tds_null ELSE y.tds END AS SS_DATA_TYPE, c.object_id,
       c.max_length, o.type AS object_type
FROM sys.all_columns AS c JOIN sys.all_objects AS o ON o.object_id = c.object_id
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
JOIN sys.types AS t ON t.user_type_id = c.system_type_id JOIN sys.spt_odbc_types AS y ON y.name = t.name
LEFT JOIN sys.default_constraints AS d ON d.object_id = c.default_object_id
WHERE o.type IN ('U', 'V', 'IF', 'TF'))";

constexpr std::string_view kColumns = R"(CREATE PROCEDURE sys.sp_columns @table_name nvarchar(384),
  @table_owner nvarchar(384) = NULL, @table_qualifier sysname = NULL, @column_name nvarchar(384) = NULL,
  @ODBCVer int = 2 AS
IF @table_qualifier IS NOT NULL AND @table_qualifier <> '' AND DB_NAME() <> @table_qualifier
BEGIN
  RAISERROR('The database name component of the object qualifier must be the name of the current database.', 16, 1)
  RETURN
END
SELECT TABLE_QUALIFIER, TABLE_OWNER, TABLE_NAME, COLUMN_NAME, odbc_old AS DATA_TYPE, TYPE_NAME,
       PRECISION, LENGTH, SCALE, RADIX, NULLABLE, REMARKS, COLUMN_DEF, SQL_DATA_TYPE, SQL_DATETIME_SUB,
       CHAR_OCTET_LENGTH, ORDINAL_POSITION, IS_NULLABLE, SS_DATA_TYPE
FROM sys.spt_odbc_columns
WHERE TABLE_NAME LIKE @table_name AND (@table_owner IS NULL OR TABLE_OWNER LIKE @table_owner)
  AND (@column_name IS NULL OR COLUMN_NAME LIKE @column_name)
ORDER BY TABLE_QUALIFIER, TABLE_OWNER, TABLE_NAME, ORDINAL_POSITION)";

constexpr std::string_view kColumns100 = R"(CREATE PROCEDURE sys.sp_columns_100
  @table_name nvarchar(384), @table_owner nvarchar(384) = NULL, @table_qualifier sysname = NULL,
  @column_name nvarchar(384) = NULL, @NameScope int = 0, @ODBCVer int = 2, @fUsePattern bit = 1 AS
IF @table_qualifier IS NOT NULL AND @table_qualifier <> '' AND DB_NAME() <> @table_qualifier
BEGIN
  RAISERROR('The database name component of the object qualifier must be the name of the current database.', 16, 1)
  RETURN
END
SELECT TABLE_QUALIFIER, TABLE_OWNER, TABLE_NAME, COLUMN_NAME,
       CASE @ODBCVer WHEN 3 THEN odbc3 ELSE odbc2 END AS DATA_TYPE, TYPE_NAME, PRECISION, LENGTH, SCALE,
       RADIX, NULLABLE, REMARKS, COLUMN_DEF, SQL_DATA_TYPE, SQL_DATETIME_SUB, CHAR_OCTET_LENGTH,
       ORDINAL_POSITION, IS_NULLABLE, CAST(0 AS smallint) AS SS_IS_SPARSE,
       CAST(0 AS smallint) AS SS_IS_COLUMN_SET, CAST(0 AS smallint) AS SS_IS_COMPUTED,
       CAST(0 AS smallint) AS SS_IS_IDENTITY, CAST(NULL AS sysname) AS SS_UDT_CATALOG_NAME,
       CAST(NULL AS sysname) AS SS_UDT_SCHEMA_NAME, CAST(NULL AS nvarchar(4000)) AS SS_UDT_ASSEMBLY_TYPE_NAME,
       CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_CATALOG_NAME,
       CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_SCHEMA_NAME,
       CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_NAME, SS_DATA_TYPE
FROM sys.spt_odbc_columns
WHERE ((@fUsePattern = 1 AND TABLE_NAME LIKE @table_name
        AND (@table_owner IS NULL OR TABLE_OWNER LIKE @table_owner)
        AND (@column_name IS NULL OR COLUMN_NAME LIKE @column_name))
    OR (@fUsePattern = 0 AND TABLE_NAME = @table_name
        AND (@table_owner IS NULL OR TABLE_OWNER = @table_owner)
        AND (@column_name IS NULL OR COLUMN_NAME = @column_name)))
ORDER BY TABLE_QUALIFIER, TABLE_OWNER, TABLE_NAME, ORDINAL_POSITION)";

constexpr std::string_view kColumns90 = R"(CREATE PROCEDURE sys.sp_columns_90
  @table_name nvarchar(384), @table_owner nvarchar(384) = NULL, @table_qualifier sysname = NULL,
  @column_name nvarchar(384) = NULL, @ODBCVer int = 2, @fUsePattern bit = 1 AS
SELECT TABLE_QUALIFIER, TABLE_OWNER, TABLE_NAME, COLUMN_NAME, odbc_old AS DATA_TYPE, TYPE_NAME, PRECISION,
       LENGTH, SCALE, RADIX, NULLABLE, REMARKS, COLUMN_DEF, SQL_DATA_TYPE, SQL_DATETIME_SUB,
       CHAR_OCTET_LENGTH, ORDINAL_POSITION, IS_NULLABLE, CAST(NULL AS sysname) AS SS_UDT_CATALOG_NAME,
       CAST(NULL AS sysname) AS SS_UDT_SCHEMA_NAME, CAST(NULL AS nvarchar(4000)) AS SS_UDT_ASSEMBLY_TYPE_NAME,
       CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_CATALOG_NAME,
       CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_SCHEMA_NAME,
       CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_NAME, SS_DATA_TYPE
FROM sys.spt_odbc_columns
WHERE TABLE_NAME LIKE @table_name AND (@table_owner IS NULL OR TABLE_OWNER LIKE @table_owner)
  AND (@column_name IS NULL OR COLUMN_NAME LIKE @column_name)
ORDER BY TABLE_QUALIFIER, TABLE_OWNER, TABLE_NAME, ORDINAL_POSITION)";

// What SqlClient asks of a table's columns (GetSchema("Columns")).
constexpr std::string_view kColumnsManaged = R"(CREATE PROCEDURE sys.sp_columns_managed
  @Catalog sysname = NULL, @Owner sysname = NULL, @Table sysname = NULL, @Column sysname = NULL,
  @SchemaType sysname = NULL AS
SELECT TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_DEFAULT,
       IS_NULLABLE, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH, NUMERIC_PRECISION,
       NUMERIC_PRECISION_RADIX, NUMERIC_SCALE, DATETIME_PRECISION, CHARACTER_SET_CATALOG,
       CHARACTER_SET_SCHEMA, CHARACTER_SET_NAME, COLLATION_CATALOG, CAST(0 AS bit) AS IS_FILESTREAM,
       CAST(0 AS bit) AS IS_SPARSE, CAST(0 AS bit) AS IS_COLUMN_SET
FROM INFORMATION_SCHEMA.COLUMNS
WHERE (@Catalog IS NULL OR TABLE_CATALOG = @Catalog) AND (@Owner IS NULL OR TABLE_SCHEMA = @Owner)
  AND (@Table IS NULL OR TABLE_NAME = @Table) AND (@Column IS NULL OR COLUMN_NAME = @Column)
ORDER BY TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION)";

constexpr std::string_view kTables =
    R"(CREATE PROCEDURE sys.sp_tables @table_name nvarchar(384) = NULL,
  @table_owner nvarchar(384) = NULL, @table_qualifier sysname = NULL, @table_type varchar(100) = NULL,
  @fUsePattern bit = 1 AS
IF @table_qualifier = '%' AND @table_owner = '' AND @table_name = ''
  SELECT CAST(name AS sysname) AS TABLE_QUALIFIER, CAST(NULL AS sysname) AS TABLE_OWNER,
         CAST(NULL AS sysname) AS TABLE_NAME, CAST(NULL AS varchar(32)) AS TABLE_TYPE,
         CAST(NULL AS varchar(254)) AS REMARKS
  FROM sys.databases ORDER BY 1
ELSE IF @table_owner = '%' AND @table_qualifier = '' AND @table_name = ''
  SELECT CAST(NULL AS sysname) AS TABLE_QUALIFIER, CAST(name AS sysname) AS TABLE_OWNER,
         CAST(NULL AS sysname) AS TABLE_NAME, CAST(NULL AS varchar(32)) AS TABLE_TYPE,
         CAST(NULL AS varchar(254)) AS REMARKS
  FROM sys.schemas ORDER BY 2
ELSE IF @table_type = '%' AND @table_qualifier = '' AND @table_owner = '' AND @table_name = ''
  SELECT CAST(NULL AS sysname) AS TABLE_QUALIFIER, CAST(NULL AS sysname) AS TABLE_OWNER,
         CAST(NULL AS sysname) AS TABLE_NAME, CAST(v.kind AS varchar(32)) AS TABLE_TYPE,
         CAST(NULL AS varchar(254)) AS REMARKS
  FROM (VALUES ('SYSTEM TABLE'), ('TABLE'), ('VIEW')) AS v(kind) ORDER BY 4
ELSE
BEGIN
  IF @table_qualifier IS NOT NULL AND @table_qualifier NOT IN ('', '%') AND DB_NAME() <> @table_qualifier
  BEGIN
    RAISERROR('The database name component of the object qualifier must be the name of the current database.', 16, 1)
    RETURN
  END
  SELECT CAST(DB_NAME() AS sysname) AS TABLE_QUALIFIER, CAST(s.name AS sysname) AS TABLE_OWNER,
         CAST(o.name AS sysname) AS TABLE_NAME,
         CAST(CASE o.type WHEN 'U' THEN 'TABLE' ELSE 'VIEW' END AS varchar(32)) AS TABLE_TYPE,
         CAST(NULL AS varchar(254)) AS REMARKS
  FROM sys.all_objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id
  WHERE o.type IN ('U', 'V') AND o.name NOT LIKE 'spt[_]%'
    AND ((@fUsePattern = 1 AND (@table_name IS NULL OR o.name LIKE @table_name)
          AND (@table_owner IS NULL OR s.name LIKE @table_owner))
      OR (@fUsePattern = 0 AND (@table_name IS NULL OR o.name = @table_name)
          AND (@table_owner IS NULL OR s.name = @table_owner)))
    AND (@table_type IS NULL OR @table_type = '%'
      OR CHARINDEX(CASE o.type WHEN 'U' THEN '''TABLE''' ELSE '''VIEW''' END, @table_type) > 0
      OR @table_type = CASE o.type WHEN 'U' THEN 'TABLE' ELSE 'VIEW' END)
  ORDER BY 4, 1, 2, 3
END)";

/// sp_tables whose database is a pattern, too: what Microsoft's ODBC driver calls for it.
constexpr std::string_view kTablesOfDatabases =
    R"(CREATE PROCEDURE sys.sp_tableswc @table_name nvarchar(384) = NULL,
  @table_owner nvarchar(384) = NULL, @table_qualifier sysname = NULL, @table_type varchar(100) = NULL,
  @fUsePattern bit = 1 AS
IF @fUsePattern = 0 OR ISNULL(@table_qualifier, '') = '' OR @table_name = '' OR @table_owner = ''
BEGIN
  EXEC sys.sp_tables @table_name, @table_owner, @table_qualifier, @table_type, @fUsePattern
  RETURN
END
DECLARE @every nvarchar(max) = (SELECT STRING_AGG(CAST(
  N'SELECT CAST(N' + QUOTENAME(name, '''') + N' AS sysname) AS TABLE_QUALIFIER,
  CAST(s.name AS sysname) AS TABLE_OWNER, CAST(o.name AS sysname) AS TABLE_NAME,
  CAST(CASE o.type WHEN ''U'' THEN ''TABLE'' ELSE ''VIEW'' END AS varchar(32)) AS TABLE_TYPE,
  CAST(NULL AS varchar(254)) AS REMARKS
  FROM ' + QUOTENAME(name) + N'.sys.all_objects AS o JOIN ' + QUOTENAME(name) + N'.sys.schemas AS s
    ON s.schema_id = o.schema_id
  WHERE o.type IN (''U'', ''V'') AND (@name IS NULL OR o.name LIKE @name)
    AND (@owner IS NULL OR s.name LIKE @owner)
    AND (@type IS NULL OR @type = ''%''
      OR CHARINDEX(CASE o.type WHEN ''U'' THEN ''TABLE'' ELSE ''VIEW'' END, @type) > 0)'
  AS nvarchar(max)), N' UNION ALL ') FROM sys.databases WHERE name LIKE @table_qualifier)
SET @every = ISNULL(@every, N'SELECT CAST(NULL AS sysname) AS TABLE_QUALIFIER,
  CAST(NULL AS sysname) AS TABLE_OWNER, CAST(NULL AS sysname) AS TABLE_NAME,
  CAST(NULL AS varchar(32)) AS TABLE_TYPE, CAST(NULL AS varchar(254)) AS REMARKS WHERE 1 = 0')
  + N' ORDER BY 4, 1, 2, 3'
EXEC sp_executesql @every, N'@name nvarchar(384), @owner nvarchar(384), @type varchar(100)',
  @table_name, @table_owner, @table_type)";

constexpr std::string_view kPrimaryKeys = R"(CREATE PROCEDURE sys.sp_pkeys @table_name sysname,
  @table_owner sysname = NULL, @table_qualifier sysname = NULL AS
SELECT CAST(DB_NAME() AS sysname) AS TABLE_QUALIFIER, CAST(s.name AS sysname) AS TABLE_OWNER,
       CAST(t.name AS sysname) AS TABLE_NAME, CAST(c.name AS sysname) AS COLUMN_NAME,
       CAST(ic.key_ordinal AS smallint) AS KEY_SEQ, CAST(k.name AS sysname) AS PK_NAME
FROM sys.key_constraints AS k JOIN sys.tables AS t ON t.object_id = k.parent_object_id
JOIN sys.schemas AS s ON s.schema_id = t.schema_id
JOIN sys.index_columns AS ic ON ic.object_id = t.object_id AND ic.index_id = k.unique_index_id
JOIN sys.columns AS c ON c.object_id = t.object_id AND c.column_id = ic.column_id
WHERE k.type = 'PK' AND t.name = @table_name AND (@table_owner IS NULL OR s.name = @table_owner)
ORDER BY 1, 2, 3, 5)";

constexpr std::string_view kForeignKeys =
    R"(CREATE PROCEDURE sys.sp_fkeys @pktable_name sysname = NULL,
  @pktable_owner sysname = NULL, @pktable_qualifier sysname = NULL, @fktable_name sysname = NULL,
  @fktable_owner sysname = NULL, @fktable_qualifier sysname = NULL AS
IF @pktable_name IS NULL AND @fktable_name IS NULL
BEGIN
  RAISERROR('Primary or foreign key table name must be given.', 16, 1)
  RETURN
END
SELECT CAST(DB_NAME() AS sysname) AS PKTABLE_QUALIFIER, CAST(SCHEMA_NAME(p.schema_id) AS sysname) AS PKTABLE_OWNER,
       CAST(p.name AS sysname) AS PKTABLE_NAME, CAST(pc.name AS sysname) AS PKCOLUMN_NAME,
       CAST(DB_NAME() AS sysname) AS FKTABLE_QUALIFIER, CAST(SCHEMA_NAME(t.schema_id) AS sysname) AS FKTABLE_OWNER,
       CAST(t.name AS sysname) AS FKTABLE_NAME, CAST(tc.name AS sysname) AS FKCOLUMN_NAME,
       CAST(fc.constraint_column_id AS smallint) AS KEY_SEQ, CAST(1 AS smallint) AS UPDATE_RULE,
       CAST(1 AS smallint) AS DELETE_RULE, CAST(f.name AS sysname) AS FK_NAME,
       CAST(NULL AS sysname) AS PK_NAME, CAST(7 AS smallint) AS DEFERRABILITY
FROM sys.foreign_keys AS f JOIN sys.foreign_key_columns AS fc ON fc.constraint_object_id = f.object_id
JOIN sys.tables AS p ON p.object_id = f.referenced_object_id
JOIN sys.tables AS t ON t.object_id = f.parent_object_id
JOIN sys.columns AS pc ON pc.object_id = p.object_id AND pc.column_id = fc.referenced_column_id
JOIN sys.columns AS tc ON tc.object_id = t.object_id AND tc.column_id = fc.parent_column_id
WHERE (@pktable_name IS NULL OR p.name = @pktable_name) AND (@fktable_name IS NULL OR t.name = @fktable_name))";

constexpr std::string_view kStatistics = R"(CREATE PROCEDURE sys.sp_statistics @table_name sysname,
  @table_owner sysname = NULL, @table_qualifier sysname = NULL, @index_name sysname = '%',
  @is_unique char(1) = 'N', @accuracy char(1) = 'Q' AS
EXEC sys.sp_statistics_100 @table_name, @table_owner, @table_qualifier, @index_name, @is_unique, @accuracy)";

constexpr std::string_view kStatistics100 =
    R"(CREATE PROCEDURE sys.sp_statistics_100 @table_name sysname,
  @table_owner sysname = NULL, @table_qualifier sysname = NULL, @index_name sysname = '%',
  @is_unique char(1) = 'N', @accuracy char(1) = 'Q' AS
SELECT CAST(DB_NAME() AS sysname) AS TABLE_QUALIFIER, CAST(s.name AS sysname) AS TABLE_OWNER,
       CAST(t.name AS sysname) AS TABLE_NAME, CAST(NULL AS smallint) AS NON_UNIQUE,
       CAST(NULL AS sysname) AS INDEX_QUALIFIER, CAST(NULL AS sysname) AS INDEX_NAME,
       CAST(0 AS smallint) AS TYPE, CAST(NULL AS smallint) AS SEQ_IN_INDEX,
       CAST(NULL AS sysname) AS COLUMN_NAME, CAST(NULL AS char(1)) AS COLLATION,
       CAST(p.row_count AS int) AS CARDINALITY, CAST(p.used_page_count AS int) AS PAGES,
       CAST(NULL AS varchar(128)) AS FILTER_CONDITION
FROM sys.tables AS t JOIN sys.schemas AS s ON s.schema_id = t.schema_id
JOIN sys.dm_db_partition_stats AS p ON p.object_id = t.object_id
WHERE t.name = @table_name AND (@table_owner IS NULL OR s.name = @table_owner) AND @is_unique <> 'Y'
UNION ALL
SELECT CAST(DB_NAME() AS sysname), CAST(s.name AS sysname), CAST(t.name AS sysname),
       CAST(CASE i.is_unique WHEN 1 THEN 0 ELSE 1 END AS smallint), CAST(t.name AS sysname),
       CAST(i.name AS sysname), CAST(3 AS smallint), CAST(ic.key_ordinal AS smallint),
       CAST(c.name AS sysname), CAST('A' AS char(1)), CAST(NULL AS int), CAST(NULL AS int),
       CAST(NULL AS varchar(128))
FROM sys.indexes AS i JOIN sys.tables AS t ON t.object_id = i.object_id
JOIN sys.schemas AS s ON s.schema_id = t.schema_id
JOIN sys.index_columns AS ic ON ic.object_id = i.object_id AND ic.index_id = i.index_id AND ic.key_ordinal > 0
JOIN sys.columns AS c ON c.object_id = t.object_id AND c.column_id = ic.column_id
WHERE t.name = @table_name AND (@table_owner IS NULL OR s.name = @table_owner)
  AND (@index_name IS NULL OR i.name LIKE @index_name) AND (@is_unique <> 'Y' OR i.is_unique = 1)
ORDER BY 4, 7, 6, 8)";

constexpr std::string_view kSpecialColumns =
    R"(CREATE PROCEDURE sys.sp_special_columns @table_name sysname,
  @table_owner sysname = NULL, @qualifier sysname = NULL, @col_type char(1) = 'R', @scope char(1) = 'T',
  @nullable char(1) = 'U', @ODBCVer int = 2 AS
EXEC sys.sp_special_columns_100 @table_name, @table_owner, @qualifier, @col_type, @scope, @nullable, @ODBCVer)";

constexpr std::string_view kSpecialColumns100 = R"(CREATE PROCEDURE sys.sp_special_columns_100
  @table_name sysname, @table_owner sysname = NULL, @qualifier sysname = NULL, @col_type char(1) = 'R',
  @scope char(1) = 'T', @nullable char(1) = 'U', @ODBCVer int = 2 AS
SELECT CAST(0 AS smallint) AS SCOPE, o.COLUMN_NAME,
       CASE @ODBCVer WHEN 3 THEN o.odbc3 ELSE o.odbc2 END AS DATA_TYPE, o.TYPE_NAME, o.PRECISION, o.LENGTH,
       o.SCALE, CAST(1 AS smallint) AS PSEUDO_COLUMN
FROM sys.spt_odbc_columns AS o JOIN sys.key_constraints AS k ON k.parent_object_id = o.object_id
JOIN sys.index_columns AS ic ON ic.object_id = k.parent_object_id AND ic.index_id = k.unique_index_id
  AND ic.column_id = o.ORDINAL_POSITION
WHERE o.TABLE_NAME = @table_name AND (@table_owner IS NULL OR o.TABLE_OWNER = @table_owner)
  AND @col_type = 'R' AND k.type = 'PK' AND (@nullable = 'U' OR o.NULLABLE = 0)
ORDER BY ic.key_ordinal)";

constexpr std::string_view kStoredProcedures = R"(CREATE PROCEDURE sys.sp_stored_procedures
  @sp_name nvarchar(390) = NULL, @sp_owner nvarchar(384) = NULL, @sp_qualifier sysname = NULL,
  @fUsePattern bit = 1 AS
SELECT CAST(DB_NAME() AS sysname) AS PROCEDURE_QUALIFIER, CAST(s.name AS sysname) AS PROCEDURE_OWNER,
       CAST(o.name + CASE o.type WHEN 'P' THEN ';1' ELSE ';0' END AS nvarchar(134)) AS PROCEDURE_NAME,
       -1 AS NUM_INPUT_PARAMS, -1 AS NUM_OUTPUT_PARAMS, -1 AS NUM_RESULT_SETS,
       CAST(NULL AS varchar(254)) AS REMARKS,
       CAST(CASE o.type WHEN 'P' THEN 1 ELSE 2 END AS smallint) AS PROCEDURE_TYPE
FROM sys.all_objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id
WHERE o.type IN ('P', 'FN', 'TF', 'IF')
  AND ((@fUsePattern = 1 AND (@sp_name IS NULL OR o.name LIKE @sp_name)
        AND (@sp_owner IS NULL OR s.name LIKE @sp_owner))
    OR (@fUsePattern = 0 AND (@sp_name IS NULL OR o.name = @sp_name)
        AND (@sp_owner IS NULL OR s.name = @sp_owner)))
ORDER BY 1, 2, 3)";

constexpr std::string_view kProcedureColumns = R"(CREATE PROCEDURE sys.sp_sproc_columns_100
  @procedure_name nvarchar(390) = '%', @procedure_owner nvarchar(384) = NULL,
  @procedure_qualifier sysname = NULL, @column_name nvarchar(384) = NULL, @ODBCVer int = 2,
  @fUsePattern bit = 1 AS
WITH parameters AS (
  SELECT p.object_id, p.name, p.parameter_id, p.user_type_id, p.max_length, p.precision, p.scale, p.is_output
  FROM sys.all_parameters AS p
  UNION ALL
  SELECT o.object_id, CAST('@RETURN_VALUE' AS sysname) COLLATE catalog_default, 0, 56, CAST(4 AS smallint), CAST(10 AS tinyint),
         CAST(0 AS tinyint), CAST(1 AS bit)
  FROM sys.all_objects AS o WHERE o.type = 'P')
SELECT CAST(DB_NAME() AS sysname) AS PROCEDURE_QUALIFIER, CAST(s.name AS sysname) AS PROCEDURE_OWNER,
       CAST(o.name + CASE o.type WHEN 'P' THEN ';1' ELSE ';0' END AS nvarchar(134)) AS PROCEDURE_NAME,
       CAST(CASE WHEN p.name = '' THEN '@RETURN_VALUE' ELSE p.name END AS sysname) AS COLUMN_NAME,
       CAST(CASE WHEN p.parameter_id = 0 THEN 5 WHEN p.is_output = 1 THEN 2 ELSE 1 END AS smallint) AS COLUMN_TYPE,
       CASE @ODBCVer WHEN 3 THEN y.odbc3 ELSE y.odbc2 END AS DATA_TYPE, CAST(y.name AS sysname) AS TYPE_NAME,
       CASE WHEN y.digits IS NOT NULL THEN y.digits WHEN p.max_length = -1 THEN 0
            WHEN y.name IN ('nchar', 'nvarchar') THEN CAST(p.max_length AS int) / 2
            WHEN y.name IN ('char', 'varchar', 'binary', 'varbinary') THEN CAST(p.max_length AS int)
            ELSE CAST(p.precision AS int) END AS PRECISION,
       CASE WHEN y.bytes IS NOT NULL THEN y.bytes WHEN y.name IN ('decimal', 'numeric') THEN p.precision + 2
            WHEN p.max_length = -1 THEN 0 ELSE CAST(p.max_length AS int) END AS LENGTH,
       CAST(CASE WHEN y.radix = 10 AND y.name NOT IN ('float', 'real') OR y.name LIKE '%time%'
            THEN p.scale END AS smallint) AS SCALE,
       y.radix AS RADIX, CAST(CASE p.parameter_id WHEN 0 THEN 0 ELSE 1 END AS smallint) AS NULLABLE,
       CAST(NULL AS varchar(254)) AS REMARKS, CAST(NULL AS nvarchar(4000)) AS COLUMN_DEF,
       y.sql_type AS SQL_DATA_TYPE, y.sub AS SQL_DATETIME_SUB,
       CASE WHEN y.name LIKE '%char' OR y.name LIKE '%binary'
            THEN CASE WHEN p.max_length = -1 THEN 0 ELSE CAST(p.max_length AS int) END END AS CHAR_OCTET_LENGTH,
       p.parameter_id AS ORDINAL_POSITION, CAST('YES' AS varchar(254)) AS IS_NULLABLE,
       CAST(NULL AS sysname) AS SS_UDT_CATALOG_NAME, CAST(NULL AS sysname) AS SS_UDT_SCHEMA_NAME,
       CAST(NULL AS nvarchar(4000)) AS SS_UDT_ASSEMBLY_TYPE_NAME,
       CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_CATALOG_NAME,
       CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_SCHEMA_NAME,
       CAST(NULL AS sysname) AS SS_XML_SCHEMACOLLECTION_NAME, y.tds_null AS SS_DATA_TYPE
FROM parameters AS p JOIN sys.all_objects AS o ON o.object_id = p.object_id
JOIN sys.schemas AS s ON s.schema_id = o.schema_id JOIN sys.types AS t ON t.user_type_id = p.user_type_id
JOIN sys.spt_odbc_types AS y ON y.name = t.name
WHERE ((@fUsePattern = 1 AND o.name LIKE @procedure_name
        AND (@procedure_owner IS NULL OR s.name LIKE @procedure_owner)
        AND (@column_name IS NULL OR p.name LIKE @column_name))
    OR (@fUsePattern = 0 AND o.name = @procedure_name
        AND (@procedure_owner IS NULL OR s.name = @procedure_owner)
        AND (@column_name IS NULL OR p.name = @column_name)))
ORDER BY 1, 2, 3, p.parameter_id)";

constexpr std::string_view kProcedureColumnsOld = R"(CREATE PROCEDURE sys.sp_sproc_columns
  @procedure_name nvarchar(390) = '%', @procedure_owner nvarchar(384) = NULL,
  @procedure_qualifier sysname = NULL, @column_name nvarchar(384) = NULL, @ODBCVer int = 2,
  @fUsePattern bit = 1 AS
EXEC sys.sp_sproc_columns_100 @procedure_name, @procedure_owner, @procedure_qualifier, @column_name, @ODBCVer,
  @fUsePattern)";

constexpr std::string_view kDatatypes100 =
    R"(CREATE PROCEDURE sys.sp_datatype_info_100 @data_type int = 0,
  @ODBCVer tinyint = 2 AS
SELECT y.name AS TYPE_NAME, CASE @ODBCVer WHEN 3 THEN y.odbc3 ELSE y.odbc2 END AS DATA_TYPE,
       y.largest AS PRECISION, CAST(y.prefix AS varchar(32)) AS LITERAL_PREFIX,
       CAST(y.suffix AS varchar(32)) AS LITERAL_SUFFIX, CAST(y.params AS varchar(32)) AS CREATE_PARAMS,
       CAST(CASE y.name WHEN 'sysname' THEN 0 ELSE 1 END AS smallint) AS NULLABLE,
       CAST(0 AS smallint) AS CASE_SENSITIVE, y.search AS SEARCHABLE,
       y.unsigned AS UNSIGNED_ATTRIBUTE, y.is_money AS MONEY,
       CAST(CASE WHEN y.radix = 10 AND y.is_money = 0 THEN 0 END AS smallint) AS AUTO_INCREMENT,
       y.name AS LOCAL_TYPE_NAME, y.least_scale AS MINIMUM_SCALE, y.most_scale AS MAXIMUM_SCALE,
       y.sql_type AS SQL_DATA_TYPE, y.sub AS SQL_DATETIME_SUB, CAST(y.radix AS int) AS NUM_PREC_RADIX,
       CAST(NULL AS smallint) AS INTERVAL_PRECISION, CAST(y.usertype AS smallint) AS USERTYPE
FROM sys.spt_odbc_types AS y
WHERE @data_type = 0 OR @data_type = CASE @ODBCVer WHEN 3 THEN y.odbc3 ELSE y.odbc2 END
ORDER BY 2, 12, 11, 20)";

constexpr std::string_view kDatatypes = R"(CREATE PROCEDURE sys.sp_datatype_info @data_type int = 0,
  @ODBCVer tinyint = 2 AS
EXEC sys.sp_datatype_info_100 @data_type, @ODBCVer)";

constexpr std::string_view kDatatypes90 =
    R"(CREATE PROCEDURE sys.sp_datatype_info_90 @data_type int = 0,
  @ODBCVer tinyint = 2 AS
EXEC sys.sp_datatype_info_100 @data_type, @ODBCVer)";

constexpr std::string_view kServerInfo =
    R"(CREATE PROCEDURE sys.sp_server_info @attribute_id int = NULL AS
SELECT CAST(v.id AS int) AS attribute_id, CAST(v.name AS varchar(60)) AS attribute_name,
       CAST(v.value AS varchar(255)) AS attribute_value
FROM (VALUES (1, 'DBMS_NAME', 'Microsoft SQL Server'),
 (2, 'DBMS_VER', 'Microsoft SQL Azure - 12.0.2000.8'), (10, 'OWNER_TERM', 'owner'), (11, 'TABLE_TERM', 'table'),
 (12, 'MAX_OWNER_NAME_LENGTH', '128'), (13, 'TABLE_LENGTH', '128'), (14, 'MAX_QUAL_LENGTH', '128'),
 (15, 'COLUMN_LENGTH', '128'), (16, 'IDENTIFIER_CASE', 'MIXED'), (17, 'TX_ISOLATION', '2'),
 (18, 'COLLATION_SEQ', 'charset=iso_1 sort_order=nocase_iso charset_num=1 sort_order_num=52'),
 (19, 'SAVEPOINT_SUPPORT', 'Y'), (20, 'MULTI_RESULT_SETS', 'Y'), (22, 'ACCESSIBLE_TABLES', 'Y'),
 (100, 'USERID_LENGTH', '128'), (101, 'QUALIFIER_TERM', 'database'), (102, 'NAMED_TRANSACTIONS', 'Y'),
 (103, 'SPROC_AS_LANGUAGE', 'Y'), (104, 'ACCESSIBLE_SPROC', 'Y'), (105, 'MAX_INDEX_COLS', '16'),
 (106, 'RENAME_TABLE', 'N'), (107, 'RENAME_COLUMN', 'N'), (108, 'DROP_COLUMN', 'Y'),
 (109, 'INCREASE_COLUMN_LENGTH', 'Y'), (110, 'DDL_IN_TRANSACTION', 'N'), (111, 'DESCENDING_INDEXES', 'N'),
 (112, 'SP_RENAME', 'N'), (113, 'REMOTE_SPROC', 'N'), (500, 'SYS_SPROC_VERSION', '12.00.2000'))
 AS v(id, name, value)
WHERE @attribute_id IS NULL OR v.id = @attribute_id
ORDER BY 1)";

constexpr std::string_view kDatabases = R"(CREATE PROCEDURE sys.sp_databases AS
SELECT CAST(name AS sysname) AS DATABASE_NAME, CAST(0 AS int) AS DATABASE_SIZE,
       CAST(NULL AS varchar(254)) AS REMARKS
FROM sys.databases ORDER BY 1)";

constexpr std::string_view kTablePrivileges = R"(CREATE PROCEDURE sys.sp_table_privileges
  @table_name nvarchar(384), @table_owner nvarchar(384) = NULL, @table_qualifier sysname = NULL,
  @fUsePattern bit = 1 AS
SELECT TABLE_CATALOG AS TABLE_QUALIFIER, TABLE_SCHEMA AS TABLE_OWNER, TABLE_NAME, GRANTOR, GRANTEE,
       CAST(PRIVILEGE_TYPE AS varchar(32)) AS PRIVILEGE, IS_GRANTABLE
FROM INFORMATION_SCHEMA.TABLE_PRIVILEGES
WHERE TABLE_NAME LIKE @table_name AND (@table_owner IS NULL OR TABLE_SCHEMA LIKE @table_owner)
ORDER BY 1, 2, 3, 6)";

constexpr std::string_view kColumnPrivileges = R"(CREATE PROCEDURE sys.sp_column_privileges
  @table_name sysname, @table_owner sysname = NULL, @table_qualifier sysname = NULL,
  @column_name nvarchar(384) = NULL AS
SELECT TABLE_CATALOG AS TABLE_QUALIFIER, TABLE_SCHEMA AS TABLE_OWNER, TABLE_NAME, COLUMN_NAME, GRANTOR, GRANTEE,
       CAST(PRIVILEGE_TYPE AS varchar(32)) AS PRIVILEGE, IS_GRANTABLE
FROM INFORMATION_SCHEMA.COLUMN_PRIVILEGES
WHERE TABLE_NAME = @table_name AND (@table_owner IS NULL OR TABLE_SCHEMA = @table_owner)
  AND (@column_name IS NULL OR COLUMN_NAME LIKE @column_name)
ORDER BY 4, 7)";

// The collations of a bulk load's target, as drivers ask for them.
constexpr std::string_view kTableCollations = R"(CREATE PROCEDURE sys.sp_tablecollations_100
  @object nvarchar(4000) AS
SELECT c.column_id AS colid, c.name,
       CASE WHEN c.collation_name IS NOT NULL THEN CAST(0x0904D00034 AS binary(5)) END AS tds_collation,
       c.collation_name AS collation
FROM sys.all_columns AS c WHERE c.object_id = OBJECT_ID(@object)
ORDER BY c.column_id)";

}  // namespace

std::span<const SystemModule> catalog_procedures() {
  constexpr auto kProcedure = ModuleKind::kProcedure;
  static const std::vector<SystemModule> kModules = {
      {"sys.spt_odbc_types", ModuleKind::kView, kOdbcTypes},
      {"sys.spt_odbc_columns", ModuleKind::kView, kOdbcColumns},
      {"sys.sp_columns", kProcedure, kColumns},
      {"sys.sp_columns_90", kProcedure, kColumns90},
      {"sys.sp_columns_100", kProcedure, kColumns100},
      {"sys.sp_columns_managed", kProcedure, kColumnsManaged},
      {"sys.sp_tables", kProcedure, kTables},
      {"sys.sp_tableswc", kProcedure, kTablesOfDatabases},
      {"sys.sp_pkeys", kProcedure, kPrimaryKeys},
      {"sys.sp_fkeys", kProcedure, kForeignKeys},
      {"sys.sp_statistics", kProcedure, kStatistics},
      {"sys.sp_statistics_100", kProcedure, kStatistics100},
      {"sys.sp_special_columns", kProcedure, kSpecialColumns},
      {"sys.sp_special_columns_100", kProcedure, kSpecialColumns100},
      {"sys.sp_stored_procedures", kProcedure, kStoredProcedures},
      {"sys.sp_sproc_columns", kProcedure, kProcedureColumnsOld},
      {"sys.sp_sproc_columns_100", kProcedure, kProcedureColumns},
      {"sys.sp_datatype_info", kProcedure, kDatatypes},
      {"sys.sp_datatype_info_90", kProcedure, kDatatypes90},
      {"sys.sp_datatype_info_100", kProcedure, kDatatypes100},
      {"sys.sp_server_info", kProcedure, kServerInfo},
      {"sys.sp_databases", kProcedure, kDatabases},
      {"sys.sp_table_privileges", kProcedure, kTablePrivileges},
      {"sys.sp_column_privileges", kProcedure, kColumnPrivileges},
      {"sys.sp_tablecollations_100", kProcedure, kTableCollations},
  };
  return kModules;
}

}  // namespace tarn::sql
