"""The same prepared look-ups again and again, as applications ask them: what the server keeps for their sake is never old."""

from __future__ import annotations

from pathlib import Path

import deltalake
import pyarrow as pa
import pytds
import pytest
from suite import fresh
from test_session import called, connect, out, rows

READS = 40  # more than the server wants before it keeps a copy of a table


class Lookup:
    """A prepared look-up by key."""

    def __init__(self, cursor, table: str) -> None:
        self.cursor = cursor
        handle, _ = called(cursor, "sp_prepare", out(), "@id int", f"SELECT name FROM {table} WHERE id = @id", 1)
        self.handle = handle[0]

    def name(self, key: int) -> str | None:
        _, found = called(self.cursor, "sp_execute", self.handle, key)
        return found[0][0] if found else None

    def many(self) -> None:
        for n in range(READS):
            assert self.name(n % 3) == f"name {n % 3}"


@pytest.fixture
def table(server):
    name = fresh("points")
    server.execute(f"CREATE TABLE dbo.{name} (id int, name varchar(20))")
    server.execute(f"INSERT INTO dbo.{name} VALUES (0, 'name 0'), (1, 'name 1'), (2, 'name 2')")
    return name


@pytest.fixture
def cursor(address):
    with connect(address) as connection:
        yield connection.cursor()


@pytest.fixture
def lookup(cursor, table):
    lookup = Lookup(cursor, f"dbo.{table}")
    lookup.many()
    return lookup


def folder_of(server, table: str) -> str:
    (folder,) = Path(server.home, "lake").glob(f"files/synapse/workspaces/*/warehouse/{table}")
    return str(folder)


def test_a_commit_of_another_engine_is_seen_at_the_next_call(server, table, lookup):
    deltalake.write_deltalake(folder_of(server, table), pa.table({"id": pa.array([7], pa.int32()), "name": ["from outside"]}),
                              mode="append")
    assert lookup.name(7) == "from outside"
    assert lookup.name(1) == "name 1"
    deltalake.DeltaTable(folder_of(server, table)).delete("id = 1")
    assert lookup.name(1) is None


def test_changes_of_other_sessions_are_seen_at_the_next_call(address, table, lookup):
    with connect(address) as other:
        other.cursor().execute(f"UPDATE dbo.{table} SET name = 'changed' WHERE id = 1")
        assert lookup.name(1) == "changed"
        other.cursor().execute(f"TRUNCATE TABLE dbo.{table}")
        assert lookup.name(1) is None


def test_definitions_hold_for_prepared_statements_at_once(address, cursor, table, lookup):
    with connect(address) as other:
        other.cursor().execute(f"DROP TABLE dbo.{table}")
        with pytest.raises(pytds.Error) as error:
            lookup.name(1)
        assert error.value.msg_no == 208
        other.cursor().execute(f"CREATE TABLE dbo.{table} (id bigint, name nvarchar(40), more int)")
        other.cursor().execute(f"INSERT INTO dbo.{table} VALUES (1, N'of the new table', 1)")
        assert lookup.name(1) == "of the new table"
        other.cursor().execute(f"DROP TABLE dbo.{table}")
        other.cursor().execute(f"CREATE VIEW dbo.{table} AS SELECT 1 AS id, 'of a view' AS name")
        assert lookup.name(1) == "of a view"


def test_temporary_tables_under_the_same_name_are_others(cursor):
    cursor.execute("CREATE TABLE #p (id int, name varchar(20)); INSERT INTO #p VALUES (1, 'first')")
    lookup = Lookup(cursor, "#p")
    assert [lookup.name(1) for _ in range(READS)] == ["first"] * READS
    cursor.execute("DROP TABLE #p; CREATE TABLE #p (name nvarchar(9), id bigint); INSERT INTO #p VALUES (N'second', 1)")
    assert lookup.name(1) == "second"


def test_settings_hold_for_prepared_statements(cursor, table):
    handle, _ = called(cursor, "sp_prepare", out(), "", f"SELECT id FROM dbo.{table}", 1)
    for _ in range(READS):
        assert len(called(cursor, "sp_execute", handle[0])[1]) == 3
    cursor.execute("SET ROWCOUNT 2")
    assert len(called(cursor, "sp_execute", handle[0])[1]) == 2
    cursor.execute("SET ROWCOUNT 0")
    assert len(called(cursor, "sp_execute", handle[0])[1]) == 3


def test_a_transaction_keeps_its_snapshot(address, table, lookup):
    lookup.cursor.execute("BEGIN TRANSACTION")
    assert lookup.name(1) == "name 1"
    with connect(address) as other:
        other.cursor().execute(f"UPDATE dbo.{table} SET name = 'changed' WHERE id = 1")
        assert rows(other.cursor(), f"SELECT name FROM dbo.{table} WHERE id = 1") == [("changed",)]
    assert lookup.name(1) == "name 1"
    lookup.cursor.execute("COMMIT")
    assert lookup.name(1) == "changed"
