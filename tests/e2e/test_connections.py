"""Many connections at once, and clients that read or write slowly: all bounded, and none holds up the others."""

from __future__ import annotations

import asyncio
import json
import re
import resource
import select
import socket
import subprocess
import time
import urllib.request

import pytest
from conftest import Tarn

IDLE, BUSY = 1000, 200
TOO_SLOW_S = 30  # http::Settings' body_timeout_s and write_timeout_s: a window of slowness
HEAD_S = 10  # header_timeout_s
SERVER_GROWTH_BYTES_MAX = 256 << 20  # while it serves all of these


@pytest.fixture(autouse=True)
def files():
    """This process is the client of all of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < 2 * (IDLE + BUSY):
        pytest.skip(f"only {hard} files may be open here: many connections are not tested")
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def resident_bytes(tarn: Tarn) -> int:
    status = open(f"/proc/{tarn.server.pid}/status", encoding="utf-8").read()
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) << 10


def metric(tarn: Tarn, name: str) -> float:
    with urllib.request.urlopen(tarn.url + "/metrics") as answer:
        return float(re.search(rf"^{name} (\S+)$", answer.read().decode(), re.M)[1])


def port_of(tarn: Tarn) -> int:
    return int(tarn.url.rsplit(":", 1)[1])


def head(tarn: Tarn, method: str, path: str, *more: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port_of(tarn)}", *more, "", ""]).encode()


def query(tarn: Tarn, text: str) -> bytes:
    body = json.dumps({"query": text}).encode()
    return head(tarn, "POST", "/sql", "Content-Type: application/json", f"Content-Length: {len(body)}") + body


class Client:
    """One connection that is kept."""

    async def open(self, tarn: Tarn) -> Client:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port_of(tarn))
        return self

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        self.writer.write(request)
        await self.writer.drain()
        top = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 120)
        status = int(top.split()[1])
        if length := re.search(rb"(?i)content-length: (\d+)", top):
            return status, await asyncio.wait_for(self.reader.readexactly(int(length[1])), 120)
        body = b""
        while True:  # chunked
            size = int(await asyncio.wait_for(self.reader.readline(), 120), 16)
            body += await self.reader.readexactly(size)
            await self.reader.readexactly(2)
            if size == 0:
                return status, body

    def close(self) -> None:
        self.writer.close()


def test_a_thousand_idle_and_two_hundred_busy(server):
    server.ok("sql", "CREATE TABLE dbo.t (a int); INSERT INTO dbo.t VALUES (1), (2), (3)")
    before = resident_bytes(server)

    async def scenario() -> None:
        idle = []
        for first in range(0, IDLE, 100):
            idle += await asyncio.gather(*(Client().open(server) for _ in range(100)))
            await asyncio.gather(*(one.ask(head(server, "GET", "/healthz")) for one in idle[first:]))
        busy = await asyncio.gather(*(Client().open(server) for _ in range(BUSY)))

        async def work(number: int, client: Client) -> None:
            for turn in range(5):
                status, body = await client.ask(query(server, f"SELECT SUM(a) + {number} AS n FROM dbo.t"))
                assert status == 200 and json.loads(body)["results"][0]["rows"] == [[6 + number]], (turn, body)
                assert (await client.ask(head(server, "GET", "/healthz")))[0] == 200

        await asyncio.gather(*(work(number, client) for number, client in enumerate(busy)))
        assert metric(server, "tarn_http_connections") >= IDLE + BUSY
        assert metric(server, "tarn_http_refused_total") == 0
        grown = resident_bytes(server) - before
        assert grown < SERVER_GROWTH_BYTES_MAX, f"the server has grown by {grown >> 20} MB"
        answers = await asyncio.gather(*(one.ask(head(server, "GET", "/healthz")) for one in idle))
        assert {status for status, _ in answers} == {200}, "an idle connection does not serve any more"
        for client in [*idle, *busy]:
            client.close()

    asyncio.run(scenario())


def slow_reader(tarn: Tarn, rows: int) -> socket.socket:
    """A client that has asked for more than it takes."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port_of(tarn)))
    client.sendall(query(tarn, f"SELECT value AS n, REPLICATE('x', 50) AS pad FROM GENERATE_SERIES(1, {rows})"))
    return client


def is_ended(client: socket.socket) -> bool:
    """Whether the server has cut the connection; a byte is taken where it has not."""
    poll = select.poll()
    poll.register(client, select.POLLIN)
    happened = dict(poll.poll(0)).get(client.fileno(), 0)
    if happened & (select.POLLERR | select.POLLHUP):
        return True
    return bool(happened) and client.recv(1) == b""


