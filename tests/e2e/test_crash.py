"""kill -9 of server and worker: what was acknowledged is there, what was not has left no trace."""

import json
import os
import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest
from conftest import EXAMPLE, wait_until

ROUNDS = int(os.environ.get("TARN_CRASH_ROUNDS", "10"))
FAIL_POINTS = ["delta.commit.after_fsync", "delta.commit.before_link", "delta.commit.after_link",
               "lake.put.before_rename", "lake.put.after_rename"]


def leftovers(home: Path) -> list[Path]:
    return [path for path in (home / "lake").rglob(".tarn-tmp-*")]


class Writer(threading.Thread):
    """Inserts and puts until the server is gone; keeps a journal of what was acknowledged."""

    def __init__(self, tarn, first: int) -> None:
        super().__init__()
        self.tarn, self.next = tarn, first
        self.rows: list[int] = []
        self.files: list[int] = []
        self.tried: set[int] = set()

    def run(self) -> None:
        while True:
            number = self.next
            self.next += 1
            self.tried.add(number)
            # With the server's URL, so that no command opens the home itself once the server is gone.
            there = {"TARN_URL": self.tarn.url}
            if self.tarn.run("sql", f"INSERT INTO dbo.t VALUES ({number})", **there).returncode != 0:
                return
            self.rows.append(number)
            if self.tarn.run("lake", "put", "-", f"files/put/{number}", stdin=str(number).encode(), **there).returncode != 0:
                return
            self.files.append(number)


def check(tarn, acknowledged_rows: set[int], acknowledged_files: set[int], tried: set[int]) -> None:
    rows = [row["a"] for row in tarn.sql("SELECT a FROM dbo.t")]
    assert len(rows) == len(set(rows)), "a row is there twice"
    assert acknowledged_rows <= set(rows), "an acknowledged row is lost"
    assert set(rows) <= tried
    there = {int(entry["path"].rsplit("/", 1)[1]) for entry in tarn.json("lake", "ls", "files/put/")}
    assert acknowledged_files <= there, "an acknowledged file is lost"
    for number in sorted(there)[-3:]:
        assert tarn.ok("lake", "cat", f"files/put/{number}") == str(number)
    versions = [entry["version"] for entry in tarn.json("table", "history", "default.t")]
    assert versions == list(range(len(versions)))[::-1], "the table's versions have a gap"
    assert leftovers(tarn.home) == []


def test_server_killed_at_random_and_at_fail_points(tarn):
    rng = random.Random(1)
    tarn.serve()
    tarn.ok("sql", "CREATE TABLE dbo.t (a int)")
    tarn.ok("lake", "put", "-", "files/put/0", stdin=b"0")
    tarn.stop()
    rows, files, tried = set(), {0}, {0}
    for round_number in range(ROUNDS):
        point = FAIL_POINTS[round_number // 2 % len(FAIL_POINTS)] if round_number % 2 else ""
        tarn.serve(**({"TARN_FAIL_POINT": f"{point}:{rng.randint(1, 3)}"} if point else {}))
        writer = Writer(tarn, 1 + max(tried))
        writer.start()
        if point:
            tarn.server.wait(timeout=60)
        else:
            time.sleep(rng.uniform(0.1, 0.8))
            tarn.server.kill()
            tarn.server.wait(timeout=10)
        tarn.server.stdout.close()
        writer.join(timeout=60)
        rows |= set(writer.rows)
        files |= set(writer.files)
        tried |= writer.tried
        tarn.serve()
        check(tarn, rows, files, tried)
        assert tarn.stop() == 0
    assert rows, "no round got as far as an insert"


@pytest.fixture
def bike_server(server):
    server.ok("lake", "put", str(EXAMPLE / "bike-rentals.csv"), "files/data/")
    server.ok("sql", (EXAMPLE / "lab.sql").read_text().split("\nGO\n")[3])
    return server


def submit(tarn, *more: str) -> dict:
    return tarn.json("automl", "regression", "--table", "default.bike_data", "--target", "rentals", "--concurrency", "2",
                     "--model", "m", *more)


def show(tarn, name: str) -> dict:
    return tarn.json("job", "show", name)


def children(tarn, job: dict) -> list[dict]:
    import urllib.request

    with urllib.request.urlopen(f"{tarn.url}/runs?parent={job['run_id']}&limit=1000") as response:
        return json.loads(response.read())["runs"]


def workers(tarn) -> list[int]:
    found = subprocess.run(["pgrep", "-f", f"{tarn.binary} worker --job {tarn.home}"], capture_output=True, text=True,
                           check=False)
    return [int(pid) for pid in found.stdout.split()]


def test_a_worker_outlives_the_server_and_is_taken_up_again(bike_server):
    tarn = bike_server
    job = submit(tarn, "--max-trials", "12", "--timeout", "120s")
    wait_until(lambda: len(children(tarn, job)) >= 2, what="two trials")
    tarn.stop(signal.SIGKILL)
    assert workers(tarn), "the worker died with the server"
    tarn.serve()
    wait_until(lambda: show(tarn, job["name"])["status"] == "Completed", 120, "the job to complete")
    trials = [run for run in children(tarn, job)]
    names = [run["id"] for run in trials]
    assert len(names) == len(set(names)) >= 12
    assert all(run["status"] == "FINISHED" for run in trials)
    done = show(tarn, job["name"])
    assert tarn.json("model", "show", "m")["run_id"] == done["result"]["best_child_run_id"]


def test_a_job_that_ended_while_no_server_ran_is_completed(bike_server):
    tarn = bike_server
    job = submit(tarn, "--max-trials", "3", "--timeout", "60s")
    wait_until(lambda: workers(tarn), what="the worker")
    tarn.stop(signal.SIGKILL)
    wait_until(lambda: not workers(tarn), 90, "the worker to end")
    tarn.serve()
    wait_until(lambda: show(tarn, job["name"])["status"] == "Completed", 30, "the job to be completed")
    assert tarn.json("model", "show", "m")["version"] == 1


def test_a_killed_worker_is_a_failed_job_with_its_log(bike_server):
    tarn = bike_server
    job = submit(tarn, "--timeout", "120s")
    wait_until(lambda: len(children(tarn, job)) >= 1, what="a trial")
    for pid in workers(tarn):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: show(tarn, job["name"])["status"] == "Failed", 20, "the job to fail")
    assert "signal" in show(tarn, job["name"])["error"]["message"].lower()
    assert all(run["status"] != "RUNNING" for run in children(tarn, job))
    tarn.run("job", "log", job["name"])
    assert tarn.ok("sql", "SELECT 1 AS a", "-o", "csv") == "a\n1\n"


def test_cancel_is_at_once(bike_server):
    tarn = bike_server
    job = submit(tarn, "--timeout", "120s")
    wait_until(lambda: len(children(tarn, job)) >= 1, what="a trial")
    start = time.monotonic()
    tarn.ok("job", "cancel", job["name"])
    wait_until(lambda: show(tarn, job["name"])["status"] == "Canceled", 5, "the job to be cancelled")
    assert time.monotonic() - start < 3
    wait_until(lambda: not workers(tarn), 3, "the worker to end")


def test_the_time_limit_holds_within_two_seconds(bike_server):
    tarn = bike_server
    start = time.monotonic()
    job = submit(tarn, "--timeout", "8s", "--wait")
    elapsed = time.monotonic() - start
    assert job["status"] == "Completed"
    assert elapsed < 8 + 2 + 1, f"{elapsed:.1f} s"
