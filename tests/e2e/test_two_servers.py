"""Two servers on one PostgreSQL and one lake, side by side."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from conftest import ROOT, Tarn, wait_until

sys.path.insert(0, str(ROOT / "tests" / "support"))
from postgres_server import PASSWORD, PostgresServer, programs  # noqa: E402


class ServerOnPostgres(Tarn):
    """A home whose metadata and lake lie elsewhere."""

    def __init__(self, binary: str, home: Path, store: str, lake: Path) -> None:
        super().__init__(binary, home)
        home.parent.mkdir(exist_ok=True)
        self.store = store
        self.lake = lake

    def environment(self, **more: str) -> dict[str, str]:
        return super().environment(**{"TARN_STORE": self.store, "TARN_LAKE": str(self.lake), **more})


@pytest.fixture(scope="module")
def postgres():
    folder = programs()
    if folder is None:
        pytest.skip("SKIPPED: PostgreSQL is not installed, so nothing was tested against it")
    server = PostgresServer(folder)
    yield server
    server.stop()


@pytest.fixture
def store(postgres, request) -> str:
    return postgres.create_database("t" + str(abs(hash(request.node.name)) % 10**9))


@pytest.fixture
def pair(binary, tmp_path, store):
    servers = [ServerOnPostgres(binary, tmp_path / name / "home", store, tmp_path / "lake") for name in ("a", "b")]
    yield servers
    for server in servers:
        if server.server:
            server.stop(signal.SIGKILL)


RIDES = "id,season,rentals\n" + "\n".join(f"{i},{i % 4},{i * 3 % 17}" for i in range(3000)) + "\n"


def test_inserts_models_and_jobs_from_both(pair, tmp_path):
    a, b = pair
    for server in pair:
        server.serve()
    a.ok("sql", "CREATE TABLE dbo.notes (writer varchar(1), n int)")
    a.ok("lake", "put", "-", "files/rides.csv", stdin=RIDES.encode())
    b.ok("lake", "cat", "files/rides.csv")
    job = ("automl", "regression", "--data", "files/rides.csv", "--target", "rentals", "--max-trials", "1", "--timeout",
           "60s", "--allow", "ElasticNet", "--folds", "2", "--no-ensemble")
    a.ok(*job, "--model", "first", "--name", "first")
    wait_until(lambda: b.json("job", "show", "first")["status"] == "Completed", 60, "the first job")
    a.ok("model", "download", "first:1", str(tmp_path / "m.onnx"))

    rounds = 8
    problems = []

    def work(server: ServerOnPostgres, letter: str) -> None:
        try:
            for number in range(rounds):
                server.ok("sql", f"INSERT INTO dbo.notes VALUES ('{letter}', {number})")
                server.ok("model", "register", "shared", str(tmp_path / "m.onnx"))
                server.ok(*job, "--name", f"{letter}{number}", "--experiment", "both")
        except AssertionError as error:
            problems.append(str(error))

    threads = [threading.Thread(target=work, args=pair_) for pair_ in zip(pair, "ab", strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems

    for server in pair:
        rows = server.sql("SELECT writer, n FROM dbo.notes ORDER BY writer, n")
        assert [(row["writer"], row["n"]) for row in rows] == [(letter, n) for letter in "ab" for n in range(rounds)]
        assert server.json("model", "show", "shared")["version"] == 2 * rounds
    names = {f"{letter}{number}" for letter in "ab" for number in range(rounds)}
    wait_until(lambda: all(entry["status"] in ("Completed", "Failed") for entry in a.json("job", "list")), 120, "all jobs")
    states = {entry["name"]: entry["status"] for entry in b.json("job", "list")}
    assert states == {name: "Completed" for name in names | {"first"}}
    assert a.json("check")["findings"] == []
    # Each job had one worker, whoever started it.
    for folder in (tmp_path / "lake" / "artifacts").glob("*/*/journal.ndjson"):
        workers = [line for line in folder.read_text().splitlines() if '"worker"' in line]
        assert len(workers) == 1, folder


def start_long_job(server: Tarn, name: str) -> None:
    server.ok("lake", "put", "-", "files/rides.csv", stdin=RIDES.encode())
    server.ok("automl", "regression", "--data", "files/rides.csv", "--target", "rentals", "--timeout", "8s", "--name", name)


def test_a_job_of_a_killed_server_is_taken_up_by_the_other(pair):
    a, b = pair
    a.serve()
    start_long_job(a, "orphan")
    wait_until(lambda: a.json("job", "show", "orphan")["status"] == "Running", 30, "the job to run")
    b.serve()
    time.sleep(1.5)
    assert "taken up" not in (b.home / "log" / "tarn.log").read_text()  # its server lives
    a.stop(signal.SIGKILL)
    wait_until(lambda: b.json("job", "show", "orphan")["status"] == "Completed", 60, "the other to complete it")
    assert "taken up" in (b.home / "log" / "tarn.log").read_text()


def test_a_job_of_a_server_on_another_machine_that_is_gone_fails_with_the_reason(pair, postgres, store):
    a, b = pair
    a.serve()
    start_long_job(a, "lost")
    wait_until(lambda: a.json("job", "show", "lost")["status"] == "Running", 30, "the job to run")
    worker = int(postgres.sql("SELECT worker_pid FROM jobs WHERE name = 'lost'", store.rsplit("/", 1)[1]))
    a.stop(signal.SIGKILL)
    os.kill(worker, signal.SIGKILL)  # as the machine's end would
    postgres.sql("DELETE FROM servers", store.rsplit("/", 1)[1])  # a server that nobody has seen for long
    b.serve()
    wait_until(lambda: b.json("job", "show", "lost")["status"] == "Failed", 30, "the job to fail")
    assert "The server that ran the job is gone" in json.dumps(b.json("job", "show", "lost"))


def test_a_cancel_from_the_other_server_ends_the_worker(pair):
    a, b = pair
    for server in pair:
        server.serve()
    start_long_job(a, "stopped")
    wait_until(lambda: b.json("job", "show", "stopped")["status"] == "Running", 30, "the job to run")
    b.ok("job", "cancel", "stopped")
    wait_until(lambda: a.json("job", "show", "stopped")["status"] == "Canceled", 10, "the job to end")


def test_the_server_outlives_a_restart_of_postgres(pair, postgres):
    a, _ = pair
    a.serve()
    a.ok("sql", "CREATE TABLE dbo.notes (n int)")
    postgres.halt()
    done = a.run("model", "list")
    assert done.returncode != 0 and b"metadata store" in done.stderr, done.stderr
    postgres.start()
    assert a.json("model", "list") == []
    a.ok("sql", "INSERT INTO dbo.notes VALUES (1)")


def test_a_home_remembers_where_its_metadata_are(pair, binary, tmp_path):
    a, b = pair
    a.ok("model", "list")
    assert PASSWORD not in (a.home / "places.json").read_text()
    forgetful = Tarn(binary, a.home)
    done = forgetful.run("model", "list")
    assert done.returncode == 2 and b"The metadata of this home lie in postgresql://127.0.0.1:" in done.stderr
    assert not (a.home / "tarn.db").exists()
    done = a.run("model", "list", TARN_STORE=a.store.rsplit("/", 1)[0] + "/other")
    assert done.returncode == 2 and b"not in postgresql://127.0.0.1" in done.stderr
    other = ServerOnPostgres(binary, tmp_path / "c" / "home", a.store, tmp_path / "another-lake")
    done = other.run("model", "list")
    assert done.returncode == 2 and b"belongs to another lake" in done.stderr
    alone = Tarn(binary, tmp_path / "d" / "home")
    (tmp_path / "d").mkdir()
    b.serve()
    done = alone.run("lake", "put", "-", "files/x", stdin=b"x", TARN_LAKE=str(tmp_path / "lake"))
    assert done.returncode == 75 and b"is in use by another home" in done.stderr


def test_the_address_may_name_a_unix_socket_and_passwords_are_never_shown(binary, tmp_path, postgres):
    postgres.create_database("by_socket")
    server = ServerOnPostgres(binary, tmp_path / "a" / "home", postgres.socket_url("by_socket"), tmp_path / "lake")
    server.ok("model", "list")
    wrong = ServerOnPostgres(binary, tmp_path / "w" / "home", postgres.url("by_socket").replace(PASSWORD, "hunter2222"),
                             tmp_path / "lake")
    done = wrong.run("serve", "--listen", "127.0.0.1:0")
    assert done.returncode == 75 and b"password authentication failed" in done.stderr, done.stderr
    assert b"hunter2222" not in done.stderr + done.stdout
    assert not (wrong.home / "places.json").exists()  # what could not be opened is not remembered
    wrong.store = postgres.url("by_socket").replace("127.0.0.1", "localhost")
    wrong.ok("model", "list")
    for log in tmp_path.rglob("tarn.log"):
        text = log.read_text()
        assert "hunter2222" not in text and PASSWORD not in text


def test_a_lake_may_move_with_its_only_server(binary, tmp_path, store):
    one = ServerOnPostgres(binary, tmp_path / "a" / "home", store, tmp_path / "lake")
    one.ok("lake", "put", "-", "files/x", stdin=b"hello")
    (tmp_path / "lake").rename(tmp_path / "moved")
    two = ServerOnPostgres(binary, tmp_path / "b" / "home", store, tmp_path / "moved")
    assert two.ok("lake", "cat", "files/x") == "hello"
    two.serve()
    three = ServerOnPostgres(binary, tmp_path / "c" / "home", store, tmp_path / "again")
    (tmp_path / "again").symlink_to(tmp_path / "moved")
    done = three.run("lake", "cat", "files/x")
    assert done.returncode == 2 and b"Mount it at the same path" in done.stderr, done.stderr
    two.stop()


def test_metadata_move_to_postgres_and_back_by_backup_and_restore(binary, tmp_path, store):
    plain = Tarn(binary, tmp_path / "plain")
    plain.ok("sql", "CREATE TABLE dbo.t (n int)")
    plain.ok("sql", "INSERT INTO dbo.t VALUES (1), (2)")
    plain.ok("sql", "CREATE VIEW dbo.v AS SELECT SUM(n) AS s FROM dbo.t")
    plain.ok("backup", str(tmp_path / "b.tar"))
    moved = ServerOnPostgres(binary, tmp_path / "m" / "home", store, tmp_path / "lake")
    moved.ok("restore", str(tmp_path / "b.tar"))
    assert moved.sql("SELECT s FROM dbo.v") == [{"s": 3}]
    assert not (moved.home / "tarn.db").exists()
    assert not (moved.home / "lake" / "files").exists()
    moved.ok("sql", "INSERT INTO dbo.t VALUES (3)")
    done = ServerOnPostgres(binary, tmp_path / "n" / "home", store, tmp_path / "lake2").run("restore", str(tmp_path / "b.tar"))
    assert done.returncode == 5 and b"is not empty" in done.stderr, done.stderr
    moved.serve()
    moved.ok("backup", str(tmp_path / "c.tar"))
    moved.stop()
    back = Tarn(binary, tmp_path / "back")
    back.ok("restore", str(tmp_path / "c.tar"))
    assert back.sql("SELECT s FROM dbo.v") == [{"s": 6}]


def test_a_pool_is_one_servers(pair, binary, tmp_path):
    a, b = pair
    for server in pair:
        server.serve()
    a.ok("sql-pool", "create", "of_a")
    a.ok("sql", "-d", "of_a", "CREATE TABLE dbo.t (n int); INSERT INTO dbo.t VALUES (1)")
    b.ok("sql-pool", "create", "of_b")
    assert "taken" in b.run("sql-pool", "create", "OF_A").stderr.decode()
    pools = {pool["name"]: pool["server"] for pool in b.json("sql-pool", "list")}
    assert set(pools) == {"of_a", "of_b"}
    assert pools["of_a"] != pools["of_b"]
    for words in (("sql", "-d", "of_a", "SELECT 1"), ("sql", "SELECT * FROM of_a.dbo.t"), ("sql-pool", "pause", "of_a"),
                  ("sql-pool", "delete", "of_a")):
        refused = b.run(*words)
        assert refused.returncode != 0
        assert f"The SQL pool 'of_a' belongs to another server: {pools['of_a']}." in refused.stderr.decode()
    assert a.sql("SELECT n FROM dbo.t", "of_a") == [{"n": 1}]

    summary = a.json("backup", str(tmp_path / "b.tar"))
    assert (summary["pools"], summary["pools_left_out"]) == (1, ["of_b"])
    restored = Tarn(binary, tmp_path / "restored")
    restored.ok("restore", str(tmp_path / "b.tar"))
    assert [pool["name"] for pool in restored.json("sql-pool", "list")] == ["of_a"]
    assert restored.sql("SELECT n FROM dbo.t", "of_a") == [{"n": 1}]
    assert restored.json("check")["findings"] == []


def test_a_home_with_pools_moves_to_postgres(binary, tmp_path, store):
    alone = Tarn(binary, tmp_path / "alone")
    alone.ok("sql-pool", "create", "sales")
    alone.ok("sql", "-d", "sales", "CREATE TABLE dbo.t (n int); INSERT INTO dbo.t VALUES (7)")
    alone.ok("sql", "-d", "sales", "CREATE WORKLOAD GROUP wg WITH (REQUEST_MIN_RESOURCE_GRANT_PERCENT = 25)")
    alone.ok("backup", str(tmp_path / "b.tar"))
    moved = ServerOnPostgres(binary, tmp_path / "moved" / "home", store, tmp_path / "lake")
    moved.ok("restore", str(tmp_path / "b.tar"))
    assert moved.sql("SELECT n FROM dbo.t", "sales") == [{"n": 7}]
    assert moved.json("sql-pool", "show", "sales")["server"]
    assert moved.sql("SELECT name FROM sys.workload_management_workload_groups WHERE group_id > 12", "sales") == [
        {"name": "wg"}]
