"""SQL Server's protocol: large results, point queries and loads.

A large result's peer is what cannot be saved: the engine's own time for the query (DuckDB's, to Arrow) and the client's own time
for the bytes, which are recorded once and played to it again without a server. Point queries are asked by a client that does
next to nothing (thin.py), since a driver takes longer than its server. A load is measured with its client, and with the client's
bytes alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pymssql
from replay import load as load_recorded
from replay import resend
from table import NotRun, Row
from tarn import ROOT, Server, Tarn, folder, seconds
from thin import ThinClient

ROWS = 1_000_000
RUNS = 5
SLOW_RUNS = 2  # of a client that takes ten seconds itself
POINTS = 2_000
STRIDE = 997  # between the keys that are looked up
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
    for name, read, runs in (("go-mssqldb", by_go, RUNS), ("pymssql", by_pymssql, SLOW_RUNS)):
        recorded = str(here / f"{name}.bytes")
        with replay("record", "127.0.0.1", str(port), recorded) as between:
            read(between, query)
        ours, theirs = [], []
        with replay("play", recorded) as player:
            for _ in range(runs):
                ours.append(read(port, query))
                start = time.perf_counter()
                database.sql(QUERY.format("sales")).to_arrow_table()
                theirs.append(time.perf_counter() - start + read(player, query))
        size = Path(recorded).stat().st_size / 1e6
        yield Row(f"1 M rows of 10 columns, {size:.0f} MB, read by {name}", "s", ours, "engine and client alone", theirs)


@dataclass(frozen=True)
class Point:
    """A query that is asked again and again, and what embedded DuckDB is asked meanwhile."""

    what: str
    query: str  # with @p1, or without a parameter
    peer: str
    peer_query: str  # with $1
    price: bool = False  # the answer is one: the two are compared
    batch: bool = False  # sent as text, not prepared
    in_transaction: bool = False


def price_of(answer: bytes) -> Decimal:
    """Of a row that is one decimal(9,2): the token, its length, the sign, the digits."""
    row = answer.index(b"\xd1\x05")
    unscaled = int.from_bytes(answer[row + 3:row + 7], "little")
    return Decimal(unscaled if answer[row + 2] else -unscaled).scaleb(-2)


def measure_point(client: ThinClient, database: duckdb.DuckDBPyConnection, point: Point) -> Row:
    keys = [n * STRIDE % ROWS for n in range(POINTS)]
    if point.in_transaction:
        client.begin()
    if point.batch:
        asked = [client.batch(point.query)] * POINTS
    elif "@p1" in point.query:
        handle = client.prepare("@p1 int", point.query)
        asked = [client.execution(handle, key) for key in keys]
    else:
        asked = [client.execution(client.prepare("", point.query))] * POINTS
    database.execute(f"PREPARE point AS {point.peer_query}")
    peer_asked = [f"EXECUTE point({key})" if "$1" in point.peer_query else "EXECUTE point" for key in keys]

    def theirs() -> float:
        start = time.perf_counter()
        for text in peer_asked:
            database.execute(text).fetchall()
        return POINTS / (time.perf_counter() - start)

    def ours() -> float:
        start = time.perf_counter()
        for request in asked:
            client.ask(request)
        return POINTS / (time.perf_counter() - start)

    if point.price:
        for request, text in zip(asked[:20], peer_asked[:20], strict=True):
            if price_of(client.ask(request)) != database.execute(text).fetchone()[0]:
                raise RuntimeError(f"another answer than DuckDB's: {point.what}")
    ours(), theirs()
    pairs = [(ours(), theirs()) for _ in range(RUNS)]
    database.execute("DEALLOCATE point")
    return Row(f"{point.what}: rate", "queries/s", [a for a, _ in pairs], point.peer, [b for _, b in pairs], more_is_better=True)


def points(port: int, database: duckdb.DuckDBPyConnection, parquet: Path) -> Iterable[Row]:
    embedded, files = "DuckDB, own table, prepared", "DuckDB, the table's Parquet, prepared"
    own, same_file = "SELECT price FROM sales WHERE id = $1", f"SELECT price FROM '{parquet}' WHERE id = $1"
    lake = "SELECT price FROM dbo.sales WHERE id = @p1"
    client = ThinClient(port)
    client.ask(client.batch("SELECT id, price INTO #sales FROM dbo.sales"))
    for point in (
            Point("SELECT 1, a batch", "SELECT 1", "DuckDB, prepared", "SELECT 1", batch=True),
            Point("SELECT @p1, prepared", "SELECT @p1 AS n", "DuckDB, prepared", "SELECT $1::INT"),
            Point("one row of a temporary table by its key, prepared", "SELECT price FROM #sales WHERE id = @p1", embedded, own,
                  price=True),
            Point("one row of a lake table by its key, prepared", lake, embedded, own, price=True),
            Point("the same in a transaction, so from the files", lake, files, same_file, price=True, in_transaction=True)):
        yield measure_point(client, database, point)
    client.close()


def freebcp(port: int, here: Path) -> None:
    config = here / "freetds.conf"
    config.write_text(f"[here]\n\thost = 127.0.0.1\n\tport = {port}\n\ttds version = 7.4\n\tencryption = off\n"
                      "\tclient charset = UTF-8\n")
    done = subprocess.run(["freebcp", "default.dbo.loaded", "in", str(here / "sales.txt"), "-S", "here", "-U", "sa", "-P", "x", "-c",
                           "-t", ",", "-b", str(ROWS + 1)], capture_output=True, text=True, check=False,
                          env={**os.environ, "FREETDSCONF": str(config)})
    if f"{ROWS} rows copied" not in done.stdout:
        raise RuntimeError(done.stdout[-1000:] + done.stderr)


def loading(server: Server, port: int, here: Path) -> Iterable[Row]:
    """Both load into a new table; the client's bytes are those of its first load."""

    def new_table() -> None:
        server.connection.close()  # it may have idled for too long; the next request opens another
        server.sql(f"DROP TABLE IF EXISTS dbo.loaded; CREATE TABLE dbo.loaded ({COLUMNS})")

    def loaded(load: Callable[[], object]) -> float:
        new_table()
        taken = seconds(load)
        rows = server.sql("SELECT COUNT(*), COUNT(DISTINCT id), SUM(price) FROM dbo.loaded")
        if rows != server.sql("SELECT COUNT(*), COUNT(DISTINCT id), SUM(price) FROM dbo.sales"):
            raise RuntimeError(f"not what is in the file was loaded: {rows}")
        return ROWS / taken / 1000

    def copy() -> None:
        server.sql("COPY INTO dbo.loaded FROM 'files/sales.txt' WITH (FILE_TYPE = 'CSV')")

    recorded = str(here / "freebcp.bytes")
    new_table()
    with replay("record", "127.0.0.1", str(port), recorded) as between:
        freebcp(between, here)
    requests = load_recorded(recorded)
    for what, load in (("by freebcp", lambda: freebcp(port, here)), ("by freebcp's bytes alone", lambda: resend(requests, port))):
        loaded(copy)
        pairs = [(loaded(load), loaded(copy)) for _ in range(RUNS)]
        yield Row(f"1 M rows of 10 columns loaded {what}", "k rows/s", [a for a, _ in pairs], "COPY INTO, the same CSV",
                  [b for _, b in pairs], more_is_better=True)


def table_file(home: Path) -> Path:
    """The one file that dbo.sales has."""
    (found,) = (home / "lake").glob("files/synapse/workspaces/*/warehouse/sales/*.parquet")
    return found


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
            yield from points(server.sql_port, database, table_file(tarn.home))
            yield from loading(server, server.sql_port, here)
