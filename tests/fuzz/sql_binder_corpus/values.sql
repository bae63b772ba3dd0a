PRINT CAST('2024-01-31' AS date); SET @i = DATEDIFF(day, '2024-01-01', GETDATE()) % 7 + -2.5e0 * $3; IF 'a' = N'A' COLLATE Latin1_General_BIN2 PRINT JSON_VALUE('{"a":1}', '$.a')
