"""The server from outside: health, trust, signals, hang-ups, and constant memory."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from conftest import memory_max, wait_until

# docs/server.md: what an idle server holds at most a minute after load.
IDLE_RESIDENT_MB_MAX = 160


def get(server, path, **headers):
    request = urllib.request.Request(server.url + path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


def test_health_metrics_and_description(server):
    assert get(server, "/healthz")[0] == 200
    assert get(server, "/readyz")[0] == 200
    get(server, "/tables")
    assert 'tarn_requests_total{method="GET",route="/tables",status="200"}' in get(server, "/metrics")[1]
    document = json.loads(get(server, "/openapi.json")[1])
    assert document["openapi"].startswith("3.1")
    assert {"/sql", "/lake/paths/{path}", "/jobs/{name}/cancel", "/models/{reference}"} <= set(document["paths"])
    assert "Job" in document["components"]["schemas"]


def test_strangers_need_the_token(server):
    assert get(server, "/tables")[0] == 200
    assert get(server, "/tables", Origin="http://evil.example")[0] == 401
    assert get(server, "/tables", Host="evil.example")[0] == 401
    assert get(server, "/tables", X_Forwarded_For="10.0.0.1")[0] == 401
    token_file = server.home / "run" / "token"
    assert token_file.stat().st_mode & 0o777 == 0o600
    token = token_file.read_text().strip()
    assert get(server, "/tables", Origin="http://evil.example", Authorization="Bearer " + token)[0] == 200
    assert get(server, "/tables", Authorization="Bearer " + token[:-1] + "x")[0] == 401
    log = (server.home / "log" / "tarn.log").read_text()
    assert token not in log


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT RUN: only root can become another user")
def test_another_user_of_the_machine_is_not_the_owner(server):
    connection = http.client.HTTPConnection(server.url[7:])
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        connection.request("GET", "/tables")
        os._exit(0 if connection.getresponse().status == 401 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_only_loopback_is_listened_on(tarn):
    for address in ("0.0.0.0:0", "192.168.1.1:80", "nonsense"):
        done = tarn.run("serve", "--listen", address)
        assert done.returncode == 2, done.stderr
    assert b"TLS" in tarn.run("serve", "--listen", "0.0.0.0:0").stderr


def test_one_server_a_home(server):
    done = server.run("serve", "--listen", "127.0.0.1:0")
    assert done.returncode == 75
    assert "is in use by pid" in done.stderr.decode()


def test_sigterm_ends_a_long_query_within_seconds(server):
    query = "SELECT COUNT_BIG(*) FROM (SELECT 1 AS x UNION ALL SELECT 2) AS a0"
    for i in range(1, 40):
        query += f" CROSS JOIN (SELECT 1 AS x UNION ALL SELECT 2) AS a{i}"
    running = subprocess.Popen([server.binary, "sql", query], env=server.environment(), stderr=subprocess.PIPE)
    time.sleep(1)
    assert running.poll() is None, running.stderr.read()
    start = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - start < 5
    assert running.wait(timeout=5) != 0
    running.stderr.close()


def test_a_client_that_hangs_up_ends_its_query(server):
    query = "SELECT a0.x FROM (SELECT 1 AS x UNION ALL SELECT 2) AS a0"
    for i in range(1, 40):
        query += f" CROSS JOIN (SELECT 1 AS x UNION ALL SELECT 2) AS a{i}"
    body = json.dumps({"query": "SELECT COUNT_BIG(*) AS n FROM (" + query + ") AS q"}).encode()
    connection = socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])))
    head = f"POST /sql HTTP/1.1\r\nHost: {server.url[7:]}\r\nContent-Type: application/json\r\n"
    connection.sendall(head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    cpu = lambda: sum(map(int, Path(f"/proc/{server.server.pid}/stat").read_text().rsplit(")")[-1].split()[11:13]))
    before = cpu()
    time.sleep(1)
    assert cpu() - before > 20, "the query does not run"
    connection.close()

    def quiet():
        ticks = cpu()
        time.sleep(0.3)
        return cpu() - ticks < 5

    wait_until(quiet, 10, "the query to end")


def test_ten_million_rows_pass_in_constant_memory(server):
    numbers = "(SELECT 0 AS n" + "".join(f" UNION ALL SELECT {i}" for i in range(1, 10)) + ")"
    joins = " CROSS JOIN ".join(f"{numbers} AS t{i}" for i in range(7))
    body = json.dumps({"query": f"SELECT t0.n, t1.n AS m, 'some text' AS t FROM {joins}"})
    connection = http.client.HTTPConnection(server.url[7:])
    connection.request("POST", "/sql", body, {"Content-Type": "application/json", "Accept": "application/x-ndjson"})
    response = connection.getresponse()
    assert response.status == 200
    size, peak = 0, 0.0
    tail = b""
    while piece := response.read(1 << 20):
        size += len(piece)
        tail = (tail + piece)[-200:]
        peak = max(peak, resident_mb(server.server.pid))
    assert b'{"rows_end":10000000}' in tail
    assert size > 100e6
    assert peak < memory_max(400), f"{peak} MB resident"
    idle_max = memory_max(IDLE_RESIDENT_MB_MAX)
    wait_until(lambda: resident_mb(server.server.pid) < idle_max, 60, "the memory to be given back")


def test_a_large_file_passes_in_constant_memory(server):
    size = 300 << 20

    class Zeros:
        left = size

        def read(self, count=65536):
            count = min(count if count > 0 else 65536, self.left)
            self.left -= count
            return b"\0" * count

    connection = http.client.HTTPConnection(server.url[7:])
    connection.request("PUT", "/lake/paths/files/big.bin", Zeros(), {"Content-Length": str(size)})
    response = connection.getresponse()
    assert response.status == 201, response.read()
    response.read()
    connection.request("GET", "/lake/paths/files/big.bin")
    response = connection.getresponse()
    got, peak = 0, 0.0
    while piece := response.read(1 << 20):
        got += len(piece)
        peak = max(peak, resident_mb(server.server.pid))
    assert got == size
    assert peak < memory_max(150), f"{peak} MB resident"


def test_an_upload_that_breaks_off_leaves_nothing(server):
    connection = socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])))
    connection.sendall(f"PUT /lake/paths/files/half.bin HTTP/1.1\r\nHost: {server.url[7:]}\r\n"
                       "Content-Length: 1000000\r\n\r\nsome".encode())
    time.sleep(0.3)
    connection.close()
    time.sleep(0.5)
    assert server.run("lake", "stat", "files/half.bin").returncode == 3
    assert [path.name for path in (server.home / "lake" / "files").iterdir() if path.is_file()] == []


def test_ranges_and_etags(server):
    server.ok("lake", "put", "-", "files/x", stdin=b"0123456789")
    request = urllib.request.Request(server.url + "/lake/paths/files/x", headers={"Range": "bytes=2-4"})
    with urllib.request.urlopen(request) as response:
        assert response.status == 206
        assert response.read() == b"234"
        assert response.headers["Content-Range"] == "bytes 2-4/10"
        etag = response.headers["ETag"]
    assert get(server, "/lake/paths/files/x", If_None_Match=etag)[0] == 304
    request = urllib.request.Request(server.url + "/lake/paths/files/x", b"new", {"If-Match": '"other"'}, method="PUT")
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request)
    assert error.value.code == 412
    assert server.ok("lake", "cat", "files/x") == "0123456789"


@pytest.mark.parametrize(("size", "asked", "status", "body", "content_range"), [
    (10, "bytes=0-0", 206, "0", "bytes 0-0/10"),
    (10, "bytes=7-", 206, "789", "bytes 7-9/10"),
    (10, "bytes=-3", 206, "789", "bytes 7-9/10"),
    (10, "bytes=-99", 206, "0123456789", "bytes 0-9/10"),
    (10, "bytes=8-99", 206, "89", "bytes 8-9/10"),
    # No single range of bytes that are there: the whole file.
    (10, "bytes=-0", 200, "0123456789", None),
    (10, "bytes=5-2", 200, "0123456789", None),
    (10, "bytes=1-2,4-5", 200, "0123456789", None),
    (10, "lines=1-2", 200, "0123456789", None),
    (0, "bytes=-5", 200, "", None),
])
def test_ranges_of_bytes(server, size, asked, status, body, content_range):
    server.ok("lake", "put", "-", "files/x", stdin=b"0123456789"[:size])
    request = urllib.request.Request(server.url + "/lake/paths/files/x", headers={"Range": asked})
    with urllib.request.urlopen(request) as response:
        assert (response.status, response.read().decode()) == (status, body)
        assert response.headers["Content-Range"] == content_range


def test_a_range_past_the_end_is_refused(server):
    server.ok("lake", "put", "-", "files/x", stdin=b"0123456789")
    request = urllib.request.Request(server.url + "/lake/paths/files/x", headers={"Range": "bytes=10-"})
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request)
    assert error.value.code == 400
    assert "which has 10 bytes" in error.value.read().decode()


def test_a_restart_keeps_everything(server):
    server.ok("sql", "CREATE TABLE dbo.t (a int); INSERT INTO dbo.t VALUES (1), (2)")
    assert server.stop() == 0
    server.serve()
    assert server.sql("SELECT SUM(a) AS s FROM dbo.t") == [{"s": 3}]
    assert server.stop(signal.SIGKILL) != 0
    server.serve()
    assert server.sql("SELECT SUM(a) AS s FROM dbo.t") == [{"s": 3}]


def test_queries_beyond_the_limit_wait_and_say_so(tarn):
    tarn.serve("--queries", "1")
    long = "SELECT COUNT_BIG(*) AS n FROM GENERATE_SERIES(1, 3000000) AS a CROSS JOIN GENERATE_SERIES(1, 3000000) AS b"
    there = {"TARN_URL": tarn.url}
    first = subprocess.Popen([tarn.binary, "sql", long], env=tarn.environment() | there, stderr=subprocess.PIPE, text=True)
    requests = lambda: tarn.json("query", "list")  # noqa: E731
    wait_until(lambda: len(requests()) == 1, what="the first query to run")
    second = subprocess.Popen([tarn.binary, "sql", "-o", "csv", "SELECT COUNT(*) AS n FROM GENERATE_SERIES(1, 10)"],
                              env=tarn.environment() | there, stdout=subprocess.PIPE, text=True)
    wait_until(lambda: len(requests()) == 2, what="the second query to wait")
    running, waiting = requests()
    assert (running["status"], waiting["status"]) == ("running", "suspended")
    assert waiting["wait_reason"] == "waits for one of 1 places; 0 before it"
    assert running["text"] == long
    tarn.ok("sql", "SET NOCOUNT ON")  # needs no engine
    tarn.ok("query", "cancel", str(running["session_id"]))
    assert first.wait(timeout=10) != 0
    assert "ended by another session" in first.stderr.read()
    assert second.communicate(timeout=10)[0] == "n\n10\n"
    assert tarn.run("query", "cancel", "999999").returncode == 3
