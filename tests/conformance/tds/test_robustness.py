"""Slow, many and dying clients: the server's memory stays within a bound and comes back, and nothing is half loaded."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from clients.model import Options
from clients.program import Program
from clients.with_pytds import Pytds
from conftest import CLIENTS, wait_until
from suite import ALL, fresh
from test_gomssqldb import GoMssqldb
from watching import MB, Watch, data_files, encrypted, memory_comes_back, memory_max, nobody_left, plain, resident_mb, sessions, warm

MANY, SLOW = 500, 50
IDLE_BYTES_MAX = 100 << 10  # of a connection
RESULT_MB_MAX = 100  # of one large result, in clear and to a client that keeps up
SLOW_MB_MAX = 10  # of a client that reads slowly: four or so of the engine's chunks of 2 048 rows, here of 1 KB
ENDLESS_ROWS = "SELECT value, REPLICATE('x', 1000) AS t FROM GENERATE_SERIES(1, 2000000000)"


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
    assert watch.most - before < memory_max(RESULT_MB_MAX), f"{before:.0f} MB before, {watch.most:.0f} MB at most"


@pytest.mark.parametrize("connect", [plain, encrypted])
@pytest.mark.parametrize("count", [MANY, 1000] if ALL else [MANY])
def test_idle_connections_cost_little(own_server, connect, count):
    """Each has run a statement."""
    before = warm(own_server)
    idle = [connect(own_server) for _ in range(count)]
    for connection in idle:
        cursor = connection.cursor()
        cursor.execute("SELECT 1 AS n")
        assert cursor.fetchall() == [(1,)]
    assert sessions(own_server) == count
    cost = (resident_mb(own_server) - before) * MB / count
    for connection in idle:
        connection.close()
    wait_until(lambda: sessions(own_server) == 0, what="the connections' end")
    assert cost < memory_max(IDLE_BYTES_MAX), f"{cost / 1024:.0f} KB a connection"


def test_many_clients_of_which_some_read_slowly(own_server):
    before = warm(own_server)
    slow = [plain(own_server) for _ in range(SLOW)]
    cursors = []
    for connection in slow:
        cursor = connection.cursor()
        cursor.execute(ENDLESS_ROWS)
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
    bound = SLOW * SLOW_MB_MAX + MANY * IDLE_BYTES_MAX / MB
    assert watch.most - before < memory_max(bound), f"{before:.0f} MB before, {watch.most:.0f} MB at most"
    for connection in others:
        connection.close()
    for connection in slow:
        connection._tds_socket.sock.close()
    nobody_left(own_server)
    memory_comes_back(own_server, before)


@pytest.mark.parametrize("form", ["application/json", *(["application/x-ndjson", "application/vnd.apache.arrow.stream"] if ALL else [])])
def test_slow_readers_over_http_cost_as_little(own_server, form):
    before = warm(own_server)
    host, _, port = own_server.url.removeprefix("http://").rstrip("/").rpartition(":")
    body = json.dumps({"query": ENDLESS_ROWS}).encode()
    head = (f"POST /sql HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\nAccept: {form}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode()
    slow = []
    with Watch(own_server) as watch:
        for _ in range(SLOW):
            raw = socket.create_connection((host, int(port)), 60)
            raw.sendall(head + body)
            slow.append(raw)
        for raw in slow:
            assert raw.recv(1 << 16).startswith(b"HTTP/1.1 200")
            for _ in range(5):
                assert raw.recv(1 << 16)
    assert watch.most - before < memory_max(SLOW * SLOW_MB_MAX), f"{before:.0f} MB before, {watch.most:.0f} MB at most"
    for raw in slow:
        raw.close()
    nobody_left(own_server)
    memory_comes_back(own_server, before)


def hung(server, *what: str) -> subprocess.Popen:
    client = subprocess.Popen([sys.executable, Path(__file__).with_name("hung_client.py"), server.address.host, str(server.address.port),
                               *what], stdout=subprocess.PIPE, text=True)
    assert client.stdout.readline() == "under way\n"
    return client


def test_killed_clients_leave_nothing(own_server):
    """Killed within a result, within a bulk load and within a transaction that has written."""
    loaded, changed = fresh("loaded"), fresh("changed")
    for table in (loaded, changed):
        own_server.execute(f"CREATE TABLE dbo.{table} (id int, name nvarchar(200))")
    before, files = warm(own_server), data_files(own_server)
    for _ in range(3 if ALL else 1):
        clients = [hung(own_server, *what) for what in (("read",), ("load", loaded), ("transaction", changed), ("read",),
                                                        ("load", loaded), ("transaction", changed))]
        for client in clients:
            client.send_signal(signal.SIGKILL)
            client.wait()
            client.stdout.close()
        nobody_left(own_server)
    assert own_server.count(loaded) == 0
    assert own_server.count(changed) == 0
    wait_until(lambda: data_files(own_server) == files, what="the end of files that no commit has")
    memory_comes_back(own_server, before)
    with plain(own_server) as connection:  # nothing holds the tables
        cursor = connection.cursor()
        for table in (loaded, changed):
            cursor.execute(f"INSERT INTO dbo.{table} VALUES (1, 'one'); DELETE FROM dbo.{table}; INSERT INTO dbo.{table} VALUES (2, 'two')")
            while cursor.nextset():
                pass
    assert own_server.count(loaded) == own_server.count(changed) == 1


def test_a_client_that_goes_away_in_a_transaction_rolls_it_back(own_server):
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
    with socket.create_connection((server.address.host, server.address.port), 20) as raw:
        with contextlib.suppress(OSError):  # the server may be faster
            raw.sendall(noise)
            raw.shutdown(socket.SHUT_WR)
            while raw.recv(4096):
                pass
    connection = plain(server)
    connection.close()
