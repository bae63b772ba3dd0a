"""UPDATE, DELETE, MERGE and transactions of the built program: other Delta engines read the same rows, and a kill -9
within a transaction over several tables leaves all of them with it or none."""

from __future__ import annotations

import threading
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError

WAREHOUSE = Path("lake/files/synapse/workspaces/main/warehouse")


def delta(tarn, table: str) -> DeltaTable:
    return DeltaTable(str(tarn.home / WAREHOUSE / table))


def rows_of(table: DeltaTable) -> list[tuple]:
    return sorted((tuple(row.values()) for row in table.to_pyarrow_table().to_pylist()), key=repr)


def tarn_rows(tarn, table: str) -> list[tuple]:
    return sorted((tuple(row.values()) for row in tarn.sql(f"SELECT * FROM {table}")), key=repr)


def test_deltalake_reads_what_tarn_changed(server):
    server.ok("sql", """
        CREATE TABLE t (id int NOT NULL, name varchar(20), n float);
        INSERT INTO t SELECT value, CONCAT('n', value), value / 2.0 FROM GENERATE_SERIES(1, 1000);
        INSERT INTO t SELECT value, NULL, NULL FROM GENERATE_SERIES(1001, 1100);
        UPDATE t SET name = UPPER(name), n += 1 WHERE id % 7 = 0;
        DELETE FROM t WHERE id BETWEEN 400 AND 500;
        MERGE t USING (SELECT value AS k FROM GENERATE_SERIES(1095, 1110)) AS s ON t.id = s.k
        WHEN MATCHED AND s.k % 2 = 0 THEN DELETE
        WHEN MATCHED THEN UPDATE SET name = 'merged'
        WHEN NOT MATCHED THEN INSERT (id, name) VALUES (k, 'new');""")
    table = delta(server, "t")
    assert rows_of(table) == tarn_rows(server, "t")
    assert len(rows_of(table)) == 1100 - 101 - 3 + 10
    assert [entry["operation"] for entry in table.history(3)] == ["MERGE", "DELETE", "UPDATE"]


def test_tarn_reads_and_changes_what_deltalake_changed(server):
    folder = server.home / WAREHOUSE / "theirs"
    data = pa.table({"id": pa.array(range(100), pa.int32()), "part": [f"p{i % 3}" for i in range(100)]})
    write_deltalake(str(folder), data, partition_by=["part"])
    server.ok("sql", "UPDATE theirs SET part = 'p9' WHERE id < 10; DELETE FROM theirs WHERE part = 'p1'")
    DeltaTable(str(folder)).delete("id = 99")
    server.ok("sql", "UPDATE theirs SET id = -id WHERE part = 'p9'")
    assert rows_of(DeltaTable(str(folder))) == tarn_rows(server, "theirs")
    assert {row[1] for row in tarn_rows(server, "theirs")} == {"p0", "p2", "p9"}


def test_constraints_of_others_hold_in_sql(server):
    folder = str(server.home / WAREHOUSE / "gauges")
    write_deltalake(folder, pa.table({"id": pa.array([1, 2], pa.int64()), "level": pa.array([5.0, 6.0])}))
    DeltaTable(folder).alter.add_constraint({"above_ground": "level >= 0 AND level < 100"})
    server.ok("sql", "INSERT INTO gauges VALUES (3, 7); UPDATE gauges SET level += 1 WHERE id = 1; DELETE FROM gauges WHERE id = 2")
    before = tarn_rows(server, "gauges")
    for statement, kind in [("INSERT INTO gauges VALUES (4, -1)", "INSERT"), ("INSERT INTO gauges (id) VALUES (4)", "INSERT"),
                            ("UPDATE gauges SET level -= 7 WHERE id = 1", "UPDATE"),
                            ("MERGE gauges USING (SELECT 9 AS k) AS s ON id = k WHEN NOT MATCHED THEN INSERT (id, level) "
                             "VALUES (k, 100);", "MERGE")]:
        done = server.run("sql", statement)
        assert done.returncode != 0, statement
        assert "Msg 547, Level 16, State 0, Line 1" in done.stderr.decode()
        assert (f'The {kind} statement conflicted with the CHECK constraint "above_ground". The conflict occurred in database '
                '"default", table "dbo.gauges".') in done.stderr.decode()
        assert "level >= 0 AND level < 100" in done.stderr.decode()
    done = server.run("sql", "ALTER TABLE gauges DROP COLUMN level")
    assert "has the name 'level'" in done.stderr.decode()
    assert tarn_rows(server, "gauges") == before == rows_of(DeltaTable(folder))


def test_both_change_one_table_at_the_same_time(server):
    server.ok("sql", "CREATE TABLE both_of_us (id bigint, n bigint); INSERT INTO both_of_us VALUES (0, 0)")
    folder = str(server.home / WAREHOUSE / "both_of_us")
    written: list[int] = []

    def append() -> None:
        for number in range(1, 21):
            data = pa.table({"id": pa.array([number], pa.int64()), "n": pa.array([0], pa.int64())})
            for _ in range(50):
                try:
                    write_deltalake(folder, data, mode="append")
                    written.append(number)
                    break
                except CommitFailedError:
                    continue

    writer = threading.Thread(target=append)
    writer.start()
    updates = 0
    while writer.is_alive() or updates < 5:
        server.ok("sql", "UPDATE both_of_us SET n += 1 WHERE id = 0")
        updates += 1
    writer.join()
    rows = dict(tarn_rows(server, "both_of_us"))
    assert rows[0] == updates, "an update is lost or there twice"
    assert sorted(rows) == [0, *written]
    assert rows_of(DeltaTable(folder)) == tarn_rows(server, "both_of_us")
    versions = [entry["version"] for entry in server.json("table", "history", "default.both_of_us")]
    assert versions == list(range(len(versions)))[::-1]


POINTS = ["transaction.before_journal", "transaction.after_journal", "transaction.between_tables",
          "transaction.between_tables:2", "transaction.before_end", "delta.commit.before_link:2",
          "delta.commit.after_link:3", "delta.commit.after_link"]


@pytest.mark.parametrize("served", [False, True])
def test_a_transaction_survives_kill_whole_or_not_at_all(tarn, served):
    tarn.ok("sql", """CREATE TABLE a (n int); CREATE TABLE b (n int); CREATE TABLE c (n int);
                      INSERT INTO a VALUES (100); INSERT INTO b VALUES (0); INSERT INTO c VALUES (0)""")
    move = "BEGIN TRAN; UPDATE a SET n -= 2; UPDATE b SET n += 1; UPDATE c SET n += 1; COMMIT"
    seen = set()
    for point in POINTS:
        if served:
            tarn.serve(TARN_FAIL_POINT=point)
            done = tarn.run("sql", move, TARN_URL=tarn.url)
            tarn.server.wait(timeout=30)
            tarn.server.stdout.close()
            tarn.server = None
        else:
            done = tarn.run("sql", move, TARN_FAIL_POINT=point)
        assert done.returncode != 0, point
        a, b, c = (tarn.sql(f"SELECT n FROM {table}")[0]["n"] for table in "abc")
        assert a == 100 - 2 * b and b == c, f"{point}: a={a} b={b} c={c}"
        seen.add(b)
        assert list((tarn.home / "run" / "transactions").glob("*.json")) == [], point
    assert seen == set(range(len(POINTS))), "all but the first were rolled forward"
    tarn.ok("sql", move)
    for table in "abc":
        assert rows_of(delta(tarn, table)) == tarn_rows(tarn, table)
