SELECT p.id, j.* FROM people AS p CROSS APPLY OPENJSON(p.name, 'lax $.a[0]') WITH (a int, b nvarchar(max) '$.b' AS JSON) AS j
