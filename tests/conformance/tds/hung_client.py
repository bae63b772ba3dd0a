"""A client to be killed. Usage: hung_client.py HOST PORT (read | load TABLE | transaction TABLE); says "under way" once it is."""

from __future__ import annotations

import itertools
import sys
import time

import pytds
from pytds import tds_base, tds_types

ENOUGH = 20_000
FOREVER_S = 600


def hang() -> None:
    print("under way", flush=True)
    time.sleep(FOREVER_S)


def rows():
    for n in itertools.count():
        if n == ENOUGH:
            print("under way", flush=True)
        if n > ENOUGH:
            time.sleep(0.001)
        yield (n, f"row {n}" + " " * 100)


def read(cursor) -> None:
    cursor.execute("SELECT value, REPLICATE('x', 1000) AS t FROM GENERATE_SERIES(1, 2000000000)")
    cursor.fetchmany(100)
    hang()


def load(cursor, table: str) -> None:
    columns = [tds_base.Column(name="id", type=tds_types.IntType(), flags=tds_base.Column.fNullable),
               tds_base.Column(name="name", type=tds_types.NVarCharType(size=200), flags=tds_base.Column.fNullable)]
    cursor.copy_to(table_or_view=table, schema="dbo", data=rows(), columns=columns)


def transaction(cursor, table: str) -> None:
    cursor.execute(f"BEGIN TRANSACTION; INSERT INTO dbo.{table} SELECT value, REPLICATE(N'x', 200) FROM GENERATE_SERIES(1, 100000); "
                   f"SELECT * INTO #mine FROM dbo.{table}")
    cursor.execute("SELECT @@TRANCOUNT, (SELECT COUNT(*) FROM #mine)")
    assert cursor.fetchall() == [(1, 100_000)]
    hang()


def main() -> None:
    host, port, what, *arguments = sys.argv[1:]
    connection = pytds.connect(dsn=host, port=int(port), user="sa", password="x", database="default", autocommit=True)
    {"read": read, "load": load, "transaction": transaction}[what](connection.cursor(), *arguments)


main()
