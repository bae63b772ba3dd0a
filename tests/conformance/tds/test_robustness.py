"""Slow, many and dying clients: the server's memory stays within a bound, and nothing is half loaded."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytds
import pytest
from clients.model import Options
from clients.program import Program
from clients.with_pytds import Pytds
from conftest import CLIENTS, wait_until
from suite import ALL, fresh
from test_gomssqldb import GoMssqldb

MB = 1 << 20
MANY, SLOW = 500, 50
IDLE_BYTES_MAX = 100 << 10  # of a connection
RESULT_MB_MAX = 200 if ALL else 350  # of two kilobytes a row, each of the engine's chunks has 4 MB
SLOW_MB_MAX = 80  # of a client that reads slowly: the engine runs ahead by some chunks of 2 048 rows, here of 1 KB
KILLED_MB_MAX = 150  # more than before, once everybody is gone


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


def sessions(server) -> int:
    """The SQL connections of which the server knows."""
    text = server.metrics()
    (line,) = (line for line in text.splitlines() if line.startswith("tarn_tds_connections "))
    return int(float(line.split()[1]))


def warm(server) -> float:
    """Memory of a server whose engine is open."""
    connection = plain(server)
    cursor = connection.cursor()
    cursor.execute("SELECT COUNT_BIG(*) FROM GENERATE_SERIES(1, 1000000)")
    cursor.fetchall()
    connection.close()
    return resident_mb(server)


def test_a_large_result_is_streamed(own_server):
    """50 million rows in the long run; else 400 000 of two kilobytes."""
    query = ("SELECT value AS id, value * 2 AS twice, CAST(value % 1000 AS varchar(10)) AS name FROM GENERATE_SERIES(1, 50000000)"
             if ALL else "SELECT value AS id, REPLICATE('x', 2000) AS name FROM GENERATE_SERIES(1, 400000)")
    before = warm(own_server)
    program = Program([str(CLIENTS / "gomssqldb" / "client")])
    connection = GoMssqldb(own_server.address, program).connect(Options(encrypt="off"))
    with Watch(own_server) as watch:
        answer = program.ask("drain", id=connection.id, sql=query)
    assert answer["status"] == (50_000_000 if ALL else 400_000)
    connection.close()
    program.stop()
    assert watch.most - before < RESULT_MB_MAX, f"{before:.0f} MB before, {watch.most:.0f} MB at most"


def test_idle_connections_cost_little(own_server):
    before = warm(own_server)
    idle = [plain(own_server) for _ in range(MANY)]
    assert sessions(own_server) == MANY
    cost = (resident_mb(own_server) - before) * MB / MANY
    for connection in idle:
        connection.close()
    wait_until(lambda: sessions(own_server) == 0, what="the connections' end")
    assert cost < IDLE_BYTES_MAX, f"{cost / 1024:.0f} KB a connection"


def test_many_clients_of_which_some_read_slowly(own_server):
    before = warm(own_server)
    slow = [plain(own_server) for _ in range(SLOW)]
    cursors = []
    for connection in slow:
        cursor = connection.cursor()
        cursor.execute("SELECT value, REPLICATE('x', 1000) AS t FROM GENERATE_SERIES(1, 2000000000)")
        assert cursor.fetchone()[0] >= 1
        cursors.append(cursor)
    over = threading.Event()

    def crawl() -> None:
        while not over.is_set():
            for cursor in cursors:
                cursor.fetchmany(5)
            over.wait(0.2)

    crawler = threading.Thread(target=crawl)
    crawler.start()
    others = [plain(own_server) for _ in range(MANY - SLOW)]
    with Watch(own_server) as watch:
        for number, connection in enumerate(others):
            cursor = connection.cursor()
            cursor.execute(f"SELECT {number} AS n")
            assert cursor.fetchall() == [(number,)]
    over.set()
    crawler.join()
    assert sessions(own_server) == MANY
    assert watch.most < before + SLOW * SLOW_MB_MAX, f"{before:.0f} MB before, {watch.most:.0f} MB at most"
    for connection in others:
        connection.close()
    for connection in slow:
        connection._tds_socket.close() if hasattr(connection, "_tds_socket") else connection.close()
    wait_until(lambda: sessions(own_server) == 0, what="the connections' end")


def hung(server, *what: str) -> subprocess.Popen:
    client = subprocess.Popen([sys.executable, Path(__file__).with_name("hung_client.py"), server.address.host, str(server.address.port),
                               *what], stdout=subprocess.PIPE, text=True)
    assert client.stdout.readline() == "under way\n"
    return client


def test_killed_clients_leave_nothing(own_server):
    table = fresh("loaded")
    own_server.execute(f"CREATE TABLE dbo.{table} (id int, name nvarchar(200))")
    before = warm(own_server)
    for _ in range(3 if ALL else 1):
        clients = [hung(own_server, *what) for what in (("read",), ("load", table), ("read",), ("load", table))]
        for client in clients:
            client.send_signal(signal.SIGKILL)
            client.wait()
            client.stdout.close()
        wait_until(lambda: sessions(own_server) == 0, what="the connections' end")
    assert own_server.count(table) == 0
    assert own_server.sql(f"SELECT COUNT(*) AS n FROM dbo.{table}") == [{"n": 0}]
    data = own_server.home / "lake/files/synapse/workspaces/main/warehouse" / table
    wait_until(lambda: not list(data.glob("**/*.parquet")), what="the end of files that no commit has")
    time.sleep(0.2)
    assert resident_mb(own_server) - before < KILLED_MB_MAX
    connection = plain(own_server)
    cursor = connection.cursor()
    cursor.execute(f"INSERT INTO dbo.{table} VALUES (1, 'one'); SELECT COUNT(*) FROM dbo.{table}")
    cursor.nextset()
    connection.close()
    assert own_server.count(table) == 1


def test_a_client_killed_in_a_transaction_rolls_it_back(own_server):
    table = fresh("open")
    own_server.execute(f"CREATE TABLE dbo.{table} (id int)")
    connection = Pytds(own_server.address).connect(Options())
    connection.query(f"BEGIN TRANSACTION; INSERT INTO dbo.{table} VALUES (1)")
    connection.raw._tds_socket.sock.close()
    wait_until(lambda: sessions(own_server) == 0, what="the connection's end")
    assert own_server.count(table) == 0


@pytest.mark.parametrize("noise", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x12\x01\x00\x08\0\0\0\0", b"\x12\x01\xff\xff" + b"\0" * 70000,
                                   b"\x16\x03\x01\x00\x05abcde", b"\x01\x01\x00\x10\0\0\0\0SELECT 1", b"\xff" * 4096])
def test_noise_ends_the_connection_alone(server, noise):
    import socket

    with socket.create_connection((server.address.host, server.address.port), 20) as raw:
        with contextlib.suppress(OSError):  # the server may be faster
            raw.sendall(noise)
            raw.shutdown(socket.SHUT_WR)
            while raw.recv(4096):
                pass
    connection = plain(server)
    connection.close()
