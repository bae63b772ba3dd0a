CREATE SCHEMA sales;
GO
CREATE TABLE dbo.customers (
  id int NOT NULL,
  name nvarchar(50) NOT NULL DEFAULT N'nobody',
  born date,
  balance decimal(12, 2),
  CONSTRAINT PK_customers PRIMARY KEY NONCLUSTERED (id) NOT ENFORCED,
  CONSTRAINT UQ_customers_name UNIQUE (name) NOT ENFORCED
) WITH (DISTRIBUTION = HASH(id), CLUSTERED COLUMNSTORE INDEX);
GO
CREATE TABLE sales.orders (id bigint NOT NULL, customer int NOT NULL, at datetime2(3), note varchar(max), paid bit)
WITH (HEAP, DISTRIBUTION = ROUND_ROBIN);
GO
-- Names of those who have some.
CREATE VIEW dbo.rich AS SELECT id, name FROM dbo.customers WHERE balance > 1000
GO
CREATE PROCEDURE dbo.find_customer @id int, @name nvarchar(50) = NULL OUTPUT AS
SELECT @name = name FROM dbo.customers WHERE id = @id
GO
CREATE FUNCTION dbo.doubled (@x int) RETURNS int AS BEGIN RETURN @x * 2 END
GO
