"""kill -9 of server and worker: what was acknowledged is there, what was not has left no trace."""

import json
import os
import random
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
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
    """One that dies before its first trial has ended has nothing to go on from."""
    tarn = bike_server
    job = submit(tarn, "--timeout", "120s", "--name", "first")
    wait_until(lambda: workers(tarn), what="the worker")
    for pid in workers(tarn):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: ended(tarn, "first"), 120, "the job to end")
    if show(tarn, "first")["status"] == "Failed":  # else a trial had ended already
        assert "signal" in show(tarn, job["name"])["error"]["message"].lower()
    assert all(run["status"] != "RUNNING" for run in children(tarn, job))
    tarn.run("job", "log", job["name"])
    assert tarn.ok("sql", "SELECT 1 AS a", "-o", "csv") == "a\n1\n"


def journal_of(tarn, job: dict) -> list[dict]:
    file = tarn.home / "lake" / "artifacts" / job["experiment_id"] / job["run_id"] / "journal.ndjson"
    whole = file.read_text().rpartition("\n")[0] if file.exists() else ""
    return [json.loads(line) for line in whole.splitlines()]


def test_a_job_goes_on_after_kill_9_of_its_worker_and_its_server(bike_server):
    """Trials that are done are not run again, and the model is the one of a run that nobody disturbed."""
    tarn = bike_server
    undisturbed = submit(tarn, "--max-trials", "26", "--timeout", "300s", "--name", "undisturbed")
    wait_until(lambda: ended(tarn, "undisturbed"), 300, "the job to end")
    job = submit(tarn, "--max-trials", "26", "--timeout", "300s", "--name", "disturbed")

    def finished() -> int:
        return sum(event["event"] == "trial_finished" for event in journal_of(tarn, job))

    wait_until(lambda: finished() >= 4, 60, "four trials")
    for pid in workers(tarn):
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: finished() >= 9, 60, "nine trials")
    for pid in workers(tarn):
        os.kill(pid, signal.SIGKILL)
    tarn.stop(signal.SIGKILL)
    tarn.serve()
    wait_until(lambda: ended(tarn, "disturbed"), 300, "the job to end")
    assert show(tarn, "disturbed")["status"] == "Completed"
    events = journal_of(tarn, job)
    assert sum(event["event"] == "worker" for event in events) >= 2, "no worker died in time"
    begun = [event["trial"] for event in events if event["event"] == "trial_started"]
    assert len(begun) == len(set(begun)), "a trial was begun twice"
    done = [event["trial"] for event in events if event["event"] == "trial_finished"]
    assert len(done) == len(set(done)), "a trial ended twice"
    model = {name: show(tarn, name)["result"]["sha256"] for name in ("undisturbed", "disturbed")}
    assert model["undisturbed"] == model["disturbed"]
    assert len(children(tarn, job)) == len(children(tarn, undisturbed))


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


# -- Every named point of jobs and models, and random moments ----------------------------------------------------------

JOB_POINTS = ["jobs.submit.written", "jobs.start.spawned", "jobs.complete.placed", "jobs.complete.registered",
              "assets.register.before_commit", "assets.register.in_commit", "assets.register.after_commit"]
WORKER_POINTS = ["jobs.journal.before_append", "jobs.journal.after_append", "files.append.before_sync",
                 "jobs.model.written", "jobs.model.placed"]
OLD_S = 3600


def try_job(tarn, name: str) -> bool:
    """Submit a small job; whether that was acknowledged."""
    done = tarn.run("automl", "regression", "--data", "files/data/bike-rentals.csv", "--target", "rentals", "--concurrency",
                    "2", "--max-trials", "2", "--no-ensemble", "--timeout", "100s", "--model", "m", "--name", name,
                    TARN_URL=tarn.url)
    return done.returncode == 0


def ended(tarn, name: str) -> bool:
    return show(tarn, name)["status"] in ("Completed", "Failed", "Canceled")


def has_died(server) -> None:
    server.wait(timeout=60)
    server.stdout.close()


