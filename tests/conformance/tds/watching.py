"""A server looked at from outside: its memory, its connections, what lies in its home."""

from __future__ import annotations

import threading
from pathlib import Path

import pytds
from conftest import _e2e, wait_until

memory_max = _e2e.memory_max
MB = 1 << 20
BACK_MB_MAX = 60  # more than before, once everybody is gone: threads that wait for work, and what allocators keep for them
BACK_S_MAX = 60  # the server looks every ten seconds for what it may give back


def resident_mb(server) -> float:
    for line in Path(f"/proc/{server.server.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the server is gone")


class Watch:
    """The most memory that the server has while it is watched."""

    def __init__(self, server) -> None:
        self.server, self.most, self.over = server, 0.0, threading.Event()
        self.thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self.over.wait(0.02):
            self.most = max(self.most, resident_mb(self.server))

    def __enter__(self) -> Watch:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()


def plain(server):
    return pytds.connect(dsn=server.address.host, port=server.address.port, user="sa", password="x", database="default",
                         autocommit=True, login_timeout=60)


def encrypted(server):
    return pytds.connect(dsn=server.address.host, port=server.address.port, user="sa", password="x", database="default",
                         autocommit=True, login_timeout=60, cafile=str(server.address.certificate), validate_host=False)


def sessions(server) -> int:
    """The SQL connections of which the server knows."""
    (line,) = (line for line in server.metrics().splitlines() if line.startswith("tarn_tds_connections "))
    return int(float(line.split()[1]))


def running(server) -> int:
    """The requests that run beside the one that asks."""
    with plain(server) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT COUNT(*) FROM sys.dm_exec_requests WHERE session_id <> @@SPID")
        return cursor.fetchall()[0][0]


def nobody_left(server) -> None:
    wait_until(lambda: sessions(server) == 0, what="the connections' end")
    wait_until(lambda: running(server) == 0, what="the queries' end")
    wait_until(lambda: sessions(server) == 0, what="the end of the connection that asked")


def warm(server) -> float:
    """Memory of a server whose engine is open."""
    connection = plain(server)
    cursor = connection.cursor()
    cursor.execute("SELECT COUNT_BIG(*) FROM GENERATE_SERIES(1, 1000000)")
    cursor.fetchall()
    connection.close()
    return resident_mb(server)


def memory_comes_back(server, before: float) -> None:
    wait_until(lambda: resident_mb(server) < memory_max(before + BACK_MB_MAX), seconds=BACK_S_MAX,
               what=f"the memory's return to {before:.0f} MB and {BACK_MB_MAX}")


def data_files(server) -> set[str]:
    """What lies in the lake and in the folders for what is passing, the tables' logs left out."""
    return {str(path.relative_to(server.home)) for path in server.home.rglob("*")
            if path.is_file() and path.relative_to(server.home).parts[0] in ("lake", "cache") and "_delta_log" not in path.parts}
