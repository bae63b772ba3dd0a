"""Light commands, each a process on a home that no server has; and small requests to a running server.

The client that asks is a process in Python on the same machine: with many connections it, too, is at its limit, so the
ratio of the rates says less than that of the times.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from peers import WebPeer
from table import Row
from tarn import Tarn, folder, in_turn, run

RUNS = 15
LOAD_RUNS = 5
LOAD_S = 2
CONNECTIONS = 32
COMMANDS = ("version", "table list", "lake ls", "model list", "sql SELECT 1")
PAGE = "/experiments"


def commands(tarn: Tarn, here: Path) -> Iterable[Row]:
    database = str(here / "peer.db")
    if program := shutil.which("sqlite3"):
        peer, command = "sqlite3 'SELECT 1'", [program, database, "SELECT 1"]
    else:
        script = f"import sqlite3; print(*sqlite3.connect({database!r}).execute('SELECT 1').fetchone())"
        peer, command = "python3 -S with sqlite3, SELECT 1", [sys.executable, "-S", "-c", script]
    for text in COMMANDS:
        words = text.split(" ", 1)
        ours, theirs = in_turn(RUNS, lambda words=words: tarn.command(*words), lambda: run(command))
        yield Row(f"tarn {text}", "ms", [1000 * s for s in ours], peer, [1000 * s for s in theirs])


def load(port: int, connections: int) -> dict[str, float]:
    script = Path(__file__).parent / "load.py"
    return json.loads(run([sys.executable, str(script), str(port), PAGE, str(connections), str(LOAD_S)]).output)


def requests(tarn: Tarn, here: Path) -> Iterable[Row]:
    peer = WebPeer(here)
    try:
        with tarn.server() as server:
            for connections, figures in ((1, (("p50_ms", "median", "ms"), ("p99_ms", "99th percentile", "ms"))),
                                         (CONNECTIONS, (("requests_s", "rate", "requests/s"),
                                                        ("p99_ms", "99th percentile", "ms")))):
                ours, theirs = [], []
                for _ in range(LOAD_RUNS):
                    ours.append(load(server.port, connections))
                    theirs.append(load(peer.port, connections))
                many = f"{connections} connections" if connections > 1 else "one connection"
                for key, name, unit in figures:
                    yield Row(f"GET {PAGE}, {many}: {name}", unit, [one[key] for one in ours], WebPeer.name,
                              [one[key] for one in theirs], more_is_better=key == "requests_s")
    finally:
        peer.stop()


def measure(_: list[str]) -> Iterable[Row]:
    with folder() as here:
        tarn = Tarn(here)
        tarn.command("table", "list")  # makes the home
        yield from commands(tarn, here)
        yield from requests(tarn, here)
