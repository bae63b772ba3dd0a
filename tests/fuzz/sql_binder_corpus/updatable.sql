WITH c AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY city ORDER BY id) AS n FROM people) UPDATE c SET score = n OUTPUT inserted.score FROM (SELECT * FROM people) AS c;
