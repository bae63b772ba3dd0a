-- Written from knowledge of Azure Data Studio's dashboard and search, which cannot be had for a test; its tools service can
-- (sql_tools_service.sql).
-- columns: objectType, objectTypeName, schemaName, objectName
-- row: T | Table | dbo | customers
-- row: V | View | dbo | rich
-- row: S | Stored Procedure | dbo | find_customer
SELECT CASE o.type WHEN 'U' THEN 'T' WHEN 'V' THEN 'V' WHEN 'P' THEN 'S' ELSE 'F' END AS objectType,
       CASE o.type WHEN 'U' THEN 'Table' WHEN 'V' THEN 'View' WHEN 'P' THEN 'Stored Procedure' ELSE 'Function' END AS objectTypeName,
       s.name AS schemaName, o.name AS objectName
FROM sys.all_objects o INNER JOIN sys.schemas s ON o.schema_id = s.schema_id
WHERE s.name NOT IN ('sys', 'INFORMATION_SCHEMA') AND o.is_ms_shipped != 1 AND o.type IN ('P', 'V', 'U', 'AF', 'FN', 'IF', 'TF')
ORDER BY objectType, schemaName, objectName
GO
-- columns: recovery_model, compatibility_level, owner
-- row: FULL | 150 | *
SELECT recovery_model_desc AS recovery_model, compatibility_level, SUSER_SNAME(owner_sid) AS owner
FROM sys.databases WHERE database_id = DB_ID()
GO
-- columns: allocated_mb
SELECT CAST(SUM(size) * 8.0 / 1024 AS decimal(18, 2)) AS allocated_mb FROM sys.database_files WHERE type = 0
GO
-- columns: edition, service_objective
-- row: DataWarehouse | ondemand
SELECT edition, service_objective FROM sys.database_service_objectives WHERE database_id = DB_ID()
GO
