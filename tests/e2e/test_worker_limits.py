"""Limits of the processes that jobs run in."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

import pytest
from conftest import EXAMPLE

BIG = ("CREATE TABLE dbo.big AS SELECT TOP 3000000 x.rentals, x.temp, y.atemp, z.hum, y.windspeed FROM dbo.bike AS x "
       "CROSS JOIN dbo.bike AS y CROSS JOIN dbo.bike AS z")


of_the_program = pytest.mark.skipif("TARN_SANITIZER" in os.environ,
                                    reason="a sanitizer's own memory would count")


def serve(tarn, *options: str) -> str:
    """By what the workers of this server are limited."""
    tarn.serve(*options)
    tarn.ok("lake", "put", str(EXAMPLE / "bike-rentals.csv"), "files/data/")
    tarn.ok("sql", "CREATE TABLE dbo.bike AS SELECT * FROM OPENROWSET(BULK 'files/data/bike-rentals.csv', FORMAT = 'CSV', "
                   "PARSER_VERSION = '2.0', HEADER_ROW = TRUE) AS r")
    log = (tarn.home / "log/tarn.log").read_text() or ""
    tarn.run("lake", "cat", "files/none")
    deadline = time.monotonic() + 30
    while '"jobs.limits"' not in log:
        assert time.monotonic() < deadline
        tarn.ok("lake", "ls", "files/")  # the log is written in pieces
        log = (tarn.home / "log/tarn.log").read_text()
    return re.search(r'"event":"jobs.limits","by":"(\w+)"', log)[1]


def submit(tarn, table: str, *more: str) -> str:
    return tarn.json("automl", "regression", "--table", f"default.{table}", "--target", "rentals", *more)["name"]


def ended(tarn, name: str, seconds: float = 120) -> dict:
    deadline = time.monotonic() + seconds
    while True:
        job = tarn.json("job", "show", name)
        if job["status"] in ("Completed", "Failed", "Canceled"):
            return job
        assert time.monotonic() < deadline, job
        time.sleep(0.1)


def worker_of(tarn) -> int:
    deadline = time.monotonic() + 30
    while True:
        found = subprocess.run(["pgrep", "-f", f"{tarn.binary} worker --job {tarn.home}"], capture_output=True, text=True,
                               check=False).stdout.split()
        if found:
            return int(found[0])
        assert time.monotonic() < deadline
        time.sleep(0.02)


@of_the_program
def test_a_job_beyond_its_memory_fails_and_says_the_limit(tarn):
    serve(tarn, "--job-memory-gb", "0.35")
    tarn.ok("sql", BIG)
    job = ended(tarn, submit(tarn, "big", "--timeout", "90s"))
    assert job["status"] == "Failed"
    assert job["error"] == {
        "code": "ResourceExhausted",
        "message": "The job needed more memory than its limit of 0.35 GB.",
        "hint": "Train on fewer rows or columns, or with fewer concurrent trials, or raise the limit: "
                "tarn serve --job-memory-gb."}
    assert tarn.sql("SELECT COUNT(*) AS n FROM dbo.big") == [{"n": 3000000}], "the server is as it was"
    job = ended(tarn, submit(tarn, "bike", "--max-trials", "2"))
    assert job["status"] == "Completed", "a small job has room"


@of_the_program
def test_workers_have_their_limits(tarn):
    by = serve(tarn, "--job-memory-gb", "2", "--job-cpus", "1", "--job-files", "300", "--job-processes", "200")
    name = submit(tarn, "bike", "--timeout", "60s")
    worker = worker_of(tarn)
    time.sleep(0.5)
    limits = Path(f"/proc/{worker}/limits").read_text()
    assert re.search(r"Max open files +300 ", limits), limits
    if by == "process":
        assert re.search(r"Max data size +2000000000 ", limits), limits
        assert re.search(r"Max processes +200 ", limits), limits
        cores = re.search(r"Cpus_allowed_list:\s+(\S+)", Path(f"/proc/{worker}/status").read_text())[1]
        assert cores.isdigit(), f"more than one core: {cores}"
    tarn.ok("job", "cancel", name)
    assert ended(tarn, name)["status"] == "Canceled"


def test_the_kernels_groups(tarn):
    if serve(tarn, "--job-memory-gb", "0.35", "--job-cpus", "0.5") != "cgroup":
        pytest.skip("this process may make no cgroups (v2) here: limits by cgroup are tested by unit.base alone")
    name = submit(tarn, "bike", "--timeout", "60s")
    group = Path(f"/proc/{worker_of(tarn)}/cgroup").read_text()
    assert "tarn-job-" in group
    tarn.ok("job", "cancel", name)
    tarn.ok("sql", BIG)
    job = ended(tarn, submit(tarn, "big", "--timeout", "90s"))
    assert job["status"] == "Failed" and "0.35 GB" in job["error"]["message"]


@pytest.mark.parametrize(("options", "said"), [
    (("--job-memory-gb", "0.1"), "The limit of the memory of a job is too low; the least is 0.256 GB."),
    (("--job-files", "10"), "The limit of the open files of a job is too low; the least is 64."),
    (("--job-processes", "3"), "The limit of the processes of a job is too low; the least is 16."),
    (("--job-cpus", "-1"), "are not negative."),
])
def test_limits_that_no_job_could_keep_are_refused(tarn, options, said):
    done = tarn.run("serve", "--listen", "127.0.0.1:0", *options)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr.decode()
