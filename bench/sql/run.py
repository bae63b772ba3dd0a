"""Queries and loads of a million rows, as requests to a running server, against DuckDB in Python and pandas in memory.

All have run once before they are counted, and all answer the same, which is checked. What writes ends on disk: a Delta
table of the lake here, a table of DuckDB's own file there, with a checkpoint.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from table import Row
from tarn import Server, Tarn, folder, in_turn

ROWS = 1_000_000
RUNS = 7
STORES, PRODUCTS, DAYS = 100, 500, 730
CSV = "OPENROWSET(BULK 'files/sales.csv', FORMAT = 'CSV', PARSER_VERSION = '2.0', HEADER_ROW = TRUE) AS r"
PARQUET = "OPENROWSET(BULK 'files/sales.parquet', FORMAT = 'PARQUET') AS r"
COLUMNS = "id bigint, day date, store int, product varchar(20), quantity int, price float, note varchar(40)"


def make_sales(rows: int) -> pa.Table:
    random = np.random.default_rng(0)
    notes = np.array(["", "late", 'says "later"', "red, large", "to be paid at the end of the month"], object)
    return pa.table({
        "id": pa.array(np.arange(rows), pa.int64()),
        "day": pa.array(np.datetime64("2025-01-01") + random.integers(0, DAYS, rows).astype("timedelta64[D]")),
        "store": pa.array(random.integers(0, STORES, rows), pa.int32()),
        "product": pa.array([f"product-{n:03}" for n in random.integers(0, PRODUCTS, rows)]),
        "quantity": pa.array(random.integers(1, 20, rows), pa.int32()),
        "price": pa.array(random.integers(100, 10_000, rows) / 100),
        "note": pa.array(notes[random.integers(0, len(notes), rows)]),
    })


def aggregate(source: str) -> str:
    return ("SELECT store, COUNT(*) AS sales, SUM(quantity * price) AS amount, MAX(day) AS last_day "
            f"FROM {source} GROUP BY store ORDER BY store")


def pandas_aggregate(frame: pd.DataFrame) -> list[list[object]]:
    frame["amount"] = frame["quantity"] * frame["price"]
    groups = frame.groupby("store").agg(sales=("id", "count"), amount=("amount", "sum"), last_day=("day", "max"))
    return groups.reset_index().values.tolist()


def check_same(ours: list[list[object]], theirs: list[list[object]]) -> None:
    same = len(ours) == len(theirs) and all(
        int(a[0]) == int(b[0]) and int(a[1]) == int(b[1]) and math.isclose(float(a[2]), float(b[2]), rel_tol=1e-9)
        and str(a[3])[:10] == str(b[3])[:10] for a, b in zip(ours, theirs, strict=True))
    if not same:
        raise RuntimeError(f"the answers differ: {ours[:2]}, {theirs[:2]}")


def reading(server: Server, database: duckdb.DuckDBPyConnection, csv: Path, parquet: Path) -> Iterable[Row]:
    size = csv.stat().st_size / 1e6
    for what, source, file, read in ((f"CSV file, {size:.0f} MB", CSV, csv, pd.read_csv),
                                     ("Parquet file", PARQUET, parquet, pd.read_parquet)):
        ask = aggregate(source)
        peer_ask = aggregate(f"'{file}'")
        check_same(server.sql(ask), database.sql(peer_ask).fetchall())
        check_same(server.sql(ask), pandas_aggregate(read(file)))
        ours, duck, pandas = in_turn(RUNS, lambda ask=ask: server.sql(ask),
                                     lambda peer_ask=peer_ask: database.sql(peer_ask).fetchall(),
                                     lambda read=read, file=file: pandas_aggregate(read(file)))
        yield Row(f"GROUP BY over a {what}", "s", ours, "DuckDB", duck)
        yield Row(f"GROUP BY over a {what}", "s", ours, "pandas", pandas)


def writing(server: Server, database: duckdb.DuckDBPyConnection, csv: Path, parquet: Path) -> Iterable[Row]:
    numbers = iter(range(1000))

    def ours() -> None:
        server.sql(f"CREATE TABLE dbo.made_{next(numbers)} AS SELECT * FROM {PARQUET}")

    def theirs() -> None:
        database.execute(f"CREATE TABLE made_{next(numbers)} AS SELECT * FROM '{parquet}'; CHECKPOINT")

    yield Row("CREATE TABLE AS SELECT, 1 M rows of Parquet", "s", *pair(ours, "DuckDB", theirs))

    tables = iter([f"loaded_{n}" for n in range(2 * RUNS + 2)])
    for n in range(2 * RUNS + 2):
        server.sql(f"CREATE TABLE dbo.loaded_{n} ({COLUMNS})")
        database.execute(f"CREATE TABLE loaded_{n} ({COLUMNS})")

    def our_copy() -> None:
        server.sql(f"COPY INTO dbo.{next(tables)} FROM 'files/sales.csv' WITH (FILE_TYPE = 'CSV', FIRSTROW = 2)")

    def their_copy() -> None:
        database.execute(f"COPY {next(tables)} FROM '{csv}' (HEADER); CHECKPOINT")

    yield Row("COPY INTO, 1 M rows of CSV", "s", *pair(our_copy, "DuckDB", their_copy))


def pair(ours: object, peer: str, theirs: object) -> tuple[list[float], str, list[float]]:
    a, b = in_turn(RUNS, ours, theirs)
    return a, peer, b


def tables(server: Server, database: duckdb.DuckDBPyConnection) -> Iterable[Row]:
    server.sql(f"CREATE TABLE dbo.sales AS SELECT * FROM {PARQUET}")
    database.execute("CREATE TABLE sales AS SELECT * FROM made_1; CHECKPOINT")
    ask = aggregate("sales")
    check_same(server.sql(ask), database.sql(ask).fetchall())
    ours, theirs = in_turn(RUNS, lambda: server.sql(ask), lambda: database.sql(ask).fetchall())
    yield Row("GROUP BY over a table, 1 M rows", "s", ours, "DuckDB, own table", theirs)
    ask = f"SELECT product, price FROM sales WHERE id = {ROWS // 3}"
    ours, theirs = in_turn(RUNS, lambda: server.sql(ask), lambda: database.sql(ask).fetchall())
    yield Row("one row of a table by its key", "s", ours, "DuckDB, own table", theirs)


def measure(_: list[str]) -> Iterable[Row]:
    with folder() as here:
        csv, parquet = here / "sales.csv", here / "sales.parquet"
        sales = make_sales(ROWS)
        pa.csv.write_csv(sales, csv)
        pa.parquet.write_table(sales, parquet, row_group_size=122_880)
        tarn = Tarn(here)
        tarn.put(csv, "files/")
        tarn.put(parquet, "files/")
        with tarn.server() as server, duckdb.connect(str(here / "peer.duckdb")) as database:
            yield from reading(server, database, csv, parquet)
            yield from writing(server, database, csv, parquet)
            yield from tables(server, database)
