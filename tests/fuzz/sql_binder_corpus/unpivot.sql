SELECT u.n, u.v FROM people AS s UNPIVOT (v FOR n IN (name, name)) AS u