def test_slow_readers_are_bounded_hold_up_nobody_and_end(tarn):
    tarn.serve("--queries", "2")
    tarn.ok("sql", "CREATE TABLE dbo.t (a int); INSERT INTO dbo.t VALUES (1)")
    before = resident_bytes(tarn)
    slow = [slow_reader(tarn, 100_000_000) for _ in range(8)]  # more than there are places for batches
    begun = time.monotonic()
    time.sleep(3)
    waiting = tarn.json("query", "list")
    waiting = waiting.get("requests", waiting) if isinstance(waiting, dict) else waiting
    assert "waits for its client to take rows" in {one["wait_reason"] for one in waiting}
    most, gone = 0, {}
    while len(gone) < len(slow) and time.monotonic() < begun + 4 * TOO_SLOW_S:
        for number, client in enumerate(slow):
            if number not in gone and is_ended(client):
                gone[number] = time.monotonic() - begun
        asked = time.monotonic()
        assert tarn.sql("SELECT COUNT(*) AS n FROM dbo.t") == [{"n": 1}]
        assert time.monotonic() - asked < 20, "a slow client holds up others"
        most = max(most, resident_bytes(tarn))
        time.sleep(0.5)
    assert len(gone) == len(slow), f"only {sorted(gone.values())} have ended"
    assert min(gone.values()) > TOO_SLOW_S / 2
    assert most - before < SERVER_GROWTH_BYTES_MAX, f"the server has grown by {(most - before) >> 20} MB"
    assert metric(tarn, "tarn_http_requests_in_flight") == 1  # this one


def test_slow_writers_end_with_408(server):
    def trickling(request: bytes) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", port_of(server)))
        client.sendall(request)
        client.setblocking(False)
        return client

    clients = {
        "head": trickling(b"GET /healthz HTTP/1.1\r\nHost"),
        "body": trickling(head(server, "PUT", "/lake/paths/files%2Fslow", "Content-Length: 1000000") + b"x"),
    }
    begun, answers = time.monotonic(), {}
    while len(answers) < 2 and time.monotonic() < begun + 3 * TOO_SLOW_S:
        for name, client in clients.items():
            if name in answers:
                continue
            try:
                if answer := client.recv(65536):
                    answers[name] = (time.monotonic() - begun, answer.decode())
                    continue
            except BlockingIOError:
                pass
            client.send(b"x")  # never silent for long
        time.sleep(0.2)
    assert answers["head"][1].startswith("HTTP/1.1 408 Request Timeout"), answers
    assert HEAD_S - 1 < answers["head"][0] < TOO_SLOW_S
    assert answers["body"][1].startswith("HTTP/1.1 408 Request Timeout"), answers
    assert "The rest of the body did not come in time." in answers["body"][1]
    assert server.run("lake", "cat", "files/slow").returncode == 3
    assert list(server.home.rglob(".tarn-tmp-*")) == []


def test_connections_beyond_the_limit_are_told(tarn):
    tarn.serve("--connections", "20")
    clients = [socket.create_connection(("127.0.0.1", port_of(tarn))) for _ in range(20)]
    for client in clients:
        client.sendall(head(tarn, "GET", "/healthz"))
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
    with socket.create_connection(("127.0.0.1", port_of(tarn))) as client:
        answer = b""
        while part := client.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 503") and b"Retry-After: 1" in answer and b"Too many connections." in answer
    clients[0].close()
    deadline = time.monotonic() + 10
    while True:
        with socket.create_connection(("127.0.0.1", port_of(tarn))) as client:
            client.sendall(head(tarn, "GET", "/healthz"))
            if client.recv(65536).startswith(b"HTTP/1.1 200"):
                break
        assert time.monotonic() < deadline, "the free place is not given away"
        time.sleep(0.05)


def test_the_limit_of_open_files_is_raised_or_told(tarn):
    serve = [tarn.binary, "serve", "--listen", "127.0.0.1:0", "--sql", "off"]
    done = subprocess.run(["prlimit", "--nofile=200:400", *serve], env=tarn.environment(), capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == 75
    assert ("The limit of open files is too low for a server: 400. It needs at least 528: raise the hard limit with "
            "ulimit -Hn, or LimitNOFILE= of the service.") in done.stderr
    with subprocess.Popen(["prlimit", "--nofile=200:1024", *serve], env=tarn.environment(), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert "is ready at" in server.stdout.readline()
        limits = open(f"/proc/{server.pid}/limits", encoding="utf-8").read()
        assert re.search(r"Max open files +1024 +1024 ", limits), limits
        server.terminate()
        said = server.stderr.read()
    assert '"event":"connections.limited"' in said and '"connections":512' in said, said
