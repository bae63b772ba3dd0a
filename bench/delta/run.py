"""Changes of Delta tables of a million rows: T-SQL through a running server against deltalake (delta-rs) in Python.

Both change a table of their own in the same way; at the end both tables are read, each by deltalake, and must be equal.
Tarn's commits are synced to disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake
from table import Row
from tarn import Server, Tarn, folder, seconds

ROWS = 1_000_000
CHANGED = 100_000  # rows that MERGE brings: half of them are there already
STORES = 100
RUNS = 5
WAREHOUSE = Path("lake/files/synapse/workspaces/main/warehouse")


def make_rows(first: int, count: int, seed: int) -> pa.Table:
    random = np.random.default_rng(seed)
    return pa.table({
        "id": pa.array(np.arange(first, first + count), pa.int64()),
        "store": pa.array(random.integers(0, STORES, count), pa.int32()),
        "product": pa.array([f"product-{n:03}" for n in random.integers(0, 500, count)]),
        "quantity": pa.array(random.integers(1, 20, count), pa.int32()),
        "price": pa.array(random.integers(100, 10_000, count) / 100),
    })


def rows_of(name: str) -> str:
    return f"OPENROWSET(BULK 'files/{name}.parquet', FORMAT = 'PARQUET') AS r"


OUR_STEPS: dict[str, str] = {
    "write": f"CREATE TABLE dbo.TABLE AS SELECT * FROM {rows_of('first')}",
    "append": f"INSERT INTO dbo.TABLE SELECT * FROM {rows_of('more')}",
    "update": "UPDATE dbo.TABLE SET quantity = quantity + 1 WHERE store = 7",
    "merge": f"MERGE dbo.TABLE AS t USING (SELECT * FROM {rows_of('changes')}) AS s ON t.id = s.id "
             "WHEN MATCHED THEN UPDATE SET quantity = s.quantity, price = s.price "
             "WHEN NOT MATCHED THEN INSERT (id, store, product, quantity, price) "
             "VALUES (s.id, s.store, s.product, s.quantity, s.price);",
    "delete": "DELETE FROM dbo.TABLE WHERE store = 8",
}


def their_steps(table: Path, files: Path) -> dict[str, Callable[[], object]]:
    return {
        "write": lambda: write_deltalake(table, pq.read_table(files / "first.parquet")),
        "append": lambda: write_deltalake(table, pq.read_table(files / "more.parquet"), mode="append"),
        "update": lambda: DeltaTable(table).update({"quantity": "quantity + 1"}, predicate="store = 7"),
        "merge": lambda: DeltaTable(table)
        .merge(pq.read_table(files / "changes.parquet"), "t.id = s.id", source_alias="s", target_alias="t")
        .when_matched_update({"quantity": "s.quantity", "price": "s.price"})
        .when_not_matched_insert_all()
        .execute(),
        "delete": lambda: DeltaTable(table).delete("store = 8"),
    }


WHAT = {
    "write": "new table of 1 M rows from Parquet",
    "append": "append of 1 M rows",
    "update": "UPDATE of one row in 100 of 2 M",
    "merge": "MERGE of 100 000 rows into 2 M, half new",
    "delete": "DELETE of one row in 100 of 2 M",
}


def summary(table: Path) -> list[object]:
    """What two equal tables have in common whatever the order of their rows."""
    rows = DeltaTable(table).to_pyarrow_table()
    return [rows.num_rows, pc.sum(rows["id"]).as_py(), pc.sum(rows["quantity"]).as_py(),
            round(pc.sum(pc.multiply(rows["price"], 100)).as_py()),
            pc.sum(pc.multiply(rows["id"], pc.cast(rows["quantity"], pa.int64()))).as_py()]


def change(server: Server, tarn: Tarn, here: Path, number: int) -> dict[str, tuple[float, float]]:
    """The seconds of each step of ours and theirs, in turn."""
    name, peer = f"changed_{number}", here / f"peer_{number}"
    taken = {}
    for step, action in their_steps(peer, here).items():
        query = OUR_STEPS[step].replace("dbo.TABLE", f"dbo.{name}")
        taken[step] = (seconds(lambda query=query: server.sql(query)), seconds(action))
    ours, theirs = summary(tarn.home / WAREHOUSE / name), summary(peer)
    if ours != theirs:
        raise RuntimeError(f"the tables differ: {ours}, {theirs}")
    return taken


def measure(_: list[str]) -> Iterable[Row]:
    with folder() as here:
        tarn = Tarn(here)
        files = {"first": make_rows(0, ROWS, 1), "more": make_rows(ROWS, ROWS, 2),
                 "changes": make_rows(2 * ROWS - CHANGED // 2, CHANGED, 3)}
        for name, rows in files.items():
            pq.write_table(rows, here / f"{name}.parquet", row_group_size=122_880)
            tarn.put(here / f"{name}.parquet", "files/")
        with tarn.server() as server:
            change(server, tarn, here, 0)
            rounds = [change(server, tarn, here, 1 + n) for n in range(RUNS)]
        for step, what in WHAT.items():
            yield Row(what, "s", [taken[step][0] for taken in rounds], "deltalake", [taken[step][1] for taken in rounds])
