UPDATE people SET score += 1 OUTPUT inserted.score, deleted.*, o.amount FROM people AS p JOIN orders AS o ON o.person = p.id;
DELETE orders OUTPUT deleted.id INTO log (id) OUTPUT deleted.amount WHERE id = 1;
INSERT people (id) OUTPUT inserted.* VALUES (1);
MERGE orders AS t USING people AS s ON s.id = t.id WHEN MATCHED THEN UPDATE SET amount = s.score WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id) WHEN NOT MATCHED BY SOURCE THEN DELETE OUTPUT $action, inserted.id, deleted.id, s.name;
