UPDATE t SET a = 1 OUTPUT inserted.a AS b, deleted.* INTO @t (b, c) OUTPUT $action WHERE a = 2
CREATE FUNCTION f (@a int) RETURNS @t TABLE (a int NOT NULL DEFAULT 1) AS BEGIN INSERT @t VALUES (@a); RETURN END
