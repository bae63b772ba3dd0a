SELECT p.[1], p.[2] FROM (SELECT person, small, amount FROM orders) AS s PIVOT (SUM(amount) FOR small IN ([1], [2])) AS p
