"""A dedicated SQL pool as a client's database: transactions, pause and resume, what it says it is."""

from __future__ import annotations

import contextlib

import pymssql
import pytest

PAUSED = "Can not connect to the SQL pool since it is paused. Please resume the SQL pool and try again."


@pytest.fixture(scope="module")
def pool(server):
    server.ok("sql-pool", "create", "warehouse", "--performance-level", "DW200c")
    yield "warehouse"
    server.ok("sql-pool", "delete", "warehouse")


@contextlib.contextmanager
def connected(address, database: str, autocommit: bool = True):
    connection = pymssql.connect(server=address.host, port=str(address.port), user="sa", password="x",
                                 database=database, autocommit=autocommit, login_timeout=20, timeout=60)
    try:
        yield connection
    finally:
        connection.close()


def rows(connection, query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def run(connection, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_it_says_what_it_is(pool, address):
    with connected(address, "Warehouse") as connection:
        assert rows(connection, "SELECT DB_NAME(), CAST(SERVERPROPERTY('EngineEdition') AS int), "
                                "CAST(DATABASEPROPERTYEX(DB_NAME(), 'Edition') AS varchar(20)), "
                                "CAST(DATABASEPROPERTYEX(DB_NAME(), 'ServiceObjective') AS varchar(20))") == [
            ("warehouse", 6, "DataWarehouse", "DW200c")]
        run(connection, "USE master")
        assert rows(connection, "SELECT CAST(SERVERPROPERTY('EngineEdition') AS int)") == [(11,)]


def test_transactions(pool, address):
    with connected(address, pool) as connection, connected(address, pool) as other:
        run(connection, "CREATE TABLE dbo.accounts (id int NOT NULL, amount decimal(9, 2)) WITH (DISTRIBUTION = HASH(id))")
        run(connection, "INSERT INTO dbo.accounts VALUES (1, 10.50), (2, 20.00)")
        total = "SELECT SUM(amount) FROM dbo.accounts"
        connection.autocommit(False)
        run(connection, "UPDATE dbo.accounts SET amount = amount + 1 WHERE id = 1")
        run(connection, "DELETE FROM dbo.accounts WHERE id = 2")
        assert str(rows(connection, total)[0][0]) == "11.50"
        assert str(rows(other, total)[0][0]) == "30.50"
        connection.rollback()
        assert str(rows(connection, total)[0][0]) == "30.50"
        connection.rollback()
        run(connection, "UPDATE dbo.accounts SET amount = 1")
        connection.commit()
        assert str(rows(other, total)[0][0]) == "2.00"


def test_pause_and_resume(pool, server, address):
    with connected(address, pool) as connection:
        assert rows(connection, "SELECT 1") == [(1,)]
        server.ok("sql-pool", "pause", pool)
        with pytest.raises(pymssql.Error) as at_a_statement:
            rows(connection, "SELECT 2")
        assert at_a_statement.value.args[0] == 42108
        assert PAUSED in str(at_a_statement.value)
        with pytest.raises(pymssql.Error) as at_login, connected(address, pool):
            pass
        assert PAUSED in str(at_login.value)
        assert "42108" in str(at_login.value)
        server.ok("sql-pool", "resume", pool)
        assert rows(connection, "SELECT 3") == [(3,)]
    with connected(address, pool) as again:
        assert rows(again, "SELECT 4") == [(4,)]


def test_a_login_with_a_pool_that_is_not_there(address):
    # Which number it was, this client only says of the first refusal that it ever saw.
    with pytest.raises(pymssql.Error), connected(address, "warehous"):
        pass


def test_a_bulk_copy_of_rows(pool, address):
    with connected(address, pool) as connection:
        run(connection, "CREATE TABLE dbo.loaded (id int NOT NULL, name nvarchar(20))")
        if not hasattr(connection, "bulk_copy"):
            pytest.skip("SKIPPED: this pymssql has no bulk_copy")
        connection.bulk_copy("dbo.loaded", [(i, f"n{i}") for i in range(1000)])
        assert rows(connection, "SELECT COUNT(*), MAX(id) FROM dbo.loaded") == [(1000, 999)]
