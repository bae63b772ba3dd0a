"""A disk without room: every write is refused with a clear error, nothing is lost, and room is all that is needed to go on."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from conftest import EXAMPLE, Tarn, wait_until

DISK_BYTES = 64 << 20
PAGE = 4096
BIKE = EXAMPLE / "bike-rentals.csv"
MANY_ROWS = ("SELECT TOP 100000 ROW_NUMBER() OVER (ORDER BY (SELECT 1)) AS a, CAST(NEWID() AS varchar(100)) AS b "
             "FROM dbo.bike AS x CROSS JOIN dbo.bike AS y CROSS JOIN dbo.bike AS z")


class Disk:
    """A small file system of the test's own."""

    def __init__(self, folder: Path, size: int = DISK_BYTES) -> None:
        folder.mkdir()
        self.folder = folder
        self.ballast = folder / "ballast"
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tarn-test", str(folder)],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            pytest.skip(f"no tmpfs can be mounted ({done.stderr.strip()}): a full disk is not tested")

    def fill(self, left: int = 0) -> None:
        """Leave so many bytes."""
        self.free()
        with self.ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 65536)
            except OSError:
                pass
        if left:
            os.truncate(self.ballast, max(0, self.ballast.stat().st_size // PAGE * PAGE - left))

    def free(self) -> None:
        self.ballast.unlink(missing_ok=True)

    def close(self) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path):
    made = Disk(tmp_path / "disk")
    yield made
    made.close()


@pytest.fixture
def small(binary, disk, tmp_path):
    """A server whose home is on the small disk; two tables, a model, a file."""
    program = Tarn(binary, disk.folder / "home")
    program.serve("--temp", str(disk.folder / "temp"))
    program.ok("lake", "put", str(BIKE), "files/data/")
    program.ok("sql", "CREATE TABLE dbo.bike AS SELECT * FROM OPENROWSET(BULK 'files/data/bike-rentals.csv', "
                      "FORMAT = 'CSV', PARSER_VERSION = '2.0', HEADER_ROW = TRUE) AS r")
    program.ok("sql", "CREATE TABLE dbo.t (a bigint, b varchar(100)); INSERT INTO dbo.t VALUES (1, 'kept')")
    program.ok("automl", "regression", "--table", "default.bike", "--target", "rentals", "--max-trials", "1", "--model", "m",
               "--wait")
    program.ok("model", "download", "m", str(tmp_path / "m.onnx"))
    yield program
    if program.server:
        program.server.kill()
        program.server.wait()


def call(tarn: Tarn, method: str, path: str, body: bytes, content: str = "application/json") -> tuple[int, dict]:
    request = urllib.request.Request(tarn.url + path, data=body, method=method, headers={"Content-Type": content})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def leftovers(tarn: Tarn) -> list[str]:
    return [str(path) for path in tarn.home.rglob(".tarn-tmp-*")]


def is_whole(tarn: Tarn) -> None:
    """Alive, nothing half there, and all that the metadata name is there."""
    assert tarn.server.poll() is None, "the server has ended"
    assert leftovers(tarn) == []
    done = tarn.run("check")
    assert done.returncode == 0 and b"no problem" in done.stderr, done.stdout + done.stderr
    for table in ("bike", "t"):
        folder = tarn.home / "lake/files/synapse/workspaces/main/warehouse" / table
        named = {line.split('"path":"')[1].split('"')[0] for log in (folder / "_delta_log").glob("*.json")
                 for line in log.read_text().splitlines() if line.startswith('{"add"')}
        assert {file.name for file in folder.glob("*.parquet")} == named, "a Parquet file that no commit names"


def refused(done: subprocess.CompletedProcess) -> None:
    text = done.stderr.decode()
    assert done.returncode == 75, text
    assert "No space left on device" in text or "disk" in text and "full" in text, text
    assert "Free some disk space" in text, text


def refused_sql(tarn: Tarn, statement: str) -> None:
    done = tarn.run("sql", statement)
    refused(done)
    assert "Msg 1105, Level 17, State 2, Line 1" in done.stderr.decode()


def test_files_are_refused_and_leave_nothing(small, disk, tmp_path):
    (tmp_path / "big").write_bytes(os.urandom(8 << 20))
    for left in (0, 64 << 10, 4 << 20):
        disk.fill(left)
        done = small.run("lake", "put", str(tmp_path / "big"), "files/in/big")
        refused(done)
        assert "Msg" not in done.stderr.decode()
        status, problem = call(small, "PUT", "/lake/paths/files%2Fin%2Fbig", (tmp_path / "big").read_bytes(),
                               "application/octet-stream")
        assert (status, problem["status"], problem["title"]) == (507, 507, "Insufficient Storage")
        assert problem["hint"] == "Free some disk space and try again."
        assert small.run("lake", "cat", "files/in/big").returncode == 3
        disk.free()
        is_whole(small)
    small.ok("lake", "put", str(tmp_path / "big"), "files/in/big")
    assert small.run("lake", "cat", "files/in/big").stdout == (tmp_path / "big").read_bytes()


def test_tables_are_refused_and_lose_no_row(small, disk):
    for left in (0, 64 << 10, 1 << 20):
        disk.fill(left)
        refused_sql(small, f"INSERT INTO dbo.t {MANY_ROWS}")
        disk.fill(left)
        refused_sql(small, f"CREATE TABLE dbo.u AS {MANY_ROWS}")
        status, problem = call(small, "POST", "/sql", json.dumps({"query": f"INSERT INTO dbo.t {MANY_ROWS}"}).encode())
        assert (status, problem["sql"]) == (507, {"number": 1105, "severity": 17, "state": 2})
        disk.free()
        is_whole(small)
        assert small.sql("SELECT COUNT(*) AS n FROM dbo.t") == [{"n": 1}]
    disk.fill()
    refused_sql(small, "COPY INTO dbo.bike FROM 'files/data/bike-rentals.csv' WITH (FILE_TYPE = 'CSV', FIRSTROW = 2)")
    refused_sql(small, "INSERT INTO dbo.t VALUES (2, 'x')")
    refused_sql(small, "UPDATE dbo.t SET b = 'x'")
    assert small.sql("SELECT a, b FROM dbo.t") == [{"a": 1, "b": "kept"}], "reading needs no room"
    disk.free()
    is_whole(small)
    small.ok("sql", f"INSERT INTO dbo.t {MANY_ROWS}")
    assert small.sql("SELECT COUNT(*) AS n FROM dbo.t") == [{"n": 100001}]
    small.ok("sql", "COPY INTO dbo.bike FROM 'files/data/bike-rentals.csv' WITH (FILE_TYPE = 'CSV', FIRSTROW = 2)")


def test_every_page_that_is_missing_at_a_commit(small, disk):
    """A commit with a checkpoint, with room for 0, 1, 2, … pages: it is there or it is not, whatever it was told."""
    kept = {1}
    outcomes = set()
    number = 1
    for pages in [*range(24), 32, 48, 64]:
        while len(small.json("table", "history", "default.t")) % 10 != 0:
            number += 1
            small.ok("sql", f"INSERT INTO dbo.t VALUES ({number}, 'x')")
            kept.add(number)
        number += 1
        disk.fill(pages * PAGE)
        done = small.run("sql", f"INSERT INTO dbo.t VALUES ({number}, 'x')")
        outcomes.add(done.returncode)
        if done.returncode == 0:
            kept.add(number)
        else:
            refused(done)
        disk.free()
        assert {row["a"] for row in small.sql("SELECT a FROM dbo.t")} == kept
        is_whole(small)
    assert outcomes == {0, 75}
    small.stop()
    small.serve()
    assert {row["a"] for row in small.sql("SELECT a FROM dbo.t")} == kept


def test_metadata_models_and_jobs_are_refused(small, disk, tmp_path):
    jobs = small.ok("job", "list", "-o", "tsv")
    made = []
    for left in (0, 4 * PAGE, 16 * PAGE):
        disk.fill(left)
        done = small.run("sql", f"CREATE DATABASE d{left}")
        if done.returncode == 0:
            made.append(f"d{left}")
        else:
            refused(done)
        disk.fill(left)
        refused(small.run("model", "register", "m", str(tmp_path / "m.onnx")))
        disk.free()
        is_whole(small)
        there = {row["name"] for row in small.sql("SELECT name FROM sys.databases")}
        assert there & {"d0", "d16384", "d65536"} == set(made)
    disk.fill()
    refused(small.run("sql", "CREATE DATABASE never"))
    done = small.run("automl", "regression", "--table", "default.bike", "--target", "rentals", "--max-trials", "1")
    refused(done)
    disk.free()
    is_whole(small)
    assert small.ok("job", "list", "-o", "tsv") == jobs
    assert [path for path in (small.home / "lake/artifacts").glob("*/*") if not any(path.iterdir())] == []
    small.ok("model", "register", "m", str(tmp_path / "m.onnx"))
    assert small.json("model", "show", "m")["version"] == 2
    small.ok("sql", "CREATE DATABASE after")
    small.ok("automl", "regression", "--table", "default.bike", "--target", "rentals", "--max-trials", "1", "--wait")


def test_a_job_that_finds_no_room_fails_and_the_server_goes_on(small, disk):
    name = small.json("automl", "regression", "--table", "default.bike", "--target", "rentals", "--timeout", "60s",
                      "--max-trials", "500")["name"]
    wait_until(lambda: small.json("job", "show", name)["status"] == "Running", what="the job")
    disk.fill()
    time.sleep(3)
    assert small.server.poll() is None
    disk.free()
    wait_until(lambda: small.json("job", "show", name)["status"] in ("Completed", "Failed"), 90, "the job's end")
    shown = small.json("job", "show", name)
    if shown["status"] == "Failed":
        assert "No space left on device" in json.dumps(shown) or "disk" in json.dumps(shown)
    is_whole(small)
    small.ok("automl", "regression", "--table", "default.bike", "--target", "rentals", "--max-trials", "1", "--wait")


def test_the_log_and_the_housekeeping_survive(small, disk):
    log = small.home / "log" / "tarn.log"
    small.ok("sql", "CREATE DATABASE before_it")
    disk.fill()
    for _ in range(200):  # more than a buffer of the log
        assert small.run("lake", "cat", "files/none").returncode == 3
    with urllib.request.urlopen(small.url + "/healthz") as answer:
        assert answer.status == 200
    time.sleep(21)  # the store's housekeeping comes by
    assert small.server.poll() is None
    disk.free()
    time.sleep(1.1)
    refused_path = small.run("lake", "cat", "files/after")
    assert refused_path.returncode == 3
    small.stop()
    lines = log.read_text().splitlines()
    events = [json.loads(line)["event"] for line in lines if line.startswith("{") and line.endswith("}")]
    assert "log.lines_lost" in events
    assert events[-1] == "stopped"


def test_room_can_be_made_with_tarn_itself(small, disk):
    small.ok("lake", "put", "-", "files/waste", stdin=b"x" * (4 << 20))
    disk.fill()
    refused(small.run("lake", "put", "-", "files/more", stdin=b"x" * (1 << 20)))
    small.ok("lake", "rm", "files/waste")
    small.ok("lake", "put", "-", "files/more", stdin=b"x" * (1 << 20))
    small.ok("sql", "DROP TABLE dbo.t")


def test_the_engines_temporary_files(binary, disk, tmp_path):
    """The home has room, the folder of what does not fit into memory has none; and one with a limit below what is there."""
    tarn = Tarn(binary, tmp_path / "home")
    query = ("SELECT COUNT(*) AS n FROM (SELECT DISTINCT CAST(NEWID() AS varchar(100)) AS a FROM "
             "GENERATE_SERIES(1, 3000000)) AS s")
    try:
        tarn.serve("--temp", str(disk.folder), "--memory-gb", "0.1", "--threads", "1")
        disk.fill(1 << 20)
        done = tarn.run("sql", query)
        refused(done)
        assert "Msg 1105, Level 17, State 2" in done.stderr.decode()
        assert "--temp" in done.stderr.decode()
        assert tarn.sql("SELECT 1 AS a") == [{"a": 1}]
        disk.free()
        assert tarn.stop() == 0
        tarn.serve("--temp", str(tmp_path / "temp"), "--temp-gb", "0.001", "--memory-gb", "0.1", "--threads", "1")
        done = tarn.run("sql", query)
        refused(done)
        assert "--temp-gb" in done.stderr.decode()
        assert tarn.stop() == 0
        tarn.serve("--temp", str(tmp_path / "temp"), "--memory-gb", "0.1", "--threads", "1")
        assert tarn.sql(query) == [{"n": 3000000}]
    finally:
        if tarn.server:
            tarn.stop()
