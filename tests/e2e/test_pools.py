"""Dedicated SQL pools of the built program: what kill -9 leaves, and what a connection sees."""

import signal

import pymssql
import pytest

MAKE = "CREATE DATABASE sales (EDITION = 'DataWarehouse', SERVICE_OBJECTIVE = 'DW100c')"


def connect(tarn, database: str = "sales") -> pymssql.Connection:
    host, _, port = tarn.sql_address.rpartition(":")
    return pymssql.connect(server=host, port=port, user="sa", password="x", database=database, login_timeout=20)


def rows(connection: pymssql.Connection, query: str) -> list[tuple]:
    cursor = connection.cursor()
    cursor.execute(query)
    return cursor.fetchall()


def count(tarn, table: str = "t") -> int:
    return tarn.sql(f"SELECT COUNT(*) AS n FROM {table}", "sales")[0]["n"]


def make_table(tarn) -> None:
    tarn.ok("sql", MAKE)
    tarn.ok("sql", "-d", "sales", "CREATE TABLE t (id int IDENTITY(1, 1), a int); INSERT INTO t VALUES (10), (20)")


def test_kill_in_a_transaction_leaves_what_was_committed(tarn):
    make_table(tarn)
    tarn.serve()
    with connect(tarn) as connection:
        rows(connection, "INSERT INTO t VALUES (30); SELECT 1")
        connection.commit()
        assert rows(connection, "INSERT INTO t VALUES (40); DELETE FROM t WHERE a = 10; CREATE TABLE #x (a int); "
                                "SELECT COUNT(*), @@TRANCOUNT, XACT_STATE() FROM t") == [(3, 1, 1)]
        tarn.stop(signal.SIGKILL)
    assert tarn.sql("SELECT a FROM t ORDER BY a", "sales") == [{"a": 10}, {"a": 20}, {"a": 30}]
    tarn.serve()
    with connect(tarn) as connection:
        assert rows(connection, "SELECT COUNT(*), DB_NAME(), SERVERPROPERTY('EngineEdition') FROM t") == [
            (3, "sales", 6)]


@pytest.mark.parametrize(("point", "there"), [("pools.before_commit", False), ("pools.after_commit", True)])
@pytest.mark.parametrize("statement", ["INSERT INTO t VALUES (1)", "UPDATE t SET a += 1", "CREATE TABLE u (a int)",
                                       "SELECT * INTO u FROM t", "DROP TABLE t", "ALTER TABLE t DROP COLUMN a"])
def test_a_statement_is_whole_or_was_never(tarn, statement: str, point: str, there: bool):
    make_table(tarn)
    done = tarn.run("sql", "-d", "sales", statement, TARN_FAIL_POINT=point)
    assert done.returncode == -signal.SIGKILL, done.stderr
    columns = {(row["t"], row["c"]) for row in tarn.sql(
        "SELECT t.name AS t, c.name AS c FROM sys.tables t JOIN sys.columns c ON c.object_id = t.object_id", "sales")}
    before = {("t", "id"), ("t", "a")}
    if not there:
        assert columns == before
        assert tarn.sql("SELECT SUM(a) AS s FROM t", "sales") == [{"s": 30}]
    elif statement.startswith("CREATE"):
        assert columns == before | {("u", "a")}
    elif statement.startswith("SELECT"):
        assert count(tarn, "u") == 2
    elif statement.startswith("DROP"):
        assert columns == set()
    elif statement.startswith("ALTER"):
        assert columns == {("t", "id")} and count(tarn) == 2
    else:
        assert tarn.sql("SELECT SUM(a) AS s FROM t", "sales") == [{"s": 31 if "INSERT" in statement else 32}]


@pytest.mark.parametrize("point", ["pools.create.before_rename", "pools.create.before_online"])
def test_a_pool_half_made_is_not_there(tarn, point: str):
    assert tarn.run("sql", MAKE, TARN_FAIL_POINT=point).returncode == -signal.SIGKILL
    assert tarn.sql("SELECT name FROM sys.databases WHERE name = 'sales'") == []
    tarn.serve()  # sweeps
    assert list((tarn.home / "pools").iterdir()) == []
    tarn.stop()
    make_table(tarn)
    assert tarn.run("sql", "DROP DATABASE sales", TARN_FAIL_POINT="pools.drop.before_files").returncode == -9
    assert tarn.sql("SELECT name FROM sys.databases WHERE name = 'sales'") == []
    tarn.serve()
    assert list((tarn.home / "pools").iterdir()) == []


def test_a_disconnected_client_lets_the_pool_go(tarn):
    make_table(tarn)
    tarn.serve()
    reader = connect(tarn)
    assert rows(reader, "BEGIN TRAN; SELECT COUNT(*) FROM t") == [(2,)]
    done = tarn.run("sql", "DROP DATABASE sales")
    assert b"currently in use" in done.stderr, done.stderr
    rows(reader, "ROLLBACK; SELECT 1")
    tarn.ok("sql", "DROP DATABASE sales")
    with pytest.raises(pymssql.OperationalError) as refused:
        connect(tarn)
    assert "4060" in str(refused.value) or "18456" in str(refused.value)
