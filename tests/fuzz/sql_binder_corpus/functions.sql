SELECT dbo.half(p.score), dbo.grade(DEFAULT), f.name, SUM(dbo.half(o.small)) FROM people p CROSS APPLY dbo.people_of(p.city) f JOIN orders o ON dbo.grade(o.id) = 'top!' GROUP BY p.score, f.name