def make_old(folder: Path) -> None:
    """What is younger than a minute may belong to a worker or to a submission on its way, and is not swept."""
    for path in folder.rglob("*"):
        os.utime(path, (time.time() - OLD_S,) * 2)


def versions(tarn, name: str = "m") -> list[dict]:
    last = max((model["latest_version"] or 0 for model in tarn.json("model", "list") if model["name"] == name), default=0)
    found = []
    for number in range(1, last + 1):
        try:
            with urllib.request.urlopen(f"{tarn.url}/models/{name}:{number}") as response:
                found.append(json.loads(response.read()))
        except urllib.error.HTTPError as error:
            assert error.code == 404
    return found


def check_models(tarn, name: str = "m") -> list[dict]:
    """Every version is whole, and the container has nothing else."""
    found = versions(tarn, name)
    container = tarn.home / "lake" / "models"
    folders = sorted(path.relative_to(container).as_posix() for path in container.glob("*/*"))
    assert len(folders) == len(found), f"{folders} for {len(found)} versions"
    assert list(container.rglob(".tarn-*")) == []
    for version in found:
        done = tarn.run("model", "download", version["uri"], "-")  # compares it with its digest
        assert done.returncode == 0, done.stderr.decode()
    return found


def check_jobs(tarn, acknowledged: set[str], tried: set[str]) -> None:
    jobs = [show(tarn, entry["name"]) for entry in tarn.json("job", "list")]
    names = [job["name"] for job in jobs]
    assert len(names) == len(set(names))
    assert acknowledged <= set(names), "an acknowledged job is lost"
    assert set(names) <= tried
    made = {version["run_id"]: version for version in check_models(tarn)}
    completed = [job for job in jobs if job["status"] == "Completed"]
    assert sorted(made) == sorted(job["result"]["best_child_run_id"] for job in completed), "one version for each"
    folders = {job["run_id"] for job in jobs}
    for job in jobs:
        assert job["status"] in ("Completed", "Failed")
        if job["status"] == "Failed":
            assert "The worker ended without a result" in job["error"]["message"]
            tarn.ok("job", "log", job["name"])
        trials = children(tarn, job)
        numbers = [run["tags"]["iteration"] for run in trials]
        assert len(numbers) == len(set(numbers)), "a trial is there twice"
        assert all(run["status"] in ("FINISHED", "KILLED") for run in trials)
        assert job["status"] == "Failed" or len(trials) >= 2
        folders |= {run["id"] for run in trials}
        folder = tarn.home / "lake" / "artifacts" / job["experiment_id"] / job["run_id"]
        assert {path.name for path in folder.iterdir()} <= {"job.json", "journal.ndjson", "worker.log", "worker.lock"}
    artifacts = tarn.home / "lake" / "artifacts"
    assert {path.name for path in artifacts.glob("*/*")} <= folders, "a folder that is no run's"
    assert leftovers(tarn.home) == []


@pytest.fixture
def data_home(tarn):
    tarn.ok("lake", "put", str(EXAMPLE / "bike-rentals.csv"), "files/data/")
    return tarn


@pytest.mark.parametrize("point", JOB_POINTS)
def test_a_job_of_a_server_killed_at_the_point(data_home, point):
    tarn = data_home
    tarn.serve(TARN_FAIL_POINT=point)
    acknowledged = {"a"} if try_job(tarn, "a") else set()
    has_died(tarn.server)
    make_old(tarn.home / "lake" / "artifacts")
    tarn.serve()
    if point != "jobs.submit.written":  # the row is there, even where the server died before it could say so
        wait_until(lambda: ended(tarn, "a"), 60, "the job to end")
        assert show(tarn, "a")["status"] == "Completed"
    else:
        assert not acknowledged
        assert tarn.json("job", "list") == []
        wait_until(lambda: not list((tarn.home / "lake" / "artifacts").glob("*/*")), 5, "the half job's folder to go")
    check_jobs(tarn, acknowledged, {"a"})
    assert tarn.stop() == 0


