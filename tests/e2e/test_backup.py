"""Backup, restore and check: of a server that is being written to, and of homes that were damaged."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from conftest import ROOT, Tarn

FIXTURES = ROOT / "tests" / "fixtures" / "homes"


@pytest.fixture
def old_home(binary: str, tmp_path: Path) -> Tarn:
    """A home that an older Tarn made: a table, a view, a model, a finished job."""
    home = tmp_path / "home"
    home.mkdir()
    with tarfile.open(FIXTURES / "format-1.tar.gz") as archive:
        archive.extractall(home, filter="data")
    return Tarn(binary, home)


def answers(tarn: Tarn) -> dict:
    """What users of a home see of it."""
    jobs = tarn.json("job", "list")
    return {
        "rides": tarn.sql("SELECT * FROM dbo.rides ORDER BY id, rentals"),
        "view": tarn.sql("SELECT * FROM dbo.season_totals ORDER BY season"),
        "databases": tarn.sql("SELECT name FROM sys.databases ORDER BY name"),
        "history": [(row["version"], row["time"]) for row in tarn.json("table", "history", "default.rides")],
        "models": tarn.json("model", "list"),
        "model": tarn.json("model", "show", "rides-model:1"),
        "experiments": tarn.json("experiment", "list"),
        "runs": tarn.json("experiment", "show", "rides"),
        "jobs": [(job["name"], job["status"]) for job in jobs],
        "files": tarn.json("lake", "ls", "-r", "files/data") and tarn.ok("lake", "cat", "files/data/rides.csv"),
    }


def test_a_restored_home_gives_equal_answers(old_home, binary, tmp_path):
    before = answers(old_home)
    summary = old_home.json("backup", str(tmp_path / "b.tar"))
    assert summary["tables"] == 1
    restored = Tarn(binary, tmp_path / "restored")
    restored.ok("restore", str(tmp_path / "b.tar"))
    assert answers(restored) == before
    assert restored.json("check")["findings"] == []


def test_a_folder_holds_the_same_as_an_archive(old_home, binary, tmp_path):
    before = answers(old_home)
    old_home.ok("backup", str(tmp_path / "copy"))
    sums = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tmp_path / "copy", capture_output=True,
                          check=False)
    assert sums.returncode == 0, sums.stderr
    restored = Tarn(binary, tmp_path / "restored")
    restored.ok("restore", str(tmp_path / "copy"))
    assert answers(restored) == before


def test_a_live_server_is_backed_up_while_it_is_written_to(old_home, binary, tmp_path):
    old_home.serve()
    stop = threading.Event()
    inserted = []
    failures = []

    def insert() -> None:
        number = 1000
        while not stop.is_set():
            done = old_home.run("sql", f"INSERT INTO dbo.rides VALUES ({number}, 1, 1), ({number}, 1, 2)")
            (inserted if done.returncode == 0 else failures).append(number)
            number += 1

    def register() -> None:
        old_home.ok("model", "download", "rides-model:1", str(tmp_path / "m.onnx"))
        while not stop.is_set():
            done = old_home.run("model", "register", "busy", str(tmp_path / "m.onnx"))
            if done.returncode != 0:
                failures.append(done.stderr)

    writers = [threading.Thread(target=insert), threading.Thread(target=register)]
    for writer in writers:
        writer.start()
    archives = []
    try:
        for round_number in range(3):
            time.sleep(0.5)
            archives.append(tmp_path / f"b{round_number}.tar")
            old_home.ok("backup", str(archives[-1]))
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert not failures
    assert len(inserted) > 3
    counts = []
    for number, archive in enumerate(archives):
        restored = Tarn(binary, tmp_path / f"restored{number}")
        restored.ok("restore", str(archive))
        assert restored.json("check")["findings"] == []
        rows = restored.sql("SELECT id, COUNT(*) AS n FROM dbo.rides WHERE id >= 1000 GROUP BY id")
        # Each INSERT is there whole or not at all, and none is left out before one that is there.
        assert all(row["n"] == 2 for row in rows)
        assert sorted(row["id"] for row in rows) == list(range(1000, 1000 + len(rows)))
        counts.append(len(rows))
        for version in range(1, restored.json("model", "show", "busy")["version"] + 1):
            restored.ok("model", "download", f"busy:{version}", str(tmp_path / "again.onnx"))
            assert (tmp_path / "again.onnx").read_bytes() == (tmp_path / "m.onnx").read_bytes()
    assert counts == sorted(counts)


def test_restore_refuses_what_is_not_empty_or_not_whole(old_home, binary, tmp_path):
    archive = tmp_path / "b.tar"
    old_home.ok("backup", str(archive))
    done = old_home.run("restore", str(archive))
    assert done.returncode == 5 and b"The home is not empty" in done.stderr, (done.returncode, done.stderr)

    target = Tarn(binary, tmp_path / "new")
    (tmp_path / "cut.tar").write_bytes(archive.read_bytes()[:-2000])
    done = target.run("restore", str(tmp_path / "cut.tar"))
    assert done.returncode == 1 and b"The backup is not whole" in done.stderr
    damaged = bytearray(archive.read_bytes())
    damaged[damaged.index(b"id,season,rentals") + 1] ^= 1
    (tmp_path / "damaged.tar").write_bytes(damaged)
    done = target.run("restore", str(tmp_path / "damaged.tar"))
    assert done.returncode == 1 and b"a file differs: lake/files/data/rides.csv" in done.stderr
    assert not target.home.exists()
    assert not list(tmp_path.glob(".tarn-tmp-*"))
    done = target.run("restore", str(tmp_path / "absent.tar"))
    assert done.returncode == 3 and b"There is no backup" in done.stderr, done.returncode


def test_backup_refuses_a_folder_with_things_in_it(old_home, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").write_text("Dear")
    done = old_home.run("backup", str(tmp_path / "full"))
    assert done.returncode == 5 and b"There is something already" in done.stderr


def test_only_the_owner_makes_backups(server):
    for method, path in (("POST", "/backup"), ("GET", "/check")):
        request = urllib.request.Request(server.url + path, method=method, headers={"Authorization": "Bearer wrong"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request)
        assert refused.value.code == 401


def damage_nothing(home: Path) -> None:
    pass


def remove_parquet(home: Path) -> None:
    next((home / "lake").rglob("part-*.parquet")).unlink()


def cut_parquet(home: Path) -> None:
    file = next((home / "lake").rglob("part-*.parquet"))
    file.write_bytes(file.read_bytes()[:-1])


def remove_commit(home: Path) -> None:
    next((home / "lake").rglob("00000000000000000000.json")).unlink()


def cut_commit(home: Path) -> None:
    next((home / "lake").rglob("00000000000000000001.json")).write_text('{"add":{"pa')


def change_model(home: Path) -> None:
    with (home / "lake/models/rides-model/1/model.onnx").open("ab") as file:
        file.write(b"x")


def remove_model(home: Path) -> None:
    (home / "lake/models/rides-model/1").rename(home / "lake/models/elsewhere")


def remove_job(home: Path) -> None:
    next((home / "lake/artifacts").rglob("job.json")).unlink()


def remove_artifact(home: Path) -> None:
    next((home / "lake/artifacts").rglob("MLmodel")).unlink()


def damage_page(home: Path) -> None:
    database = bytearray((home / "tarn.db").read_bytes())
    page = 4096 * (len(database) // 4096 // 2)
    database[page:page + 400] = b"\x55" * 400
    (home / "tarn.db").write_bytes(database)


def damage_database(home: Path) -> None:
    (home / "tarn.db").write_bytes(b"no database at all" * 1000)


def newer_format(home: Path) -> None:
    (home / "FORMAT").write_text("99\n")


@pytest.mark.parametrize(("damage", "area", "problem"), [
    (damage_nothing, None, None),
    (remove_parquet, "table", "a file is missing"),
    (cut_parquet, "table", "a file has another size than the log says"),
    (remove_commit, "table", "The Delta log does not begin with"),
    (cut_commit, "table", "00000000000000000001.json"),
    (change_model, "model", "its digest differs"),
    (remove_model, "model", "There is no folder"),
    (remove_job, "job", "its folder is missing"),
    (remove_artifact, "job", "its model is missing"),
    (damage_page, "store", ""),
    (damage_database, "home", "no metadata store"),
    (newer_format, "home", "made by a newer Tarn"),
], ids=lambda value: getattr(value, "__name__", None))
def test_check_finds_damage(old_home, damage, area, problem):
    old_home.ok("version")
    old_home.ok("model", "list")  # migrated
    damage(old_home.home)
    done = old_home.run("check", "-o", "json")
    findings = json.loads(done.stdout)["findings"]
    if area is None:
        assert done.returncode == 0 and findings == []
        return
    assert done.returncode == 1, done.stderr
    assert any(area in (finding["area"], "store" if finding["area"] == "home" else "") and problem in finding["problem"]
               for finding in findings), findings
    table = old_home.run("check")
    assert table.returncode == 1 and table.stdout.startswith(b"area")


def test_check_of_a_live_server_and_of_no_home(old_home, binary, tmp_path):
    old_home.serve()
    assert old_home.json("check")["models"] == 1
    remove_parquet(old_home.home)
    done = old_home.run("check")
    assert done.returncode == 1 and b"a file is missing" in done.stdout
    nowhere = Tarn(binary, tmp_path / "nowhere")
    done = nowhere.run("check")
    assert done.returncode == 3 and b"There is no home of Tarn" in done.stderr
    assert not nowhere.home.exists()


def test_an_older_home_is_backed_up_then_migrated(old_home):
    assert (old_home.home / "FORMAT").read_text() == "1\n"
    assert old_home.json("model", "show", "rides-model:1")["version"] == 1
    assert (old_home.home / "FORMAT").read_text() == "2\n"
    kept = old_home.home / "backups" / "format-1"
    assert (kept / "FORMAT").read_text() == "1\n"
    assert (kept / "tarn.db").stat().st_mode & 0o777 == 0o600
    assert sum(row["total"] for row in old_home.sql("SELECT total FROM dbo.season_totals")) == \
        sum(row["rentals"] for row in old_home.sql("SELECT rentals FROM dbo.rides"))
    assert [job["status"] for job in old_home.json("job", "list")] == ["Completed"]


def test_a_newer_home_is_refused(old_home):
    newer_format(old_home.home)
    done = old_home.run("model", "list")
    assert done.returncode == 2 and b"made by a newer Tarn" in done.stderr
    assert (old_home.home / "FORMAT").read_text() == "99\n"


def test_the_jobs_that_ran_are_failed_in_the_restored_home(tarn, binary, tmp_path):
    tarn.serve()
    rows = "\n".join(f"{i},{i % 4},{i * 3 % 17}" for i in range(4000))
    tarn.ok("lake", "put", "-", "files/rides.csv", stdin=f"id,season,rentals\n{rows}\n".encode())
    tarn.ok("automl", "regression", "--data", "files/rides.csv", "--target", "rentals", "--timeout", "60s", "--name", "long")
    deadline = time.monotonic() + 30
    while tarn.json("job", "show", "long")["status"] != "Running":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    tarn.ok("backup", str(tmp_path / "b.tar"))
    restored = Tarn(binary, tmp_path / "restored")
    restored.ok("restore", str(tmp_path / "b.tar"))
    job = restored.json("job", "show", "long")
    assert job["status"] == "Failed"
    assert "was running when the backup was made" in json.dumps(job)
    restored.serve()
    try:
        time.sleep(1.5)
        assert tarn.json("job", "show", "long")["status"] == "Running"  # nobody ended the original's worker
    finally:
        restored.stop()
    tarn.ok("job", "cancel", "long")


def test_the_archive_goes_through_a_pipe(old_home, tmp_path):
    done = old_home.run("backup", "-")
    assert done.returncode == 0 and done.stdout[257:262] == b"ustar"
    listing = subprocess.run(["tar", "-tf", "-"], input=done.stdout, capture_output=True, check=True)
    names = listing.stdout.decode().split()
    assert names[0] == "FORMAT" and names[-1] == "backup.json"
    assert not any("secret.key" in name or "token" in name for name in names)


def age(path: Path, days: float) -> Path:
    old = time.time() - days * 86400
    os.utime(path, (old, old))
    return path


def test_the_sweep_at_start_removes_what_a_former_life_left(old_home):
    old_home.ok("model", "list")
    lake = old_home.home / "lake"
    table = lake / "files/synapse/workspaces/main/warehouse/rides"
    live = next(table.glob("part-*.parquet"))
    age(live, 30)
    lost = [table / "part-lost.parquet", lake / "artifacts/e/" / ("1" * 32) / "job.json",
            lake / "files/.tarn-tmp-half", lake / "models/.tarn-tmp-x/model.onnx"]
    kept = [table / "part-young.parquet", lake / "artifacts/e/" / ("2" * 32) / "job.json"]
    for file in lost + kept:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("half made")
    age(lost[0], 8)
    age(lost[1], 1)
    age(kept[0], 6)
    old_home.serve()
    deadline = time.monotonic() + 20
    while any(file.exists() for file in lost):
        assert time.monotonic() < deadline, [file for file in lost if file.exists()]
        time.sleep(0.1)
    assert all(file.exists() for file in [*kept, live])
    assert old_home.stop() == 0
    log = (old_home.home / "log/tarn.log").read_text()
    for event in ("lake.sweep", "sweep.half_made_runs", "sweep.lost_files"):
        assert f'"{event}"' in log, event
    assert old_home.json("check")["findings"] == []


def test_a_backup_that_was_killed_leaves_nothing_behind(old_home, tmp_path):
    old_home.serve(TARN_FAIL_POINT="backup.metadata_copied")
    done = old_home.run("backup", str(tmp_path / "b.tar"))
    assert done.returncode != 0
    assert not (tmp_path / "b.tar").exists()
    old_home.server.wait(timeout=10)
    old_home.server.stdout.close()
    assert list((old_home.home / "lake").glob(".tarn-tmp-backup-*"))
    old_home.serve()
    assert not list((old_home.home / "lake").glob(".tarn-tmp-*"))
    old_home.ok("backup", str(tmp_path / "b.tar"))


def test_a_store_and_a_lake_elsewhere_are_remembered(tarn, tmp_path):
    places = {"TARN_STORE": str(tmp_path / "elsewhere.db"), "TARN_LAKE": str(tmp_path / "lake")}
    tarn.ok("lake", "put", "-", "files/x", stdin=b"hello", **places)
    assert (tmp_path / "elsewhere.db").exists() and (tmp_path / "lake/files/x").exists()
    assert not (tarn.home / "tarn.db").exists()
    assert tarn.ok("lake", "cat", "files/x") == "hello"  # without saying it again
    done = tarn.run("lake", "cat", "files/x", TARN_LAKE=str(tmp_path / "lake2"))
    assert done.returncode == 2 and b"The lake of this home is " in done.stderr
    tarn.ok("backup", str(tmp_path / "b.tar"))
    done = tarn.run("--home", str(tmp_path / "r"), "restore", str(tmp_path / "b.tar"), "--lake", str(tmp_path / "lake"))
    assert done.returncode == 5 and b"The lake is not empty" in done.stderr
    assert not (tmp_path / "r").exists()
    tarn.ok("--home", str(tmp_path / "r"), "restore", str(tmp_path / "b.tar"), "--lake", str(tmp_path / "lake3"))
    assert (tmp_path / "lake3/files/x").read_bytes() == b"hello"
    assert tarn.ok("--home", str(tmp_path / "r"), "lake", "cat", "files/x") == "hello"
    tarn.sql("SELECT 1 AS one")
    tarn.ok("--home", str(tmp_path / "s"), "restore", str(tmp_path / "b.tar"), "--store", f"sqlite:{tmp_path}/s.db")
    assert tarn.json("--home", str(tmp_path / "s"), "check")["findings"] == []
    assert (tmp_path / "s.db").exists() and not (tmp_path / "s" / "tarn.db").exists()
    done = tarn.run("--store", "mysql://host/db", "model", "list")
    assert done.returncode == 2 and b"Not a place for a metadata store" in done.stderr, done.stderr
