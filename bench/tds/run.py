"""SQL Server's protocol: large results, point queries and loads, by clients of others.

A large result's peer is what cannot be saved: the engine's own time for the query (DuckDB's, to Arrow) and the client's own time
for the bytes, which are recorded once and played to it again without a server.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pymssql
from table import NotRun, Row
from tarn import ROOT, Server, Tarn, folder, in_turn

ROWS = 1_000_000
RUNS = 5
POINTS = 2_000
GO_CLIENT = ROOT / ".sql-clients" / "gomssqldb" / "client"
COLUMNS = ("id int, big bigint, store int, product varchar(20), name nvarchar(40), quantity smallint, price decimal(9,2), "
           "ratio float, day date, moment datetime2(6)")
QUERY = "SELECT id, big, store, product, name, quantity, price, ratio, day, moment FROM {}"


def make_rows() -> pa.Table:
    random = np.random.default_rng(0)
    numbers = np.arange(ROWS)
    return pa.table({
        "id": pa.array(numbers, pa.int32()), "big": pa.array(numbers * 10_000_000_000),
        "store": pa.array(random.integers(0, 100, ROWS), pa.int32()),
        "product": pa.array([f"product-{n:03}" for n in random.integers(0, 500, ROWS)]),
        "name": pa.array([f"näme {n}" for n in numbers]),
        "quantity": pa.array(random.integers(1, 20, ROWS), pa.int16()),
        "price": pa.array(random.integers(100, 100_000, ROWS)).cast(pa.decimal128(19, 0)).cast(pa.decimal128(9, 2)),
        "ratio": pa.array(random.random(ROWS)),
        "day": pa.array(np.datetime64("2025-01-01") + random.integers(0, 730, ROWS).astype("timedelta64[D]")),
        "moment": pa.array(np.datetime64("2025-01-01T00:00:00", "us") + random.integers(0, 10**13, ROWS).astype("timedelta64[us]")),
    })


class GoClient:
    """go-mssqldb in the program that the tests have, on one connection."""

    def __init__(self, port: int) -> None:
        self.process = subprocess.Popen([str(GO_CLIENT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ask(op="connect", host="127.0.0.1", port=port, user="sa", password="x", database="default", encrypt="off")

    def ask(self, **request: object) -> dict:
        self.process.stdin.write(json.dumps({"to": 0, "id": 0, **request}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        problem = answer.get("failed") or answer.get("error")
        if problem:
            raise RuntimeError(str(problem))
        return answer

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def by_go(port: int, query: str) -> float:
    client = GoClient(port)
    answer = client.ask(op="drain", sql=query)
    client.stop()
    if answer["status"] != ROWS:
        raise RuntimeError(f"{answer['status']} rows came")
    return answer["seconds"]


def by_pymssql(port: int, query: str) -> float:
    connection = pymssql.connect("127.0.0.1", "sa", "x", "default", port=str(port), encryption="off", tds_version="7.4")
    cursor = connection.cursor()
    start = time.perf_counter()
    cursor.execute(query)
    count = sum(1 for _ in cursor)
    taken = time.perf_counter() - start
    connection.close()
    if count != ROWS:
        raise RuntimeError(f"{count} rows came")
    return taken


@contextmanager
def replay(*arguments: str) -> Iterator[int]:
    process = subprocess.Popen([sys.executable, str(Path(__file__).with_name("replay.py")), *arguments], stdout=subprocess.PIPE)
    yield int(process.stdout.readline())
    if arguments[0] == "play":
        process.terminate()
    process.wait()
    process.stdout.close()


def reading(port: int, database: duckdb.DuckDBPyConnection, here: Path) -> Iterable[Row]:
    query = QUERY.format("dbo.sales")
    for name, read in (("go-mssqldb", by_go), ("pymssql", by_pymssql)):
        recorded = str(here / f"{name}.bytes")
        with replay("record", "127.0.0.1", str(port), recorded) as between:
            read(between, query)
        ours, theirs = [], []
        with replay("play", recorded) as player:
            for _ in range(RUNS):
                ours.append(read(port, query))
                start = time.perf_counter()
                database.sql(QUERY.format("sales")).to_arrow_table()
                theirs.append(time.perf_counter() - start + read(player, query))
        size = Path(recorded).stat().st_size / 1e6
        yield Row(f"1 M rows of 10 columns, {size:.0f} MB, read by {name}", "s", ours, "engine and client alone", theirs)


def points(server: Server, port: int, database: duckdb.DuckDBPyConnection) -> Iterable[Row]:
    client = GoClient(port)
    client.ask(op="query", sql="SELECT id, price INTO #sales FROM dbo.sales", parameters=[])
    for what, query, peer in (
            ("SELECT @p1", "SELECT @p1 AS n", "SELECT $1::BIGINT"),
            ("one row of a temporary table by its key", "SELECT price FROM #sales WHERE id = @p1",
             "SELECT price FROM sales WHERE id = $1"),
            ("one row of a lake table by its key", "SELECT price FROM dbo.sales WHERE id = @p1",
             "SELECT price FROM sales WHERE id = $1")):
        database.execute(f"PREPARE point AS {peer}")
        count = POINTS if "lake" not in what else POINTS // 10

        def theirs(count: int = count) -> float:
            start = time.perf_counter()
            for n in range(count):
                database.execute(f"EXECUTE point({n})").fetchall()
            return count / (time.perf_counter() - start)

        def ours(query: str = query, count: int = count) -> float:
            return count / client.ask(op="points", sql=query, count=count)["seconds"]

        ours(), theirs()
        pairs = [(ours(), theirs()) for _ in range(RUNS)]
        yield Row(f"{what}, prepared: rate", "queries/s", [a for a, _ in pairs], "DuckDB, own table, embedded", [b for _, b in pairs],
                  more_is_better=True)
        database.execute("DEALLOCATE point")
    client.stop()


def loading(server: Server, port: int, here: Path) -> Iterable[Row]:
    config = here / "freetds.conf"
    config.write_text(f"[here]\n\thost = 127.0.0.1\n\tport = {port}\n\ttds version = 7.4\n\tencryption = off\n"
                      "\tclient charset = UTF-8\n")
    tables = iter([f"loaded_{n}" for n in range(2 * RUNS + 2)])
    for n in range(2 * RUNS + 2):
        server.sql(f"CREATE TABLE dbo.loaded_{n} ({COLUMNS})")

    def bulk() -> None:
        done = subprocess.run(["freebcp", f"default.dbo.{next(tables)}", "in", str(here / "sales.txt"), "-S", "here", "-U", "sa", "-P", "x",
                               "-c", "-t", ",", "-b", str(ROWS + 1)], capture_output=True, text=True, check=False,
                              env={**os.environ, "FREETDSCONF": str(config)})
        if f"{ROWS} rows copied" not in done.stdout:
            raise RuntimeError(done.stdout[-1000:] + done.stderr)

    def copy() -> None:
        server.sql(f"COPY INTO dbo.{next(tables)} FROM 'files/sales.txt' WITH (FILE_TYPE = 'CSV')")

    ours, theirs = in_turn(RUNS, bulk, copy)
    yield Row("1 M rows of 10 columns loaded by freebcp", "k rows/s", [ROWS / s / 1000 for s in ours], "COPY INTO, the same CSV",
              [ROWS / s / 1000 for s in theirs], more_is_better=True)


def measure(_: list[str]) -> Iterable[Row]:
    if not GO_CLIENT.exists():
        raise NotRun("there is no .sql-clients; run ./dev setup")
    with folder() as here:
        rows = make_rows()
        pa.parquet.write_table(rows, here / "sales.parquet", row_group_size=122_880)
        pa.csv.write_csv(rows, here / "sales.txt", pa.csv.WriteOptions(include_header=False, quoting_style="none"))
        tarn = Tarn(here)
        tarn.put(here / "sales.parquet", "files/")
        tarn.put(here / "sales.txt", "files/")
        with tarn.server("--sql", "127.0.0.1:0") as server, duckdb.connect(str(here / "peer.duckdb")) as database:
            server.sql(f"CREATE TABLE dbo.sales ({COLUMNS})")
            server.sql("INSERT INTO dbo.sales " + QUERY.format("OPENROWSET(BULK 'files/sales.parquet', FORMAT = 'PARQUET') AS r"))
            database.execute(f"CREATE TABLE sales AS SELECT * FROM '{here}/sales.parquet'; CHECKPOINT")
            yield from reading(server.sql_port, database, here)
            yield from points(server, server.sql_port, database)
            yield from loading(server, server.sql_port, here)