@pytest.mark.parametrize("point", WORKER_POINTS)
def test_a_worker_killed_at_the_point(data_home, point):
    tarn = data_home
    tarn.serve(TARN_FAIL_POINT=f"{point}:{random.Random(point).randint(1, 2)}")
    assert try_job(tarn, "a")
    wait_until(lambda: ended(tarn, "a"), 60, "the job to end")
    job = show(tarn, "a")  # where a trial had ended, another worker went on
    if job["status"] == "Failed":
        assert "(signal 9)" in job["error"]["message"]
    else:
        assert sum(event["event"] == "worker" for event in journal_of(tarn, job)) > 1
    check_jobs(tarn, {"a"}, {"a"})
    assert tarn.stop() == 0
    tarn.serve()
    check_jobs(tarn, {"a"}, {"a"})


def test_workers_and_servers_killed_at_random(data_home):
    tarn = data_home
    rng = random.Random(2)
    acknowledged, tried = set(), set()
    tarn.serve()
    for number in range(ROUNDS):
        name = f"job-{number}"
        who = rng.choice(["worker", "server", "both"])
        moment = rng.uniform(0, 1.2)
        server, url_of_round = tarn.server, tarn.url

        def strike(who=who, moment=moment, server=server):
            time.sleep(moment)
            if who != "worker":
                server.kill()
            if who != "server":
                for pid in workers(tarn):
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass

        killer = threading.Thread(target=strike)
        killer.start()
        tried.add(name)
        assert tarn.url == url_of_round
        if try_job(tarn, name):
            acknowledged.add(name)
        killer.join()
        if who != "worker":
            has_died(server)
            tarn.serve()
        there = {entry["name"] for entry in tarn.json("job", "list")}
        assert acknowledged <= there
        if name in there:
            wait_until(lambda name=name: ended(tarn, name), 60, "the job to end")
    assert tarn.stop() == 0
    make_old(tarn.home / "lake" / "artifacts")
    tarn.serve()
    wait_until(lambda: len(list((tarn.home / "lake" / "artifacts").glob("*/*/job.json"))) <= len(tried), 5, "the sweep")
    check_jobs(tarn, acknowledged, tried)


def linear_model(file: Path, bias: float) -> Path:
    from onnx import TensorProto, helper

    column = helper.make_tensor_value_info("a", TensorProto.FLOAT, [None, 1])
    result = helper.make_tensor_value_info("variable_out1", TensorProto.FLOAT, [None, 1])
    constant = helper.make_tensor("bias", TensorProto.FLOAT, [1], [bias])
    graph = helper.make_graph([helper.make_node("Add", ["a", "bias"], ["variable_out1"])], "g", [column], [result], [constant])
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    file.write_bytes(model.SerializeToString())
    return file


@pytest.mark.parametrize("point", [point for point in JOB_POINTS if point.startswith("assets.")]
                         + ["assets.remove.before_commit", "assets.remove.after_commit"])
def test_models_of_a_server_killed_at_the_point(tarn, tmp_path, point):
    files = [linear_model(tmp_path / f"{number}.onnx", float(number)) for number in range(3)]
    tarn.serve()
    tarn.ok("model", "register", "m", str(files[0]))
    tarn.stop()
    tarn.serve(TARN_FAIL_POINT=point)
    change = ["delete", "m:1"] if "remove" in point else ["register", "m", str(files[1])]
    assert tarn.run("model", *change, TARN_URL=tarn.url).returncode != 0
    has_died(tarn.server)
    tarn.serve()
    kept = {"assets.register.after_commit": [1, 2], "assets.remove.after_commit": []}.get(point, [1])
    assert [version["version"] for version in check_models(tarn)] == kept
    if 1 in kept:
        tarn.ok("model", "download", "m:1", str(tmp_path / "copy.onnx"))
        assert (tmp_path / "copy.onnx").read_bytes() == files[0].read_bytes()
    tarn.ok("model", "register", "m", str(files[2]))
    assert len(check_models(tarn)) == len(kept) + 1
    assert tarn.stop() == 0
