// INFORMATION_SCHEMA, in T-SQL over the sys views. COLUMNS is in views_columns.cc, views without
// rows are in views_empty.cc.

#include "detail/exec/catalog/catalog_view.h"

namespace tarn::sql {

std::span<const SystemModule> information_schema_modules() {
  static const std::vector<SystemModule> kModules = {
      {"INFORMATION_SCHEMA.SCHEMATA", ModuleKind::kView,
       R"(CREATE VIEW INFORMATION_SCHEMA.SCHEMATA AS
SELECT CAST(DB_NAME() AS nvarchar(128)) AS CATALOG_NAME, s.name AS SCHEMA_NAME,
       p.name AS SCHEMA_OWNER, CAST(NULL AS sysname) AS DEFAULT_CHARACTER_SET_CATALOG,
       CAST(NULL AS sysname) AS DEFAULT_CHARACTER_SET_SCHEMA,
       CAST('iso_1' AS sysname) AS DEFAULT_CHARACTER_SET_NAME
FROM sys.schemas AS s JOIN sys.database_principals AS p ON p.principal_id = s.principal_id)"},
      {"INFORMATION_SCHEMA.TABLES", ModuleKind::kView,
       R"(CREATE VIEW INFORMATION_SCHEMA.TABLES AS
SELECT CAST(DB_NAME() AS nvarchar(128)) AS TABLE_CATALOG, s.name AS TABLE_SCHEMA,
       o.name AS TABLE_NAME,
       CAST(CASE o.type WHEN 'U' THEN 'BASE TABLE' ELSE 'VIEW' END AS varchar(10)) AS TABLE_TYPE
FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id
WHERE o.type IN ('U', 'V'))"},
      {"INFORMATION_SCHEMA.VIEWS", ModuleKind::kView,
       R"(CREATE VIEW INFORMATION_SCHEMA.VIEWS AS
SELECT CAST(DB_NAME() AS nvarchar(128)) AS TABLE_CATALOG, s.name AS TABLE_SCHEMA,
       v.name AS TABLE_NAME, m.definition AS VIEW_DEFINITION,
       CAST('NONE' AS varchar(7)) AS CHECK_OPTION, CAST('NO' AS varchar(2)) AS IS_UPDATABLE
FROM sys.views AS v JOIN sys.schemas AS s ON s.schema_id = v.schema_id
JOIN sys.sql_modules AS m ON m.object_id = v.object_id)"},
      {"INFORMATION_SCHEMA.ROUTINES", ModuleKind::kView,
       R"(CREATE VIEW INFORMATION_SCHEMA.ROUTINES AS
SELECT CAST(DB_NAME() AS nvarchar(128)) AS SPECIFIC_CATALOG, s.name AS SPECIFIC_SCHEMA,
       o.name AS SPECIFIC_NAME, CAST(DB_NAME() AS nvarchar(128)) AS ROUTINE_CATALOG,
       s.name AS ROUTINE_SCHEMA, o.name AS ROUTINE_NAME,
       CAST(CASE o.type WHEN 'P' THEN 'PROCEDURE' ELSE 'FUNCTION' END AS nvarchar(20))
         AS ROUTINE_TYPE,
       CAST(NULL AS sysname) AS MODULE_CATALOG, CAST(NULL AS sysname) AS MODULE_SCHEMA,
       CAST(NULL AS sysname) AS MODULE_NAME, CAST(NULL AS sysname) AS UDT_CATALOG,
       CAST(NULL AS sysname) AS UDT_SCHEMA, CAST(NULL AS sysname) AS UDT_NAME,
       CAST(CASE WHEN o.type IN ('TF', 'IF') THEN 'TABLE' ELSE t.name END AS sysname) AS DATA_TYPE,
       CASE WHEN t.collation_name IS NOT NULL AND t.name LIKE 'n%' AND r.max_length > 0
            THEN CAST(r.max_length AS int) / 2
            WHEN t.collation_name IS NOT NULL OR t.name LIKE '%binary'
            THEN CAST(r.max_length AS int) END AS CHARACTER_MAXIMUM_LENGTH,
       CASE WHEN t.collation_name IS NOT NULL OR t.name LIKE '%binary'
            THEN CAST(r.max_length AS int) END AS CHARACTER_OCTET_LENGTH,
       CAST(NULL AS sysname) AS COLLATION_CATALOG, CAST(NULL AS sysname) AS COLLATION_SCHEMA,
       t.collation_name AS COLLATION_NAME, CAST(NULL AS sysname) AS CHARACTER_SET_CATALOG,
       CAST(NULL AS sysname) AS CHARACTER_SET_SCHEMA, CAST(NULL AS sysname) AS CHARACTER_SET_NAME,
       CASE WHEN t.name LIKE '%int' OR t.name IN ('decimal', 'numeric', 'money', 'smallmoney',
            'float', 'real') THEN r.precision END AS NUMERIC_PRECISION,
       CAST(CASE WHEN t.name IN ('float', 'real') THEN 2 WHEN t.name LIKE '%int' OR t.name IN
            ('decimal', 'numeric', 'money', 'smallmoney') THEN 10 END AS smallint)
         AS NUMERIC_PRECISION_RADIX,
       CASE WHEN t.name LIKE '%int' OR t.name IN ('decimal', 'numeric', 'money', 'smallmoney')
            THEN CAST(r.scale AS int) END AS NUMERIC_SCALE,
       CAST(CASE WHEN t.name LIKE '%date%' OR t.name = 'time' THEN r.scale END AS smallint)
         AS DATETIME_PRECISION,
       CAST(NULL AS nvarchar(30)) AS INTERVAL_TYPE, CAST(NULL AS smallint) AS INTERVAL_PRECISION,
       CAST(NULL AS sysname) AS TYPE_UDT_CATALOG, CAST(NULL AS sysname) AS TYPE_UDT_SCHEMA,
       CAST(NULL AS sysname) AS TYPE_UDT_NAME, CAST(NULL AS sysname) AS SCOPE_CATALOG,
       CAST(NULL AS sysname) AS SCOPE_SCHEMA, CAST(NULL AS sysname) AS SCOPE_NAME,
       CAST(NULL AS bigint) AS MAXIMUM_CARDINALITY, CAST(NULL AS sysname) AS DTD_IDENTIFIER,
       CAST('SQL' AS nvarchar(30)) AS ROUTINE_BODY, m.definition AS ROUTINE_DEFINITION,
       CAST(NULL AS sysname) AS EXTERNAL_NAME, CAST(NULL AS nvarchar(30)) AS EXTERNAL_LANGUAGE,
       CAST(NULL AS nvarchar(30)) AS PARAMETER_STYLE,
       CAST('NO' AS nvarchar(10)) AS IS_DETERMINISTIC,
       CAST(CASE o.type WHEN 'P' THEN 'MODIFIES' ELSE 'READS' END AS nvarchar(30))
         AS SQL_DATA_ACCESS,
       CAST(CASE o.type WHEN 'P' THEN NULL ELSE 'NO' END AS nvarchar(10)) AS IS_NULL_CALL,
       CAST(NULL AS sysname) AS SQL_PATH, CAST('YES' AS nvarchar(10)) AS SCHEMA_LEVEL_ROUTINE,
       CAST(-1 AS smallint) AS MAX_DYNAMIC_RESULT_SETS,
       CAST('NO' AS nvarchar(10)) AS IS_USER_DEFINED_CAST,
       CAST('NO' AS nvarchar(10)) AS IS_IMPLICITLY_INVOCABLE,
       o.create_date AS CREATED, o.modify_date AS LAST_ALTERED
FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id
JOIN sys.sql_modules AS m ON m.object_id = o.object_id
LEFT JOIN sys.parameters AS r ON r.object_id = o.object_id AND r.parameter_id = 0
LEFT JOIN sys.types AS t ON t.user_type_id = r.user_type_id
WHERE o.type IN ('P', 'FN', 'TF', 'IF'))"},
      {"INFORMATION_SCHEMA.PARAMETERS", ModuleKind::kView,
       R"(CREATE VIEW INFORMATION_SCHEMA.PARAMETERS AS
SELECT CAST(DB_NAME() AS nvarchar(128)) AS SPECIFIC_CATALOG, s.name AS SPECIFIC_SCHEMA,
       o.name AS SPECIFIC_NAME, r.parameter_id AS ORDINAL_POSITION,
       CAST(CASE WHEN r.parameter_id = 0 THEN 'OUT' WHEN r.is_output = 1 THEN 'INOUT' ELSE 'IN' END
         AS nvarchar(10)) AS PARAMETER_MODE,
       CAST(CASE r.parameter_id WHEN 0 THEN 'YES' ELSE 'NO' END AS nvarchar(10)) AS IS_RESULT,
       CAST('NO' AS nvarchar(10)) AS AS_LOCATOR, r.name AS PARAMETER_NAME, t.name AS DATA_TYPE,
       CASE WHEN t.collation_name IS NOT NULL AND t.name LIKE 'n%' AND r.max_length > 0
            THEN CAST(r.max_length AS int) / 2
            WHEN t.collation_name IS NOT NULL OR t.name LIKE '%binary'
            THEN CAST(r.max_length AS int) END AS CHARACTER_MAXIMUM_LENGTH,
       CASE WHEN t.collation_name IS NOT NULL OR t.name LIKE '%binary'
            THEN CAST(r.max_length AS int) END AS CHARACTER_OCTET_LENGTH,
       CAST(NULL AS sysname) AS COLLATION_CATALOG, CAST(NULL AS sysname) AS COLLATION_SCHEMA,
       t.collation_name AS COLLATION_NAME, CAST(NULL AS sysname) AS CHARACTER_SET_CATALOG,
       CAST(NULL AS sysname) AS CHARACTER_SET_SCHEMA, CAST(NULL AS sysname) AS CHARACTER_SET_NAME,
       CASE WHEN t.name LIKE '%int' OR t.name IN ('decimal', 'numeric', 'money', 'smallmoney',
            'float', 'real') THEN r.precision END AS NUMERIC_PRECISION,
       CAST(CASE WHEN t.name IN ('float', 'real') THEN 2 WHEN t.name LIKE '%int' OR t.name IN
            ('decimal', 'numeric', 'money', 'smallmoney') THEN 10 END AS smallint)
         AS NUMERIC_PRECISION_RADIX,
       CASE WHEN t.name LIKE '%int' OR t.name IN ('decimal', 'numeric', 'money', 'smallmoney')
            THEN CAST(r.scale AS int) END AS NUMERIC_SCALE,
       CAST(CASE WHEN t.name LIKE '%date%' OR t.name = 'time' THEN r.scale END AS smallint)
         AS DATETIME_PRECISION,
       CAST(NULL AS nvarchar(30)) AS INTERVAL_TYPE, CAST(NULL AS smallint) AS INTERVAL_PRECISION,
       CAST(NULL AS sysname) AS USER_DEFINED_TYPE_CATALOG,
       CAST(NULL AS sysname) AS USER_DEFINED_TYPE_SCHEMA,
       CAST(NULL AS sysname) AS USER_DEFINED_TYPE_NAME, CAST(NULL AS sysname) AS SCOPE_CATALOG,
       CAST(NULL AS sysname) AS SCOPE_SCHEMA, CAST(NULL AS sysname) AS SCOPE_NAME
FROM sys.parameters AS r JOIN sys.objects AS o ON o.object_id = r.object_id
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
JOIN sys.types AS t ON t.user_type_id = r.user_type_id)"},
      {"INFORMATION_SCHEMA.TABLE_CONSTRAINTS", ModuleKind::kView,
       R"(CREATE VIEW INFORMATION_SCHEMA.TABLE_CONSTRAINTS AS
SELECT CAST(DB_NAME() AS nvarchar(128)) AS CONSTRAINT_CATALOG, s.name AS CONSTRAINT_SCHEMA,
       k.name AS CONSTRAINT_NAME, CAST(DB_NAME() AS nvarchar(128)) AS TABLE_CATALOG,
       s.name AS TABLE_SCHEMA, t.name AS TABLE_NAME,
       CAST(CASE k.type WHEN 'PK' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END AS varchar(11))
         AS CONSTRAINT_TYPE,
       CAST('NO' AS varchar(2)) AS IS_DEFERRABLE, CAST('NO' AS varchar(2)) AS INITIALLY_DEFERRED
FROM sys.key_constraints AS k JOIN sys.tables AS t ON t.object_id = k.parent_object_id
JOIN sys.schemas AS s ON s.schema_id = t.schema_id)"},
      {"INFORMATION_SCHEMA.KEY_COLUMN_USAGE", ModuleKind::kView,
       R"(CREATE VIEW INFORMATION_SCHEMA.KEY_COLUMN_USAGE AS
SELECT CAST(DB_NAME() AS nvarchar(128)) AS CONSTRAINT_CATALOG, s.name AS CONSTRAINT_SCHEMA,
       k.name AS CONSTRAINT_NAME, CAST(DB_NAME() AS nvarchar(128)) AS TABLE_CATALOG,
       s.name AS TABLE_SCHEMA, t.name AS TABLE_NAME, c.name AS COLUMN_NAME,
       CAST(ic.key_ordinal AS int) AS ORDINAL_POSITION
FROM sys.key_constraints AS k JOIN sys.tables AS t ON t.object_id = k.parent_object_id
JOIN sys.schemas AS s ON s.schema_id = t.schema_id
JOIN sys.index_columns AS ic ON ic.object_id = t.object_id AND ic.index_id = k.unique_index_id
JOIN sys.columns AS c ON c.object_id = t.object_id AND c.column_id = ic.column_id)"},
      {"INFORMATION_SCHEMA.CONSTRAINT_COLUMN_USAGE", ModuleKind::kView,
       R"(CREATE VIEW INFORMATION_SCHEMA.CONSTRAINT_COLUMN_USAGE AS
SELECT TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, CONSTRAINT_CATALOG, CONSTRAINT_SCHEMA,
       CONSTRAINT_NAME
FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE)"},
      {"INFORMATION_SCHEMA.CONSTRAINT_TABLE_USAGE", ModuleKind::kView,
       R"(CREATE VIEW INFORMATION_SCHEMA.CONSTRAINT_TABLE_USAGE AS
SELECT TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_CATALOG, CONSTRAINT_SCHEMA,
       CONSTRAINT_NAME
FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS)"},
      {"INFORMATION_SCHEMA.TABLE_PRIVILEGES", ModuleKind::kView,
       R"(CREATE VIEW INFORMATION_SCHEMA.TABLE_PRIVILEGES AS
SELECT CAST('dbo' AS nvarchar(128)) AS GRANTOR, CAST('dbo' AS nvarchar(128)) AS GRANTEE,
       t.TABLE_CATALOG, t.TABLE_SCHEMA, t.TABLE_NAME,
       CAST(p.privilege AS varchar(10)) AS PRIVILEGE_TYPE, CAST('YES' AS varchar(3)) AS IS_GRANTABLE
FROM INFORMATION_SCHEMA.TABLES AS t
CROSS JOIN (VALUES ('REFERENCES'), ('SELECT'), ('INSERT'), ('DELETE'), ('UPDATE')) AS p(privilege))"},
      {"INFORMATION_SCHEMA.COLUMN_PRIVILEGES", ModuleKind::kView,
       R"(CREATE VIEW INFORMATION_SCHEMA.COLUMN_PRIVILEGES AS
SELECT CAST('dbo' AS nvarchar(128)) AS GRANTOR, CAST('dbo' AS nvarchar(128)) AS GRANTEE,
       c.TABLE_CATALOG, c.TABLE_SCHEMA, c.TABLE_NAME, c.COLUMN_NAME,
       CAST(p.privilege AS varchar(10)) AS PRIVILEGE_TYPE, CAST('YES' AS varchar(3)) AS IS_GRANTABLE
FROM INFORMATION_SCHEMA.COLUMNS AS c
CROSS JOIN (VALUES ('REFERENCES'), ('SELECT'), ('INSERT'), ('UPDATE')) AS p(privilege))"},
  };
  return kModules;
}

}  // namespace tarn::sql
