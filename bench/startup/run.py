"""How long a server takes until it is ready, and what it holds in memory then, against a small web service in Python."""

from __future__ import annotations

import time
from collections.abc import Iterable

from peers import WebPeer
from table import Row
from tarn import Server, Tarn, folder, resident_mb

RUNS = 9
IDLE_S = 0.5  # before its memory is looked at


def started(server: Server | WebPeer) -> tuple[float, float]:
    """Milliseconds until it was ready, and its megabytes a moment later."""
    time.sleep(IDLE_S)
    megabytes = resident_mb(server.process.pid)
    server.stop()
    return server.ready_s * 1000, megabytes


def measure(_: list[str]) -> Iterable[Row]:
    with folder() as here:
        tarn = Tarn(here)
        started(Server(tarn.environment))  # makes the home
        started(WebPeer(here))
        ours, theirs = [], []
        for _ in range(RUNS):
            ours.append(started(Server(tarn.environment)))
            theirs.append(started(WebPeer(here)))
        yield Row("a server is ready", "ms", [ms for ms, _ in ours], WebPeer.name, [ms for ms, _ in theirs])
        yield Row("memory of a fresh, idle server", "MB", [mb for _, mb in ours], WebPeer.name, [mb for _, mb in theirs])
