SELECT p.id, o.amount FROM people p LEFT JOIN orders o ON o.person = p.id FOR JSON AUTO, WITHOUT_ARRAY_WRAPPER
