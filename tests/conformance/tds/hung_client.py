"""A client to be killed. Usage: hung_client.py HOST PORT (read | load TABLE); says "under way" once it is."""

from __future__ import annotations

import itertools
import sys
import time

import pytds
from pytds import tds_base, tds_types

ENOUGH = 20_000


def rows():
    for n in itertools.count():
        if n == ENOUGH:
            print("under way", flush=True)
        if n > ENOUGH:
            time.sleep(0.001)
        yield (n, f"row {n}" + " " * 100)


def main() -> None:
    host, port, what, *table = sys.argv[1:]
    connection = pytds.connect(dsn=host, port=int(port), user="sa", password="x", database="default", autocommit=True)
    cursor = connection.cursor()
    if what == "read":
        cursor.execute("SELECT value, REPLICATE('x', 1000) AS t FROM GENERATE_SERIES(1, 2000000000)")
        cursor.fetchmany(100)
        print("under way", flush=True)
        time.sleep(600)
    columns = [tds_base.Column(name="id", type=tds_types.IntType(), flags=tds_base.Column.fNullable),
               tds_base.Column(name="name", type=tds_types.NVarCharType(size=200), flags=tds_base.Column.fNullable)]
    cursor.copy_to(table_or_view=table[0], schema="dbo", data=rows(), columns=columns)


main()
